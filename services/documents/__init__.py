"""Attachments, stored once by content."""
