"""The full-screen face (screens.md)."""
