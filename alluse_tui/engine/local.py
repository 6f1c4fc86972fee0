"""The engine on the files of this machine."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from alluse_tui.domain.alerts import alerts
from alluse_tui.domain.apply import apply_all
from alluse_tui.domain.book import Book
from alluse_tui.domain.commands import Command, Import, Undo
from alluse_tui.domain.errors import (
    AllUseError,
    Busy,
    Conflict,
    IntegrityFailed,
    Refused,
    StoreFailed,
)
from alluse_tui.domain.events import EntryPosted, KeysFreed
from alluse_tui.domain.figures import all_accounts, portfolio_accounts, portfolio_view, view_in
from alluse_tui.domain.money import UNIT_MICROS
from alluse_tui.domain.plan import Context, KeyUse, Plan, canonical
from alluse_tui.domain.plans import home_of, plan
from alluse_tui.domain.settings import policy_of, texts
from alluse_tui.domain.standing import standing_rules
from alluse_tui.domain.state import SCHEMA, book_from_rows, changed_rows
from alluse_tui.domain.verdict import Verdict
from alluse_tui.domain.views import (
    AccountView,
    AlertView,
    EntryView,
    PlanView,
    PolicyView,
    PortfolioView,
    Receipt,
)
from alluse_tui.domain.wire import from_plain, to_plain
from alluse_tui.engine.bodies import accepted, accounts_in, events_of, refused
from alluse_tui.engine.clock import Clock, SystemClock, new_york_date
from alluse_tui.engine.notices import Notice
from alluse_tui.engine.questions import Questions
from alluse_tui.engine.undoing import undo_target
from alluse_tui.engine.verification import Progress, Verification, verify
from alluse_tui.journal import Head, Journal, KeyEntry, Record, Turn

if TYPE_CHECKING:
    from alluse_tui.market.statements import ReadStatement
    from alluse_tui.replica import Rows

QUEUE_LIMIT = 1_024
"""Commands waiting for a turn; one more is told "busy" at once."""

TURN_LIMIT = 256
"""Commands that one turn takes from the queue."""

WATCH_SECONDS = 0.2
"""How soon `changes` notices that the engine was closed."""


@dataclass(slots=True)
class _Waiting:
    """A submitted command and, once its turn is over, what became of it."""

    command: Command
    actor: str
    expect: str
    receipt: Receipt | None = None
    error: Exception | None = None

    @property
    def finished(self) -> bool:
        return self.receipt is not None or self.error is not None


class LocalEngine:
    """One door to one journal file, for any number of threads.

    `path` is the journal; the replica lies beside it as `.duckdb`. With `create`, a missing
    journal is made by the first command that is carried out; otherwise NoBook is raised.
    """

    def __init__(
        self,
        path: Path,
        *,
        actor: str,
        clock: Clock | None = None,
        session: str = "",
        create: bool = False,
    ) -> None:
        """Opens the journal and reads its state. Raises NoBook, StoreFailed, IntegrityFailed."""
        self.path = path
        self.actor = actor
        self._session = session
        self._clock: Clock = clock or SystemClock()
        self._journal = Journal(path, create=create)
        self._lock = threading.RLock()
        self._queue: deque[_Waiting] = deque()
        self._queue_lock = threading.Lock()
        self._closed = threading.Event()
        self._refolded = False
        self._book, self._head = self._opened_book()
        self._questions = Questions(self._journal, path.with_suffix(".duckdb"))

    def close(self) -> None:
        """Close the files. Safe to call twice."""
        self._closed.set()
        self._questions.close()
        with self._lock:
            self._journal.close()

    def __enter__(self) -> LocalEngine:
        """The engine, to be closed on leaving."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes it."""
        self.close()

    @property
    def today(self) -> date:
        """Today in New York."""
        return new_york_date(self._clock.now_ns())

    @property
    def now_ns(self) -> int:
        """The engine's clock."""
        return self._clock.now_ns()

    @property
    def seq(self) -> int:
        """The newest record that the views show."""
        return self._head.seq

    @property
    def quarantined(self) -> str:
        """Why writing is refused; empty when it is not."""
        return self._journal.quarantined

    # -- acting -----------------------------------------------------------------------------

    def preview(self, command: Command, actor: str = "") -> PlanView:
        """What `command` would do now; appends nothing. Raises Refused, BadInput."""
        with self._lock:
            self.refresh()
            home = self._home_of(self._book, command, actor or self.actor, self._journal)
            standing = self._standing(home, command)
            if standing is not None:
                return _receipt_of(standing).plan
            following = self._head.seq + 1
            context = self._context(
                self._book, following, command, actor or self.actor, home, self._journal
            )
            return plan(self._book, command, context).view

    def submit(self, command: Command, *, actor: str = "", expect: str = "") -> Receipt:
        """Carry out `command`; durable when it returns.

        `expect` is the digest of the plan that was shown: another plan raises Conflict. Commands
        that wait at the same time share a turn. Raises Refused (which is journalled), BadInput,
        Busy, StoreFailed, IntegrityFailed.
        """
        if not self._journal.exists:
            self.preview(command, actor)  # what cannot be carried out makes no file
        waiting = _Waiting(command, actor or self.actor, expect)
        with self._queue_lock:
            if len(self._queue) >= QUEUE_LIMIT:
                raise Busy(f"{QUEUE_LIMIT} commands are waiting already: try again")
            self._queue.append(waiting)
        while not waiting.finished:
            with self._lock:
                if not waiting.finished:
                    self._take_turn()
        if waiting.error is not None:
            raise waiting.error
        assert waiting.receipt is not None
        return waiting.receipt

    def read_statement(self, path: Path, format_name: str = "auto") -> ReadStatement:
        """A broker's statement as the file has it; books nothing. Raises BadInput."""
        from alluse_tui.market.statements import read_statement

        return read_statement(path, format_name)

    def home_of_statement(self, source: str) -> str:
        """The account ('Main/gen-1') that holds statements of that broker account, or ''."""
        for account in self._book.accounts.values():
            if any(s.source == source for s in account.statements):
                return account.id
        return ""

    # -- seeing -----------------------------------------------------------------------------

    def refresh(self) -> None:
        """Follow what other processes recorded."""
        with self._lock:
            if self._journal.exists and self._journal.head() != self._head:
                self._follow(list(self._journal.records(self._head.seq)), self._journal.head())

    def names(self) -> tuple[str, ...]:
        """Every portfolio's name, in order."""
        return tuple(sorted(self._book.portfolios))

    def portfolio(self, name: str = "") -> PortfolioView:
        """The portfolio of that name, or the only one. Raises BadInput."""
        book = self._book
        home = book.portfolio(name)
        return portfolio_view(home, portfolio_accounts(book, home, self.today))

    def accounts(self, portfolio: str = "") -> tuple[AccountView, ...]:
        """Accounts of every status, of one portfolio or of all. Raises BadInput."""
        return _listed(self._book, portfolio, self.today)

    def accounts_as_of(self, day: date, portfolio: str = "") -> tuple[AccountView, ...]:
        """The accounts that were open on `day`, with that day's balances and rates."""
        book = self._questions.book_as_of(self._book, self._head.seq, day)
        return _listed(book, portfolio, day)

    def account(self, code: str, portfolio: str = "") -> AccountView:
        """One account. Raises BadInput."""
        book = self._book
        return view_in(book, book.account(code, portfolio), self.today)

    def rules_of(self, code: str, portfolio: str = "") -> tuple[Verdict, ...]:
        """What the rules say of the account as it stands. Raises BadInput."""
        book = self._book
        account = book.account(code, portfolio)
        policy = policy_of(account, book.portfolios[account.portfolio])
        return standing_rules(view_in(book, account, self.today), policy)

    def policy(self, portfolio: str = "", code: str = "") -> PolicyView:
        """Every setting that holds for the portfolio, or for one account. Raises BadInput."""
        book = self._book
        if not code:
            home = book.portfolio(portfolio)
            return PolicyView(home.name, "", texts(home.policy), {})
        account = book.account(code, portfolio)
        policy = policy_of(account, book.portfolios[account.portfolio])
        return PolicyView(account.portfolio, account.code, texts(policy), account.settings)

    def entries(self, code: str, portfolio: str, count: int) -> tuple[EntryView, ...]:
        """The account's newest entries, newest first."""
        values = {"portfolio": portfolio, "account": code, "count": count}
        found = self._questions.ask("account_entries", self._head.seq, values)
        return tuple(
            EntryView(
                seq=seq,
                effective=effective,
                recorded_ns=recorded_ns,
                kind=kind,
                account=account,
                micros=int(amount * UNIT_MICROS),
                currency=currency,
                note=note,
                actor=actor,
                reverses=reverses or 0,
            )
            for (
                seq, effective, recorded_ns, kind, account, amount, currency, note, actor, reverses
            ) in found.rows
        )  # fmt: skip

    def alerts(self, portfolio: str = "") -> tuple[AlertView, ...]:
        """What an operator should know now, of one portfolio or of all, the worst first."""
        return alerts(self._book, self.today, portfolio)

    def records(self, after: int = 0) -> Iterator[Record]:
        """The journal's records after `after`, oldest first."""
        return self._journal.records(after)

    def changes(self, after: int, stop: threading.Event | None = None) -> Iterator[Notice]:
        """A notice whenever the journal has moved past `after`.

        Ends within WATCH_SECONDS when `stop` is set or the engine is closed.
        """
        stop = stop or self._closed
        while not (stop.is_set() or self._closed.is_set()):
            if self._journal.wait_for_change(after, WATCH_SECONDS):
                self.refresh()
                changed: set[str] = set()
                for record in self._journal.records(after, self._head.seq):
                    changed |= accounts_in(record)
                    after = record.seq
                yield Notice(after, tuple(sorted(changed)))

    def query(self, name: str, **values: str | int | date) -> Rows:
        """The answer to a named question, up to what the views show."""
        return self._questions.ask(name, self._head.seq, values)

    def sql(self, text: str) -> Rows:
        """The answer to an operator's own SELECT. Raises BadInput."""
        return self._questions.ask_own(text, self._head.seq)

    def verify(self, progress: Progress | None = None) -> Verification:
        """Check everything; a failed check stops all writing from then on."""
        with self._lock:
            try:
                result = verify(self._journal, progress)
            except IntegrityFailed as error:
                self._journal.quarantine(str(error))
                raise
        failed = [c for c in result.checks if not c.ok]
        if failed:
            self._journal.quarantine(f"{failed[0].name}: {failed[0].detail}")
        return result

    # -- inside -----------------------------------------------------------------------------

    def _opened_book(self) -> tuple[Book, Head]:
        head, schema, rows = self._journal.state()
        if schema == SCHEMA:
            return book_from_rows(rows), head
        book, last = Book(), Head()
        for record in self._journal.records():
            book = apply_all(book, events_of(record), record.seq)
            last = Head(record.seq, record.hash)
        self._refolded = self._journal.exists
        return book, last

    def _follow(self, records: list[Record], head: Head) -> None:
        """Apply what others appended; anything but a continuation of the chain is damage."""
        book, last = self._book, self._head
        for record in records:
            if record.prev != last.hash:
                self._damaged(f"record {record.seq} does not follow the one read before it")
            book = apply_all(book, events_of(record), record.seq)
            last = Head(record.seq, record.hash)
        if last.seq < self._head.seq or (not records and head != self._head):
            self._damaged(f"record {self._head.seq} was read before and is gone")
        self._book, self._head = book, last

    def _damaged(self, found: str) -> None:
        self._journal.quarantine(found)
        raise IntegrityFailed(f"{self.path}: {found}; writing is refused from now on")

    def _take_turn(self) -> None:
        """Carry out what is waiting, in one transaction, and tell everybody how it went."""
        batch = self._next_batch()
        if not batch:
            return
        outcomes: list[tuple[_Waiting, Receipt | None, Exception | None]] = []
        try:
            with self._journal.turn() as turn:
                self._follow(list(turn.records(self._head.seq)), turn.head)
                draft = self._book
                for waiting in batch:
                    try:
                        draft, receipt = self._carry_out(turn, draft, waiting)
                        outcomes.append((waiting, receipt, None))
                    except AllUseError as error:
                        if isinstance(error, (StoreFailed, IntegrityFailed)):
                            raise
                        outcomes.append((waiting, None, error))
                if self._refolded:
                    turn.clear_state()
                turn.put_state(SCHEMA, changed_rows(self._stored(), draft))
                head = turn.head
        except Exception as error:
            for waiting in batch:
                waiting.error = error
            return
        except BaseException:
            for waiting in batch:
                waiting.error = StoreFailed("interrupted before anything was recorded")
            raise
        self._book, self._head, self._refolded = draft, head, False
        for waiting, made, failure in outcomes:
            waiting.receipt, waiting.error = made, failure

    def _stored(self) -> Book:
        """The book that the state beside the records holds."""
        return Book() if self._refolded else self._book

    def _next_batch(self) -> list[_Waiting]:
        with self._queue_lock:
            return [self._queue.popleft() for _ in range(min(TURN_LIMIT, len(self._queue)))]

    def _carry_out(self, turn: Turn, book: Book, waiting: _Waiting) -> tuple[Book, Receipt]:
        command, actor = waiting.command, waiting.actor
        home = self._home_of(book, command, actor, turn)
        try:
            standing = self._standing(home, command)
            if standing is not None:
                return book, _receipt_of(standing)
            context = self._context(book, turn.head.seq + 1, command, actor, home, turn)
            made = plan(book, command, context)
        except Refused as error:
            said = refused(error, command, home, actor, self._session)
            turn.append([said], self._clock.now_ns())
            raise
        if waiting.expect and waiting.expect != made.view.digest:
            raise Conflict("the book changed since the plan was shown: look at the new one")
        if not made.events:
            seq = min((use.seq for use in context.keys.values()), default=0)
            return book, Receipt(seq, "", True, made.view)
        bodies = accepted(made, command, actor, self._session)
        records = turn.append(bodies, self._clock.now_ns())
        receipt = Receipt(records[0].seq, records[0].hash.hex(), False, made.view)
        _settle_keys(turn, home, command, made, records, receipt)
        return made.after, receipt

    def _standing(self, home: str, command: Command) -> KeyEntry | None:
        """What stands under the command's key with the same content. Raises Refused for other."""
        if not command.key:
            return None
        entry = self._journal.keys(home, [command.key]).get(command.key)
        if entry is None:
            return None
        if entry.content != _content_hash(command):
            said = f"key {command.key} stands for another command in record {entry.seq}"
            raise Refused([Verdict("key.content", False, said)])
        return entry

    def _home_of(self, book: Book, command: Command, actor: str, source: Journal | Turn) -> str:
        """The portfolio whose keys the command uses. Raises BadInput."""
        if isinstance(command, Undo) and not command.portfolio and len(book.portfolios) != 1:
            target = undo_target(book, command, actor, source)
            return target.portfolio if target is not None else ""
        return home_of(book, command)

    def _context(
        self,
        book: Book,
        seq: int,
        command: Command,
        actor: str,
        home: str,
        source: Journal | Turn,
    ) -> Context:
        """What planning may know: today, the standing keys, the records an undo names."""
        keys: Mapping[str, KeyUse] = {}
        undo = None
        if isinstance(command, Import):
            facts = (*command.statement.opening, *command.statement.facts)
            found = self._journal.keys(home, [f.key for f in facts if f.key])
            keys = {k: KeyUse(e.seq, e.content) for k, e in found.items()}
        if isinstance(command, Undo):
            undo = undo_target(book, command, actor, source)
        return Context(self.today, seq, keys, undo)


