"""Deriving the book from events, and storing it as rows."""
