"""The command line: one command, one file where it pays (50-cli)."""
