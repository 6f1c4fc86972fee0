"""The pages: class, title and key of each, declared once; a page is imported when first shown.

The order of the declarations is the order of the keys: 1 to 9, then 0, then no key.
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
    """A page. `module` is in this package; `key` is empty for pages that only the palette opens."""

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
    """Pages (module, class, title) by module, with keys by their order."""
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
    ("income", "IncomePage", "Income"),
    ("week", "WeekPage", "Week"),
)
"""All pages by name, in the order of their keys."""

FACTORIES: dict[str, Callable[[], Screen[None]]] = {name: page.make for name, page in PAGES.items()}
"""Page name → its factory, for Textual's SCREENS."""
