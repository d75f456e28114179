"""Commands on process instances; all of them go through the one write path."""
