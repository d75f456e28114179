"""Pages of the operations on a task: handing on, delegating, signing, urging."""
