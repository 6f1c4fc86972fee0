"""Sums of amounts by key, without zeros and within bounds."""

from __future__ import annotations

from collections.abc import Mapping

from alluse_tui.domain.model.money import MAX_MICROS, within


def sum_of(amounts: Mapping[str, int], changes: Mapping[str, int]) -> dict[str, int]:
    """`amounts` plus `changes`, without zeros. Raises BadInput if a balance is out of bounds."""
    result = dict(amounts)
    for key, micros in changes.items():
        total = result.pop(key, 0) + micros
        if abs(total) > MAX_MICROS and not key.startswith("world:"):
            within(total, f"balance {key}")
        if total:
            result[key] = total
    return result
