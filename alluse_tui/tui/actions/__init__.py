"""What an operator can do: the registry, why an action is unavailable, and its handler."""
