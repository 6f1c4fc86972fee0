"""An immutable mapping that is cheap to change: a large base under a small overlay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

V = TypeVar("V")

OVERLAY_LIMIT = 256
"""Past this many changed keys the overlay is folded into a new base."""


class Layered(Mapping[str, V], Generic[V]):
    """A mapping from str whose `with_item` leaves the old mapping as it was.

    A change copies at most OVERLAY_LIMIT keys; the base is copied once in OVERLAY_LIMIT changes.
    Keys are never removed: nothing in a book ever is.
    """

    __slots__ = ("_base", "_overlay")

    def __init__(self, base: dict[str, V] | None = None, overlay: dict[str, V] | None = None):
        """Takes ownership of both dicts."""
        self._base = {} if base is None else base
        self._overlay = {} if overlay is None else overlay

    def with_item(self, key: str, value: V) -> Layered[V]:
        """This mapping with `key` set to `value`."""
        overlay = self._overlay.copy()
        overlay[key] = value
        if len(overlay) > OVERLAY_LIMIT:
            return Layered(self._base | overlay)
        return Layered(self._base, overlay)

    def changes_since(self, old: Layered[V]) -> Iterator[tuple[str, V]]:
        """The items that are not the very same object in `old`."""
        before, base = old._overlay, old._base
        if self._base is base:
            for key, value in self._overlay.items():
                if before.get(key, base.get(key)) is not value:
                    yield key, value
        else:
            for key, value in self.items():
                if old.get(key) is not value:
                    yield key, value

    def __getitem__(self, key: str) -> V:
        """The value at `key`; raises KeyError."""
        return self._overlay[key] if key in self._overlay else self._base[key]

    def __contains__(self, key: object) -> bool:
        """Whether `key` has a value."""
        return key in self._overlay or key in self._base

    def __iter__(self) -> Iterator[str]:
        """Keys in the order in which they were first set."""
        yield from self._base
        for key in self._overlay:
            if key not in self._base:
                yield key

    def __len__(self) -> int:
        """How many keys."""
        return len(self._base) + sum(key not in self._base for key in self._overlay)

    def __eq__(self, other: object) -> bool:
        """Equal when it holds equal values under the same keys, however layered."""
        return isinstance(other, Layered) and dict(self.items()) == dict(other.items())

    __hash__ = None  # type: ignore[assignment] # compared by content, so not hashable

    def __repr__(self) -> str:
        """As the dict it stands for."""
        return f"Layered({dict(self.items())!r})"
