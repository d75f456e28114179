"""Versions of a procedure, and moving running cases from one to another."""
