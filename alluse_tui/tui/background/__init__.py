"""Long work outside the event loop, one job at a time."""
