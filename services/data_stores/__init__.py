"""What data stores of diagrams hold: registers (台账) that outlive the cases that share them."""
