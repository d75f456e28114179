"""Pages of what was sent to be read."""
