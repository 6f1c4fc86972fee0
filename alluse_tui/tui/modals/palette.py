"""The palette: any action, screen or account by a few letters."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from alluse_tui.domain.views import AccountView, grouped
from alluse_tui.tui import texts
from alluse_tui.tui.actions.registry import LIST, key_of, of_page, shown_key
from alluse_tui.tui.shell import ActivePage, UsesShell
from alluse_tui.tui.widgets.grid import Cell, Column, Grid
from alluse_tui.tui.widgets.row_sources import Listed, has_words
from alluse_tui.tui.widgets.text_input import TextInput

ACCOUNTS_SHOWN = 50
MANY = 5_000


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to choose. `reason`: why it is unavailable now, or ''."""

    id: str
    label: str
    help: str
    key: str = ""
    reason: str = ""

    def cell(self) -> Cell:
        """Its label, and what it does or why it is unavailable."""
        label, text = ("dim", "dim") if self.reason else ("strong", "")
        return (f"{self.label:<12} ", label), (self.reason or self.help, text)


class Palette(UsesShell, ModalScreen[None]):
    """Type, choose with the arrows, Enter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close"),
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
    ]

    def __init__(self, page: ActivePage) -> None:
        """`page` is where the actions run."""
        super().__init__()
        self._page = page

    def compose(self) -> ComposeResult:
        """The search field over the entries."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = texts.PALETTE_TITLE
            dialog.border_subtitle = texts.PALETTE_KEYS
            yield TextInput(placeholder=texts.PALETTE_PLACEHOLDER, id="words")
            yield Grid[Entry](
                [
                    Column("", Entry.cell),
                    Column("", lambda e: ((e.key, "due"),), width=6, right=True),
                ],
                lambda e: e.id,
                id="entries",
                empty=texts.PALETTE_NOTHING,
                header_from_width=10_000,
                rests=True,
            )

    def on_mount(self) -> None:
        """Show everything until something is typed."""
        self.query_one("#entries", Grid).can_focus = False
        self.query_one(Input).focus()
        self.find()

    @on(Input.Changed)
    def find(self) -> None:
        """Show the entries that contain the typed words."""
        words = self.query_one(Input).value.casefold().split()
        entries = [
            entry
            for entry in (*self._actions(), *self._accounts(words))
            if all(word in f"{entry.label} {entry.help}".casefold() for word in words)
        ]
        first = " ".join(words)
        entries.sort(key=lambda e: (bool(e.reason), not e.label.casefold().startswith(first)))
        grid = self.query_one("#entries", Grid)
        grid.show_rows(Listed(entries, lambda entry: entry.label))
        grid.action_edge(0)

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self.query_one("#entries", Grid).action_move(by)

    @on(Input.Submitted)
    def choose(self) -> None:
        """Run the action, or show the account."""
        entry = self.query_one("#entries", Grid).item
        self.dismiss()
        if entry is None:
            return
        kind, _, name = entry.id.partition(":")
        if kind == "account":
            self.shell.select(name)
            self.shell.go("account")
        else:
            self._page.action_act(name)

    def action_close(self) -> None:
        """Close."""
        self.dismiss()

    def _actions(self) -> list[Entry]:
        situation, keymap = self._page.situation, self.shell.keymap
        return [
            Entry(
                id=f"action:{action.id}",
                label=action.label,
                help=action.help,
                key=shown_key(key_of(action, keymap)),
                reason=action.disabled_reason(situation) or "",
            )
            for action in of_page(self._page.NAME)
            if action.group != LIST and action.id not in ("palette", "back")
        ]

    def _accounts(self, words: list[str]) -> list[Entry]:
        """The first accounts that contain the words; large portfolios search codes only."""
        snapshot = self.shell.snapshot
        if snapshot is None:
            return []
        overview = snapshot.overview
        text_of = overview.search_text if len(overview) <= MANY else str
        codes = (code for code in overview.codes() if has_words(text_of(code), words))
        views = [overview.account(code) for code in islice(codes, ACCOUNTS_SHOWN)]
        return [_account_entry(view) for view in views if view is not None]


def _account_entry(view: AccountView) -> Entry:
    text = f"{view.name}  {view.tier.full_name}  {view.status}  {grouped(view.equity)}"
    return Entry(id=f"account:{view.code}", label=view.code, help=text.strip())
