"""Who may call what of the engine: every public method and property, for everybody there is.

The tables name all of them, so one that is added without a decision about who may call it fails.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from books import NOON, init
from chains import chain_file, option_row
from growth import earned
from market import bars_file
from people import PASSWORDS, own_password, stored

from alluse_tui.domain.commands import Deposit, Instrument, Post, Undo, Withdraw, amount, trade
from alluse_tui.domain.commands.user_commands import (
    AddUser,
    DisableUser,
    Role,
    SetFullName,
    SetPassword,
)
from alluse_tui.domain.model.errors import AllUseError, BadInput, Denied
from alluse_tui.domain.model.market import MarketKind
from alluse_tui.domain.views import PlanView, Receipt
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.engine.auth.approvals import Approvals
from alluse_tui.engine.auth.logins import Logins
from alluse_tui.engine.auth.users import Users
from alluse_tui.engine.market_data import MarketData
from alluse_tui.engine.operations.operations import Operations
from alluse_tui.engine.read.position_queries import PositionQueries
from alluse_tui.engine.read.queries import Queries
from alluse_tui.engine.read.statement_queries import StatementQueries
from alluse_tui.engine.write.commands import Commands
from alluse_tui.journal import Head
from alluse_tui.market.data.bar_files import ReadMarket
from alluse_tui.market.statements import read_statement

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


def raised(outcomes: list[Receipt | AllUseError]) -> None:
    """Raises the first error among the outcomes of a batch."""
    for outcome in outcomes:
        if isinstance(outcome, AllUseError):
            raise outcome


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
    return next(engine.commands.changes(0, threading.Event())).accounts


def folder(engine: LocalEngine) -> Path:
    return engine.path.parent / "exported"


DEPOSIT = Deposit(account="gen-1", amount=amount("1"))
WITHDRAW = Withdraw(account="gen-1", amount=amount("1"))
NO_PLAN = PlanView("", "post", "Main", (), (), ())
NEW = AddUser(user="new", roles=(Role.VIEWER,))
NAMED = SetFullName(user="viewer", full_name="")
SET = SetPassword(user="viewer")
OTHER = PASSWORDS["eli"]
STOP = threading.Event()
STOP.set()


PURCHASE = Post(
    account="gen-1",
    fact=trade(Instrument("XYZ"), buy=True, quantity="1", price="5", fees=0),
)


def read_march(engine: LocalEngine) -> ReadMarket:
    """A file of five bars, read."""
    file = bars_file(engine.path.with_name("march.csv"))
    return engine.market.read_bars(Path(file), "XYZ")


def ask_for_strikes(engine: LocalEngine) -> None:
    """Ask without a price of the underlying, of which only those learn who may look."""
    with pytest.raises(BadInput, match="has no price"):
        engine.market.strikes("gen-1", "XYZ")


def quotes_file(engine: LocalEngine) -> Path:
    """A file with the quote of an option."""
    return Path(chain_file(engine.path.with_name("chain.csv"), [option_row("50", "1", "1.10")]))


def events_file(engine: LocalEngine) -> Path:
    """A file with a split."""
    path = engine.path.with_name("events.csv")
    path.write_text("symbol,date,kind,value\nXYZ,2024-03-06,split,2\n")
    return path


LOOKS: dict[str, Rule] = {
    "queries.account": Rule(lambda e: e.queries.account("gen-1"), SEE),
    "queries.accounts": Rule(lambda e: e.queries.accounts(), SEE),
    "queries.alerts": Rule(lambda e: e.queries.alerts(), SEE),
    "operations.auto_portfolios": Rule(lambda e: e.operations.auto_portfolios(), SEE),
    "queries.user_alerts": Rule(lambda e: e.queries.user_alerts(), SEE | {"viewer", "operator"}),
    "operations.check_replica": Rule(lambda e: e.operations.check_replica(STOP), ALL),
    "operations.require_intact_chain": Rule(lambda e: e.operations.require_intact_chain(), ALL),
    "operations.keep_checkpoint": Rule(lambda e: e.operations.keep_checkpoint(Head(), ()), ALL),
    "auth.logins.actor": Rule(lambda e: e.auth.logins.actor, ALL),
    "auth.logins.has_users": Rule(lambda e: e.auth.logins.has_users, ALL),
    "auth.logins.fips": Rule(lambda e: e.auth.logins.fips, ALL),
    "auth.logins.user": Rule(lambda e: e.auth.logins.user(), SEE),
    "auth.logins.may_act": Rule(
        lambda e: e.auth.logins.may_act(), SEE - {IDLE}, withheld(*ALL - (SEE - {IDLE})), bool
    ),
    "queries.bell": Rule(lambda e: e.queries.bell(), ALL),
    "queries.calendar": Rule(lambda e: e.queries.calendar("", 5), SEE),
    "queries.due": Rule(lambda e: e.queries.due(), SEE),
    "queries.entries": Rule(lambda e: e.queries.entries("gen-1", "", 5), SEE),
    "operations.account_of_statement": Rule(
        lambda e: e.operations.account_of_statement("ibkr:U1"), SEE
    ),
    "core.require_view": Rule(lambda e: e.core.require_view(), SEE),
    "positions.lots": Rule(lambda e: e.positions.lots("gen-1"), SEE),
    "positions.history": Rule(lambda e: e.positions.history(("gen-1", "XYZ", "USD")), SEE),
    "positions.underlying_prices": Rule(lambda e: e.positions.underlying_prices(), SEE),
    "positions.income": Rule(lambda e: e.positions.income(), SEE),
    "positions.cycles": Rule(lambda e: e.positions.cycles(), SEE),
    "positions.compare_after": Rule(
        lambda e: e.positions.compare_after(read_statement(STATEMENT), NO_PLAN, "gen-1"), SEE
    ),
    "positions.reconcile": Rule(
        lambda e: e.positions.reconcile(read_statement(STATEMENT), "gen-1"), SEE
    ),
    "positions.week": Rule(lambda e: e.positions.week(date(2026, 11, 27)), SEE),
    "positions.week_year": Rule(lambda e: e.positions.week_year(2026), SEE),
    "positions.adherence": Rule(lambda e: e.positions.adherence("gen-1"), SEE),
    "positions.stress": Rule(lambda e: e.positions.stress(), SEE),
    "positions.stress_after": Rule(lambda e: e.positions.stress_after(NO_PLAN), SEE),
    "positions.positions": Rule(lambda e: e.positions.positions(), SEE),
    "queries.portfolio_names": Rule(lambda e: e.queries.portfolio_names(), SEE),
    "now_ns": Rule(lambda e: e.now_ns, ALL),
    "market.chain": Rule(lambda e: e.market.chain("XYZ"), SEE),
    "market.inputs": Rule(lambda e: e.market.inputs(PURCHASE), SEE),
    "market.outlook": Rule(lambda e: e.market.outlook("gen-1"), SEE),
    "market.read_chain": Rule(lambda e: e.market.read_chain(quotes_file(e)), SEE),
    "market.strikes": Rule(lambda e: ask_for_strikes(e), SEE),
    "market.files": Rule(lambda e: e.market.files(), SEE),
    "market.bars": Rule(lambda e: e.market.bars("XYZ", date.min, date.max), SEE),
    "market.events": Rule(lambda e: e.market.events("XYZ", MarketKind.SPLIT), SEE),
    "market.indicators": Rule(lambda e: e.market.indicators("XYZ"), SEE),
    "market.read_bars": Rule(lambda e: read_march(e), SEE),
    "market.read_events": Rule(lambda e: e.market.read_events(events_file(e)), SEE),
    "statements.imported": Rule(lambda e: e.statements.imported(), SEE),
    "statements.undone": Rule(lambda e: e.statements.undone(), SEE),
    "statements.proposed": Rule(lambda e: e.statements.proposed(), SEE),
    "statements.compared": Rule(lambda e: e.statements.compared(), SEE),
    "statements.auto_portfolios": Rule(lambda e: e.statements.auto_portfolios(), SEE),
    "queries.overview": Rule(lambda e: e.queries.overview(), SEE),
    "queries.policy": Rule(lambda e: e.queries.policy(), SEE),
    "queries.portfolio": Rule(lambda e: e.queries.portfolio(), SEE),
    "quarantined": Rule(lambda e: e.quarantined, ALL),
    "queries.query": Rule(lambda e: e.queries.query("flows", portfolio="Main"), SEE),
    "read_only": Rule(lambda e: e.read_only, ALL),
    "queries.record": Rule(lambda e: e.queries.record(3), LOOK_AT_SECURITY),
    "queries.records": Rule(lambda e: list(e.queries.records()), SEE),
    "refresh": Rule(lambda e: e.refresh(), ALL),
    "queries.rules_of": Rule(lambda e: e.queries.rules_of("gen-1"), SEE),
    "queries.security_records": Rule(
        lambda e: e.queries.security_records(5),
        LOOK_AT_SECURITY,
        withheld("viewer", "operator", "approver"),
        bool,
    ),
    "seq": Rule(lambda e: e.seq, ALL),
    "trading_calendar": Rule(lambda e: e.trading_calendar, ALL),
    "queries.sql": Rule(lambda e: e.queries.sql("SELECT 1"), SEE),
    "operations.suggestions": Rule(lambda e: e.operations.suggestions(), SEE),
    "today": Rule(lambda e: e.today, ALL),
    "queries.tree": Rule(lambda e: e.queries.tree(), SEE),
    "last_warning": Rule(lambda e: e.last_warning, ALL),
    "queries.undone_by": Rule(lambda e: e.queries.undone_by(2), SEE),
    "caller": Rule(lambda e: e.caller, ALL),
}
"""`Queries`. Open to all: the time, the exchange, and whether and why nothing can be written."""

ACTS: dict[str, Rule] = {
    "auth": Rule(lambda e: e.auth, ALL),
    "actor": Rule(lambda e: e.actor, ALL),
    "commands.changes": Rule(first_notice, SEE, withheld(*ALL - SEE), bool),
    "operations.check_chain": Rule(lambda e: e.operations.check_chain(STOP), ALL),
    "operations.checkpoint": Rule(lambda e: e.operations.checkpoint(), AUDIT),
    "close": Rule(lambda e: e.close(), ALL),
    "operations.checkpoints": Rule(lambda e: e.operations.checkpoints, ALL),
    "operations.export": Rule(lambda e: e.operations.export(folder(e), "csv"), AUDIT),
    "has_users": Rule(lambda e: e.has_users, ALL),
    "keys": Rule(lambda e: e.keys, ALL),
    "operations.require_permission": Rule(
        lambda e: e.operations.require_permission("backup"), ADMINISTER
    ),
    "operations.audit": Rule(lambda e: e.operations.audit("export", "x"), AUDIT),
    "market.keep": Rule(lambda e: e.market.keep(read_march(e)), ACT),
    "path": Rule(lambda e: e.path, ALL),
    "commands.check_trade": Rule(lambda e: e.commands.check_trade(PURCHASE), SEE),
    "commands.preview": Rule(lambda e: e.commands.preview(DEPOSIT), ACT | {IDLE}),
    "operations.publish": Rule(lambda e: e.operations.publish(), SEE),
    "operations.read_statement": Rule(lambda e: e.operations.read_statement(STATEMENT), ACT),
    "operations.read_statements": Rule(lambda e: e.operations.read_statements(STATEMENT), ACT),
    "operations.rebuild": Rule(lambda e: e.operations.rebuild(), SEE),
    "auth.logins.use_token": Rule(lambda e: e.auth.logins.use_token(""), ALL),
    "operations.run_due": Rule(lambda e: e.operations.run_due(), SEE),
    "commands.record_for_key": Rule(lambda e: e.commands.record_for_key("key", "Main"), SEE),
    "commands.submit": Rule(lambda e: e.commands.submit(DEPOSIT), ACT),
    "commands.submit_as": Rule(lambda e: e.commands.submit_as(DEPOSIT, e.caller), ACT),
    "commands.submit_many": Rule(lambda e: raised(e.commands.submit_many([DEPOSIT])), ACT),
    "commands.undo_target": Rule(lambda e: e.commands.undo_target(Undo(seq=2)), SEE),
    "operations.verify": Rule(lambda e: e.operations.verify(ask=False), SEE),
}
"""`LocalEngine` besides. Open to all: who they are, the machine's own keys, and checking the chain,
which says no more than `quarantined` does."""

PEOPLE: dict[str, Rule] = {
    "operations.add_key": Rule(lambda e: e.operations.add_key(""), ADMINISTER),
    "auth.users.add": Rule(lambda e: e.auth.users.add(NEW, OTHER, own=SECRET), ADMINISTER),
    "auth.approvals.pending": Rule(lambda e: e.auth.approvals.pending(), SEE),
    "auth.logins.needs_step_up": Rule(lambda e: e.auth.logins.needs_step_up(WITHDRAW), SEE),
    "auth.logins.persist_activity": Rule(lambda e: e.auth.logins.persist_activity(), ALL),
    "auth.logins.lock": Rule(lambda e: e.auth.logins.lock(), SEE),
    "auth.logins.locks_ns": Rule(lambda e: e.auth.logins.locks_ns, ALL),
    "auth.logins.locked": Rule(lambda e: e.auth.logins.locked, ALL),
    "auth.logins.login": Rule(lambda e: e.auth.logins.login("viewer", SECRET), ALL),
    "auth.logins.logout": Rule(lambda e: e.auth.logins.logout(), ALL),
    "auth.logins.may": Rule(lambda e: e.auth.logins.may("see"), SEE, withheld(*ALL - SEE), bool),
    "auth.logins.note_activity": Rule(lambda e: e.auth.logins.note_activity(e.now_ns), ALL),
    "auth.logins.permissions": Rule(lambda e: e.auth.logins.permissions(), SEE),
    "auth.logins.step_up": Rule(
        lambda e: e.auth.logins.step_up(SECRET, e.caller),
        SEE - {IDLE},
        withheld(NOBODY, DISABLED, ENDED, IDLE),
        lambda epoch: epoch is not None,
    ),
    "operations.rotate_keys": Rule(lambda e: e.operations.rotate_keys(), ADMINISTER),
    "auth.users.set_full_name": Rule(
        lambda e: e.auth.users.set_full_name(NAMED, "V", own=SECRET), ADMINISTER
    ),
    "auth.users.set_password": Rule(
        lambda e: e.auth.users.set_password(SET, OTHER, own=SECRET), ADMINISTER | {"viewer"}
    ),
    "auth.logins.touch": Rule(lambda e: e.auth.logins.touch(), ALL),
    "auth.logins.unlock": Rule(lambda e: e.auth.logins.unlock(SECRET), SEE),
    "auth.users.all": Rule(lambda e: e.auth.users.all(), SEE),
    "auth.logins.whoami": Rule(lambda e: e.auth.logins.whoami(), SEE),
}
"""`Access`. Open to all: logging in and out, and signs of life, which revive nothing."""


def public(kind: type) -> set[str]:
    names = set(dir(kind)) | set(getattr(kind, "__annotations__", ()))
    return {name for name in names if not name.startswith("_")}


DOORS: dict[str, type] = {
    "queries": Queries,
    "positions": PositionQueries,
    "commands": Commands,
    "operations": Operations,
    "market": MarketData,
    "statements": StatementQueries,
    "auth.logins": Logins,
    "auth.users": Users,
    "auth.approvals": Approvals,
}


def test_the_tables_name_every_public_method_and_property(engine: LocalEngine) -> None:
    rules = LOOKS.keys() | ACTS.keys() | PEOPLE.keys()
    for path, door in DOORS.items():
        expected = {f"{path}.{name}" for name in public(door)}
        assert expected == {r for r in rules if r.startswith(f"{path}.")}, path
    own = public(LocalEngine) - {path for path in DOORS if "." not in path}
    plain = {r for r in rules if "." not in r} | {"auth"}
    assert own - plain == set()


@pytest.mark.parametrize("door", DOORS.values())
def test_no_door_has_more_than_twenty_methods(door: type) -> None:
    assert len(public(door)) <= 20


@pytest.fixture
def book(tmp_path: Path, clock: FixedClock) -> Path:
    """The folder of a book with everybody in it; record 3 is one of security."""
    made = tmp_path / "book"
    with LocalEngine(made / "alluse.journal", actor="dana", create=True, clock=clock) as engine:
        engine.commands.submit(init())
        earned(engine, "gen-1", "52000.01")
        own_password(engine)
        for name, roles in {**ROLES, DISABLED: tuple(Role), "full": tuple(Role)}.items():
            command = AddUser(user=name, roles=roles, password=stored("dana"))
            engine.commands.submit(command, password=SECRET)
        engine.commands.submit(DisableUser(user=DISABLED), password=SECRET)
    return made


def opened(folder: Path, person: str, clock: FixedClock) -> LocalEngine:
    """An engine as that person is at work."""
    journal = folder / "alluse.journal"
    if person not in (ENDED, IDLE):
        return LocalEngine(journal, actor=person, clock=clock)
    engine = LocalEngine(journal, actor="stranger", clock=clock)
    token = engine.auth.logins.login("full", SECRET)
    if person == ENDED:
        engine.auth.logins.logout()
        engine.auth.logins.use_token(token)
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
        before = len(list(engine.queries.records()))
        admin.commands.submit(DisableUser(user="auditor"), password=SECRET)
        for look in (
            lambda: list(engine.queries.records(before)),
            lambda: engine.queries.record(before + 1),
        ):
            with pytest.raises(Denied):
                look()
        with pytest.raises(Denied):
            engine.queries.security_records(1)
