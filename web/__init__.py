"""The Flask application: pages that know services only."""
