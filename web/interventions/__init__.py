"""Pages of interventions on cases, and of taking one's own task back."""
