"""The panes that draw themselves: allocation, one account's balances, the equity curve."""

from __future__ import annotations

from datetime import date

from alluse_tui.domain.views import AccountView, PortfolioView, grouped
from alluse_tui.tui.formatting import bar, counted, curve_rows, percent
from alluse_tui.tui.snapshot import Snapshot
from alluse_tui.tui.widgets.inked import Panel, Piece, as_title

WIDE = 50
"""Cells from which on the names of figures have room around them."""

Days = tuple[tuple[date, int], ...]
"""(day, equity in micros), oldest first."""


class Allocation(Panel):
    """Each tier's share against its target: a bar, numbers, and a mark where it drifted."""

    def __init__(self) -> None:
        """Empty until it is shown a portfolio."""
        super().__init__(id="allocation")
        self.border_title = "Allocation"
        self._portfolio: PortfolioView | None = None

    def show(self, portfolio: PortfolioView) -> None:
        """Draw this portfolio's allocation."""
        if portfolio != self._portfolio:
            self._portfolio = portfolio
            self.redraw()

    def lines(self, width: int, height: int) -> list[list[Piece]]:
        """A line a tier."""
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

    def __init__(self) -> None:
        """Empty until it is shown an account."""
        super().__init__(id="balances")
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
        """Figures in pairs; what does not fit is the least pressing."""
        if self._snapshot is None:
            return []
        if self._account is None:
            return self._portfolio_lines(width)
        a = self._account
        short = a.cash < a.buffer
        pairs = [
            ("equity", grouped(a.equity), "strong", "available", grouped(a.available), ""),
            ("cash", grouped(a.cash), "warn" if short else "", "positions",
             grouped(a.positions), ""),
            ("buffer", grouped(a.buffer), "", "earmarked", grouped(a.contracts + a.leaps), ""),
            ("base", grouped(a.base), "", "surplus", grouped(a.surplus), ""),
        ]  # fmt: skip
        drawn = [_pair(width, *pair) for pair in pairs]
        foreign = [(c, m) for c, m in a.currencies.items() if c != a.currency]
        for currency, micros in foreign:
            unvalued = currency in a.unvalued
            said = "no rate: left out" if unvalued else "cash in other currency"
            drawn.append([
                (f"{currency} ", "strong"), (f"{grouped(micros):>16}  ", ""),
                (said, "warn" if unvalued else "dim"),
            ])  # fmt: skip
        held = sorted(a.holdings.items(), key=lambda h: -abs(h[1].value_micros))
        for name, holding in held:
            count = counted(holding.quantity_micros)
            label, _, currency = name.rpartition(":")
            drawn.append([
                (f"{label} ", ""), (f"{count} ", "strong"),
                (f"  {grouped(holding.value_micros)} {currency}", "dim"),
            ])  # fmt: skip
        return drawn

    def _portfolio_lines(self, width: int) -> list[list[Piece]]:
        assert self._snapshot is not None
        t, home = self._snapshot.portfolio.totals, self._snapshot.portfolio
        over = self._snapshot.overview
        return [
            _pair(
                width, "equity", grouped(t.equity), "strong", "available", grouped(t.available), ""
            ),
            _pair(width, "cash", grouped(t.cash), "", "buffer", grouped(t.buffer), ""),
            [("policy    ", "dim"), (f"{home.template}, {home.strategy}", "")],
            [("accounts  ", "dim"), (f"{over.active:,} active of {len(over):,}", "")],
        ]


class Curve(Panel):
    """Equity over time, asked of the replica."""

    def __init__(self) -> None:
        """Empty until it is shown a curve."""
        super().__init__(id="curve")
        self.border_title = "Equity"
        self._curve: Days | None = None

    def show(self, curve: Days) -> None:
        """Draw this curve."""
        if curve != self._curve:
            self._curve = curve
            self.redraw()

    def lines(self, width: int, height: int) -> list[list[Piece]]:
        """Blocks under a line that says from when to when, and between which amounts."""
        if self._curve is None:
            return [[("looking …", "dim")]]
        if len(self._curve) < 2:
            return [[("a curve needs two days of history", "dim")]]
        values = [micros for _, micros in self._curve]
        first, last = self._curve[0][0], self._curve[-1][0]
        rows = curve_rows(values, width, max(1, height - 1))
        between = f"{grouped(min(values))} – {grouped(max(values))}"
        when = f"{first:%b %Y} – {last:%b %Y}"
        gap = width - len(when) - len(between)
        said = f"{when}{' ' * gap}{between}" if gap >= 2 else between
        caption: list[Piece] = [(said, "dim")]
        return [*([(row, "accent")] for row in rows), *([caption] if height > 1 else [])]


def _pair(
    width: int, left: str, left_value: str, ink: str, right: str, right_value: str, other: str
) -> list[Piece]:
    """'equity   152,000.00  available   100,000.00' across `width`; short names on the left."""
    labels = (10, 11) if width >= WIDE else (7, 10)
    room = width - sum(labels) - 1
    half = max(room // 2, len(left_value))
    return [
        (f"{left:<{labels[0]}}", "dim"),
        (f"{left_value:>{max(0, half)}} ", ink),
        (f"{right:<{labels[1] - 1}} ", "dim"),
        (f"{right_value:>{max(0, room - half)}}", other),
    ]
