"""Tests of `services.cases`."""
