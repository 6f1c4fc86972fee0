"""One account: its figures, its curve, its positions, what the rules say, its entries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from alluse_tui.domain.views import AccountView, EntryView, Holding, Verdict, grouped, plain
from alluse_tui.tui import list_columns as lists
from alluse_tui.tui.formatting import counted
from alluse_tui.tui.loading_page import LoadingPage
from alluse_tui.tui.page import page_bindings
from alluse_tui.tui.widgets.column import Cell, Column
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.inked import as_title
from alluse_tui.tui.widgets.panels import Balances, Curve, Days
from alluse_tui.tui.widgets.row_sources import Listed

ENTRIES_SHOWN = 1_000


AccountQuery = tuple[str, str, int]
"""Portfolio, account, and the record up to which it is read."""


@dataclass(frozen=True, slots=True)
class AccountData:
    """What is read for one account."""

    rules: tuple[Verdict, ...]
    entries: tuple[EntryView, ...]
    curve: Days


def _rule(rule: Verdict) -> Cell:
    ink = "good" if rule.ok else "dim" if rule.awaited else "bad"
    return (f"{rule.mark} ", ink), (rule.worded(grouped), "")


_RULE_CSV: tuple[tuple[str, Callable[[Verdict], str]], ...] = (
    ("rule", lambda r: r.rule),
    ("holds", lambda r: "yes" if r.ok else "not yet" if r.awaited else "no"),
    ("why", lambda r: r.message),
)


Position = tuple[str, Holding]

_POSITIONS: tuple[Column[Position], ...] = (
    Column("position", lambda p: ((p[0].rpartition(":")[0], ""),), lambda p: p[0]),
    Column("held", lambda p: ((counted(p[1].quantity_micros), ""),),
           lambda p: p[1].quantity_micros, 7, right=True,
           csv=(("held", lambda p: plain(p[1].quantity_micros)),)),
    Column("worth", lambda p: ((grouped(p[1].value_micros), ""),
                               (f" {p[0].rpartition(':')[2]}", "dim")),
           lambda p: p[1].value_micros, 14, right=True, csv=(
               ("worth", lambda p: plain(p[1].value_micros)),
               ("currency", lambda p: p[0].rpartition(":")[2]),
           )),
)  # fmt: skip


def _named(entries: Sequence[EntryView]) -> dict[int, str]:
    """A name for each entry, by its `id`: entries of one record may be alike in all they say."""
    alike: Counter[tuple[int, str, str, int]] = Counter()
    names = {}
    for e in entries:
        what = (e.seq, e.kind, e.currency, e.micros)
        alike[what] += 1
        names[id(e)] = f"{e.seq}:{e.kind}:{e.currency}:{e.micros}:{alike[what]}"
    return names


class AccountPage(LoadingPage[AccountQuery, AccountData]):
    """Everything about the account that was selected."""

    NAME = "account"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("account")

    def __init__(self) -> None:
        """Nothing is known yet."""
        super().__init__()
        self._names: dict[int, str] = {}
        self._shown = ("", "")

    def body(self) -> Iterable[Widget]:
        """Figures and curve, rules and positions, entries."""
        with Horizontal(id="figures"):
            yield Balances()
            yield Curve()
        with Horizontal(id="standing"):
            yield Grid[Verdict](
                [Column("rule", _rule, csv=_RULE_CSV)], lambda r: r.rule, id="rules", title="Rules",
                empty="no rule speaks of it", header_from_width=10_000,
            )  # fmt: skip
            yield Grid[Position](
                _POSITIONS, lambda p: p[0], id="positions", title="Positions",
                empty="nothing is held", header_from_width=10_000,
            )  # fmt: skip
        with Vertical(id="ledger"):
            yield Grid[EntryView](
                lists.ENTRIES, lambda e: self._names.get(id(e), ""),
                id="entries", title="Entries", empty="nothing was recorded here yet", rests=True,
            )  # fmt: skip

    def on_mount(self) -> None:
        """Start among the entries."""
        super().on_mount()
        self.query_one("#entries").focus()

    def draw(self) -> None:
        """Draw what the snapshot has; the rest comes when it is loaded."""
        snapshot, account = self.shell.snapshot, self.account
        assert snapshot is not None
        if account is None:
            return
        self.query_one(Balances).show(snapshot, account)
        name = f"  {account.name}" if account.name else ""
        status = "" if account.status == "active" else f"  {account.status}"
        title = f"{account.code}{name}  {account.tier.full_name}{status}"
        self.query_one(Balances).border_title = as_title(title)
        held = sorted(account.holdings.items(), key=lambda h: -abs(h[1].value_micros))
        self.query_one("#positions", Grid).show_rows(Listed(held, lambda p: p[0].casefold()))
        shown = (account.portfolio, account.code)
        if self._shown != shown:
            self._shown = shown
            for name in ("#rules", "#entries"):
                self.query_one(name, Grid).show_rows(Listed((), str))
        self.load((*shown, snapshot.seq))

    def read_data(self, query: AccountQuery) -> AccountData:
        """The account's curve, rules and newest entries."""
        portfolio, code, _ = query
        engine = self.shell.engine
        curve = engine.queries.query("equity_curve", portfolio=portfolio, account=code)
        return AccountData(
            engine.queries.rules_of(code, portfolio),
            engine.queries.entries(code, portfolio, ENTRIES_SHOWN),
            tuple((row[0], row[1]) for row in curve.rows),
        )

    def on_loaded(self, query: AccountQuery, data: AccountData) -> None:
        """Draw the data, if that account is still the selected one."""
        account = self.account
        if account is None or query[:2] != (account.portfolio, account.code):
            return
        self.query_one("#rules", Grid).show_rows(Listed(data.rules, lambda r: r.message.casefold()))
        self._names = _named(data.entries)
        self.query_one("#entries", Grid).show_rows(Listed(data.entries, lists.entry_said))
        self.query_one(Curve).show(data.curve)

    @property
    def account(self) -> AccountView | None:
        """The account that was selected."""
        return (
            self.shell.snapshot.account(self.shell.selected)
            if self.shell.snapshot is not None
            else None
        )

    @property
    def record(self) -> int:
        """The record of the entry under the cursor."""
        entries = self.query_one("#entries", Grid)
        return entries.item.seq if entries.has_focus and entries.item is not None else 0
