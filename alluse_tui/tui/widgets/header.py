"""The two lines at the top: portfolio, environment, user, clock, totals, freshness."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text

from alluse_tui.domain.views import Role, grouped
from alluse_tui.engine import new_york
from alluse_tui.tui import texts
from alluse_tui.tui.snapshot import History, Snapshot
from alluse_tui.tui.widgets.inked import Drawn, Piece

MINUTE_NS = 60_000_000_000


@dataclass(frozen=True, slots=True)
class State:
    """`trouble`: why the screen is stale; `work`: the progress of a job; both empty when not.

    `locked`: keys that act ask for the password first. `statements`: how many new ones are in the
    inbox; `key` imports them.
    """

    trouble: str = ""
    work: str = ""
    locked: bool = False
    statements: int = 0
    key: str = ""


class Header(Drawn):
    """Portfolio, environment (in words and colour), user, New York time, totals, freshness."""

    DEFAULT_CSS = """
    Header { height: 2; padding: 0 1; background: $boost; }
    """

    def __init__(self, environment: str, actor: str) -> None:
        """`environment` is 'live', 'demo' or 'read-only'."""
        super().__init__(id="header")
        self._environment = environment
        self._actor = actor
        self._now_ns = 0
        self._snapshot: Snapshot | None = None
        self._history: History | None = None
        self._state = State()
        self._shown: object = None

    def show(
        self, snapshot: Snapshot | None, history: History | None, now_ns: int, state: State
    ) -> None:
        """Redraw if anything has changed."""
        self._snapshot, self._history, self._now_ns, self._state = snapshot, history, now_ns, state
        shown = (self._left(), self._right(), self._below(), self._right_below())
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    def render(self) -> Text:
        """Draw both lines."""
        width = self.content_size.width
        lines = (self._left(), self._right()), (self._below(), self._right_below())
        return Text("\n", no_wrap=True).join(
            self._spread(left, right, width) for left, right in lines
        )

    def _left(self) -> list[Piece]:
        name = self._snapshot.portfolio.name if self._snapshot else ""
        start: list[Piece] = [("ALL-USE", "strong"), (f"  {name}  ", "accent")]
        badge, ink = self._environment.upper(), "badge" if self._environment != "live" else "good"
        if self._snapshot and self._snapshot.damaged:
            badge, ink = "QUARANTINED: READ-ONLY", "alarm"
        elif self._snapshot and self._snapshot.refusing and self._environment != "read-only":
            badge, ink = "READ-ONLY", "badge"
        is_paused = self._snapshot is not None and self._snapshot.portfolio.pause is not None
        paused: list[Piece] = [(" ", ""), (" PAUSED ", "badge")] if is_paused else []
        return [*start, (f" {badge} ", ink), *paused]

    def _right(self) -> list[Piece]:
        now = new_york(self._now_ns) if self._now_ns else None
        clock = f"{now:%a} {now.day} {now:%b %H:%M} NY" if now else ""
        return [*self._user(), (f"   {clock}", "strong")]

    def _user(self) -> list[Piece]:
        """The user and the strongest of their roles; in a book without users only the name."""
        identity = self._snapshot.identity if self._snapshot else None
        if identity is None or identity.via == "first":
            return [(self._actor, "")]
        strongest = [r for r in _STRONGEST if r in identity.roles]
        more = f" +{len(strongest) - 1}" if len(strongest) > 1 else ""
        locked: list[Piece] = [(" LOCKED ", "badge"), (" ", "")] if self._state.locked else []
        return [*locked, (identity.name, ""), (f" · {strongest[0]}{more}", "dim")]

    def _below(self) -> list[Piece]:
        if self._snapshot is None:
            return [("loading …", "dim")]
        portfolio = self._snapshot.portfolio
        return [
            (grouped(portfolio.totals.equity), "strong"),
            (f" {portfolio.currency}", "dim"),
            ("   available ", "dim"),
            (grouped(portfolio.totals.available), ""),
        ]

    def _right_below(self) -> list[Piece]:
        if self._state.trouble:
            return [(f"▲ stale: {self._state.trouble}", "bad")]
        if self._snapshot is None:
            return []
        if self._state.work:
            return [(f"⧗ {self._state.work}", "due")]
        fresh: list[Piece] = [("● live ", "good"), (f"#{self._snapshot.seq}", "dim")]
        if count := self._state.statements:
            s = "" if count == 1 else "s"
            text = texts.NEW_STATEMENTS.format(count=f"{count:,}", s=s, key=self._state.key)
            return [(f"{text}   ", "due"), *fresh]
        if self._history is None or self._history.bell is None:
            return fresh
        bell = self._history.bell
        if bell.next_ns <= self._now_ns:
            return fresh
        event = "NYSE closes in" if bell.is_open else "NYSE opens in"
        return [(f"{event} {_left_time(bell.next_ns - self._now_ns)}   ", ""), *fresh]

    def _spread(self, left: list[Piece], right: list[Piece], width: int) -> Text:
        end = self.line(right, 10_000)
        end.rstrip()
        if end.cell_len > width - 20:
            end.truncate(max(0, width - 20), overflow="ellipsis")
        start = self.line(left, max(0, width - end.cell_len - 1))
        return Text.assemble(start, " ", end, no_wrap=True)


_STRONGEST = (Role.ADMIN, Role.APPROVER, Role.OPERATOR, Role.AUDITOR, Role.VIEWER)


def _left_time(ns: int) -> str:
    """'5 h 18', '12 min', '3 d 2 h'."""
    minutes = max(1, -(-ns // MINUTE_NS))
    hours, minutes = divmod(minutes, 60)
    if hours >= 24:
        return f"{hours // 24} d {hours % 24} h"
    return f"{hours} h {minutes:02d}" if hours else f"{minutes} min"
