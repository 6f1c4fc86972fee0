"""Temporary books: the demo and simulated years."""
