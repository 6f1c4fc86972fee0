"""The query door: immutable views of the book for a caller who may view it."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from alluse_tui.domain.derived.account_views import portfolio_accounts, portfolio_view, view_in
from alluse_tui.domain.model.errors import BadInput, Denied, IntegrityFailed
from alluse_tui.domain.model.settings import policy_of, texts, units
from alluse_tui.domain.model.users import Permission
from alluse_tui.domain.model.verdict import Verdict
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
from alluse_tui.engine.auth.identity import may, resolve_user
from alluse_tui.engine.core import Core
from alluse_tui.engine.read.account_list import AccountList
from alluse_tui.journal import Record
from alluse_tui.journal.record_reader import LAST, followed
from alluse_tui.security.roles import is_security

if TYPE_CHECKING:
    from alluse_tui.engine.read.overview import Overview, OverviewBuilder
    from alluse_tui.replica.replica import Rows


class Queries:
    """Views of the book. Every method raises Denied for a caller who may not view it."""

    def __init__(self, core: Core) -> None:
        """Created by the engine."""
        self._core = core
        self._overview: OverviewBuilder | None = None
        self._overview_lock = threading.Lock()

    def portfolio_names(self) -> tuple[str, ...]:
        """The names of all portfolios, sorted."""
        return tuple(sorted(self._core.visible_book.portfolios))

    def portfolio(self, name: str = "") -> PortfolioView:
        """The portfolio of that name, or the only one. Raises BadInput."""
        book = self._core.visible_book
        portfolio = book.portfolio(name)
        return portfolio_view(portfolio, portfolio_accounts(book, portfolio, self._core.today))

    def overview(self, portfolio: str = "") -> Overview:
        """The portfolio for live panes, updated incrementally. Raises BadInput."""
        from alluse_tui.engine.read.overview import OverviewBuilder

        with self._overview_lock:
            with self._core.lock:
                book, seq = self._core.visible_book, self._core.seq
            name = book.portfolio(portfolio).name
            if self._overview is None or self._overview.name != name:
                self._overview = OverviewBuilder(name, self._core.trading_calendar)
            core = self._core
            return self._overview.update(book, seq, core.today, core.market_facts(book))

    def accounts(self, portfolio: str = "", as_of: date | None = None) -> Sequence[AccountView]:
        """Accounts of every status, of one portfolio or of all. Raises BadInput.

        Views are computed when they are read, so that a loop over a large book needs little memory.

        With `as_of`, the accounts open on that day with that day's balances and rates.
        """
        core = self._core
        book = core.visible_book
        name = book.portfolio(portfolio).name if portfolio else ""
        if as_of is None:
            return AccountList(book, name, core.today)
        return AccountList(core.replica.book_as_of(book, core.seq, as_of), name, as_of)

    def account(self, code: str, portfolio: str = "") -> AccountView:
        """One account. Raises BadInput."""
        book = self._core.visible_book
        return view_in(book, book.account(code, portfolio), self._core.today)

    def rules_of(self, code: str, portfolio: str = "") -> tuple[Verdict, ...]:
        """The verdict of each rule on the account now. Raises BadInput."""
        from alluse_tui.domain.rules.account_rules import account_rules

        book = self._core.visible_book
        account = book.account(code, portfolio)
        policy = policy_of(account, book.portfolios[account.portfolio])
        return account_rules(view_in(book, account, self._core.today), policy)

    def policy(self, portfolio: str = "", code: str = "") -> PolicyView:
        """The settings of the portfolio, or of one account. Raises BadInput."""
        book = self._core.visible_book
        if not code:
            owner = book.portfolio(portfolio)
            policy, own = owner.policy, dict[str, str]()
        else:
            account = book.account(code, portfolio)
            owner = book.portfolios[account.portfolio]
            policy, own = policy_of(account, owner), dict(account.settings)
            code = account.code
        return PolicyView(
            portfolio=owner.name,
            account=code,
            settings=texts(policy),
            own=own,
            units=units(policy, owner.currency),
        )

    def entries(self, code: str, portfolio: str, count: int) -> tuple[EntryView, ...]:
        """The account's newest entries, newest first."""
        from alluse_tui.engine.read.entry_views import entry_view

        rows = self.query("account_entries", portfolio=portfolio, account=code, count=count)
        return tuple(entry_view(dict(zip(rows.columns, row, strict=True))) for row in rows.rows)

    def alerts(self, portfolio: str = "", *, silent: bool = False) -> tuple[AlertView, ...]:
        """The alerts of one portfolio or of all, worst first.

        `silent`: include those that are hidden until a date.
        """
        from alluse_tui.domain.derived.alerts import alerts

        core = self._core
        return alerts(
            core.visible_book,
            core.today,
            portfolio,
            core.trading_calendar,
            silent=silent,
            of_the_book=self.user_alerts(),
            market=core.market_facts(core.book),
        )

    def user_alerts(self) -> tuple[AlertView, ...]:
        """Unacknowledged changes of users, for a caller who audits or approves; else empty."""
        from alluse_tui.domain.derived.user_changes import user_alerts

        core, book = self._core, self._core.visible_book
        if not book.user_changes:
            return ()
        user = resolve_user(book, core.caller, core.journal, core.now_ns, idle=True)
        sees = may(user, Permission.AUDIT) or may(user, Permission.APPROVE)
        return tuple(user_alerts(book)) if sees else ()

    def bell(self) -> BellView:
        """Whether the exchange is open, and when that changes."""
        from alluse_tui.engine.read.trading_calendar import bell

        return bell(self._core.trading_calendar, self._core.now_ns)

    def calendar(
        self, portfolio: str, days: int, first: date | None = None
    ) -> tuple[SessionView, ...]:
        """The weekdays of `days` days from `first` (today) on, with hours and the tiers that enter.

        Raises BadInput.
        """
        from alluse_tui.engine.read.trading_calendar import calendar

        policy = self._core.visible_book.portfolio(portfolio).policy
        return calendar(self._core.trading_calendar, policy, first or self._core.today, days)

    def due(self, portfolio: str = "") -> tuple[tuple[DueView, ...], tuple[Coming, ...]]:
        """What is due now, and what is next with its date. Raises BadInput."""
        from alluse_tui.domain.derived.due import coming, due_views

        book, today = self._core.visible_book, self._core.today
        return (
            due_views(book, today, self._core.trading_calendar, portfolio),
            coming(book, today, self._core.trading_calendar, portfolio),
        )

    def tree(self, portfolio: str = "") -> tuple[BranchView, ...]:
        """The portfolio's accounts by descent, with the growth of each branch. Raises BadInput."""
        from alluse_tui.engine.read.lineage import branches

        name = self._core.visible_book.portfolio(portfolio).name
        flows: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for _, code, flow, micros in self.query("flows", portfolio=name).rows:
            flows[code][flow] = micros
        return branches(self.accounts(name), flows)

    def records(self, after: int = 0) -> Iterator[Record]:
        """The journal's records after `after`, oldest first, each checked before it is yielded.

        Security records are only for a caller who audits. Raises IntegrityFailed at the first
        record that was changed.
        """
        from alluse_tui.engine.record_decoding import redacted

        self._core.refresh()  # the newest records decide whether the caller may still see them
        audits, users = self._core.may_audit(), bool(self._core.visible_book.users)
        for record in self._checked(after):
            if not users or not _of_security(record):
                yield record
            elif audits:
                yield redacted(record)

    def record(self, seq: int) -> Record:
        """One record.

        Raises BadInput if it does not exist, Denied for a security record that the caller may not
        view, IntegrityFailed for one that was changed.
        """
        from alluse_tui.engine.record_decoding import redacted

        self._core.refresh()
        audits = self._core.may_audit()
        for record in self._checked(seq - 1, seq):
            if _of_security(record) and not audits:
                raise Denied(f"record {seq} is for admins and auditors")
            return redacted(record)
        raise BadInput("record", seq, "not found")

    def _checked(self, after: int, upto: int = LAST) -> Iterator[Record]:
        """Read and check records; the first changed one stops all writing."""
        journal = self._core.journal
        try:
            yield from followed(journal.records(max(0, after - 1), upto), after)
        except IntegrityFailed as error:
            journal.quarantine(str(error))
            raise

    def security_records(self, most: int) -> tuple[Record, ...]:
        """The newest security records, newest first; empty for a caller who does not audit."""
        from itertools import islice

        from alluse_tui.engine.record_decoding import redacted

        self._core.refresh()
        if not (self._core.visible_book.users and self._core.may_audit()):
            return ()
        records = (redacted(r) for r in self._core.journal.newest_first() if _of_security(r))
        return tuple(islice(records, most))

    def undone_by(self, seq: int) -> int:
        """The record that undid record `seq`; 0 if none did."""
        return self._core.visible_book.reversed_by.get(str(seq), 0)

    def query(self, name: str, **values: str | int | date) -> Rows:
        """The result of a named query over the records that the views include."""
        self._core.require_view()
        return self._core.replica.ask(name, self._core.seq, values)

    def sql(self, text: str) -> Rows:
        """The result of an operator's own SELECT. Raises BadInput."""
        self._core.require_view()
        return self._core.replica.ask_user_sql(text, self._core.seq)


def _of_security(record: Record) -> bool:
    """Whether only auditors may view the record. A damaged one counts, since it may be anything."""
    try:
        return is_security(record.plain)
    except (ValueError, KeyError, TypeError, AttributeError):
        return True
