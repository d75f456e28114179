"""Forms that keep the registers of bodies and people."""
