"""Measured ratios: our figure against a baseline in the same run."""
