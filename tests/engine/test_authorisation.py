"""Who may call what of the engine: every public method and property, for everybody there is.

The tables name all of them, so one that is added without a decision about who may call it fails.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from books import NOON, init
from growth import earned
from people import PASSWORDS, own_password, stored

from alluse_tui.domain.commands import Deposit, Undo, Withdraw, amount
from alluse_tui.domain.commands.user_commands import (
    AddUser,
    DisableUser,
    Role,
    SetFullName,
    SetPassword,
)
from alluse_tui.domain.model.errors import Denied
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.engine.auth.access import Access
from alluse_tui.engine.read.queries import Queries
from alluse_tui.security import passwords

STATEMENT = Path(__file__).parents[1] / "data" / "composed-year.xml"
SECRET = PASSWORDS["dana"]
"""Everybody's password."""

ROLES = {str(role): (role,) for role in Role}
NOBODY, DISABLED, ENDED, IDLE = "nobody", "disabled", "ended", "idle"
PERSONS = (*ROLES, NOBODY, DISABLED, ENDED, IDLE)
"""A user of each role alone; somebody who is no user; a disabled user; a login that was revoked,
and one that fell idle, of a user who has every role."""

ALL = frozenset(PERSONS)
SEE = ALL - {NOBODY, DISABLED, ENDED}
ACT = frozenset({"operator", "approver"})
ADMINISTER = frozenset({"admin"})
AUDIT = frozenset({"admin", "auditor"})
LOOK_AT_SECURITY = AUDIT | {IDLE}
"""Looking is possible while idle, acting is not."""

DONE, DENIED, WITHHELD = "done", "denied", "withheld"


def withheld(*persons: str) -> Mapping[str, str]:
    return dict.fromkeys(persons, WITHHELD)


@dataclass(frozen=True)
class Rule:
    """A call and who may make it. Others are denied, unless `others` says that they get an answer
    without its content."""

    call: Callable[[LocalEngine], Any]
    may: frozenset[str]
    others: Mapping[str, str] = field(default_factory=dict)
    holds: Callable[[Any], bool] = lambda answer: True
    """Whether an answer has the content that others do not get."""

    def expected(self, person: str) -> str:
        return DONE if person in self.may else self.others.get(person, DENIED)


def first_notice(engine: LocalEngine) -> tuple[str, ...]:
    return next(engine.changes(0, threading.Event())).accounts


def folder(engine: LocalEngine) -> Path:
    return engine.path.parent / "exported"


DEPOSIT = Deposit(account="gen-1", amount=amount("1"))
WITHDRAW = Withdraw(account="gen-1", amount=amount("1"))
NEW = AddUser(user="new", roles=(Role.VIEWER,))
NAMED = SetFullName(user="viewer", full_name="")
SET = SetPassword(user="viewer")
OTHER = PASSWORDS["eli"]
STOP = threading.Event()
STOP.set()

LOOKS: dict[str, Rule] = {
    "account": Rule(lambda e: e.account("gen-1"), SEE),
    "accounts": Rule(lambda e: e.accounts(), SEE),
    "accounts_as_of": Rule(lambda e: e.accounts_as_of(e.today), SEE),
    "alerts": Rule(lambda e: e.alerts(), SEE),
    "automatic": Rule(lambda e: e.auto_portfolios(), SEE),
    "bell": Rule(lambda e: e.bell(), ALL),
    "calendar": Rule(lambda e: e.calendar("", 5), SEE),
    "due": Rule(lambda e: e.due(), SEE),
    "entries": Rule(lambda e: e.entries("gen-1", "", 5), SEE),
    "home_of_statement": Rule(lambda e: e.home_of_statement("ibkr:U1"), SEE),
    "require_view": Rule(lambda e: e.require_view(), SEE),
    "names": Rule(lambda e: e.portfolio_names(), SEE),
    "now_ns": Rule(lambda e: e.now_ns, ALL),
    "overview": Rule(lambda e: e.overview(), SEE),
    "policy": Rule(lambda e: e.policy(), SEE),
    "portfolio": Rule(lambda e: e.portfolio(), SEE),
    "quarantined": Rule(lambda e: e.quarantined, ALL),
    "query": Rule(lambda e: e.query("flows", portfolio="Main"), SEE),
    "read_only": Rule(lambda e: e.read_only, ALL),
    "record": Rule(lambda e: e.record(3), LOOK_AT_SECURITY),
    "records": Rule(lambda e: list(e.records()), SEE),
    "refresh": Rule(lambda e: e.refresh(), ALL),
    "rules_of": Rule(lambda e: e.rules_of("gen-1"), SEE),
    "security_records": Rule(
        lambda e: e.security_records(5), LOOK_AT_SECURITY,
        withheld("viewer", "operator", "approver"), bool,
    ),
    "seq": Rule(lambda e: e.seq, ALL),
    "sessions": Rule(lambda e: e.sessions, ALL),
    "sql": Rule(lambda e: e.sql("SELECT 1"), SEE),
    "suggestions": Rule(lambda e: e.suggestions(), SEE),
    "today": Rule(lambda e: e.today, ALL),
    "tree": Rule(lambda e: e.tree(), SEE),
    "trouble": Rule(lambda e: e.trouble, ALL),
    "undone_by": Rule(lambda e: e.undone_by(2), SEE),
    "who": Rule(lambda e: e.who, ALL),
}  # fmt: skip
"""`Queries`. Open to all: the time, the exchange, and whether and why nothing can be written."""

