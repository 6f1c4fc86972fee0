"""Rules shared by several plans, and invariants of every plan and record."""
