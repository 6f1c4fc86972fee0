"""What the engine shows: immutable views of the book, to whoever may look at it."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from alluse_tui.domain.book import Book
from alluse_tui.domain.errors import BadInput, Denied, IntegrityFailed
from alluse_tui.domain.figures import all_accounts, portfolio_accounts, portfolio_view, view_in
from alluse_tui.domain.money import UNIT_MICROS
from alluse_tui.domain.settings import policy_of, texts, units
from alluse_tui.domain.verdict import Verdict
from alluse_tui.domain.views import (
    AccountView,
    AlertView,
    BellView,
    BranchView,
    Coming,
    DueView,
    EntryView,
    PolicyView,
    PortfolioView,
    SessionView,
)
from alluse_tui.engine.admission import Who, admitted, may, may_see
from alluse_tui.engine.clock import Clock, new_york_date
from alluse_tui.engine.fold import Fold
from alluse_tui.engine.questions import Questions
from alluse_tui.journal import Journal, Record
from alluse_tui.journal.reading import LAST, followed
from alluse_tui.security.roles import Permission, is_security

if TYPE_CHECKING:
    from alluse_tui.engine.overview import Overview, Watch
    from alluse_tui.engine.suggesting import Suggestion
    from alluse_tui.market.sessions import NewYorkSessions
    from alluse_tui.replica import Rows


class Seeing:
    """Everything that is looked at. Every view is Denied to whoever may not look at the book."""

    _clock: Clock
    _fold: Fold
    _journal: Journal
    _lock: threading.RLock
    _only_look: bool
    _questions: Questions
    _watch: Watch | None
    _watching: threading.Lock
    who: Who

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

    def refresh(self) -> None:
        """Follow what other processes recorded."""
        with self._lock:
            head = self._journal.head()
            if head != self._fold.head:
                self._fold.follow(self._journal.records(self._fold.head.seq, head.seq), head)

    def must_see(self) -> None:
        """Raises Denied where nobody is at work who may look at the book."""
        book = self._fold.book
        if book.users:
            may_see(admitted(book, self.who, self._journal, self.now_ns, idle=True))

    def _may_see(self) -> bool:
        """Whether the user of this engine may look at the book now."""
        try:
            self.must_see()
        except Denied:
            return False
        return True

    @property
    def _seen(self) -> Book:
        """The book, for somebody who may look at it. Raises Denied."""
        self.must_see()
        return self._fold.book

    def home_of_statement(self, source: str) -> str:
        """The account ('Main/gen-1') that holds statements of that broker account, or ''."""
        for _, account in self._seen.accounts.passing():
            if any(s.source == source for s in account.statements):
                return account.id
        return ""

    def names(self) -> tuple[str, ...]:
        """Every portfolio's name, in order."""
        return tuple(sorted(self._seen.portfolios))

    def portfolio(self, name: str = "") -> PortfolioView:
        """The portfolio of that name, or the only one. Raises BadInput."""
        book = self._seen
        home = book.portfolio(name)
        return portfolio_view(home, portfolio_accounts(book, home, self.today))

    def overview(self, portfolio: str = "") -> Overview:
        """The portfolio for live panes, carried on from the last look. Raises BadInput."""
        from alluse_tui.engine.overview import Watch

        with self._watching:
            with self._lock:
                book, seq = self._seen, self.seq
            name = book.portfolio(portfolio).name
            if self._watch is None or self._watch.name != name:
                self._watch = Watch(name, self.sessions)
            return self._watch.look(book, seq, self.today)

    def accounts(self, portfolio: str = "") -> tuple[AccountView, ...]:
        """Accounts of every status, of one portfolio or of all. Raises BadInput."""
        return _listed(self._seen, portfolio, self.today)

    def accounts_as_of(self, day: date, portfolio: str = "") -> tuple[AccountView, ...]:
        """The accounts that were open on `day`, with that day's balances and rates."""
        book = self._questions.book_as_of(self._seen, self.seq, day)
        return _listed(book, portfolio, day)

    def account(self, code: str, portfolio: str = "") -> AccountView:
        """One account. Raises BadInput."""
        book = self._seen
        return view_in(book, book.account(code, portfolio), self.today)

    def rules_of(self, code: str, portfolio: str = "") -> tuple[Verdict, ...]:
        """What the rules say of the account as it stands. Raises BadInput."""
        from alluse_tui.domain.standing import standing_rules

        book = self._seen
        account = book.account(code, portfolio)
        policy = policy_of(account, book.portfolios[account.portfolio])
        return standing_rules(view_in(book, account, self.today), policy)

    def policy(self, portfolio: str = "", code: str = "") -> PolicyView:
        """Every setting that holds for the portfolio, or for one account. Raises BadInput."""
        book = self._seen
        if not code:
            home = book.portfolio(portfolio)
            return PolicyView(
                home.name, "", texts(home.policy), {}, units(home.policy, home.currency)
            )
        account = book.account(code, portfolio)
        home = book.portfolios[account.portfolio]
        policy = policy_of(account, home)
        counted = units(policy, home.currency)
        return PolicyView(home.name, account.code, texts(policy), account.settings, counted)

    def entries(self, code: str, portfolio: str, count: int) -> tuple[EntryView, ...]:
        """The account's newest entries, newest first."""
        found = self.query("account_entries", portfolio=portfolio, account=code, count=count)
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

        return alerts(
            self._seen, self.today, portfolio, self.sessions, silent=silent,
            of_the_book=self.user_alerts(),
        )  # fmt: skip

    def user_alerts(self) -> tuple[AlertView, ...]:
        """Changes of users that nobody acknowledged, for who audits or approves; else none."""
        from alluse_tui.domain.user_changes import user_alerts

        book = self._seen
        if not book.user_changes:
            return ()
        user = admitted(book, self.who, self._journal, self.now_ns, idle=True)
        sees = may(user, Permission.AUDIT) or may(user, Permission.APPROVE)
        return tuple(user_alerts(book)) if sees else ()

    def bell(self) -> BellView:
        """Whether the exchange is open, and when its next bell rings."""
        from alluse_tui.engine.exchange import bell

        return bell(self.sessions, self.now_ns)

    def calendar(self, portfolio: str, days: int) -> tuple[SessionView, ...]:
        """The weekdays from today on, with hours and who may enter. Raises BadInput."""
        from alluse_tui.engine.exchange import calendar

        policy = self._seen.portfolio(portfolio).policy
        return calendar(self.sessions, policy, self.today, days)

    def due(self, portfolio: str = "") -> tuple[tuple[DueView, ...], tuple[Coming, ...]]:
        """What is due now, and what comes next with its day. Raises BadInput."""
        from alluse_tui.domain.due import coming, due_views

        book, today = self._seen, self.today
        return (
            due_views(book, today, self.sessions, portfolio),
            coming(book, today, self.sessions, portfolio),
        )

    def automatic(self) -> tuple[str, ...]:
        """The portfolios whose `fork.auto` is not off: due acts are done in them without asking."""
        homes = self._seen.portfolios.values()
        return tuple(sorted(h.name for h in homes if h.policy.fork_auto != "off"))

    def tree(self, portfolio: str = "") -> tuple[BranchView, ...]:
        """The portfolio's accounts by descent, with what each branch grew to. Raises BadInput."""
        from alluse_tui.engine.lineage import branches

        home = self._seen.portfolio(portfolio).name
        flows: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for _, code, what, micros in self.query("flows", portfolio=home).rows:
            flows[code][what] = micros
        return branches(self.accounts(home), flows)

    def suggestions(self, portfolio: str = "") -> tuple[Suggestion, ...]:
        """Settings that the accounts' own history speaks for; never applied. Raises BadInput."""
        from alluse_tui.engine.suggesting import suggestions

        home = self._seen.portfolio(portfolio)
        return suggestions(home, self.query("monthly", portfolio=home.name).rows)

    def records(self, after: int = 0) -> Iterator[Record]:
        """The journal's records after `after`, oldest first, each checked before it is given.

        Those of security only for who audits (80-security). Raises IntegrityFailed at the first
        record that is not what was recorded.
        """
        from alluse_tui.engine.reading import shown_of

        self.refresh()  # the newest records say whether the older ones may still be seen
        audits, users = self._audits(), bool(self._seen.users)
        for record in self._checked(after):
            if not users or not _of_security(record):
                yield record
            elif audits:
                yield shown_of(record)

    def record(self, seq: int) -> Record:
        """One record. Raises BadInput where there is none, Denied for what is not shown,
        IntegrityFailed for one that is not what was recorded."""
        from alluse_tui.engine.reading import shown_of

        self.refresh()
        audits = self._audits()
        for record in self._checked(seq - 1, seq):
            if _of_security(record) and not audits:
                raise Denied(f"record {seq} is for admins and auditors")
            return shown_of(record)
        raise BadInput("record", seq, "is no record")

    def _checked(self, after: int, upto: int = LAST) -> Iterator[Record]:
        """Records as `Journal.records` reads them; the first that is wrong stops all writing."""
        try:
            yield from followed(self._journal.records(max(0, after - 1), upto), after)
        except IntegrityFailed as error:
            self._journal.quarantine(str(error))
            raise

    def security_records(self, most: int) -> tuple[Record, ...]:
        """The newest records of security, newest first; none for who does not audit."""
        from itertools import islice

        from alluse_tui.engine.reading import shown_of

        self.refresh()
        if not (self._seen.users and self._audits()):
            return ()
        found = (shown_of(r) for r in self._journal.newest_first() if _of_security(r))
        return tuple(islice(found, most))

    def _audits(self) -> bool:
        """Whether whoever looks may see records of security too. Raises Denied."""
        book = self._seen
        if not book.users:
            return True
        user = admitted(book, self.who, self._journal, self.now_ns, idle=True)
        return may(user, Permission.AUDIT)

    def undone_by(self, seq: int) -> int:
        """The record that took back record `seq`; 0 when none did."""
        return self._seen.reversed_by.get(str(seq), 0)

    def query(self, name: str, **values: str | int | date) -> Rows:
        """The answer to a named question, up to what the views show."""
        self.must_see()
        return self._questions.ask(name, self.seq, values)

    def sql(self, text: str) -> Rows:
        """The answer to an operator's own SELECT. Raises BadInput."""
        self.must_see()
        return self._questions.ask_own(text, self.seq)


def _of_security(record: Record) -> bool:
    """Whether only who audits may see it; so too what is damaged and may be anything."""
    try:
        return is_security(record.plain)
    except (ValueError, KeyError, TypeError, AttributeError):
        return True


def _listed(book: Book, portfolio: str, day: date) -> tuple[AccountView, ...]:
    if portfolio:
        return portfolio_accounts(book, book.portfolio(portfolio), day)
    return tuple(a for views in all_accounts(book, day).values() for a in views)
