"""The account tree: branches that open and close, with each account's and each branch's figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from alluse_tui.domain.views import AccountView, Severity, Tier, grouped, plain
from alluse_tui.tui.snapshot import Snapshot
from alluse_tui.tui.widgets.column import Cell, Column
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.inked import Piece
from alluse_tui.tui.widgets.row_sources import Branches, Node

ROOT = "/"
"""The key of the portfolio's own row."""

ALL_OPEN = 40
"""Up to this many accounts every branch is open at first; with more, only the top."""

PAUSED = " ‖ paused"
"""Beside what is paused."""

SIGNS = {
    Severity.CRITICAL: ("✗", "bad"),
    Severity.WARNING: ("▲", "warn"),
    Severity.INFO: ("◆", "due"),
}


class AccountTree(Grid[Node]):
    """The portfolio, its accounts under it, their forks under those.

    Closed and merged accounts are hidden until they are asked for; the one under the cursor stays.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "collapse", "Collapse the branch", show=False, id="alluse.collapse"),
        Binding("full_stop", "closed", "Show or hide closed", show=False, id="alluse.closed"),
        Binding("right", "open(True)", "Open the branch", show=False),
        Binding("left", "open(False)", "Close the branch, or go to its parent", show=False),
    ]

    class EndedToggled(Message):
        """Closed and merged accounts are shown now, or hidden."""

        def __init__(self, shows: bool) -> None:
            """`shows`: they are shown."""
            super().__init__()
            self.shows = shows

    def __init__(self, *, shows_ended: bool = False) -> None:
        """`shows_ended`: closed and merged accounts are shown."""
        super().__init__(
            (self._account_column(), *self._figure_columns()),
            lambda node: node.code or ROOT,
            id="accounts",
            title="Accounts",
            empty="no accounts",
            loads=True,
            header_from_width=50,
            rests=True,
        )
        self._shows_ended = shows_ended
        self._snapshot: Snapshot | None = None
        self._opened: frozenset[str] | None = None
        self._branches = Branches({}, frozenset(), str)

    def show(self, snapshot: Snapshot) -> None:
        """Draw this snapshot; open branches stay open."""
        before, overview = self._snapshot, snapshot.overview
        self._snapshot = snapshot
        if before is None or snapshot.portfolio.name != before.portfolio.name:
            every = frozenset(overview.children) if len(overview) <= ALL_OPEN else frozenset()
            self._opened = every | {""}
            if self.key in ("", ROOT):
                self.seek(next(overview.codes(), ROOT))
        elif snapshot.tree.every is not before.tree.every and len(overview) <= ALL_OPEN:
            new = frozenset(snapshot.tree.every) - frozenset(before.tree.every)
            self._opened = (self._opened or frozenset()) | new
        self._arrange_branches()

    def reveal(self, code: str) -> None:
        """Open the branches above that account and put the cursor on it."""
        above = set(self._opened or ())
        parent = self._parent_of(code)
        while parent:
            above.add(parent)
            parent = self._parent_of(parent)
        self._opened = frozenset(above)
        self.seek(code)
        self._arrange_branches()

    def action_collapse(self) -> None:
        """Open the branch under the cursor, or close it."""
        self._set_open(("" if self.key == ROOT else self.key) not in self._codes_open)

    def action_open(self, wanted: bool) -> None:
        """Open the branch; or close it, and where it is closed go to its parent."""
        code = "" if self.key == ROOT else self.key
        if not wanted and code not in self._codes_open:
            self.select(self._parent_of(code) or ROOT)
        else:
            self._set_open(wanted)

    def action_closed(self) -> None:
        """Show closed and merged accounts, or hide them."""
        self._shows_ended = not self._shows_ended
        self._arrange_branches()
        self.post_message(self.EndedToggled(self._shows_ended))

    def _parent_of(self, code: str) -> str:
        account = self._snapshot.account(code) if self._snapshot is not None and code else None
        return account.parent if account is not None else ""

    @property
    def _codes_open(self) -> frozenset[str]:
        children = self._branches.children
        return frozenset(c for c in self._opened or () if children.get(c))

    def _set_open(self, wanted: bool) -> None:
        code = frozenset(("" if self.key == ROOT else self.key,))
        self._opened = (self._opened or frozenset()) | code if wanted else self._codes_open - code
        self._arrange_branches()

    def _arrange_branches(self) -> None:
        assert self._snapshot is not None
        before, tree = self._branches, self._snapshot.tree
        children, hidden = tree.current, len(tree.hidden)
        if self._shows_ended:
            children, hidden = tree.every, 0
        elif self.key in tree.hidden:
            children = tree.with_hidden(self.key, self._parent_of)
        self._branches = Branches(
            children, self._opened or frozenset(), self._snapshot.overview.search_text
        )
        self.set_title(f"Accounts · {hidden:,} closed or merged hidden" if hidden else "Accounts")
        self.show_rows(self._branches, same_order=self._branches.like(before))

    # -- columns ----------------------------------------

    def _account_column(self) -> Column[Node]:
        return Column(
            title="account",
            cell=self._account,
            value=lambda node: node.code,
            csv=(("account", self._plain_account), ("alert", self._plain_alert)),
        )

    def _figure_columns(self) -> tuple[Column[Node], ...]:
        def column(
            title: str, name: str, cell: Callable[[Node], Cell], width: int, from_width: int
        ) -> Column[Node]:
            return Column(
                title=title,
                cell=cell,
                value=self._by(name),
                width=width,
                right=True,
                from_width=from_width,
                csv=((title, self._plain(name)),),
            )

        return (
            column("equity", "equity", self._figure("equity"), 14, 0),
            column("branch", "subtree", self._branch, 15, 50),
            column("cash", "cash", self._figure("cash"), 15, 74),
            column("available", "available", self._figure("available"), 15, 92),
            column("surplus", "surplus", self._surplus, 15, 110),
        )

    # -- cells ----------------------------------------

    def _view(self, node: Node) -> AccountView | None:
        return (
            self._snapshot.account(node.code) if self._snapshot is not None and node.code else None
        )

    def _account(self, node: Node) -> Cell:
        assert self._snapshot is not None
        opened, children = self._opened or (), self._branches.children
        if not node.code:
            mark = "▾" if "" in opened else "▸"
            paused = PAUSED if self._snapshot.portfolio.pause is not None else ""
            return ((f"{mark} {self._snapshot.overview.name}", "strong"), (paused, "warn"))
        mark = ""
        if children.get(node.code):
            mark = "▾ " if node.code in opened else "▸ "
        pieces: list[Piece] = [(" " * (2 * node.depth - 1), ""), (mark, "dim"), (node.code, "")]
        view, alert = self._view(node), self._snapshot.alert_of(node.code)
        if view is not None and view.status != "active":
            pieces.append((f" {view.status}", "dim"))
        elif view is not None and view.pause is not None:
            pieces.append((PAUSED, "warn"))
        elif alert is not None:
            sign, ink = ("✓", "dim") if alert.acknowledged else SIGNS[alert.severity]
            pieces.append((f" {sign} {alert.kind.partition('.')[0]}", ink))
        return tuple(pieces)

    def _figure(self, name: str) -> Callable[[Node], Cell]:
        def cell(node: Node) -> Cell:
            if not node.code:
                assert self._snapshot is not None
                return ((grouped(getattr(self._snapshot.portfolio.totals, name)), "strong"),)
            view = self._view(node)
            return ((grouped(getattr(view, name)) if view is not None else "", ""),)

        return cell

    def _branch(self, node: Node) -> Cell:
        """The equity of the account and all below it; empty where nothing is below."""
        assert self._snapshot is not None
        if not node.code or not self._branches.children.get(node.code):
            return (("", ""),)
        return ((grouped(self._snapshot.overview.figure(node.code, "subtree")), "dim"),)

    def _surplus(self, node: Node) -> Cell:
        view = self._view(node)
        return ((grouped(view.surplus) if view is not None and view.tier is Tier.GEN else "", ""),)

    def _plain_account(self, node: Node) -> str:
        assert self._snapshot is not None
        return node.code or self._snapshot.overview.name

    def _plain_alert(self, node: Node) -> str:
        alert = (
            self._snapshot.alert_of(node.code) if self._snapshot is not None and node.code else None
        )
        return alert.kind if alert is not None else ""

    def _plain(self, name: str) -> Callable[[Node], str]:
        """A figure in plain digits; the portfolio's own where it has one."""

        def text(node: Node) -> str:
            assert self._snapshot is not None
            if node.code:
                return plain(self._snapshot.overview.figure(node.code, name))
            whole = self._snapshot.portfolio.totals
            total = getattr(whole, "equity" if name == "subtree" else name, None)
            return "" if total is None else plain(total)

        return text

    def _by(self, name: str) -> Callable[[Node], int]:
        def value(node: Node) -> int:
            assert self._snapshot is not None
            return self._snapshot.overview.figure(node.code, name) if node.code else 0

        return value
