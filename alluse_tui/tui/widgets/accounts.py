"""The account tree: branches that open and close, own figures and those of all below."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType

from alluse_tui.domain.views import AccountView, Severity, Tier, grouped, plain
from alluse_tui.tui.snapshot import Snapshot
from alluse_tui.tui.widgets.column import Cell, Column
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.inked import Piece
from alluse_tui.tui.widgets.row_sources import Branches, Node

ROOT = "/"
"""The key of the row that stands for the whole portfolio."""

ALL_OPEN = 40
"""Up to so many accounts every branch is open at first; of more only the top."""

SIGNS = {
    Severity.CRITICAL: ("✗", "bad"),
    Severity.WARNING: ("▲", "warn"),
    Severity.INFO: ("◆", "due"),
}


class AccountTree(Grid[Node]):
    """The portfolio, its accounts under it, their forks under those."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "fold", "Open or close the branch", show=False, id="alluse.fold"),
        Binding("right", "open(True)", "Open the branch", show=False),
        Binding("left", "open(False)", "Close the branch, or go to the one above", show=False),
    ]

    def __init__(self) -> None:
        """Empty until it is shown a snapshot."""
        super().__init__(
            (
                Column("account", self._account, lambda n: n.code, csv=(
                    ("account", self._plain_account), ("alert", self._plain_alert),
                )),
                Column("equity", self._figure("equity"), self._by("equity"), 14, True,
                       csv=(("equity", self._plain("equity")),)),
                Column("branch", self._branch, self._by("subtree"), 15, True, 50,
                       csv=(("branch", self._plain("subtree")),)),
                Column("cash", self._figure("cash"), self._by("cash"), 15, True, 74,
                       csv=(("cash", self._plain("cash")),)),
                Column("available", self._figure("available"), self._by("available"), 15, True, 92,
                       csv=(("available", self._plain("available")),)),
                Column("surplus", self._surplus, self._by("surplus"), 15, True, 110,
                       csv=(("surplus", self._plain("surplus")),)),
            ),
            lambda node: node.code or ROOT,
            id="accounts",
            title="Accounts",
            empty="no accounts",
            header_from_width=50,
            rests=True,
        )  # fmt: skip
        self._snapshot: Snapshot | None = None
        self._opened: frozenset[str] | None = None
        self._branches = Branches({}, frozenset(), str)

    def show(self, snapshot: Snapshot) -> None:
        """Draw this snapshot; branches stay as they were."""
        if self._snapshot is None or snapshot.portfolio.name != self._snapshot.portfolio.name:
            over = snapshot.overview
            every = frozenset(over.children) if len(over) <= ALL_OPEN else frozenset()
            self._opened = every | {""}
            first = True
        else:
            first = False
            known, over = self._snapshot.overview, snapshot.overview
            if over.children is not known.children and len(over) <= ALL_OPEN:
                new = frozenset(over.children) - frozenset(known.children)
                self._opened = (self._opened or frozenset()) | new
        self._snapshot = snapshot
        if first and self.key in ("", ROOT):
            self.seek(next(snapshot.overview.codes(), ROOT))
        self._arrange_branches()

    def reveal(self, code: str) -> None:
        """Open what is above that account and put the cursor on it."""
        account = self._snapshot.account(code) if self._snapshot is not None else None
        above = set(self._opened or ())
        while account is not None and account.parent:
            above.add(account.parent)
            account = self._snapshot.account(account.parent) if self._snapshot is not None else None
        if frozenset(above) != self._opened:
            self._opened = frozenset(above)
            self.seek(code)
            self._arrange_branches()
        else:
            self.select(code)

    def action_fold(self) -> None:
        """Open the branch under the cursor, or close it."""
        self._set_open(("" if self.key == ROOT else self.key) not in self._codes_open)

    def action_open(self, wanted: bool) -> None:
        """Open it; or close it, and where it is closed go to the one above."""
        code = "" if self.key == ROOT else self.key
        if not wanted and code not in self._codes_open:
            account = self._snapshot.account(code) if self._snapshot is not None else None
            self.select(account.parent or ROOT if account is not None else ROOT)
        else:
            self._set_open(wanted)

    @property
    def _codes_open(self) -> frozenset[str]:
        assert self._snapshot is not None
        children = self._snapshot.overview.children
        return frozenset(c for c in self._opened or () if children.get(c))

    def _set_open(self, wanted: bool) -> None:
        code = frozenset(("" if self.key == ROOT else self.key,))
        self._opened = (self._opened or frozenset()) | code if wanted else self._codes_open - code
        self._arrange_branches()

    def _arrange_branches(self) -> None:
        assert self._snapshot is not None
        over, before = self._snapshot.overview, self._branches
        self._branches = Branches(over.children, self._opened or frozenset(), over.said)
        self.show_rows(self._branches, same_order=self._branches.like(before))

    # -- cells ----------------------------------------

    def _view(self, node: Node) -> AccountView | None:
        return (
            self._snapshot.account(node.code) if self._snapshot is not None and node.code else None
        )

    def _account(self, node: Node) -> Cell:
        assert self._snapshot is not None
        over = self._snapshot.overview
        if not node.code:
            mark = "▾" if "" in (self._opened or ()) else "▸"
            return ((f"{mark} {over.name}", "strong"),)
        mark = ""
        if over.children.get(node.code):
            mark = "▾ " if node.code in (self._opened or ()) else "▸ "
        pieces: list[Piece] = [(" " * (2 * node.depth - 1), ""), (mark, "dim"), (node.code, "")]
        view, alert = self._view(node), self._snapshot.alert_of(node.code)
        if view is not None and view.status != "active":
            pieces.append((f" {view.status}", "dim"))
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
        """What the account and all below it hold; empty where nothing is below."""
        assert self._snapshot is not None
        over = self._snapshot.overview
        if not node.code or not over.children.get(node.code):
            return (("", ""),)
        return ((grouped(over.figure(node.code, "subtree")), "dim"),)

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
        """A figure as a machine reads it; the portfolio's own where it has one."""

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
