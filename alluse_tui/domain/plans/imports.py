"""Import: a broker's statement, each row once, as one undoable command."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from alluse_tui.domain.commands import (
    Fact,
    Import,
    Instrument,
    StatementFacts,
    StatementMark,
    TradeFact,
)
from alluse_tui.domain.events.events import Event, StatementImported
from alluse_tui.domain.fold.apply import apply
from alluse_tui.domain.model.book import Account, Book, account_id
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.instrument import (
    Holding,
    holding_key,
    instrument_named,
    quantity_text,
)
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, Plan, judged
from alluse_tui.domain.plans.adjustments import adjusted
from alluse_tui.domain.plans.contracts import (
    by_held_names,
    marked_by_held_name,
    other_contract,
    rename,
)
from alluse_tui.domain.plans.entries import fact_event, rate_event
from alluse_tui.domain.rules.shared_rules import not_in_future, open_for_facts

NOT_HELD = Holding(0, 0)


def plan_import(book: Book, command: Import, context: Context) -> Plan:
    """Import rates first, then starting cash, then every row whose key is unused, then marks.

    A row whose key was used with the same content is a duplicate; with different content it is
    ignored and reported. A plan without events means that nothing is new.
    """
    account = book.account(command.account, command.portfolio)
    statement = command.statement
    if command.key and command.key in {row.key for row in statement.rows}:
        raise BadInput("--key", command.key, "is already the key of a row of this statement")
    rules = [open_for_facts(account), not_in_future(_latest_date(statement), context)]
    judged(rules)
    rows = _Rows(account, context, book)
    for rate in statement.rates:
        rate_set = rate_event(rows.after, account.portfolio, rate, context.today)
        if rate_set is not None:
            rows.append(rate_set)
    rate_count = len(rows.events)
    earlier = _earlier_statement(rows.after, account, statement)
    for opening in statement.opening:
        rows.add_fact(opening, ignored_because=earlier)
    for fact in statement.facts:
        rows.add_fact(rows.under_held_names(fact))
    for row in statement.marks:
        mark = rows.marked_under_held_name(row)
        rows.add_fact(mark, ignored_because=rows.unlike_the_book(mark))
    changed = len(rows.events) > rate_count
    posted = len(rows.events) - rate_count - rows.renames
    if changed:
        rows.append(
            StatementImported(
                portfolio=account.portfolio,
                account=account.code,
                source=statement.source,
                first_day=statement.first_day,
                last_day=statement.last_day,
                sha256=statement.sha256,
                rows=posted,
                sealed=statement.sealed,
                duplicates=rows.duplicates,
                ignored=statement.not_recorded(rows.ignored),
            )
        )
    ignored = sum(each.rows for each in statement.not_recorded(rows.ignored))
    sentence = f"{posted} new, {rows.duplicates} already imported, {ignored} ignored"
    rules += [Verdict("import.rows", True, sentence), *rows.verdicts]
    return Plan(
        command=command,
        portfolio=account.portfolio,
        today=context.today,
        events=tuple(rows.events) if changed else (),
        rules=tuple(rules),
        before=book,
        after=rows.after if changed else book,
        duplicates=rows.duplicates,
        ignored=tuple(rows.ignored),
    )


@dataclass(slots=True)
class _Rows:
    """The events of the rows so far, and the book after them; `ignored`: (key, why).

    `renames` counts the events that are not of a row of the file.
    """

    account: Account
    context: Context
    after: Book
    events: list[Event] = field(default_factory=list)
    renames: int = 0
    verdicts: list[Verdict] = field(default_factory=list)
    duplicates: int = 0
    ignored: list[tuple[str, str]] = field(default_factory=list)

    def append(self, event: Event) -> None:
        self.events.append(event)
        self.after = apply(self.after, event, self.context.seq_of(len(self.events) - 1))

    @property
    def account_after(self) -> Account:
        """The account after the rows so far."""
        return self.after.accounts[account_id(self.account.portfolio, self.account.code)]

    def under_held_names(self, fact: Fact) -> Fact:
        """The row, after what it renames is renamed, or with the names that the account uses."""
        if not isinstance(fact, TradeFact) or fact.key in self.context.keys:
            return fact
        for leg in fact.legs:
            day = fact.effective or self.context.today
            self.follow(leg.instrument, leg.contract, fact.currency, day)
        return by_held_names(self.account_after, fact)

    def marked_under_held_name(self, mark: StatementMark) -> StatementMark:
        """The mark, after what it renames is renamed, or with the name that the account uses."""
        if mark.key in self.context.keys:
            return mark
        instrument, day = instrument_named(mark.instrument), mark.effective or self.context.today
        self.follow(instrument, mark.contract, mark.currency, day)
        return marked_by_held_name(self.account_after, mark)

    def follow(self, instrument: Instrument, contract: str, currency: str, day: date) -> None:
        """Rename what is held of the contract, if the row has a newer name for it."""
        account = self.account_after
        if other := other_contract(account, instrument.name, contract, currency):
            sentence = f"{instrument.name} is contract {contract} here, {other} in the book"
            verdict = Verdict("import.contract", True, f"{sentence}; check that it is the same")
            if verdict not in self.verdicts:
                self.verdicts.append(verdict)
        entry = rename(account, instrument, contract, currency, day)
        if entry is not None:
            self.append(entry)
            self.renames += 1
            self.verdicts.extend(adjusted(entry))

    def unlike_the_book(self, mark: StatementMark) -> str:
        """Why a statement's price is not used for the holding; '' if it is.

        The book holds another quantity, or has the price of a later day.
        """
        account, key = self.account_after, holding_key(mark.instrument, mark.currency)
        held = account.holdings.get(key, NOT_HELD).quantity_micros
        if held != mark.quantity_micros:
            statement, book = quantity_text(mark.quantity_micros), quantity_text(held)
            return f"{mark.instrument} is not marked: statement {statement}, book {book}"
        newest = max((known.day for known in account.marks.get(key, ())), default=date.min)
        if mark.effective is not None and newest > mark.effective:
            return f"{mark.instrument} is already marked on {newest}"
        return ""

    def add_fact(self, fact: Fact, *, ignored_because: str = "") -> None:
        """Append the row's event, or count the row as a duplicate or as ignored."""
        used = self.context.keys.get(fact.key)
        if used is not None and used.content == fact.content:
            self.duplicates += 1
        elif used is not None:
            why = f"already recorded with different content in record {used.seq}"
            self.ignored.append((fact.key, why))
        elif ignored_because:
            self.ignored.append((fact.key, ignored_because))
        else:
            event = fact_event(self.after, self.account_after, fact, self.context.today)
            if event is None:
                self.ignored.append((fact.key, "changes nothing"))
            else:
                self.append(event)


def _latest_date(statement: StatementFacts) -> date:
    dated = (*statement.rates, *statement.facts, *statement.marks)
    dates = [fact.effective for fact in dated if fact.effective]
    return max(dates, default=statement.first_day)


def _earlier_statement(book: Book, account: Account, statement: StatementFacts) -> str:
    """Why starting cash is ignored: a statement of the same broker account was imported before."""
    for other in book.accounts_of(account.portfolio):
        for earlier in other.statements:
            if earlier.source == statement.source:
                period = f"{earlier.first_day} to {earlier.last_day}"
                return f"starting cash follows from the statement for {period} in {other.code}"
    return ""