ACTS: dict[str, Rule] = {
    "access": Rule(lambda e: e.access, ALL),
    "actor": Rule(lambda e: e.actor, ALL),
    "changes": Rule(first_notice, SEE, withheld(*ALL - SEE), bool),
    "check_chain": Rule(lambda e: e.check_chain(STOP), ALL),
    "checkpoint": Rule(lambda e: e.checkpoint(), AUDIT),
    "close": Rule(lambda e: e.close(), ALL),
    "evidence": Rule(lambda e: e.evidence, ALL),
    "export": Rule(lambda e: e.export(folder(e), "csv"), AUDIT),
    "has_users": Rule(lambda e: e.has_users, ALL),
    "keys": Rule(lambda e: e.keys, ALL),
    "require_permission": Rule(lambda e: e.require_permission("backup"), ADMINISTER),
    "note": Rule(lambda e: e.note("export", "x"), AUDIT),
    "path": Rule(lambda e: e.path, ALL),
    "preview": Rule(lambda e: e.preview(DEPOSIT), ACT | {IDLE}),
    "publish": Rule(lambda e: e.publish(), SEE),
    "read_statement": Rule(lambda e: e.read_statement(STATEMENT), ACT),
    "rebuild": Rule(lambda e: e.rebuild(), SEE),
    "resume": Rule(lambda e: e.resume(""), ALL),
    "run_due": Rule(lambda e: e.run_due(), SEE),
    "stands": Rule(lambda e: e.stands("key", "Main"), SEE),
    "submit": Rule(lambda e: e.submit(DEPOSIT), ACT),
    "submit_as": Rule(lambda e: e.submit_as(DEPOSIT, e.who), ACT),
    "undoes": Rule(lambda e: e.undoes(Undo(seq=2)), SEE),
    "verify": Rule(lambda e: e.verify(ask=False), SEE),
}
"""`LocalEngine` besides. Open to all: who they are, the machine's own keys, and checking the chain,
which says no more than `quarantined` does."""

PEOPLE: dict[str, Rule] = {
    "add_key": Rule(lambda e: e.access.add_key(""), ADMINISTER),
    "add_user": Rule(lambda e: e.access.add_user(NEW, OTHER, own=SECRET), ADMINISTER),
    "approvals": Rule(lambda e: e.access.approvals(), SEE),
    "asks_again": Rule(lambda e: e.access.asks_again(WITHDRAW), SEE),
    "keep_alive": Rule(lambda e: e.access.keep_alive(), ALL),
    "lock": Rule(lambda e: e.access.lock(), SEE),
    "locked": Rule(lambda e: e.access.locked, ALL),
    "login": Rule(lambda e: e.access.login("viewer", SECRET), ALL),
    "logout": Rule(lambda e: e.access.logout(), ALL),
    "may": Rule(lambda e: e.access.may("see"), SEE, withheld(*ALL - SEE), bool),
    "noticed": Rule(lambda e: e.access.noticed(), ALL),
    "permissions": Rule(lambda e: e.access.permissions(), SEE),
    "prove": Rule(
        lambda e: e.access.prove(SECRET, e.who), SEE - {IDLE},
        withheld(NOBODY, DISABLED, ENDED, IDLE), lambda epoch: epoch is not None,
    ),
    "rotate_keys": Rule(lambda e: e.access.rotate_keys(), ADMINISTER),
    "set_full_name": Rule(lambda e: e.access.set_full_name(NAMED, "V", own=SECRET), ADMINISTER),
    "set_password": Rule(
        lambda e: e.access.set_password(SET, OTHER, own=SECRET), ADMINISTER | {"viewer"}
    ),
    "touch": Rule(lambda e: e.access.touch(), ALL),
    "unlock": Rule(lambda e: e.access.unlock(SECRET), SEE),
    "users": Rule(lambda e: e.access.users(), SEE),
    "whoami": Rule(lambda e: e.access.whoami(), SEE),
}  # fmt: skip
"""`Access`. Open to all: logging in and out, and signs of life, which revive nothing."""


