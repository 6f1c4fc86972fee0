"""Import: a broker's statement, each row once, as one undoable command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from msgspec.structs import replace

from alluse_tui.domain.commands import (
    Fact,
    FillFact,
    Import,
    Instrument,
    StatementFacts,
    StatementMark,
    TradeFact,
    TransferFact,
)
from alluse_tui.domain.events.events import EntryPosted, Event, StatementImported
from alluse_tui.domain.fold.apply import apply
from alluse_tui.domain.model.book import Account, Book, Statement, account_id
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
    are_known,
    by_held_names,
    marked_by_held_name,
    other_contract,
    rename,
)
from alluse_tui.domain.plans.entries import fact_event, rate_event
from alluse_tui.domain.plans.transfers import transfer_entries
from alluse_tui.domain.rules.shared_rules import not_in_future, open_for_facts

NOT_HELD = Holding(0, 0)


def plan_import(book: Book, command: Import, context: Context) -> Plan:
    """Import rates first, then starting cash, then every row whose key is unused, then marks.

    A row whose key was used with the same content is a duplicate; with different content it is
    ignored and reported. A plan without events means that nothing is new.
    """
    if command.key and command.key in {row.key for row in command.rows}:
        raise BadInput("--key", command.key, "is already the key of a row of this statement")
    accounts = [book.account(each.account, command.portfolio) for each in command.statements]
    portfolios = dict.fromkeys(account.portfolio for account in accounts)
    if len(portfolios) > 1:
        named = ", ".join(account.id for account in accounts)
        allowed = "must be accounts of one portfolio; `alluse import FILE` takes each in turn"
        raise BadInput("--map", named, allowed)
    latest = max(_latest_date(each.statement) for each in command.statements)
    rules = [
        *map(open_for_facts, {a.id: a for a in accounts}.values()),
        not_in_future(latest, context),
    ]
    judged(rules)
    rows = _Rows(accounts[0], context, book)
    posted = 0
    for account, each in zip(accounts, command.statements, strict=True):
        rows.account = account
        posted += rows.add_statement(each.statement)
    ignored = len(rows.ignored) + sum(
        left.rows for each in command.statements for left in each.statement.ignored
    )
    sentence = f"{posted} new, {rows.duplicates} already imported, {ignored} ignored"
    rules += [Verdict("import.rows", True, sentence), *rows.verdicts]
    return Plan(
        command=command,
        portfolio=accounts[0].portfolio,
        today=context.today,
        events=tuple(rows.events) if posted or rows.additions else (),
        rules=tuple(rules),
        before=book,
        after=rows.after if posted or rows.additions else book,
        duplicates=rows.duplicates,
        ignored=tuple(rows.ignored),
        duplicates_of=rows.duplicates_of if command.more else {},
        entries_of=tuple(rows.entries_of) if command.more else (),
    )


@dataclass(slots=True)
class _Rows:
    """The events of the rows so far, and the book after them; `ignored`: (key, why).

    `additions` counts the events that are not a row of the file: renames, and the second entry
    of a transferred position. `entries_of` has the number of
    entries of each statement so far.
    """

    account: Account
    context: Context
    after: Book
    events: list[Event] = field(default_factory=list)
    additions: int = 0
    verdicts: list[Verdict] = field(default_factory=list)
    duplicates: int = 0
    ignored: list[tuple[str, str]] = field(default_factory=list)
    duplicates_of: dict[str, int] = field(default_factory=dict)
    entries_of: list[int] = field(default_factory=list)
    fills: set[str] = field(default_factory=set)

    def add_statement(self, statement: StatementFacts) -> int:
        """Append the events of one account's statement; the number of its new rows."""
        portfolio, before = self.account.portfolio, self.duplicates
        additions_before, ignored_before = self.additions, len(self.ignored)
        for rate in statement.rates:
            rate_set = rate_event(self.after, portfolio, rate, self.context.today)
            if rate_set is not None:
                self.append(rate_set)
        rate_count = len(self.events)
        earlier = _earlier_statement(self.after, self.account, statement)
        for opening in statement.opening:
            self.add_fact(opening, ignored_because=earlier)
        imported = _imported(self.after, self.account, statement.source)
        for fact in statement.facts:
            row = self.under_held_names(fact)
            self.add_fact(row, ignored_because=_incomparable(fact, statement, imported))
        for listed in statement.marks:
            mark = self.marked_under_held_name(listed)
            self.add_fact(mark, ignored_because=self.unlike_the_book(mark))
        duplicates = self.duplicates_of[statement.source] = self.duplicates - before
        entries = (event for event in self.events[rate_count:] if isinstance(event, EntryPosted))
        self.entries_of.append(sum(1 for _ in entries))
        posted = len(self.events) - rate_count - self.additions + additions_before
        if len(self.events) > rate_count:
            self.append(
                StatementImported(
                    portfolio=portfolio,
                    account=self.account.code,
                    source=statement.source,
                    first_day=statement.first_day,
                    last_day=statement.last_day,
                    sha256=statement.sha256,
                    rows=posted,
                    sealed=statement.sealed,
                    fills_only=statement.fills_only,
                    duplicates=duplicates,
                    ignored=statement.not_recorded(self.ignored[ignored_before:]),
                )
            )
        return posted

    def append(self, event: Event) -> None:
        self.events.append(event)
        self.after = apply(self.after, event, self.context.seq_of(len(self.events) - 1))

    @property
    def account_after(self) -> Account:
        """The account after the rows so far."""
        return self.after.accounts[account_id(self.account.portfolio, self.account.code)]

    def under_held_names(self, fact: Fact) -> Fact:
        """The row, after what it renames is renamed, or with the names that the account uses."""
        if not isinstance(fact, TradeFact | TransferFact) or are_known(self.account_after, fact):
            return fact
        if any(key in self.context.keys for key in fact.keys):
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
            verdict = Verdict(
                "import.contract", True, f"{sentence}; check that it is the same", awaited=True
            )
            if verdict not in self.verdicts:
                self.verdicts.append(verdict)
        entry = rename(account, instrument, contract, currency, day)
        if entry is not None:
            self.append(entry)
            self.additions += 1
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
        keys = self.context.keys
        used = [(keys[key], content) for key, content in fact.evidence if key in keys]
        if any(use.content == content for use, content in used):
            self.duplicates += 1
        elif used:
            why = f"already recorded with different content in record {used[0][0].seq}"
            self.ignored.append((fact.key, why))
        elif ignored_because:
            self.ignored.append((fact.key, ignored_because))
        elif isinstance(fact, TransferFact):
            self.add_transfer(fact)
        else:
            event = fact_event(self.after, self.account_after, fact, self.context.today)
            if event is None:
                self.ignored.append((fact.key, "changes nothing"))
            else:
                self.append(self._with_free_fill(event))

    def add_transfer(self, fact: TransferFact) -> None:
        """Append the entries of a transferred position, which are one row of the file."""
        today = self.context.today
        events, warning = transfer_entries(self.after, self.account_after, fact, today)
        for event in events:
            self.append(event)
        self.additions += len(events) - 1
        if warning is not None:
            self.verdicts.append(warning)

    def _with_free_fill(self, event: Event) -> Event:
        """The event; without the key of its fill if that belongs to another row."""
        if not isinstance(event, EntryPosted) or not event.fill:
            return event
        if event.fill in self.fills or event.fill in self.context.keys:
            return replace(event, fill="", fill_content="")
        self.fills.add(event.fill)
        return event


