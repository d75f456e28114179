"""Who reads sensitive data in full, what everybody else sees of it, and the record of each read."""
