"""Every command and event is declared completely; a forgotten part fails by name."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, get_args

import pytest
from msgspec.structs import fields

from alluse_tui.cli.main import COMMANDS as CLI_COMMANDS
from alluse_tui.cli.main import alluse
from alluse_tui.domain import commands
from alluse_tui.domain.commands import Command
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
from alluse_tui.tui.actions.registry import BY_ID
from alluse_tui.tui.screens import PAGES, declared, users
from alluse_tui.tui.widgets import header

CLI_NAMES = {"ack": "ack", "keys": "vault"}
"""Commands that the command line calls by another name."""

NAMESAKES = {"expire": "trades:expire"}
"""Command lines with the name of a command, which record another one: `expire` posts a fact."""


def cli_name(command: str) -> tuple[str, str]:
    """'user add' → ('user', 'add'), 'keys' → ('vault', '')."""
    top, _, sub = CLI_NAMES.get(command, command).partition(" ")
    return top, sub


def test_traits_and_commands_name_the_same_commands() -> None:
    assert TRAITS.keys() - COMMANDS.keys() == set(), "a row without a command class"
    assert COMMANDS.keys() - TRAITS.keys() == set(), "a command class without a row of traits"


def test_every_command_class_is_exported() -> None:
    for module in iter_modules(commands.__path__, f"{commands.__name__}."):
        import_module(module.name)
    named = {kind.__name__ for kind in Command.__subclasses__() if kind.NAME}
    exported = {kind.__name__ for kind in COMMANDS.values()}
    assert named - exported == set(), "export it in domain/commands"


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
    has = has and CLI_COMMANDS[top] != NAMESAKES.get(name)
    if traits.no_cli:
        assert traits.internal or not has, f"{name} has a command line after all"
    else:
        assert has, f"`alluse {name}` is missing in cli/main.py"


ACTIONS_BY_COMMAND = {
    "post": "record",
    "explain-difference": "explain",
    "policy": "answer",  # Enter on a setting
    "user add": "add_user",
    "user role": "roles",
    "user disable": "disable",
    "user enable": "disable",
    "user passwd": "password",
}
"""Actions of the screen that are not called as their command."""

WITHOUT_ACTION = {
    "init": "the dialog of an empty book",
    "import accounts": "only the command line reads an old database",
    "expire": "`run-due` records it",
    "market vix": "only the command line notes a value of VIX",
    "market closure": "only the command line notes a closure",
    "market import": "only the command line imports market data",
    "user edit": "only the command line changes a full name",
    "user reset": "only the command line, on the journal's machine",
}
"""Commands that no key or palette entry of the screen leads to, and why."""


@pytest.mark.parametrize("name", TRAITS)
def test_every_command_has_an_action_or_says_why_not(name: str) -> None:
    has = not BY_ID.keys().isdisjoint((name, ACTIONS_BY_COMMAND.get(name, name)))
    has = has and name not in NAMESAKES
    if name in WITHOUT_ACTION or TRAITS[name].internal:
        assert TRAITS[name].internal or not has, f"{name} has an action after all"
    else:
        assert has, f"{name} is missing in tui/actions/registry.py"


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
    with pytest.raises(StoreFailed, match="undeclared"):
        traits_of("undeclared")
    with pytest.raises(StoreFailed, match="undeclared"):
        recorded_traits("undeclared")
    assert recorded_traits("propose") is None


def test_every_event_has_a_name_in_the_records() -> None:
    assert set(EVENT_TYPES.values()) == set(get_args(Event))


def test_every_role_grants_something() -> None:
    assert GRANTS.keys() == set(Role)


def test_every_field_of_the_policy_is_a_setting() -> None:
    held = {name for one in SETTINGS.values() if one.tier is None for name in one.fields}
    assert {f.name for f in fields(Policy)} - {"tiers"} == held


def test_the_header_ranks_every_role() -> None:
    assert set(header._STRONGEST) == set(Role), "tui/widgets/header.py would not show it"


@pytest.mark.parametrize("role", Role)
def test_the_page_of_users_explains_every_role(role: Role) -> None:
    folder = Path(users.__file__).parent
    sources = [folder.parent / "texts.py", folder / "texts.py", Path(users.__file__)]
    explained = any(f'("{role} ", "strong")' in path.read_text("utf-8") for path in sources)
    assert explained, f"tui/screens/users.py does not explain {role}"


@pytest.mark.parametrize("name", PAGES)
def test_every_page_can_be_loaded_and_knows_its_name(name: str) -> None:
    page: Any = PAGES[name].load()
    assert name == page.NAME


def test_pages_have_the_keys_1_to_9_then_0_and_no_other() -> None:
    pages = declared(*((f"p{n}", "Page", f"Page {n}") for n in range(1, 13)))
    assert [page.key for page in pages.values()] == [*"1234567890", "", ""]
