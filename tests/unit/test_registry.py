"""Every command and event is declared completely; a forgotten part fails by name."""

from __future__ import annotations

from typing import get_args

import pytest
from msgspec.structs import fields

from alluse_tui.cli.main import COMMANDS as CLI_COMMANDS
from alluse_tui.cli.main import alluse
from alluse_tui.domain.commands.registry import COMMANDS
from alluse_tui.domain.commands.user_commands import Approve
from alluse_tui.domain.events.events import EVENT_TYPES, Event
from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.settings import SETTINGS
from alluse_tui.domain.model.traits import TRAITS, recorded_traits, traits_of
from alluse_tui.domain.model.users import Role
from alluse_tui.domain.plans import PLANNERS
from alluse_tui.security.roles import GRANTS

CLI_NAMES = {"ack": "ack", "keys": "vault"}
"""Commands that the command line calls by another name."""


def cli_name(command: str) -> tuple[str, str]:
    """'user add' → ('user', 'add'), 'keys' → ('vault', '')."""
    top, _, sub = CLI_NAMES.get(command, command).partition(" ")
    return top, sub


def test_traits_and_commands_name_the_same_commands() -> None:
    assert TRAITS.keys() - COMMANDS.keys() == set(), "a row without a command class"
    assert COMMANDS.keys() - TRAITS.keys() == set(), "a command class without a row of traits"


@pytest.mark.parametrize("name", TRAITS)
def test_every_command_has_a_planner(name: str) -> None:
    kind = COMMANDS[name]
    assert kind is Approve or kind in PLANNERS, f"{kind.__name__} has no planner in plans/"


@pytest.mark.parametrize("name", TRAITS)
def test_every_command_has_a_command_line_or_says_why_not(name: str) -> None:
    traits = TRAITS[name]
    top, sub = cli_name(name)
    command = alluse.get_command(None, top) if top in CLI_COMMANDS else None  # type: ignore[arg-type]
    has = command is not None and (not sub or sub in getattr(command, "commands", {}))
    if traits.no_cli:
        assert traits.internal or not has, f"{name} has a command line after all"
    else:
        assert has, f"`alluse {name}` is missing in cli/main.py"


@pytest.mark.parametrize("name", TRAITS)
def test_what_moves_capital_is_guarded(name: str) -> None:
    traits = TRAITS[name]
    if traits.takes_cash and traits.decision:
        assert traits.spends_cash, f"verify would not check {name}"
    if traits.spends_cash:
        assert traits.second_person, f"{name} could never need a second person"
    if traits.security:
        assert not traits.of_portfolio, f"the records of {name} would reach the replica"


def test_an_undeclared_command_is_an_error_and_never_lets_anything_through() -> None:
    with pytest.raises(StoreFailed, match="split"):
        traits_of("split")
    with pytest.raises(StoreFailed, match="split"):
        recorded_traits("split")
    assert recorded_traits("propose") is None


def test_every_event_has_a_name_in_the_records() -> None:
    assert set(EVENT_TYPES.values()) == set(get_args(Event))


def test_every_role_grants_something() -> None:
    assert GRANTS.keys() == set(Role)


def test_every_field_of_the_policy_is_a_setting() -> None:
    held = {name for one in SETTINGS.values() if one.tier is None for name in one.fields}
    assert {f.name for f in fields(Policy)} - {"tiers"} == held
