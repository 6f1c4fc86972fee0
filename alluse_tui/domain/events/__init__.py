"""What happened: the events, and how they are written and read."""
