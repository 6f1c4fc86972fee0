"""Executing commands and recording them in turns."""
