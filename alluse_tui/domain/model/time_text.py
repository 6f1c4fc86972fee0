"""Formatting times as text in New York time."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")


def new_york_time(at_ns: int) -> str:
    """'2026-11-24 12:00 New York'."""
    moment = datetime.fromtimestamp(at_ns // 1_000_000_000, NEW_YORK)
    return f"{moment:%Y-%m-%d %H:%M} New York"