def _listed(book: Book, portfolio: str, day: date) -> tuple[AccountView, ...]:
    if portfolio:
        return portfolio_accounts(book, book.portfolio(portfolio), day)
    return tuple(a for views in all_accounts(book, day).values() for a in views)


def _settle_keys(
    turn: Turn,
    home: str,
    command: Command,
    made: Plan,
    records: list[Record],
    receipt: Receipt,
) -> None:
    """Claim the keys that the plan's entries and command bring, free those it gives back."""
    for record, events in zip(records, made.records(), strict=True):
        turn.claim_keys(
            KeyEntry(made.portfolio, e.key, record.seq, e.content)
            for e in events
            if isinstance(e, EntryPosted) and e.key
        )
        for event in events:
            if isinstance(event, KeysFreed):
                turn.free_keys(event.portfolio, event.keys)
    if command.key:
        plain = json.dumps(to_plain(receipt))
        content = _content_hash(command)
        turn.claim_keys([KeyEntry(home, command.key, receipt.seq, content, plain)])


def _receipt_of(entry: KeyEntry) -> Receipt:
    first: Receipt = from_plain(Receipt, json.loads(entry.receipt))
    return Receipt(first.seq, first.hash, True, first.plan)


def _content_hash(command: Command) -> str:
    return hashlib.sha256(canonical([command.NAME, command.content()])).hexdigest()
