"""The pages: class, title and key of each, declared once. A page is loaded when it is first shown.

The order of the declarations is the order of the keys: 1 to 9, then 0, then none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from itertools import chain, repeat
from typing import Any

from textual.screen import Screen

KEYS = "1234567890"


@dataclass(frozen=True, slots=True)
class PageDeclaration:
    """A page. `module` is in this package; `key` is empty where only the palette leads there."""

    module: str
    class_name: str
    title: str
    key: str

    def load(self) -> type[Screen[Any]]:
        """The class, its module imported."""
        page: type[Screen[Any]] = getattr(
            import_module(f"{__name__}.{self.module}"), self.class_name
        )
        return page

    def make(self) -> Screen[None]:
        """A new page."""
        page: Screen[None] = self.load()()
        return page


def declared(*pages: tuple[str, str, str]) -> dict[str, PageDeclaration]:
    """Pages (module, class, title) by module, each with the key of its place."""
    keys = chain(KEYS, repeat(""))
    return {page[0]: PageDeclaration(*page, key) for page, key in zip(pages, keys, strict=False)}


PAGES: Mapping[str, PageDeclaration] = declared(
    ("dashboard", "Dashboard", "Dashboard"),
    ("account", "AccountPage", "Account"),
    ("alerts", "AlertsPage", "Alerts"),
    ("approvals", "ApprovalsPage", "Approvals"),
    ("market", "MarketPage", "Market"),
    ("reports", "ReportsPage", "Reports"),
    ("journal", "JournalPage", "Journal"),
    ("settings", "SettingsPage", "Settings"),
    ("users", "UsersPage", "Users"),
)
"""Every page by its name, in the order of its key."""

FACTORIES: dict[str, Callable[[], Screen[None]]] = {name: page.make for name, page in PAGES.items()}
"""What makes each page: Textual's SCREENS."""
