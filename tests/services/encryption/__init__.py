"""Tests of `services.encryption`."""
