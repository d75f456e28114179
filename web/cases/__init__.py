"""The case page: story, diagram, journal, messages, withdrawal; search."""
