"""The tree of party bodies and the page of one body."""
