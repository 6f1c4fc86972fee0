"""Widgets that draw themselves, a line at a time."""
