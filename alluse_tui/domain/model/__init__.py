"""The values that the rules work on, and the errors."""
