"""The command line: one command, one file where it pays (command-line.md)."""