def _latest_date(statement: StatementFacts) -> date:
    dated = (*statement.rates, *statement.facts, *statement.marks)
    dates = [fact.effective for fact in dated if fact.effective]
    return max(dates, default=statement.first_day)


def _imported(book: Book, account: Account, source: str) -> list[tuple[str, Statement]]:
    """The imported statements of a broker account, each with the code of its account."""
    return [
        (other.code, statement)
        for other in book.accounts_of(account.portfolio)
        for statement in other.statements
        if statement.source == source
    ]


def _earlier_statement(book: Book, account: Account, statement: StatementFacts) -> str:
    """Why starting cash is ignored: a statement of the same broker account was imported before."""
    for code, earlier in _imported(book, account, statement.source):
        if not earlier.fills_only or earlier.first_day < statement.first_day:
            return f"starting cash follows from the statement for {_period(earlier)} in {code}"
    return ""


def _incomparable(
    fact: Fact, statement: StatementFacts, imported: Sequence[tuple[str, Statement]]
) -> str:
    """Why a fill is ignored that an imported statement may have under another key; '' if none has.

    A statement has every fill of its days. What confirmed fills have in common with a statement is
    the trade's id, so a fill without one cannot be told from those that were confirmed.
    """
    if not isinstance(fact, FillFact) or fact.effective is None:
        return ""
    for code, earlier in imported:
        if not earlier.first_day <= fact.effective <= earlier.last_day:
            continue
        if statement.fills_only and not earlier.fills_only:
            return f"the statement for {_period(earlier)} in {code} has the fills of that day"
        if earlier.fills_only and not statement.fills_only and not fact.fill:
            return (
                "fills of that day were confirmed: add Trade ID to the Flex query to compare them"
            )
    return ""


def _period(statement: Statement) -> str:
    return f"{statement.first_day} to {statement.last_day}"
