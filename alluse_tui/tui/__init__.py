"""The full-screen face (40-tui)."""
