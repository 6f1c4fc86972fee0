"""The events, and how they are encoded and decoded."""
