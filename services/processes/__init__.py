"""Deployed procedures, immutable by version, and the instances that run on them."""
