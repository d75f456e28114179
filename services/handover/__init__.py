"""Hand-over (交接): what a person has to do in a body goes to a successor, in one act."""
