"""Import accounts: the old system's accounts and transactions (rules.md, The old system)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from msgspec.structs import replace

from alluse_tui.domain.commands import ImportAccounts, OldAccount, OldTransaction
from alluse_tui.domain.events.events import (
    AccountOpened,
    EntryPosted,
    Event,
    PortfolioOpened,
    StatementImported,
    StatusChanged,
)
from alluse_tui.domain.fold.apply import apply
from alluse_tui.domain.model.book import Account, Book, account_id
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import plain
from alluse_tui.domain.model.terms import WORLD, Kind, Status, Tier
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, Plan
from alluse_tui.domain.plans.accounts import next_code
from alluse_tui.domain.plans.entries import cash_entry, fact_event
from alluse_tui.domain.plans.init import check_portfolio_name
from alluse_tui.domain.rules.shared_rules import ENDED, receiving_com, undated

CURRENCY = "USD"
"""The currency of the old system's amounts."""

LISTED = 100
"""How many opening entries, and how many remarks, a record names with its rules."""

INITIAL = "initial balance, which has no transaction in the old system"
UNEXPLAINED = "balance not explained by the old transactions"


def portfolio_of_old_system(book: Book, command: ImportAccounts) -> str:
    """The portfolio that has these accounts, otherwise the named one. Raises BadInput."""
    holder = _holder(book, command)
    if holder and command.portfolio not in ("", holder):
        allowed = f"must be {holder}, which has the accounts of this database"
        raise BadInput("--portfolio", command.portfolio, allowed)
    if holder or command.portfolio:
        return holder or command.portfolio
    if any(a.portfolio == command.name and a.status not in ENDED for a in _accounts(book)):
        allowed = f"{command.name} is another portfolio: name a new one, or this one to add to it"
        raise BadInput("--portfolio", None, allowed)
    return command.name


def keys_of_old_system(book: Book, command: ImportAccounts) -> Iterator[str]:
    """Every idempotency key that the plan has to know."""
    known = _known(book, _holder(book, command))
    for old in command.accounts:
        yield from (row.key for row in old.transactions)
        yield _initial_key(old)
        account = known.get(old.source)
        imports = _imports(account, old) if account is not None else 0
        yield from (_unexplained_key(old, number) for number in range(1, imports + 1))


def plan_import_accounts(book: Book, command: ImportAccounts, context: Context) -> Plan:
    """Open the accounts that are new, post the transactions whose keys are unused, and post what
    is then missing from each balance as an opening entry.

    A plan without events means that nothing is new. Raises BadInput.
    """
    undated(command)
    name = portfolio_of_old_system(book, command)
    takeover = _Takeover(name, command, context, book, _known(book, name))
    takeover.open_portfolio()
    opened = [old for old in command.accounts if takeover.open_account(old)]
    for old in command.accounts:
        takeover.post(old)
    for old in reversed(opened):
        takeover.set_status(old)
    new = takeover.events if takeover.posted or takeover.openings or opened else []
    return Plan(
        command=command,
        portfolio=name,
        today=context.today,
        events=tuple(new),
        rules=tuple(takeover.verdicts(opened)),
        before=book,
        after=takeover.after if new else book,
        duplicates=takeover.duplicates,
        ignored=tuple(takeover.ignored),
    )


