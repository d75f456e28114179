"""Tests of `services.tasks`."""
