"""Tests of `services.process_migration`."""