@dataclass(slots=True)
class _Takeover:
    """The events so far, and the book after them.

    `known`: accounts of earlier imports by source. `codes`: the code of each old account's id.
    `posted`: the kinds of the transactions' entries.
    """

    portfolio: str
    command: ImportAccounts
    context: Context
    after: Book
    known: Mapping[str, Account]
    events: list[Event] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)
    posted: list[Kind] = field(default_factory=list)
    duplicates: int = 0
    ignored: list[tuple[str, str]] = field(default_factory=list)
    openings: list[Verdict] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def append(self, event: Event) -> None:
        self.events.append(event)
        self.after = apply(self.after, event, self.context.seq_of(len(self.events) - 1))

    def account(self, old: OldAccount) -> Account:
        """The account in the book so far."""
        return self.after.accounts[account_id(self.portfolio, self.codes[old.id])]

    def open_portfolio(self) -> None:
        """Open the portfolio if it is new. Raises BadInput for one in another currency."""
        portfolio = self.after.portfolios.get(self.portfolio)
        if portfolio is None:
            name, today = check_portfolio_name(self.portfolio), self.context.today
            first = min((a.opened for a in self.command.accounts if a.opened), default=today)
            opened = min(first, today)
            self.append(PortfolioOpened(name, CURRENCY, opened, self.command.policy))
        elif portfolio.currency != CURRENCY:
            allowed = f"is in {portfolio.currency}, the old system in {CURRENCY}: name another one"
            raise BadInput("--portfolio", self.portfolio, allowed)

    def open_account(self, old: OldAccount) -> bool:
        """Open the account under its parent, unless it is known; whether it was opened."""
        known = self.known.get(old.source)
        if known is not None:
            self.codes[old.id] = known.code
            return False
        parent = self._open_above(self.codes.get(old.parent, ""))
        code, name = next_code(self.after, parent, self.portfolio, old.tier)
        self.codes[old.id] = code
        opened = old.opened or self.context.today
        self.append(
            AccountOpened(
                portfolio=self.portfolio,
                code=code,
                tier=old.tier,
                opened=min(opened, self.context.today),
                name=old.name or name,
                parent=parent.code if parent else "",
                forked_from=self.codes.get(old.forked_from, ""),
            )
        )
        return True

    def _open_above(self, code: str) -> Account | None:
        """The account of that code, or the nearest open one above it; None at the top level."""
        while code:
            account = self.after.accounts[account_id(self.portfolio, code)]
            if account.status not in ENDED:
                return account
            code = account.parent
        return None

    def post(self, old: OldAccount) -> None:
        """Post the transactions that are new, and before them what they do not explain."""
        account = self.account(old)
        rows, explained = self._new_rows(account, old)
        openings = list(self._openings(account, old, explained))
        entries = [*openings, *(self._entry(account, row) for row in rows)]
        for entry in entries:
            self.append(entry)
        self.posted += [row.kind for row in rows]
        if entries or not _imports(account, old):
            days = [entry.effective for entry in entries] or [account.opened]
            self.append(
                StatementImported(
                    portfolio=self.portfolio,
                    account=account.code,
                    source=old.source,
                    first_day=min(days),
                    last_day=max(days),
                    sha256=self.command.sha256,
                    rows=len(entries),
                )
            )

    def _new_rows(self, account: Account, old: OldAccount) -> tuple[list[OldTransaction], int]:
        """The transactions to post, and the sum of these and of those recorded before."""
        rows: list[OldTransaction] = []
        explained = 0
        for row in old.transactions:
            used = self.context.keys.get(row.key)
            if used is None and not (why := self._why_not(account, row)):
                rows.append(row)
                explained += row.micros
            elif used is None:
                self.ignored.append((row.key, why))
            else:
                explained += int(used.content.partition(":")[0])
                if used.content == row.content:
                    self.duplicates += 1
                else:
                    why = f"already recorded with different content in record {used.seq}"
                    self.ignored.append((row.key, why))
        return rows, explained

    def _why_not(self, account: Account, row: OldTransaction) -> str:
        """Why a new transaction is not posted; empty if it is."""
        if account.status in ENDED:
            return f"{account.code} is {account.status}"
        if row.effective and row.effective > self.context.today:
            return f"is dated {row.effective}, in the future"
        if not row.micros:
            return "moves no money"
        return ""

    def _entry(self, account: Account, row: OldTransaction) -> EntryPosted:
        """The entry of a transaction; of money between accounts it is this account's side."""
        fact = row if row.kind in WORLD else replace(row, kind=Kind.OPENING)
        entry = fact_event(self.after, account, fact, self.context.today)
        assert isinstance(entry, EntryPosted)
        return replace(entry, kind=row.kind, base=entry.base if row.moves_base else ())

    def _openings(self, account: Account, old: OldAccount, explained: int) -> Iterator[EntryPosted]:
        """The entries that bring the account from its explained to its old balance.

        The initial balance counts as one of its own where this leaves less unexplained.
        """
        keys, imports = self.context.keys, _imports(account, old)
        day = self.context.today if imports else account.opened
        missing, initial = old.balance_micros - explained, keys.get(_initial_key(old))
        if initial is not None:
            missing -= int(initial.content)
        elif not imports and abs(missing - old.initial_micros) < abs(missing):
            missing -= old.initial_micros
            key, content = _initial_key(old), str(old.initial_micros)
            yield self._opening(account, old.initial_micros, day, INITIAL, key, content)
        numbers = range(imports, 0, -1)
        used = (keys[k] for n in numbers if (k := _unexplained_key(old, n)) in keys)
        recorded = int(next((use.content for use in used), "0"))
        micros = missing - recorded
        if micros and account.status in ENDED:
            lacking = f"{plain(micros)} of its old balance is not explained and not posted"
            self.remarks.append(f"{account.code} is {account.status}: {lacking}")
        elif micros:
            key = _unexplained_key(old, imports + 1)
            yield self._opening(account, micros, day, UNEXPLAINED, key, str(missing))

    def _opening(
        self, account: Account, micros: int, day: date, note: str, key: str, content: str
    ) -> EntryPosted:
        sentence = f"{account.code}: {{}} {note}"
        self.openings.append(Verdict("import.opening", True, sentence, (micros,)))
        return cash_entry(
            portfolio=self.portfolio,
            code=account.code,
            kind=Kind.OPENING,
            micros=micros,
            currency=CURRENCY,
            effective=day,
            base=(CURRENCY, micros),
            note=note,
            key=key,
            content=content,
        )

    def set_status(self, old: OldAccount) -> None:
        """Give the opened account its old status, or the nearest that the rules allow."""
        account, status, remark = self.account(old), old.status, old.remark
        if status is Status.CLOSED and (account.balances or self._has_open_children(account)):
            holds = "still held money" if account.balances else "has open accounts under it"
            status, remark = Status.SUSPENDED, f"it was closed but {holds}"
        if status is Status.ACTIVE and account.tier is Tier.COM:
            receiving = receiving_com(self.after, self.portfolio)
            if receiving is not None and receiving.code != account.code:
                status = Status.SUSPENDED
                remark = f"{receiving.code} is the active Compounding account"
        if remark:
            self.remarks.append(f"{account.code} is {status}: {remark}")
        if status is not Status.ACTIVE:
            self.append(StatusChanged(self.portfolio, account.code, status, Status.ACTIVE))

    def _has_open_children(self, account: Account) -> bool:
        return any(
            a.parent == account.code and a.status not in ENDED
            for a in self.after.accounts_of(self.portfolio)
        )

    def verdicts(self, opened: list[OldAccount]) -> Iterator[Verdict]:
        """What the import does, and what it could not take over as it was."""
        codes = [self.codes[old.id] for old in opened]
        listed = ", ".join(codes[:10]) + (f" and {len(codes) - 10} more" if codes[10:] else "")
        sentence = f"opens {listed}" if codes else "every account is known"
        yield Verdict("import.accounts", True, sentence)
        kinds = Counter(kind.value for kind in self.posted)
        listed = f" ({', '.join(f'{n} {kind}' for kind, n in sorted(kinds.items()))})"
        sentence = (
            f"{len(self.posted)} new{listed if kinds else ''}, {self.duplicates} already imported,"
            f" {len(self.ignored)} ignored"
        )
        yield Verdict("import.rows", True, sentence)
        yield from self.openings[:LISTED]
        if (more := len(self.openings) - LISTED) > 0:
            yield Verdict("import.opening", True, f"and {more} more opening entries")
        remarks = [*self.command.remarks, *self.remarks]
        more = len(remarks) - LISTED
        for remark in [*remarks[:LISTED], *([f"and {more} more"] if more > 0 else [])]:
            yield Verdict("import.remark", True, remark)


def _accounts(book: Book) -> Iterator[Account]:
    return (account for _, account in book.accounts.iter_uncached())


def _holder(book: Book, command: ImportAccounts) -> str:
    """The portfolio with accounts of this database; empty if there is none."""
    sources = {old.source for old in command.accounts}
    for account in _accounts(book):
        if any(statement.source in sources for statement in account.statements):
            return account.portfolio
    return ""


def _known(book: Book, portfolio: str) -> dict[str, Account]:
    """The portfolio's accounts by each source of statements."""
    return {
        statement.source: account
        for account in book.accounts_of(portfolio)
        for statement in account.statements
    }


def _imports(account: Account, old: OldAccount) -> int:
    """How many imports of the old account are in force."""
    return sum(statement.source == old.source for statement in account.statements)


def _initial_key(old: OldAccount) -> str:
    return f"~{old.source}:initial"


def _unexplained_key(old: OldAccount, number: int) -> str:
    """The key of what the import of that number could not explain."""
    return f"~{old.source}:unexplained:{number}"
