"""Inks: named text styles that every widget uses and each theme colours in one place."""

from __future__ import annotations

from rich.style import Style
from textual.app import App

INKS = ("dim", "strong", "good", "warn", "bad", "due", "accent", "cursor", "badge", "alarm")


class Inked(App[str]):
    """An application with inks, computed once for each theme instead of for each widget."""

    COMPONENT_CLASSES = frozenset(f"ink--{name}" for name in INKS)  # type: ignore[assignment] # Textual reads any set of str

    DEFAULT_CSS = """
    Inked {
        & .ink--dim { color: $ink-dim; }
        & .ink--strong { text-style: bold; }
        & .ink--good { color: $success; }
        & .ink--warn { color: $warning; }
        & .ink--bad { color: $error; text-style: bold; }
        & .ink--due { color: $accent; text-style: bold; }
        & .ink--accent { color: $primary; }
        & .ink--cursor { background: $primary-muted; text-style: bold; }
        & .ink--badge { color: $ink-badge; background: $warning; text-style: bold; }
        & .ink--alarm { color: $ink-badge; background: $error; text-style: bold; }
        &:ansi .ink--dim { text-style: dim; }
        &:ansi .ink--cursor { background: ansi_default; text-style: bold reverse; }
        &:nocolor .ink--badge { text-style: bold reverse; }
        &:nocolor .ink--alarm { text-style: bold reverse; }
    }
    """

    _inks: dict[str, Style] | None = None

    def ink(self, name: str) -> Style:
        """The style of that ink; it has a background only if the ink sets one."""
        if self._inks is None:
            styles = {n: self.get_component_styles(f"ink--{n}").partial_rich_style for n in INKS}
            self._inks = {"": Style(), **styles}
        return self._inks[name]

    def notify_style_update(self) -> None:
        """Forget the inks of the previous theme."""
        self._inks = None
        super().notify_style_update()
