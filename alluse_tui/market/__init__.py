"""What comes in from brokers and markets."""
