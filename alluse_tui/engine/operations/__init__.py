"""Backup, recovery, verification, checkpoints and scheduled work."""
