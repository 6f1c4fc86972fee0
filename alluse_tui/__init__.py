"""ALL-USE: option-premium accounts run by rule."""

__version__ = "0.1.0"
