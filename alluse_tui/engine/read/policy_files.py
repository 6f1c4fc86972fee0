"""Policies from templates and files, for faces that do not know where these are stored."""

from __future__ import annotations

from pathlib import Path

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.settings import SETTINGS, texts


def policy_from(template: str, strategy: str = "") -> Policy:
    """The policy of a template, with the split of a strategy. Raises BadInput."""
    from alluse_tui.config import load_policy

    return load_policy(template, strategy)


def settings_of(name: str, value: str) -> list[tuple[str, str]]:
    """The settings, (path, text), that a template or a strategy sets. Raises BadInput."""
    if name == "template":
        return list(texts(policy_from(value)).items())
    policy = policy_from("moderate", value)
    paths = [p for p in SETTINGS if p.endswith(".share")]
    return [("strategy", value), *((p, SETTINGS[p].text(policy)) for p in paths)]


def policy_problems(path: Path) -> list[tuple[str, object, str]]:
    """All problems of a policy file: path, value, what is allowed. Raises BadInput."""
    from alluse_tui.config import policy_file

    if not path.is_file():
        raise BadInput("FILE", path, "is not a file")
    return policy_file(path)[1]
