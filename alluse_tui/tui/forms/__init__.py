"""What is asked before a plan can be made."""