def public(kind: type) -> set[str]:
    names = set(dir(kind)) | set(getattr(kind, "__annotations__", ()))
    return {name for name in names if not name.startswith("_")}


def test_the_tables_name_every_public_method_and_property(engine: LocalEngine) -> None:
    assert public(Queries) == LOOKS.keys()
    attributes = {name for name in vars(engine) if not name.startswith("_")}
    assert (public(LocalEngine) | attributes) - public(Queries) == ACTS.keys()
    attributes = {name for name in vars(engine.access) if not name.startswith("_")}
    assert public(Access) | attributes == PEOPLE.keys()


@cache
def cheap() -> str:
    """SECRET as it is kept."""
    return stored("dana")


@pytest.fixture
def book(tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a book with everybody in it; record 3 is one of security."""
    monkeypatch.setattr(passwords, "MEMORY_KIB", 32)
    monkeypatch.setattr(passwords, "PASSES", 1)
    made = tmp_path / "book"
    with LocalEngine(made / "alluse.journal", actor="dana", create=True, clock=clock) as engine:
        engine.submit(init())
        earned(engine, "gen-1", "52000.01")
        own_password(engine)
        for name, roles in {**ROLES, DISABLED: tuple(Role), "full": tuple(Role)}.items():
            command = AddUser(user=name, roles=roles, password=cheap())
            engine.submit(command, password=SECRET)
        engine.submit(DisableUser(user=DISABLED), password=SECRET)
    return made


def opened(folder: Path, person: str, clock: FixedClock) -> LocalEngine:
    """An engine as that person is at work."""
    journal = folder / "alluse.journal"
    if person not in (ENDED, IDLE):
        return LocalEngine(journal, actor=person, clock=clock)
    engine = LocalEngine(journal, actor="stranger", clock=clock)
    token = engine.access.login("full", SECRET)
    if person == ENDED:
        engine.access.logout()
        engine.use_token(token)
    else:
        clock.set(NOON + timedelta(minutes=10))
    return engine


def outcome(rule: Rule, engine: LocalEngine) -> str:
    """What the call comes to. StepUpNeeded would be neither: everybody gives their password."""
    try:
        answer = rule.call(engine)
    except Denied as error:
        assert type(error) is Denied
        return DENIED
    return DONE if rule.holds(answer) else WITHHELD


@pytest.mark.parametrize("person", PERSONS)
def test_who_may_look(book: Path, clock: FixedClock, person: str) -> None:
    with opened(book, person, clock) as engine:
        found = {name: outcome(rule, engine) for name, rule in LOOKS.items()}
    assert found == {name: rule.expected(person) for name, rule in LOOKS.items()}


@pytest.mark.parametrize("person", PERSONS)
def test_who_may_act(
    book: Path, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, person: str
) -> None:
    """Each on a copy of the book, and with no keys yet: who may not act makes none."""
    found = {}
    for name, rule in {**ACTS, **PEOPLE}.items():
        keys = tmp_path / name / "keys"
        monkeypatch.setenv("ALLUSE_KEYS", str(keys))
        clock.set(NOON)
        copytree(book, tmp_path / name / "book")
        with opened(tmp_path / name / "book", person, clock) as engine:
            found[name] = outcome(rule, engine)
        assert person in rule.may or not keys.exists(), name
    assert found == {name: rule.expected(person) for name, rule in {**ACTS, **PEOPLE}.items()}


def test_records_written_since_a_user_was_disabled_are_not_theirs_to_read(
    book: Path, clock: FixedClock
) -> None:
    """Their engine had not looked at the journal since."""
    with opened(book, "auditor", clock) as engine, opened(book, "dana", clock) as admin:
        before = len(list(engine.records()))
        admin.submit(DisableUser(user="auditor"), password=SECRET)
        for look in (lambda: list(engine.records(before)), lambda: engine.record(before + 1)):
            with pytest.raises(Denied):
                look()
        with pytest.raises(Denied):
            engine.security_records(1)
