"""What follows from the book and is never stored: alerts, due work, account figures."""
