"""Policies for faces, which do not know where they are kept."""

from __future__ import annotations

from alluse_tui.domain.policy import Policy


def policy_from(template: str, strategy: str = "") -> Policy:
    """The policy of a template and a strategy. Raises BadInput."""
    from alluse_tui.config import load_policy

    return load_policy(template, strategy)
