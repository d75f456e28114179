"""The task page and everything one can do with a task."""
