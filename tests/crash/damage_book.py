"""The book that is damaged: some 80 records of every sort, and what it says after each of them.

BUILD is a process of its own that makes the book under TOP/live and is killed with SIGKILL.
It leaves `older` (the files of a book that was closed), `older-open` (of one in use), `backup`, and
the truth.
"""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import apsw

from alluse_tui.config import load_policy
from alluse_tui.domain.commands import (
    CashFact,
    Command,
    Deposit,
    Edit,
    Fork,
    Import,
    Init,
    Instrument,
    Kind,
    MarkFact,
    OpenAccount,
    PolicySet,
    Post,
    RateFact,
    Right,
    StatementFacts,
    Suspend,
    Tier,
    Transfer,
    Undo,
    Withdraw,
    amount,
    trade,
)
from alluse_tui.domain.commands.user_commands import AddUser, Approve, Role, SetPassword
from alluse_tui.domain.derived.account_views import all_accounts
from alluse_tui.domain.derived.alerts import alerts
from alluse_tui.domain.derived.user_changes import user_alerts
from alluse_tui.domain.fold.apply import apply_all
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import Pending, Refused
from alluse_tui.domain.views import AccountView, AlertView
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.engine.clock import new_york_date
from alluse_tui.engine.operations.backup import make_backup
from alluse_tui.engine.record_decoding import events_of
from alluse_tui.market.trading_calendar import NewYorkCalendar
from alluse_tui.security.roles import COMMANDS_NEEDING_STEP_UP

BEGIN = datetime(2026, 9, 1, 15, 0, tzinfo=UTC)
STEP = timedelta(hours=3)
END = datetime(2026, 9, 10, 12, 0, tzinfo=UTC)
BUILD = "import sys, pathlib, crash.damage_book as b; b.build(pathlib.Path(sys.argv[1]))"
DAYS = (date(2026, 9, 3), date(2026, 9, 6))
"""The days of the as-of questions."""

BACKED_UP, OLDER, CLOSED, PUBLISHED = 18, 38, 50, 60
"""After so many commands a backup is made, a copy of the closed book, a new session, a replica."""

PUT = Instrument("MSTR", Right.PUT, 150_000_000, date(2026, 12, 18), 100)
PASSWORDS = {"dana": "slow copper lantern meadow", "eli": "violet harbour seven kettles"}


AsOf = tuple[Sequence[AccountView], ...]
"""The accounts as of each of DAYS."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the book says after one record, all of it as faces show it."""

    accounts: Sequence[AccountView]
    alerts: tuple[AlertView, ...]
    users: tuple[tuple[str, tuple[Role, ...], bool], ...]
    approvals: tuple[int, ...]


@dataclass
class Truth:
    """`figures`, `hashes` and `as_of` after record n, at index n.

    `keyed`: key → (command, record). `closed_at`: records in the file when it was last closed.
    """

    figures: list[Figures] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    as_of: list[AsOf] = field(default_factory=list)
    keyed: dict[str, tuple[Command, int]] = field(default_factory=dict)
    closed_at: int = 0

    @property
    def records(self) -> int:
        return len(self.hashes) - 1


def commands() -> Iterator[tuple[Command, str]]:
    """Each command and who gives it; eli's and those after the users take passwords."""
    policy = load_policy("moderate")
    yield Init(portfolio="Main", capital=amount("250000"), policy=policy), "dana"
    yield Init(portfolio="Smith", capital=amount("90000"), policy=policy, currency="CHF"), "dana"
    limits = (("approval.commands", "fork,suspend"), ("approval.facts_above", "20000"))
    yield PolicySet(portfolio="Main", changes=limits), "dana"
    for n in range(10):
        yield _ordinary(n), "dana"
    yield SetPassword(user="dana", password=_stored("dana")), "dana"
    both = (Role.OPERATOR, Role.APPROVER)
    yield AddUser(user="eli", roles=both, password=_stored("eli")), "dana"
    yield _statement(), "dana"
    for n in range(10, 28):
        yield _ordinary(n), ("dana", "eli")[n % 2]
    yield Post(account="Main/gen-1", fact=_cash(Kind.PREMIUM, "62000"), confirmed=True), "eli"
    yield Approve(approval=0), "dana"
    yield Fork(account="Main/gen-1"), "eli"
    yield Approve(approval=0), "dana"
    for n in range(28, 44):
        yield _ordinary(n), ("dana", "eli")[n % 2]
    yield Undo(portfolio="Main"), "dana"
    yield Withdraw(account="Main/com-1", amount=amount("5")), "dana"  # is refused, on record
    yield Suspend(account="Main/rev-1"), "eli"  # and waits
    for n in range(44, 56):
        yield _ordinary(n), ("dana", "eli")[n % 2]


