"""The inks: styles by name, the same for every widget, so that themes colour them in one place."""

from __future__ import annotations

from rich.style import Style
from textual.app import App

INKS = ("dim", "strong", "good", "warn", "bad", "due", "accent", "cursor", "badge", "alarm")


class Inked(App[str]):
    """An application that has the inks. Textual works each out once a theme, not once a widget."""

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
        """The style of that ink, without its background unless it has one of its own."""
        if self._inks is None:
            styles = {n: self.get_component_styles(f"ink--{n}").partial_rich_style for n in INKS}
            self._inks = {"": Style(), **styles}
        return self._inks[name]

    def notify_style_update(self) -> None:
        """Another theme: other inks."""
        self._inks = None
        super().notify_style_update()
