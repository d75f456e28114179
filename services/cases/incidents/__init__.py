"""Incidents: where a case stands still because a step of it failed, and the ways out."""
