"""The rules of ALL-USE: pure Python without I/O, clock or randomness."""
