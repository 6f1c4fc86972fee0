"""Books that nobody keeps: the demo and simulated years."""
