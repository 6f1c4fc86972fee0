"""The folder of new statements, and the morning close that works through it (engine.md)."""
