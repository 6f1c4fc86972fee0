"""The policy's settings, the program's own, and what is not set up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from alluse_tui.domain.views import Identity
from alluse_tui.tui.actions.disabled_reasons import administers
from alluse_tui.tui.forms import account_forms as forms
from alluse_tui.tui.page import Page, page_bindings
from alluse_tui.tui.widgets.column import Column
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.inked import Panel, Piece
from alluse_tui.tui.widgets.row_sources import Listed

Setting = tuple[str, str, str]
"""Path, value, and what that is counted in."""


class Program(Panel):
    """Theme, keymap, files; users and keys."""

    def __init__(self) -> None:
        """Empty until it is shown something."""
        super().__init__(id="program")
        self.border_title = "Program"
        self._pairs: list[tuple[str, str]] = []

    def show(self, pairs: list[tuple[str, str]]) -> None:
        """Draw these."""
        if pairs != self._pairs:
            self._pairs = pairs
            self.refresh()

    def lines(self, width: int, height: int) -> list[list[Piece]]:
        """A name and a value a line."""
        return [[(f"{name:<10}", "dim"), (value, "")] for name, value in self._pairs]


class SettingsPage(Page):
    """Policy and program."""

    NAME = "settings"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("settings")

    def body(self) -> Iterable[Widget]:
        """The policy over the program's own settings."""
        yield Grid[Setting](
            (
                Column("setting", lambda s: ((s[0], ""),), lambda s: s[0], 30),
                Column("value", lambda s: ((s[1], "strong"), (f" {s[2]}", "dim")),
                       csv=(("value", lambda s: s[1]), ("unit", lambda s: s[2]))),
            ),
            lambda s: s[0],
            id="policy", title="Policy", empty="looking …", rests=True,
        )  # fmt: skip
        yield Program()

    def on_mount(self) -> None:
        """Start in the policy."""
        super().on_mount()
        self.query_one("#policy").focus()

    def draw(self) -> None:
        """Both."""
        shell, snapshot = self.shell, self.shell.snapshot
        assert snapshot is not None
        name = snapshot.portfolio.name
        grid = self.query_one("#policy", Grid)
        grid.set_title(f"Policy of {name}: ↵ changes a setting")
        policy = shell.engine.queries.policy(name)
        settings = [(path, v, policy.units.get(path, "")) for path, v in policy.settings.items()]
        grid.show_rows(Listed(settings, lambda s: f"{s[0]} {s[1]}".casefold()))
        changed = ", ".join(f"{k} {v}" for k, v in shell.keymap.items())
        self.query_one(Program).show([
            ("theme", f"{self.app.theme}   (T for the next)"),
            ("keys", f"{changed or 'as they come'}   (screen.toml, docs/keys.md)"),
            ("chosen in", shell.preferences.source or "no screen.toml"),
            ("journal", str(shell.engine.path)),
            ("users", _users(snapshot.identity)),
            ("vault", "alluse vault list shows the keys for personal data, and where they are"),
        ])  # fmt: skip

    @property
    def opens(self) -> str:
        """The setting's form."""
        policy = self.query_one("#policy", Grid)
        return "setting" if policy.has_focus and policy.item is not None else ""

    def open_it(self) -> None:
        """Another value for the setting under the cursor."""
        snapshot, found = self.shell.snapshot, self.query_one("#policy", Grid).item
        if snapshot is None or found is None:
            return
        if why := administers(self.situation):
            self.shell.show_status(why, warning=True)
            return
        self.shell.push_screen(forms.setting(snapshot.portfolio.name, *found))


def _users(identity: Identity) -> str:
    if identity.via == "first":
        return f"one person, {identity.name}, as the system knows them   (9 adds others)"
    return f"{identity.words}   (9 for all)"
