"""Screens and modals. A screen is loaded when it is first gone to."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from textual.screen import Screen

_CLASSES = {
    "dashboard": "Dashboard",
    "account": "AccountPage",
    "alerts": "AlertsPage",
    "approvals": "ApprovalsPage",
    "market": "MarketPage",
    "reports": "ReportsPage",
    "journal": "JournalPage",
    "settings": "SettingsPage",
    "users": "UsersPage",
}


def _loader(name: str) -> Callable[[], Screen[None]]:
    def load() -> Screen[None]:
        module = import_module(f"{__name__}.{name}")
        made: Screen[None] = getattr(module, _CLASSES[name])()
        return made

    return load


PAGE_CLASSES: dict[str, Callable[[], Screen[None]]] = {name: _loader(name) for name in _CLASSES}
"""What makes each screen, by its name in the registry."""
