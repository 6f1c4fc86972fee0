"""Who is calling, what they may do, and the keys that protect personal data."""
