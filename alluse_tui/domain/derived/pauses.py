"""Whether trading is paused, and the alerts about it (rules.md, Pause)."""

from __future__ import annotations

from datetime import date

from alluse_tui.domain.derived.breakers import HALF, has_reached, known_vix, reached_sentence
from alluse_tui.domain.model.book import Account, Book, Portfolio
from alluse_tui.domain.views import AlertView, Severity


def paused_by(account: Account, portfolio: Portfolio) -> str:
    """'by anna: earnings': why the account opens nothing; empty if it may.

    The portfolio's pause comes first, because it outlasts that of the account.
    """
    pause = portfolio.pause or account.pause
    return pause.reason if pause is not None else ""


PAUSED = "trading paused"
"""The kind of an alert about a pause."""

HALVED = "size halved"
"""The kind of the alert that VIX has reached `breakers.vix_half`."""


def safety_alerts(book: Book, portfolio: Portfolio, today: date) -> list[AlertView]:
    """The alerts about the pause of the whole portfolio, and about halved sizes."""
    return [*_pause_alert(portfolio), *_half_alert(book, portfolio, today)]


def _half_alert(book: Book, portfolio: Portfolio, today: date) -> list[AlertView]:
    vix = known_vix(book, today)
    if vix is None or not has_reached(portfolio.policy, HALF, vix):
        return []
    sentence = f"{reached_sentence(portfolio.policy, HALF, vix)}: position sizes are halved"
    return [
        AlertView(
            id=f"{HALVED}:{portfolio.name}:{vix.day}",
            kind=HALVED,
            severity=Severity.WARNING,
            portfolio=portfolio.name,
            account="",
            sentence=sentence,
            values=(),
        )
    ]


def _pause_alert(portfolio: Portfolio) -> list[AlertView]:
    pause = portfolio.pause
    if pause is None:
        return []
    sentence = f"{portfolio.name} is paused {pause.reason}; no account opens anything until resumed"
    return [
        AlertView(
            id=f"{PAUSED}:{portfolio.name}:{pause.at_ns}",
            kind=PAUSED,
            severity=Severity.CRITICAL if pause.breaker else Severity.WARNING,
            portfolio=portfolio.name,
            account="",
            sentence=sentence,
            values=(),
            action="resume",
        )
    ]
