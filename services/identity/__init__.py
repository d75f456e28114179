"""Accounts: who may log in, and as which person."""
