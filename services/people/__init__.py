"""People, their political status, and the posts they hold."""
