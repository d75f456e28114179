"""Notices to people: a row each, read or unread."""
