"""Doing a request once, however often it is sent (`Idempotency-Key`)."""
