"""One account: its figures, its curve, its positions, what the rules say, its entries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget

from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.domain.views import AccountView, EntryView, Holding, Verdict, grouped, plain
from alluse_tui.tui import list_columns as lists
from alluse_tui.tui.formatting import counted
from alluse_tui.tui.page import Page, page_bindings
from alluse_tui.tui.widgets.grid import Cell, Column, Grid
from alluse_tui.tui.widgets.inked import as_title
from alluse_tui.tui.widgets.panels import Balances, Curve, Days
from alluse_tui.tui.widgets.row_sources import Listed

ENTRIES_SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class Told:
    """What is asked of the engine for one account, as it was at record `seq`."""

    portfolio: str
    code: str
    seq: int
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


class AccountPage(Page):
    """Everything about the account that was selected."""

    NAME = "account"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("account")

    class Looked(Message):
        """The engine has told."""

        def __init__(self, told: Told | None, trouble: str) -> None:
            """One of them is empty."""
            super().__init__()
            self.told, self.trouble = told, trouble

    def __init__(self) -> None:
        """Nothing is known yet."""
        super().__init__()
        self._told: Told | None = None
        self._names: dict[int, str] = {}

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
        """What stands now; what must be asked for comes when it is told."""
        sight, account = self.app.sight, self.account
        assert sight is not None
        if account is None:
            return
        self.query_one(Balances).show(sight, account)
        name = f"  {account.name}" if account.name else ""
        status = "" if account.status == "active" else f"  {account.status}"
        title = f"{account.code}{name}  {account.tier.full_name}{status}"
        self.query_one(Balances).border_title = as_title(title)
        held = sorted(account.holdings.items(), key=lambda h: -abs(h[1].value_micros))
        self.query_one("#positions", Grid).show_rows(Listed(held, lambda p: p[0].casefold()))
        told = self._told
        if told is None or (told.portfolio, told.code) != (account.portfolio, account.code):
            for name in ("#rules", "#entries"):
                self.query_one(name, Grid).show_rows(Listed((), str))
        asked = (account.portfolio, account.code, sight.seq)
        if told is None or (told.portfolio, told.code, told.seq) != asked:
            self.ask(account.code, account.portfolio, sight.seq)

    @work(thread=True, exclusive=True, group="account")
    def ask(self, code: str, portfolio: str, seq: int) -> None:
        """Ask the engine, off the event loop."""
        engine = self.app.engine
        try:
            curve = engine.queries.query("equity_curve", portfolio=portfolio, account=code)
            told = Told(
                portfolio, code, seq, engine.queries.rules_of(code, portfolio),
                engine.queries.entries(code, portfolio, ENTRIES_SHOWN),
                tuple((row[0], row[1]) for row in curve.rows),
            )  # fmt: skip
            self.post_message(self.Looked(told, ""))
        except AllUseError as error:
            self.post_message(self.Looked(None, str(error)))

    @on(Looked)
    def tell(self, message: Looked) -> None:
        """Draw what was told, if it is still that account."""
        told = message.told
        if told is None:
            self.app.say(message.trouble, warning=True)
            return
        account = self.account
        if account is None or (told.portfolio, told.code) != (account.portfolio, account.code):
            return
        self._told = told
        self.query_one("#rules", Grid).show_rows(Listed(told.rules, lambda r: r.message.casefold()))
        self._names = _named(told.entries)
        self.query_one("#entries", Grid).show_rows(Listed(told.entries, lists.entry_said))
        self.query_one(Curve).show(told.curve)

    @property
    def account(self) -> AccountView | None:
        """The account that was selected."""
        return self.app.sight.account(self.app.selected) if self.app.sight is not None else None

    @property
    def record(self) -> int:
        """The record of the entry under the cursor."""
        entries = self.query_one("#entries", Grid)
        return entries.item.seq if entries.has_focus and entries.item is not None else 0
