"""One account: its figures, its equity curve, its positions, its rules, its entries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from alluse_tui.domain.derived.positions import Position, positions
from alluse_tui.domain.derived.underlying_prices import Prices, moneyness_bps
from alluse_tui.domain.model.instrument import holding_key
from alluse_tui.domain.views import AccountView, EntryView, Verdict, grouped
from alluse_tui.tui import list_columns as lists
from alluse_tui.tui.loading_page import LoadingPage
from alluse_tui.tui.modals.position import PositionScreen
from alluse_tui.tui.modals.record import RecordScreen
from alluse_tui.tui.page import page_bindings
from alluse_tui.tui.position_columns import position_columns, position_search_text
from alluse_tui.tui.screens import texts
from alluse_tui.tui.widgets.column import Cell, Column
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.inked import as_title
from alluse_tui.tui.widgets.panels import Balances, Curve, Days
from alluse_tui.tui.widgets.row_sources import Listed

ENTRIES_SHOWN = 1_000

NO_HEADING = 10_000
"""No terminal is that wide: lists without a heading until they are sorted."""

AccountQuery = tuple[str, str, int]
"""Portfolio, account, and the record up to which it is read."""


@dataclass(frozen=True, slots=True)
class AccountData:
    """What is read for one account."""

    rules: tuple[Verdict, ...]
    entries: tuple[EntryView, ...]
    curve: Days
    prices: Prices


def _rule(rule: Verdict) -> Cell:
    ink = "good" if rule.ok else "dim" if rule.awaited else "bad"
    return (f"{rule.mark} ", ink), (rule.worded(grouped), "")


_RULE_CSV: tuple[tuple[str, Callable[[Verdict], str]], ...] = (
    ("rule", lambda r: r.rule),
    ("holds", lambda r: "yes" if r.ok else "not yet" if r.awaited else "no"),
    ("why", lambda r: r.message),
)


def _entry_keys(entries: Sequence[EntryView]) -> dict[int, str]:
    """A key for each entry, by its `id`: entries of one record may be equal in every field."""
    equal: Counter[tuple[int, str, str, int]] = Counter()
    keys = {}
    for e in entries:
        fields = (e.seq, e.kind, e.currency, e.micros)
        equal[fields] += 1
        keys[id(e)] = f"{e.seq}:{e.kind}:{e.currency}:{e.micros}:{equal[fields]}"
    return keys


class AccountPage(LoadingPage[AccountQuery, AccountData]):
    """Everything about the selected account."""

    NAME = "account"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("account")

    def __init__(self) -> None:
        """No account is shown yet."""
        super().__init__()
        self._keys: dict[int, str] = {}
        self._account = ("", "")
        self._prices: Prices = {}

    def body(self) -> Iterable[Widget]:
        """Figures and curve, rules and positions, entries."""
        with Horizontal(id="figures"):
            yield Balances(positions=False)
            yield Curve()
        with Horizontal(id="rules-positions"):
            yield Grid[Verdict](
                [Column(title="rule", cell=_rule, csv=_RULE_CSV)],
                lambda r: r.rule,
                id="rules",
                title="Rules",
                empty=texts.NO_RULES,
                header_from_width=NO_HEADING,
                loads=True,
            )
            yield Grid[Position](
                position_columns(lambda: self.shell.engine.today, self._currency, self._moneyness),
                lambda p: holding_key(p.instrument.name, p.currency),
                id="positions",
                title=texts.POSITIONS,
                empty=texts.NO_POSITIONS,
            )
        with Vertical(id="ledger"):
            yield Grid[EntryView](
                lists.ENTRY_COLUMNS,
                lambda e: self._keys.get(id(e), ""),
                id="entries",
                title="Entries",
                empty=texts.NO_ENTRIES,
                rests=True,
                loads=True,
            )

    def on_mount(self) -> None:
        """Focus the entries."""
        super().on_mount()
        self.query_one("#entries").focus()

    def draw(self) -> None:
        """Draw what the snapshot has, and load the rest."""
        snapshot, account = self.shell.snapshot, self.account
        assert snapshot is not None
        if account is None:
            return
        balances = self.query_one(Balances)
        balances.show(snapshot, account)
        name = f"  {account.name}" if account.name else ""
        status = "" if account.status == "active" else f"  {account.status}"
        status += "  ‖ paused" if account.paused else ""
        balances.border_title = as_title(f"{account.code}{name}  {account.tier.full_name}{status}")
        key = (account.portfolio, account.code)
        if self._account[0] != account.portfolio:
            self._prices = {}
        self._show_positions(account)
        if self._account != key:
            self._account = key
            self.query_one("#rules", Grid).show_loading()
            self.query_one("#entries", Grid).show_loading()
            self.query_one(Curve).show(f"Equity of {account.code}", None)
        self.load((*key, snapshot.seq))

    def read_data(self, query: AccountQuery) -> AccountData:
        """Read the account's curve, rules and newest entries."""
        portfolio, code, _ = query
        queries = self.shell.engine.queries
        curve = queries.query("equity_curve", portfolio=portfolio, account=code)
        return AccountData(
            queries.rules_of(code, portfolio),
            queries.entries(code, portfolio, ENTRIES_SHOWN),
            tuple((row[0], row[1]) for row in curve.rows),
            self.shell.engine.positions.underlying_prices(portfolio),
        )

    def on_loaded(self, query: AccountQuery, data: AccountData) -> None:
        """Draw the data, if that account is still the selected one."""
        account = self.account
        if account is None or query[:2] != (account.portfolio, account.code):
            return
        self.query_one("#rules", Grid).show_rows(Listed(data.rules, lambda r: r.message.casefold()))
        self._prices = data.prices
        self._show_positions(account)
        self._keys = _entry_keys(data.entries)
        self.query_one("#entries", Grid).show_rows(Listed(data.entries, lists.entry_search_text))
        self.query_one(Curve).show(f"Equity of {account.code}", data.curve)

    def _show_positions(self, account: AccountView) -> None:
        held = [p for p in positions(account.holdings) if p.quantity_micros or p.value_micros]
        self.query_one("#positions", Grid).show_rows(Listed(held, position_search_text))

    def _moneyness(self, position: Position) -> int | None:
        """How far an option is in the money; None if no price of its underlying is known."""
        instrument = position.instrument
        price = self._prices.get((instrument.symbol, position.currency))
        if instrument.right is None or price is None:
            return None
        return moneyness_bps(instrument, price.price_micros)

    @property
    def account(self) -> AccountView | None:
        """The selected account."""
        snapshot = self.shell.snapshot
        return snapshot.account(self.shell.selected) if snapshot is not None else None

    def _currency(self) -> str:
        return self.account.currency if self.account is not None else ""

    @property
    def position(self) -> Position | None:
        """The position under the cursor, while the positions have the focus."""
        held = self.query_one("#positions", Grid)
        return held.item if held.has_focus else None

    @property
    def record(self) -> int:
        """The record of the entry under the cursor."""
        return self._entry.seq if self._entry is not None else 0

    @property
    def opens(self) -> str:
        """The position under the cursor, or what the entry under the cursor is about."""
        if self.position is not None:
            return "position"
        entry = self._entry
        if entry is None:
            return ""
        return "position" if entry.instrument else "record"

    def open_it(self) -> None:
        """Show the position, or the record of an entry that is not about one."""
        account, position, entry = self.account, self.position, self._entry
        if account is None:
            return
        if position is not None:
            key = (account.code, position.instrument.name, position.currency)
            self.shell.push_screen(PositionScreen(account.portfolio, key))
        elif entry is not None and entry.instrument:
            key = (account.code, entry.instrument, entry.currency)
            self.shell.push_screen(PositionScreen(account.portfolio, key, entry.seq))
        elif entry is not None:
            self.shell.push_screen(RecordScreen(entry.seq))

    @property
    def _entry(self) -> EntryView | None:
        """The entry under the cursor, while the entries have the focus."""
        entries = self.query_one("#entries", Grid)
        return entries.item if entries.has_focus else None
