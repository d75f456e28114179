"""Pages of hand-over (交接)."""
