"""The engine on the files of this machine."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from alluse_tui.domain.book import Book
from alluse_tui.domain.errors import (
    AllUseError,
    BadInput,
    Denied,
    IntegrityFailed,
    StoreFailed,
)
from alluse_tui.domain.figures import all_accounts, portfolio_accounts, portfolio_view, view_in
from alluse_tui.domain.money import UNIT_MICROS
from alluse_tui.domain.settings import policy_of, texts, units
from alluse_tui.domain.state import SCHEMA, changed_rows
from alluse_tui.domain.verdict import Verdict
from alluse_tui.domain.views import (
    AccountView,
    AlertView,
    BellView,
    BranchView,
    Coming,
    DueView,
    EntryView,
    PlanView,
    PolicyView,
    PortfolioView,
    Receipt,
    SessionView,
)
from alluse_tui.engine.clock import Clock, SystemClock, new_york_date
from alluse_tui.engine.fold import Fold
from alluse_tui.engine.notices import Notice
from alluse_tui.engine.questions import Questions
from alluse_tui.engine.queue import Queue, Waiting
from alluse_tui.journal import Journal, Record, Turn, broken_link

if TYPE_CHECKING:
    from alluse_tui.domain.commands import Command
    from alluse_tui.engine.carrying import Carrier
    from alluse_tui.engine.overview import Overview, Watch
    from alluse_tui.engine.schedule import DueOutcome
    from alluse_tui.engine.suggesting import Suggestion
    from alluse_tui.engine.verification import Progress, Verification
    from alluse_tui.market.sessions import NewYorkSessions
    from alluse_tui.market.statements import ReadStatement
    from alluse_tui.replica import Rows

WATCH_SECONDS = 0.2
"""How soon `changes` notices that the engine was closed."""


class LocalEngine:
    """One door to one journal file, for any number of threads.

    `path` is the journal; the replica lies beside it as `.duckdb`. With `create`, a missing
    journal is made by the first command that is carried out; otherwise NoBook is raised. A
    `journal` that is handed in is used instead of the file.
    """

    def __init__(
        self,
        path: Path,
        *,
        actor: str,
        clock: Clock | None = None,
        session: str = "",
        create: bool = False,
        journal: Journal | None = None,
        only_look: bool = False,
    ) -> None:
        """Opens the journal and reads its state. Raises NoBook, StoreFailed, IntegrityFailed.

        `only_look`: every command is denied.
        """
        self.path = path
        self.actor = actor
        self._clock: Clock = clock or SystemClock()
        self._journal = journal or Journal(path, create=create)
        self._lock = threading.RLock()
        self._queue = Queue(self._take_turn)
        self._closed = threading.Event()
        self._fold = Fold(self._journal)
        self._session = session
        self._only_look = only_look
        self._watch: Watch | None = None
        self._watching = threading.Lock()
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

    @cached_property
    def sessions(self) -> NewYorkSessions:
        """The exchange's trading days, loaded when they are first asked for."""
        from alluse_tui.market.sessions import NewYorkSessions

        return NewYorkSessions()

    @property
    def now_ns(self) -> int:
        """The engine's clock."""
        return self._clock.now_ns()

    @property
    def seq(self) -> int:
        """The newest record that the views show."""
        return self._fold.head.seq

    @property
    def read_only(self) -> str:
        """Why nothing can be written though nothing is damaged; empty when it can."""
        return "it was opened read-only" if self._only_look else self._fold.read_only

    @property
    def trouble(self) -> str:
        """What failed without harm to any record; empty when nothing did."""
        return self._journal.trouble

    @property
    def quarantined(self) -> str:
        """Why writing is refused; empty when it is not."""
        return self._journal.quarantined

    # -- acting -----------------------------------------------------------------------------

    def preview(self, command: Command, actor: str = "") -> PlanView:
        """What `command` would do now; appends nothing. Raises Refused, BadInput."""
        with self._lock:
            self.refresh()
            following = self._fold.head.seq + 1
            return self._carrier.planned(self._fold.book, following, command, actor or self.actor)

    def submit(self, command: Command, *, actor: str = "", expect: str = "") -> Receipt:
        """Carry out `command`; durable when it returns.

        `expect` is the digest of the plan that was shown: another plan raises Conflict. Commands
        that wait at the same time share a turn. Raises Refused (which is journalled), BadInput,
        Busy, StoreFailed, IntegrityFailed.
        """
        if self._only_look:
            raise Denied("the book was opened read-only")
        if not self._journal.exists:
            self.preview(command, actor)  # what cannot be carried out makes no file
        waiting = Waiting(command, actor or self.actor, expect)
        self._queue.carry(waiting)
        if waiting.error is not None:
            raise waiting.error
        assert waiting.receipt is not None
        return waiting.receipt

    def stands(self, key: str, portfolio: str) -> int:
        """The record that stands under a key of the portfolio; 0 when it is not used."""
        with self._lock:
            entry = self._journal.keys(portfolio, [key]).get(key)
        return entry.seq if entry is not None else 0

    def read_statement(self, path: Path, format_name: str = "auto") -> ReadStatement:
        """A broker's statement as the file has it; books nothing. Raises BadInput."""
        from alluse_tui.market.statements import read_statement

        return read_statement(path, format_name)

    def home_of_statement(self, source: str) -> str:
        """The account ('Main/gen-1') that holds statements of that broker account, or ''."""
        for account in self._fold.book.accounts.values():
            if any(s.source == source for s in account.statements):
                return account.id
        return ""

    # -- seeing -----------------------------------------------------------------------------

    def refresh(self) -> None:
        """Follow what other processes recorded."""
        with self._lock:
            head = self._journal.head()
            if head != self._fold.head:
                self._fold.follow(self._journal.records(self._fold.head.seq, head.seq), head)

    def names(self) -> tuple[str, ...]:
        """Every portfolio's name, in order."""
        return tuple(sorted(self._fold.book.portfolios))

    def portfolio(self, name: str = "") -> PortfolioView:
        """The portfolio of that name, or the only one. Raises BadInput."""
        book = self._fold.book
        home = book.portfolio(name)
        return portfolio_view(home, portfolio_accounts(book, home, self.today))

    def overview(self, portfolio: str = "") -> Overview:
        """The portfolio for live panes, carried on from the last look. Raises BadInput."""
        from alluse_tui.engine.overview import Watch

        with self._watching:
            with self._lock:
                book, seq = self._fold.book, self._fold.head.seq
            name = book.portfolio(portfolio).name
            if self._watch is None or self._watch.name != name:
                self._watch = Watch(name, self.sessions)
            return self._watch.look(book, seq, self.today)

    def accounts(self, portfolio: str = "") -> tuple[AccountView, ...]:
        """Accounts of every status, of one portfolio or of all. Raises BadInput."""
        return _listed(self._fold.book, portfolio, self.today)

    def accounts_as_of(self, day: date, portfolio: str = "") -> tuple[AccountView, ...]:
        """The accounts that were open on `day`, with that day's balances and rates."""
        book = self._questions.book_as_of(self._fold.book, self._fold.head.seq, day)
        return _listed(book, portfolio, day)

    def account(self, code: str, portfolio: str = "") -> AccountView:
        """One account. Raises BadInput."""
        book = self._fold.book
        return view_in(book, book.account(code, portfolio), self.today)

    def rules_of(self, code: str, portfolio: str = "") -> tuple[Verdict, ...]:
        """What the rules say of the account as it stands. Raises BadInput."""
        from alluse_tui.domain.standing import standing_rules

        book = self._fold.book
        account = book.account(code, portfolio)
        policy = policy_of(account, book.portfolios[account.portfolio])
        return standing_rules(view_in(book, account, self.today), policy)

    def policy(self, portfolio: str = "", code: str = "") -> PolicyView:
        """Every setting that holds for the portfolio, or for one account. Raises BadInput."""
        book = self._fold.book
        if not code:
            home = book.portfolio(portfolio)
            return PolicyView(home.name, "", texts(home.policy), {}, units(home.currency))
        account = book.account(code, portfolio)
        home = book.portfolios[account.portfolio]
        found, own = texts(policy_of(account, home)), account.settings
        return PolicyView(home.name, account.code, found, own, units(home.currency))

    def entries(self, code: str, portfolio: str, count: int) -> tuple[EntryView, ...]:
        """The account's newest entries, newest first."""
        values = {"portfolio": portfolio, "account": code, "count": count}
        found = self._questions.ask("account_entries", self._fold.head.seq, values)
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

    def alerts(self, portfolio: str = "", *, silent: bool = False) -> tuple[AlertView, ...]:
        """What an operator should know now, of one portfolio or of all, the worst first.

        `silent`: those that were snoozed too.
        """
        from alluse_tui.domain.alerts import alerts

        return alerts(self._fold.book, self.today, portfolio, self.sessions, silent=silent)

    def bell(self) -> BellView:
        """Whether the exchange is open, and when its next bell rings."""
        from alluse_tui.engine.exchange import bell

        return bell(self.sessions, self.now_ns)

    def calendar(self, portfolio: str, days: int) -> tuple[SessionView, ...]:
        """The weekdays from today on, with hours and who may enter. Raises BadInput."""
        from alluse_tui.engine.exchange import calendar

        policy = self._fold.book.portfolio(portfolio).policy
        return calendar(self.sessions, policy, self.today, days)

    def due(self, portfolio: str = "") -> tuple[tuple[DueView, ...], tuple[Coming, ...]]:
        """What is due now, and what comes next with its day. Raises BadInput."""
        from alluse_tui.domain.due import coming, due_views

        book, today = self._fold.book, self.today
        return (
            due_views(book, today, self.sessions, portfolio),
            coming(book, today, self.sessions, portfolio),
        )

    def automatic(self) -> tuple[str, ...]:
        """The portfolios whose `fork.auto` is not off: due acts are done in them without asking."""
        homes = self._fold.book.portfolios.values()
        return tuple(sorted(h.name for h in homes if h.policy.fork_auto != "off"))

    def run_due(
        self, portfolio: str = "", *, actor: str = "", dry_run: bool = False
    ) -> tuple[DueOutcome, ...]:
        """Carry out what is due and may be done without asking, each once, whoever tries too."""
        from alluse_tui.engine.schedule import run_due

        self.refresh()
        return run_due(
            self, self._journal, lambda: self._fold.book, portfolio, actor or self.actor,
            dry_run=dry_run,
        )  # fmt: skip

    def tree(self, portfolio: str = "") -> tuple[BranchView, ...]:
        """The portfolio's accounts by descent, with what each branch grew to. Raises BadInput."""
        from alluse_tui.engine.lineage import branches

        home = self._fold.book.portfolio(portfolio).name
        flows: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for _, code, what, micros in self.query("flows", portfolio=home).rows:
            flows[code][what] = micros
        return branches(self.accounts(home), flows)

    def suggestions(self, portfolio: str = "") -> tuple[Suggestion, ...]:
        """Settings that the accounts' own history speaks for; never applied. Raises BadInput."""
        from alluse_tui.engine.suggesting import suggestions

        home = self._fold.book.portfolio(portfolio)
        return suggestions(home, self.query("monthly", portfolio=home.name).rows)

    def records(self, after: int = 0) -> Iterator[Record]:
        """The journal's records after `after`, oldest first."""
        return self._journal.records(after)

    def undone_by(self, seq: int) -> int:
        """The record that took back record `seq`; 0 when none did."""
        return self._fold.book.reversed_by.get(str(seq), 0)

    def changes(self, after: int, stop: threading.Event | None = None) -> Iterator[Notice]:
        """A notice whenever the journal has moved past `after`.

        Ends within WATCH_SECONDS when `stop` is set or the engine is closed.
        """
        from alluse_tui.engine.reading import accounts_in

        stop = stop or self._closed
        while not (stop.is_set() or self._closed.is_set()):
            if self._journal.wait_for_change(after, WATCH_SECONDS):
                self.refresh()
                if self._fold.head.seq <= after:  # a newer program's records: nothing to follow
                    stop.wait(WATCH_SECONDS)
                    continue
                changed: set[str] = set()
                for record in self._journal.records(after, self._fold.head.seq):
                    changed |= accounts_in(record)
                    after = record.seq
                yield Notice(after, tuple(sorted(changed)))

    def query(self, name: str, **values: str | int | date) -> Rows:
        """The answer to a named question, up to what the views show."""
        return self._questions.ask(name, self._fold.head.seq, values)

    def sql(self, text: str) -> Rows:
        """The answer to an operator's own SELECT. Raises BadInput."""
        return self._questions.ask_own(text, self._fold.head.seq)

    def rebuild(self, progress: Progress | None = None) -> int:
        """Build the replica anew from the first record; up to which record."""
        seq = self._fold.head.seq
        self._questions.publish(seq, progress, whole=True)
        return seq

    def publish(self, longest_tail: int = 0) -> bool:
        """Publish the replica when it lacks more than so many records; whether it did."""
        seq = self._fold.head.seq
        return self._questions.publish_long_tail(seq, longest_tail)

    def export(self, folder: Path, form: str) -> tuple[str, ...]:
        """Write every table and view to the new folder `folder` ('parquet' or 'csv'); the names.

        Raises BadInput.
        """
        if form not in ("parquet", "csv"):
            raise BadInput("--format", form, "must be parquet or csv")
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise BadInput("DIR", folder, "must be new or empty")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._questions.export(folder, form, self._fold.head.seq)

    def check_chain(self, stop: threading.Event) -> str:
        """The whole chain by its hashes, until `stop`; a broken link stops all writing.

        The newest records were checked when the journal was opened; this is the rest.
        """
        found = self._journal.broken_chain(stop)
        if found:
            self._journal.quarantine(found)
        return found

    def verify(self, progress: Progress | None = None, *, ask: bool = True) -> Verification:
        """Check everything; a failed check stops all writing from then on.

        Others go on meanwhile; only the last step makes them wait. `ask`: also what SQL says.
        """
        from alluse_tui.engine.verification import checked, folded

        try:
            folding = folded(self._journal, progress)
            with self._lock, self._journal.standing_still():
                for record in self._journal.records(folding.head.seq):
                    folding.add(record, broken_link(record, folding.head))
                result = checked(self._journal, folding, self._questions if ask else None)
        except IntegrityFailed as error:
            self._journal.quarantine(str(error))
            raise
        failed = [c for c in result.checks if not c.ok]
        if failed:
            self._journal.quarantine(f"{failed[0].name}: {failed[0].detail}")
        return result

    # -- inside -----------------------------------------------------------------------------

    @cached_property
    def _carrier(self) -> Carrier:
        """Loaded by the first command: who only looks loads no rules."""
        from alluse_tui.engine.carrying import Carrier

        return Carrier(self._journal, self._clock, self._session, self.sessions)

    def _take_turn(self, batch: Sequence[Waiting]) -> None:
        """Carry out what is waiting, in one transaction, and note how it went."""
        with self._lock:
            self._turn_of(batch)

    def _turn_of(self, batch: Sequence[Waiting]) -> None:
        outcomes: list[tuple[Waiting, Receipt | None, Exception | None]] = []
        try:
            with self._journal.turn() as turn:
                if turn.head != self._fold.head:
                    self._fold.follow(turn.records(self._fold.head.seq), turn.head)
                self._fold.check_writable()
                draft = self._fold.book
                for waiting in batch:
                    try:
                        draft, receipt = self._carrier.carry_out(turn, draft, waiting)
                        outcomes.append((waiting, receipt, None))
                    except AllUseError as error:
                        if isinstance(error, (StoreFailed, IntegrityFailed)):
                            raise
                        outcomes.append((waiting, None, error))
                head = turn.head
                if head != self._fold.head:
                    self._put_state(turn, draft)
        except Exception as error:
            if isinstance(error, IntegrityFailed) and not self._journal.quarantined:
                self._journal.quarantine(str(error))
            for waiting in batch:
                waiting.error = error
            return
        except BaseException:
            for waiting in batch:
                waiting.error = StoreFailed("interrupted before anything was recorded")
            raise
        if head != self._fold.head:
            self._fold.adopt(draft, head)
            self._fold.put_whole()
        for waiting, made, failure in outcomes:
            waiting.receipt, waiting.error = made, failure

    def _put_state(self, turn: Turn, draft: Book) -> None:
        if self._fold.stored is None:
            turn.clear_state()
        turn.put_state(SCHEMA, changed_rows(self._fold.stored or Book(), draft))


def _listed(book: Book, portfolio: str, day: date) -> tuple[AccountView, ...]:
    if portfolio:
        return portfolio_accounts(book, book.portfolio(portfolio), day)
    return tuple(a for views in all_accounts(book, day).values() for a in views)
