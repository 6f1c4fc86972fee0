"""The panes that draw themselves: allocation, one account's balances, the equity curve."""

from __future__ import annotations

from datetime import date

from rich.cells import cell_len

from alluse_tui.domain.derived.positions import positions
from alluse_tui.domain.views import AccountView, PortfolioView, grouped, printable
from alluse_tui.engine import instrument_text
from alluse_tui.tui.formatting import bar, counted, curve_rows, percent
from alluse_tui.tui.snapshot import Snapshot
from alluse_tui.tui.widgets.inked import Panel, Piece, as_title, fitted

WIDE = 50
"""Cells from which on the names of figures have room around them."""

ROWS_WITH_MIDDLE = 7
"""Rows of a curve from which on its scale has a label in the middle."""

NO_CURVE = ("no curve yet: two days of history are needed", "no curve yet: needs two days")
"""The longer sentence where there is room."""

Days = tuple[tuple[date, int], ...]
"""(day, equity in micros), oldest first."""


class Allocation(Panel):
    """Each tier's share against its target: a bar, numbers, and a mark where it drifted."""

    def __init__(self) -> None:
        """Empty until `show` is called."""
        super().__init__(id="allocation")
        self.border_title = "Allocation"
        self._portfolio: PortfolioView | None = None

    def show(self, portfolio: PortfolioView) -> None:
        """Draw this portfolio's allocation."""
        if portfolio != self._portfolio:
            self._portfolio = portfolio
            self.redraw()

    def lines(self, width: int, height: int) -> list[list[Piece]]:
        """One line for each tier."""
        if self._portfolio is None:
            return []
        wide = width >= 52
        room = max(4, width - (41 if wide else 26))
        drawn: list[list[Piece]] = []
        for share in self._portfolio.allocation:
            off = "warn" if share.drifted else "dim"
            pieces: list[Piece] = [
                (f"{share.tier.capitalize()} ", "strong"),
                (f"{percent(share.share_bps):>5} % ", ""),
                (bar(share.share_bps, 10_000, room), "accent"),
                (f" {share.target_bps // 100:>3}", "dim"),
                (f" {percent(share.drift_bps, sign=True):>5}", off),
                (" ▲" if share.drifted else "  ", off),
            ]
            if wide:
                pieces.append((f"{grouped(share.equity):>15}", ""))
            drawn.append(pieces)
        return drawn


class Balances(Panel):
    """The figures of the account under the cursor, or of the whole portfolio."""

    def __init__(self, *, positions: bool = True) -> None:
        """`positions`: list the account's positions under its figures."""
        super().__init__(id="balances")
        self._positions = positions
        self._account: AccountView | None = None
        self._snapshot: Snapshot | None = None

    def show(self, snapshot: Snapshot, account: AccountView | None) -> None:
        """Draw this account; None for the portfolio."""
        if (snapshot, account) == (self._snapshot, self._account):
            return
        self._snapshot, self._account = snapshot, account
        title = as_title(account.code if account else snapshot.portfolio.name)
        if title != self.border_title:
            self.border_title = title
        self.redraw()

    def lines(self, width: int, height: int) -> list[list[Piece]]:
        """Figures in pairs, other currencies, positions; the pane cuts what does not fit."""
        if self._snapshot is None:
            return []
        account = self._account
        if account is None:
            return self._portfolio_lines(width)
        positions = _position_lines(account, width) if self._positions else []
        return [*_account_lines(account, width), *_currency_lines(account), *positions]

    def _portfolio_lines(self, width: int) -> list[list[Piece]]:
        assert self._snapshot is not None
        overview, portfolio = self._snapshot.overview, self._snapshot.portfolio
        totals = portfolio.totals
        available = grouped(totals.available)
        accounts = f"{overview.active:,} active of {len(overview):,}"
        return [
            _pair(width, "equity", grouped(totals.equity), "strong", "available", available, ""),
            _pair(width, "cash", grouped(totals.cash), "", "buffer", grouped(totals.buffer), ""),
            [("policy    ", "dim"), (f"{portfolio.template}, {portfolio.strategy}", "")],
            [("accounts  ", "dim"), (accounts, "")],
        ]


def _account_lines(a: AccountView, width: int) -> list[list[Piece]]:
    short = "warn" if a.cash < a.buffer else ""
    earmarked = grouped(a.contracts + a.leaps)
    taxes = ("taxes", grouped(a.taxes)) if a.taxes else ("", "")
    collateral, ink = grouped(a.collateral), "bad" if a.uncovered else ""
    if a.collateral_unvalued:
        collateral, ink = "no rate", "warn"
    return [
        _pair(width, "equity", grouped(a.equity), "strong", "available", grouped(a.available), ""),
        _pair(width, "cash", grouped(a.cash), short, "collateral", collateral, ink),
        _pair(width, "buffer", grouped(a.buffer), "", "earmarked", earmarked, ""),
        _pair(width, "base", grouped(a.base), "", "surplus", grouped(a.surplus), ""),
        _pair(width, *taxes, "", "positions", grouped(a.positions), ""),
    ]


