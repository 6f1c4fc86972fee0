"""The values that every rule works on, and what can be wrong with them."""
