"""The three areas of administration, and what two administrators decide together."""
