"""Tests of this context."""