def _currency_lines(account: AccountView) -> list[list[Piece]]:
    """Cash in other currencies than the account's, and whether it can be valued."""
    lines: list[list[Piece]] = []
    for currency, micros in account.currencies.items():
        if currency != account.currency:
            unvalued = currency in account.unvalued
            remark = "no rate: left out" if unvalued else "cash in another currency"
            amount = f"{grouped(micros):>16}  "
            lines.append(
                [(f"{currency} ", "strong"), (amount, ""), (remark, "warn" if unvalued else "dim")]
            )
    return lines


def _position_lines(account: AccountView, width: int) -> list[list[Piece]]:
    """Quantity, instrument and value; names are never cut before their values."""
    rows = [
        (
            instrument_text(position.instrument),
            counted(position.quantity_micros),
            f"{grouped(position.value_micros)} {position.currency}",
        )
        for position in positions(account.holdings)
    ]
    names = max((cell_len(printable(name)) for name, _, _ in rows), default=0)
    counts = max((cell_len(count) for _, count, _ in rows), default=0)
    values = max(0, width - names - counts - 2)
    return [
        [
            (f"{count:>{counts}} ", "strong"),
            (fitted(printable(name), names), ""),
            (f" {value:>{values}}", "dim"),
        ]
        for name, count, value in rows
    ]


class Curve(Panel):
    """Equity over time, with its scale on the left and its dates below."""

    def __init__(self) -> None:
        """Loading until `show` is called."""
        super().__init__(id="curve")
        self.border_title = "Equity"
        self._curve: Days | None = None

    def show(self, title: str, curve: Days | None) -> None:
        """Draw this curve under this title; None while it is loading."""
        title = as_title(title)
        if title != self.border_title:
            self.border_title = title
        if curve != self._curve:
            self._curve = curve
            self.redraw()

    def lines(self, width: int, height: int) -> list[list[Piece]]:
        """Columns of blocks between a scale and a line of dates."""
        if self._curve is None:
            return [[("loading …", "dim")]]
        if len(self._curve) < 2:
            return [[(_fitting(NO_CURVE, width), "dim")]]
        values = [micros for _, micros in self._curve]
        low, high = min(values), max(values)
        rows_count = max(1, height - 1)
        labels = _scale(low, high, rows_count)
        margin = max(map(cell_len, labels))
        room = max(1, width - margin - 2)
        rows = curve_rows(values, room, rows_count)
        plot: list[list[Piece]] = [
            [(f"{label:>{margin}} ", "dim"), ("┤" if label else "│", "dim"), (row, "accent")]
            for label, row in zip(labels, rows, strict=True)
        ]
        dates = _dates(self._curve, min(room, len(values)), room)
        return [*plot, [(f"{' ' * (margin + 2)}{dates}", "dim")]] if height > 1 else plot


def _fitting(sentences: tuple[str, ...], width: int) -> str:
    """The first sentence that fits, else the last one."""
    return next((s for s in sentences if cell_len(s) <= width), sentences[-1])


def _scale(low: int, high: int, rows: int) -> list[str]:
    """A label for each row, the top one first: the highest value, the middle, the lowest."""
    labels = [""] * rows
    labels[-1] = _whole(low)
    labels[0] = _whole(high)
    if rows >= ROWS_WITH_MIDDLE and high > low:
        labels[rows // 2] = _whole(low + (high - low) * (rows - 1 - rows // 2) // (rows - 1))
    return labels


def _whole(micros: int) -> str:
    """'345,088': the scale of a curve needs no cents."""
    return grouped(micros).partition(".")[0]


def _dates(curve: Days, width: int, room: int) -> str:
    """The first and last day, under the ends of a plot of `width` cells; `room` cells at most."""
    first, last = curve[0][0], curve[-1][0]
    left, right = (f"{day.day} {day:%b %Y}" for day in (first, last))
    gap = width - cell_len(left) - cell_len(right)
    if gap > 1:
        return f"{left}{' ' * gap}{right}"
    return _fitting((f"{left} – {right}", f"{first:%b %Y} – {last:%b %Y}", right), room)


def _pair(
    width: int, left: str, left_value: str, ink: str, right: str, right_value: str, other: str
) -> list[Piece]:
    """'equity   152,000.00  available   100,000.00' across `width`; short names on the left.

    Amounts that do not fit beside each other lose their cents.
    """
    labels = (10, 11) if width >= WIDE else (7, 10)
    room = width - sum(labels) - 1
    name = f"{right:<{labels[1] - 1}} "
    space = width - labels[0] - len(name) - 1
    if len(left_value) + len(right_value) > space:
        left_value, right_value = (v.partition(".")[0] for v in (left_value, right_value))
    half = max(min(room // 2, space - len(right_value)), len(left_value))
    return [
        (f"{left:<{labels[0]}}", "dim"),
        (f"{left_value:>{half}} ", ink),
        (name, "dim"),
        (f"{right_value:>{max(0, space - half)}}", other),
    ]
