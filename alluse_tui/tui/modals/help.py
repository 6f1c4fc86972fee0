"""Help: every key of the screen, made from the registry, with a search."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from alluse_tui.tui import texts
from alluse_tui.tui.actions.registry import GROUPS, LIST, key_of, of_page, shown_key
from alluse_tui.tui.shell import ActivePage, UsesShell
from alluse_tui.tui.widgets.text_input import TextInput

Row = tuple[str, str, str, bool]
"""Key, label, help, and whether it is available now."""


class HelpScreen(UsesShell, ModalScreen[None]):
    """Every key and what it does on this screen; unavailable ones are dim."""

    AUTO_FOCUS = ""
    CSS = """
    HelpScreen.-narrow #dialog { width: 100%; height: 100%; }
    HelpScreen #keys-table { height: auto; }
    HelpScreen #search { display: none; height: 1; border: none; background: $panel; }
    HelpScreen VerticalScroll { height: auto; scrollbar-size-vertical: 1; }
    HelpScreen.-narrow VerticalScroll { height: 1fr; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Close", show=False),
        Binding("q,question_mark,enter", "close", "Close", show=False),
        Binding("slash", "search", "Search", show=False),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("pageup", "scroll(-10)", "Page up", show=False),
        Binding("pagedown,space", "scroll(10)", "Page down", show=False),
        Binding("home,g", "edge(False)", "Top", show=False),
        Binding("end,G", "edge(True)", "Bottom", show=False),
    ]

    def __init__(self, page: ActivePage) -> None:
        """`page` is the screen that help is about."""
        super().__init__()
        self._page = page

    def compose(self) -> ComposeResult:
        """The search field over a table of keys by group."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = texts.HELP_TITLE.format(page=self._page.NAME.capitalize())
            dialog.border_subtitle = texts.HELP_KEYS
            yield TextInput(placeholder=texts.SEARCH_PLACEHOLDER, id="search")
            with VerticalScroll(id="scrolled", can_focus=False):
                yield Static(self._table(""), id="keys-table")

    def action_back(self) -> None:
        """Clear the search, or close."""
        search = self.query_one("#search", Input)
        if search.display:
            search.value = ""
            self._end_search(keep=False)
        else:
            self.dismiss()

    def action_close(self) -> None:
        """Return to the screen below."""
        self.dismiss()

    def action_search(self) -> None:
        """Show the search field."""
        search = self.query_one("#search", Input)
        search.display = True
        search.focus()
        self.query_one("#dialog").border_subtitle = texts.HELP_SEARCHING

    @on(Input.Changed, "#search")
    def _narrow(self, message: Input.Changed) -> None:
        self.query_one("#keys-table", Static).update(self._table(message.value))
        self.query_one("#scrolled").scroll_home(animate=False)

    @on(Input.Submitted, "#search")
    def _keep_search(self) -> None:
        self._end_search(keep=True)

    def _end_search(self, *, keep: bool) -> None:
        search = self.query_one("#search", Input)
        search.display = keep and bool(search.value)
        self.set_focus(None)
        self.query_one("#dialog").border_subtitle = texts.HELP_KEYS

    def action_scroll(self, lines: int) -> None:
        """Scroll by so many lines."""
        self.query_one("#scrolled").scroll_relative(y=lines, animate=False)

    def action_edge(self, end: bool) -> None:
        """Go to the top or to the bottom."""
        scrolled = self.query_one("#scrolled", VerticalScroll)
        if end:
            scrolled.scroll_end(animate=False)
        else:
            scrolled.scroll_home(animate=False)

    def _rows(self, group: str) -> Iterator[Row]:
        situation, keymap = self._page.situation, self.shell.keymap
        for action in of_page(self._page.NAME):
            if action.group == group:
                key = shown_key(key_of(action, keymap)) or texts.NO_KEY
                available = action.disabled_reason(situation) is None
                yield key, action.label, action.help, available
        moving = texts.MOVING if group == LIST else ()
        interrupts = texts.INTERRUPT_KEYS if group == GROUPS[-1] else ()
        for key, label, text in (*moving, *interrupts):
            yield key, label, text, True

    def _table(self, search: str) -> Text:
        words = search.casefold().split()
        dim = self.shell.ink("dim")
        table = Text("" if words else "\n".join(texts.HELP_INTRO))
        for group in GROUPS:
            rows = [
                row
                for row in self._rows(group)
                if all(word in " ".join(row[:3]).casefold() for word in words)
            ]
            if rows:
                table.append("\n\n" if table else "").append(group, "bold underline")
            for key, label, text, available in rows:
                table.append(f"\n{key:>9}  ", "bold" if available else dim)
                table.append(f"{label:<11}", "bold" if available else dim)
                table.append(f"  {text}", "" if available else dim)
        if words:
            return table or Text(texts.HELP_NOTHING)
        return table.append(f"\n\n{texts.HELP_PALETTE}")
