"""What a procedure is: diagram, deadlines with their articles, legal timeline."""
