"""Tests of `services.jobs and services.worker`."""
