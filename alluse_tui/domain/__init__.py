"""The rules of ALL-USE: pure Python, no input or output, no clock, no randomness."""
