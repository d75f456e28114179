"""Tests of `services.processes`."""
