"""Two lines that always stand on top: what this is, who you are, how fresh it is, the sums."""

from __future__ import annotations

from rich.text import Text

from alluse_tui.domain.views import grouped
from alluse_tui.engine import new_york
from alluse_tui.tui.sight import Sight
from alluse_tui.tui.widgets.drawn import Drawn, Piece


class Header(Drawn):
    """Portfolio, environment (in words and colour), person, New York time, freshness, sums."""

    DEFAULT_CSS = """
    Header { height: 2; padding: 0 1; background: $boost; }
    """

    def __init__(self, environment: str, actor: str) -> None:
        """`environment` is 'live', 'demo' or 'read-only'."""
        super().__init__(id="header")
        self._environment = environment
        self._actor = actor
        self._now_ns = 0
        self._sight: Sight | None = None
        self._trouble = ""

    def show(self, sight: Sight | None, now_ns: int, trouble: str) -> None:
        """Draw anew; `trouble` says why what is shown is old."""
        shown = (sight, now_ns // 60_000_000_000, trouble)
        if shown != (self._sight, self._now_ns // 60_000_000_000, self._trouble):
            self._sight, self._now_ns, self._trouble = sight, now_ns, trouble
            self.refresh()

    def render(self) -> Text:
        """Both lines."""
        width = self.content_size.width
        lines = (self._first(), self._right_first()), (self._second(), self._right_second())
        return Text("\n", no_wrap=True).join(
            self._spread(left, right, width) for left, right in lines
        )

    def _first(self) -> list[Piece]:
        name = self._sight.portfolio.name if self._sight else ""
        if self._sight and self._sight.refusing:
            return [
                ("ALL-USE", "strong"),
                (f"  {name}  ", "accent"),
                (" QUARANTINED: READ-ONLY ", "badge"),
            ]
        badge = "badge" if self._environment != "live" else "good"
        return [
            ("ALL-USE", "strong"),
            (f"  {name}  ", "accent"),
            (f" {self._environment.upper()} ", badge),
        ]

    def _right_first(self) -> list[Piece]:
        now = new_york(self._now_ns) if self._now_ns else None
        clock = f"{now:%a} {now.day} {now:%b %H:%M} NY" if now else ""
        return [(self._actor, ""), (f"   {clock}", "strong")]

    def _second(self) -> list[Piece]:
        if self._sight is None:
            return [("loading …", "dim")]
        home = self._sight.portfolio
        return [
            (grouped(home.totals.equity), "strong"),
            (f" {home.currency}", "dim"),
            ("   available ", "dim"),
            (grouped(home.totals.available), ""),
        ]

    def _right_second(self) -> list[Piece]:
        if self._trouble:
            return [(f"▲ stale: {self._trouble}", "bad")]
        if self._sight is None:
            return []
        return [("● live ", "good"), (f"#{self._sight.seq}", "dim")]

    def _spread(self, left: list[Piece], right: list[Piece], width: int) -> Text:
        end = self.line(right, 10_000)
        end.rstrip()
        start = self.line(left, max(0, width - end.cell_len - 1))
        return Text.assemble(start, " ", end, no_wrap=True)
