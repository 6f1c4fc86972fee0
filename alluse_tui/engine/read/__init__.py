"""Views of the book."""
