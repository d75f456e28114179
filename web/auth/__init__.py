"""Logging in and out, the password, and what a person sets for themselves."""
