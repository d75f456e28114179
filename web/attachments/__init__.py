"""Giving out stored files."""
