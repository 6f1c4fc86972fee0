"""Whether trading is paused, and the alerts about it (rules.md, Pause)."""

from __future__ import annotations

from alluse_tui.domain.model.book import Account, Portfolio
from alluse_tui.domain.views import AlertView, Severity


def paused_by(account: Account, portfolio: Portfolio) -> str:
    """'by anna: earnings': why the account opens nothing; empty if it may.

    The portfolio's pause comes first, because it outlasts that of the account.
    """
    pause = portfolio.pause or account.pause
    return pause.reason if pause is not None else ""


PAUSED = "trading paused"
"""The kind of an alert about a pause."""


def safety_alerts(portfolio: Portfolio) -> list[AlertView]:
    """The alert about the pause of the whole portfolio, if there is one."""
    pause = portfolio.pause
    if pause is None:
        return []
    sentence = f"{portfolio.name} is paused {pause.reason}; no account opens anything until resumed"
    return [
        AlertView(
            id=f"{PAUSED}:{portfolio.name}:{pause.at_ns}",
            kind=PAUSED,
            severity=Severity.WARNING,
            portfolio=portfolio.name,
            account="",
            sentence=sentence,
            values=(),
            action="resume",
        )
    ]
