"""Reading sensitive data in full."""
