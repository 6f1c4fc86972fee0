"""Formatting times as text in New York time."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")


def new_york_time(at_ns: int) -> str:
    """'2026-11-24 12:00 New York'."""
    moment = datetime.fromtimestamp(at_ns // 1_000_000_000, NEW_YORK)
    return f"{moment:%Y-%m-%d %H:%M} New York"


def age_text(age_ns: int) -> str:
    """'40 seconds', '1 minute', '25 minutes', '3 hours', '2 days'; 0 seconds for the future."""
    seconds = max(0, age_ns) // 1_000_000_000
    for noun, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count:,} {noun}{'s' * (count != 1)}"
    return f"{seconds} second{'s' * (seconds != 1)}"
