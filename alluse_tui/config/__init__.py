"""Policies from files: the shipped templates and strategies, and the operator's own."""

from alluse_tui.config.policies import load_policy, policy_file

__all__ = ["load_policy", "policy_file"]
