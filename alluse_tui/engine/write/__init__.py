"""From a command to its records, in turns."""
