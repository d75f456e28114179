"""Tests of `services.audit`."""
