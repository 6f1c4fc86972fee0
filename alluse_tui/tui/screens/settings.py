"""The settings of the policy, and those of the program."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from alluse_tui.domain.model.setting_forms import is_off
from alluse_tui.domain.model.settings import SETTINGS
from alluse_tui.domain.views import Identity, PolicyView
from alluse_tui.tui.actions.disabled_reasons import administers
from alluse_tui.tui.actions.registry import shown_key
from alluse_tui.tui.forms import account_forms as forms
from alluse_tui.tui.loading_page import LoadingPage
from alluse_tui.tui.page import page_bindings
from alluse_tui.tui.screens import texts
from alluse_tui.tui.widgets.column import Cell, Column
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.inked import Piece
from alluse_tui.tui.widgets.row_sources import Listed
from alluse_tui.tui.widgets.text_panel import TextPanel

Setting = tuple[str, str, str]
"""Path, value and unit."""

PolicyQuery = tuple[str, int]
"""Portfolio, and the record up to which its policy is read."""


class SettingsPage(LoadingPage[PolicyQuery, PolicyView]):
    """The policy above the program's own settings."""

    NAME = "settings"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("settings")

    def body(self) -> Iterable[Widget]:
        """The policy above the program's own settings."""
        yield Grid[Setting](
            (
                Column(
                    title="setting", cell=lambda s: ((s[0], ""),), value=lambda s: s[0], width=30
                ),
                Column(
                    title="value",
                    cell=lambda s: (
                        (s[1], "dim" if is_off(s[1]) else "strong"),
                        (f" {s[2]}", "dim"),
                    ),
                    csv=(("value", lambda s: s[1]), ("unit", lambda s: s[2])),
                    grow=1,
                ),
                Column(
                    title="meaning",
                    cell=lambda s: ((SETTINGS[s[0]].explanation, "dim"),),
                    from_width=120,
                    grow=2,
                ),
            ),
            lambda s: s[0],
            id="policy",
            title="Policy",
            rests=True,
            loads=True,
        )
        yield TextPanel("Program", id="program")

    def on_mount(self) -> None:
        """Focus the policy."""
        super().on_mount()
        self.query_one("#policy").focus()

    def draw(self) -> None:
        """Draw the program's settings, and load the policy."""
        shell, snapshot = self.shell, self.shell.snapshot
        assert snapshot is not None
        keys = ", ".join(f"{name} {shown_key(key)}" for name, key in shell.keymap.items())
        self.query_one(TextPanel).show(
            [
                _program_line("theme", self.app.theme, texts.THEME_HINT),
                _program_line("key bindings", keys or texts.DEFAULT_KEYS, texts.KEYS_HINT),
                _program_line("config file", shell.preferences.source or texts.NO_CONFIG_FILE),
                _program_line("journal", str(shell.engine.path)),
                _program_line("users", *_users(snapshot.identity)),
                _program_line("vault", texts.VAULT_HINT),
            ]
        )
        self.load((snapshot.portfolio.name, snapshot.seq))

    def read_data(self, query: PolicyQuery) -> PolicyView:
        """Read the portfolio's policy."""
        return self.shell.engine.queries.policy(query[0])

    def on_loaded(self, query: PolicyQuery, data: PolicyView) -> None:
        """Draw the policy."""
        grid = self.query_one("#policy", Grid)
        grid.set_title(f"Policy of {query[0]} · ↵ changes a setting")
        settings = [(path, v, data.units.get(path, "")) for path, v in data.settings.items()]
        grid.show_rows(Listed(settings, lambda s: f"{s[0]} {s[1]}".casefold()))
        self.show_keys()

    @property
    def opens(self) -> str:
        """The form of the setting under the cursor."""
        policy = self.query_one("#policy", Grid)
        return "setting" if policy.has_focus and policy.item is not None else ""

    def open_it(self) -> None:
        """Change the setting under the cursor."""
        snapshot, setting = self.shell.snapshot, self.query_one("#policy", Grid).item
        if snapshot is None or setting is None:
            return
        if reason := administers(self.situation):
            self.shell.show_status(reason, warning=True)
            return
        self.shell.push_screen(forms.setting(snapshot.portfolio.name, *setting))


def _value(setting: Setting) -> Cell:
    """The value with its unit; a rule that is off is dimmed."""
    _, text, unit = setting
    return (text, "dim" if is_off(text) else "strong"), (f" {unit}", "dim")


def _program_line(name: str, value: str, hint: str = "") -> list[Piece]:
    return [(f"{name:<13}", "dim"), (value, ""), (f"  {hint}" if hint else "", "dim")]


def _users(identity: Identity) -> tuple[str, str]:
    """Who uses the program, and where to go from there."""
    if identity.via == "first":
        return f"single user: {identity.name} (OS account)", "9 adds users"
    return identity.words, "9 shows all users"
