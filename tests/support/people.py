"""Books with users: who they are, their passwords, and how they log in."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from growth import earned

from alluse_tui.domain.commands import Command, PolicySet
from alluse_tui.domain.commands.user_commands import AddUser, Role, SetPassword
from alluse_tui.domain.model.errors import Pending
from alluse_tui.domain.views import Receipt
from alluse_tui.engine import LocalEngine
from alluse_tui.security import passwords

Opener = Callable[..., LocalEngine]

PASSWORDS = {
    "dana": "slow copper lantern meadow",
    "eli": "violet harbour seven kettles",
    "fay": "granite whistle under moons",
    "gus": "paper orchard twice daily",
    "hal": "marble tunnel in november",
}


def stored(name: str) -> str:
    """The password's PHC form, computed once per cost: a tenth of a second each at full cost."""
    return _stored(name, passwords.MEMORY_KIB, passwords.PASSES)


@cache
def _stored(name: str, memory_kib: int, passes: int) -> str:
    assert (memory_kib, passes) == (passwords.MEMORY_KIB, passwords.PASSES)
    return passwords.hash_password(PASSWORDS[name])


def own_password(engine: LocalEngine, name: str = "dana") -> None:
    """The first user sets one, and so becomes a user."""
    engine.commands.submit(SetPassword(user=name, password=stored(name)), actor=name)


def add(engine: LocalEngine, name: str, *roles: Role, by: str = "dana") -> None:
    """As `alluse user add`, without the time that hashing takes."""
    command = AddUser(user=name, roles=roles, password=stored(name))
    engine.commands.submit(command, actor=by, password=PASSWORDS[by])


def two_people(engine: LocalEngine) -> None:
    """dana: operator, approver, admin; eli: operator, approver."""
    own_password(engine)
    add(engine, "eli", Role.OPERATOR, Role.APPROVER)


def three_people(engine: LocalEngine) -> LocalEngine:
    """And fay, an operator, on a book in which gen-1 can fork."""
    earned(engine, "gen-1", "52000.01")
    two_people(engine)
    add(engine, "fay", Role.OPERATOR)
    return engine


def policy(engine: LocalEngine, *changes: tuple[str, str]) -> None:
    """Before there are users."""
    engine.commands.submit(PolicySet(changes=changes))


def does(engine: LocalEngine, command: Command, by: str, expect: str = "") -> Receipt:
    return engine.commands.submit(command, actor=by, password=PASSWORDS[by], expect=expect)


def proposed(engine: LocalEngine, command: Command, by: str = "dana") -> int:
    before = engine.queries.accounts()
    with pytest.raises(Pending) as pending:
        does(engine, command, by)
    assert engine.queries.accounts() == before
    return pending.value.approval
