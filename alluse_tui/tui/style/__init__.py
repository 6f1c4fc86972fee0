"""Themes, inks and the style sheet."""
