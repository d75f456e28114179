"""Use cases and persistence, one package per context; knows no Flask."""
