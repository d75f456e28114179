"""Moving running cases to another version of their procedure, one by one or all of them."""
