"""Canonical JSON: sorted keys, no spaces, no floats' oddities; the same bytes everywhere."""

from __future__ import annotations

import json
from typing import Any

_encoded = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode


def canonical(plain: Any) -> bytes:
    """`plain` (dicts, lists, str, int, bool, None) as canonical JSON in UTF-8."""
    return _encoded(plain).encode()


def canonical_text(plain: Any) -> str:
    """The same as text."""
    return _encoded(plain)
