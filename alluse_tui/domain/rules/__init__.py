"""Rules shared by several plans, and what must hold of every plan and record."""
