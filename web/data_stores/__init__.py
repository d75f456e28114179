"""Pages of the registers (台账) that data stores of diagrams are kept in."""
