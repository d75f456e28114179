"""Tests of `services.cli`."""
