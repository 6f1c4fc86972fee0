"""Policies, strategies, mappings and where the inbox is, from files."""

from alluse_tui.config.inbox_folder import chosen_inbox
from alluse_tui.config.mappings import mapping_file, save_mapping, saved_mappings, saved_path
from alluse_tui.config.policies import load_policy, policy_file

__all__ = [
    "chosen_inbox",
    "load_policy",
    "mapping_file",
    "policy_file",
    "save_mapping",
    "saved_mappings",
    "saved_path",
]
