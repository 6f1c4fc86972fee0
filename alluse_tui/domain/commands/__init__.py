"""What somebody wants: one class per command, and the facts that a post or an import brings."""
