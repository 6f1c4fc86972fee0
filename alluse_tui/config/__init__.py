"""Policies, strategies and mappings from files, shipped and the operator's own."""

from alluse_tui.config.mappings import mapping_file, save_mapping, saved_mappings, saved_path
from alluse_tui.config.policies import load_policy, policy_file

__all__ = [
    "load_policy",
    "mapping_file",
    "policy_file",
    "save_mapping",
    "saved_mappings",
    "saved_path",
]
