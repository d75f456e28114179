"""Whether this process and its database answer."""
