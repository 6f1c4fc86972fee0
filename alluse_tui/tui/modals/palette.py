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

from alluse_tui.domain.views import grouped
from alluse_tui.tui.actions.registry import LIST, key_of, of_page, shown_key
from alluse_tui.tui.shell import ActivePage, UsesShell
from alluse_tui.tui.widgets.grid import Cell, Column, Grid
from alluse_tui.tui.widgets.row_sources import Listed, has_words
from alluse_tui.tui.widgets.text_input import TextInput

ACCOUNTS_SHOWN = 50
MANY = 5_000


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to choose. `off` says why it is not possible now."""

    id: str
    label: str
    said: str
    key: str
    off: str

    def cell(self) -> Cell:
        """What it is, and what it does or why not."""
        ink = "dim" if self.off else ""
        return (f"{self.label:<12} ", "dim" if self.off else "strong"), (self.off or self.said, ink)


class Palette(UsesShell, ModalScreen[None]):
    """Type, choose with the arrows, Enter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close"),
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
    ]

    def __init__(self, page: ActivePage) -> None:
        """`page` is where the actions are done."""
        super().__init__()
        self._page = page

    def compose(self) -> ComposeResult:
        """Where to type, and what there is."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "Go to"
            dialog.border_subtitle = "an action, a screen or an account · ↑↓ enter · esc closes"
            yield TextInput(placeholder="fork, journal, gen-1 …", id="words")
            yield Grid[Entry](
                [
                    Column("", Entry.cell),
                    Column("", lambda e: ((e.key, "due"),), width=6, right=True),
                ],
                lambda e: e.id,
                id="entries",
                empty="nothing has that name",
                header_from_width=10_000,
                rests=True,
            )

    def on_mount(self) -> None:
        """Everything, until something is typed."""
        self.query_one("#entries", Grid).can_focus = False
        self.query_one(Input).focus()
        self.find()

    @on(Input.Changed)
    def find(self) -> None:
        """What has the words that are typed."""
        words = self.query_one(Input).value.casefold().split()
        found = [
            e for e in (*self._actions(), *self._accounts(words))
            if all(w in f"{e.label} {e.said}".casefold() for w in words)
        ]  # fmt: skip
        first = " ".join(words)
        found.sort(key=lambda e: (bool(e.off), not e.label.casefold().startswith(first)))
        grid = self.query_one("#entries", Grid)
        grid.show_rows(Listed(found, lambda e: e.label))
        grid.action_edge(0)

    def action_move(self, by: int) -> None:
        """Up or down."""
        self.query_one("#entries", Grid).action_move(by)

    @on(Input.Submitted)
    def choose(self) -> None:
        """Do it, or go there."""
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
        """Back."""
        self.dismiss()

    def _actions(self) -> list[Entry]:
        situation, keymap = self._page.situation, self.shell.keymap
        return [
            Entry(
                f"action:{a.id}", a.label, a.help, shown_key(key_of(a, keymap)),
                a.disabled_reason(situation) or "",
            )
            for a in of_page(self._page.NAME)
            if a.group != LIST and a.id not in ("palette", "back")
        ]  # fmt: skip

    def _accounts(self, words: list[str]) -> list[Entry]:
        """The first accounts that have the words; of very many only by their codes."""
        snapshot = self.shell.snapshot
        if snapshot is None:
            return []
        over = snapshot.overview
        said = over.search_text if len(over) <= MANY else str
        codes = (c for c in over.codes() if has_words(said(c), words))
        views = [over.account(code) for code in islice(codes, ACCOUNTS_SHOWN)]
        return [
            Entry(
                f"account:{v.code}", v.code,
                f"{v.name}  {v.tier.full_name}  {v.status}  {grouped(v.equity)}".strip(), "", "",
            )
            for v in views if v is not None
        ]  # fmt: skip
