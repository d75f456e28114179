"""Tests of `services.circulation`."""
