"""What the system administrator sees of the installation; no content of any case."""