def _ordinary(n: int) -> Command:
    """What an operator does on most days."""
    code = ("gen-1", "rev-1", "com-1")[n % 3]
    home = ("Main", "Main", "Smith")[n // 3 % 3]
    account, note = f"{home}/{code}", "x" * (37 * n % 211)
    match n % 8:
        case 0 | 1:
            return Deposit(account=account, amount=n * 1_010_000 + 10_000, note=note, key=f"k{n}")
        case 2:
            return Withdraw(account=f"{home}/rev-1", amount=n * 10_000 + 10_000, note=note)
        case 3:
            fact = _cash(Kind.PREMIUM, f"{100 + n}.25", "CHF" if n % 3 else "")
            return Post(account=account, fact=fact, note=note, key=f"k{n}", confirmed=True)
        case 4:
            rate = RateFact(currency="CHF", against="USD", nanos=1_100_000_000 + n)
            return Post(portfolio="Main", fact=rate)
        case 5:
            sold = trade(PUT, buy=False, quantity="1", price=f"{2 + n % 5}", fees=1_300_000)
            return Post(account="Main/rev-1", fact=sold, confirmed=True)
        case 6 if n == 6:
            return OpenAccount(parent="Smith", tier=Tier.GEN, name="second", portfolio="Smith")
        case 6 if n % 3:
            return Edit(account=account, notes=f"looked at on day {n}", portfolio=home)
        case 6:
            value = MarkFact(value_micros=-amount("300") - n * 10_000)
            return Post(account="Main/rev-1", fact=value, confirmed=True)
    moved = n * 20_000 + 10_000
    return Transfer(source=f"{home}/gen-1", target=f"{home}/rev-1", amount=moved, portfolio=home)


def _cash(kind: Kind, typed: str, currency: str = "") -> CashFact:
    return CashFact(kind=kind, micros=amount(typed, negative=True), currency=currency)


def _statement() -> Import:
    day = date(2026, 9, 1)
    facts = tuple(
        CashFact(
            kind=(Kind.FEE, Kind.DIVIDEND, Kind.INTEREST)[n % 3],
            micros=(-1) ** n * n * 1_230_000,
            currency=("USD", "CHF")[n % 2],
            effective=day,
            key=f"~row-{n}",
            content=f"c{n}",
        )
        for n in range(1, 31)
    )
    statement = StatementFacts(
        source="ibkr:U0000001",
        first_day=day,
        last_day=day,
        sha256="ab" * 32,
        rates=(),
        opening=(),
        facts=facts,
    )
    return Import(account="Main/rev-1", statement=statement, key="k-import")


def _stored(name: str) -> str:
    from alluse_tui.security.passwords import hash_password

    return hash_password(PASSWORDS[name])


def build(top: Path) -> None:
    """Everything under `top`; the book under top/live stays open and in use."""
    truth, clock = Truth(), FixedClock(BEGIN)
    path = top / "live" / "alluse.journal"
    seen: list[tuple[int, AsOf]] = [(0, ((), ()))]
    engine = LocalEngine(path, actor="dana", clock=clock, create=True)
    for number, (command, by) in enumerate(commands(), start=1):
        _give(engine, command, by, truth)
        clock.advance(STEP)
        seen.append((engine.seq, as_of(engine)))
        match number:
            case n if n == BACKED_UP:
                make_backup(path, top / "backup", None, clock)
            case n if n == OLDER:
                engine.close()
                shutil.copytree(top / "live", top / "older")
                engine = LocalEngine(path, actor="dana", clock=clock)
            case n if n == CLOSED:
                engine.close()
                engine = LocalEngine(path, actor="dana", clock=clock)
                truth.closed_at = engine.seq
                reader = _reading(path)  # so that nobody can empty the -wal meanwhile
            case n if n == PUBLISHED:
                engine.operations.rebuild()
                shutil.copytree(top / "live", top / "older-open")
    print("busy", flush=True)
    sys.stdin.readline()
    _tell(truth, engine, seen)
    (top / "truth").write_bytes(pickle.dumps(truth))
    threading.Event().wait(0.7)  # for what a book does once nobody writes
    print("at rest", flush=True)
    sys.stdin.readline()
    reader.close()


def _give(engine: LocalEngine, command: Command, by: str, truth: Truth) -> None:
    if isinstance(command, Approve):
        command = Approve(approval=engine.auth.approvals.pending()[-1].id)
    asks = engine.has_users and command.NAME in COMMANDS_NEEDING_STEP_UP
    try:
        receipt = engine.commands.submit(command, actor=by, password=PASSWORDS[by] if asks else "")
    except (Pending, Refused):
        return
    if command.key:
        truth.keyed[command.key] = (command, receipt.seq)


def _tell(truth: Truth, engine: LocalEngine, seen: list[tuple[int, AsOf]]) -> None:
    """What the book says after each record, by folding them one after the other."""
    book, sessions, today = Book(), NewYorkCalendar(), new_york_date(FixedClock(END).now_ns())
    as_of = dict(seen)
    homes = ("Main", "Smith")
    for key in [
        k for k in truth.keyed if not any(engine.commands.record_for_key(k, home) for home in homes)
    ]:
        del truth.keyed[key]  # what it stood for was undone
    truth.figures, truth.hashes, truth.as_of = [_figures(book, today, sessions)], [b""], [as_of[0]]
    for record in engine.queries.records():
        book = apply_all(book, events_of(record), record.seq)
        truth.figures.append(_figures(book, today, sessions))
        truth.hashes.append(record.hash)
        truth.as_of.append(as_of.get(record.seq, truth.as_of[-1]))


def _figures(book: Book, today: date, sessions: NewYorkCalendar) -> Figures:
    accounts = tuple(a for views in all_accounts(book, today).values() for a in views)
    of_the_book = user_alerts(book)
    return Figures(
        accounts,
        alerts(book, today, "", sessions, silent=True, of_the_book=of_the_book),
        tuple(sorted((u.name, u.roles, u.disabled) for u in book.users.values())),
        tuple(sorted(one.seq for one in book.approvals.values())),
    )


def figures_of(engine: LocalEngine) -> Figures:
    """The same, asked of an engine."""
    return Figures(
        engine.queries.accounts(),
        engine.queries.alerts(silent=True),
        tuple(sorted((u.name, u.roles, u.disabled) for u in engine.auth.users.all())),
        tuple(sorted(one.id for one in engine.auth.approvals.pending())),
    )


def as_of(engine: LocalEngine) -> AsOf:
    return tuple(engine.queries.accounts(as_of=day) for day in DAYS)


def _reading(path: Path) -> apsw.Connection:
    """A connection in the middle of reading the book as it is now."""
    reader = apsw.Connection(str(path))
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM record").fetchall()
    return reader


# -- what the test does with it -------------------------------------------------------------------


def prepared(top: Path) -> Path:
    """`top` with `busy` and `resting` too: the files of the book whose process was killed.

    Of `busy` the process had just written, of `resting` it had been idle; `closed` was closed.
    """
    child = subprocess.Popen(
        [sys.executable, "-c", BUILD, str(top)],
        env=environment(top),
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert child.stdin is not None and child.stdout is not None
        assert child.stdout.readline() == "busy\n"
        child.send_signal(signal.SIGSTOP)  # the files are as SIGKILL would leave them now
        shutil.copytree(top / "live", top / "busy")
        child.send_signal(signal.SIGCONT)
        child.stdin.write("\n")
        child.stdin.flush()
        assert child.stdout.readline() == "at rest\n"
    finally:
        child.kill()
        child.communicate()
    shutil.copytree(top / "live", top / "resting")
    shutil.copytree(top / "live", top / "closed")
    with LocalEngine(top / "closed" / "alluse.journal", actor="dana", clock=FixedClock(END)):
        pass
    return top


def environment(top: Path) -> dict[str, str]:
    """For processes that use the book."""
    tests = Path(__file__).parents[1]
    path = os.pathsep.join([str(tests), str(tests.parent)])
    return {**os.environ, "PYTHONPATH": path, "ALLUSE_KEYS": str(top / "keys")}
