"""An immutable mapping that is cheap to change and to load.

It has three layers: stored rows, whose values are decoded on first access, a base of changed values
and a small overlay of recent changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

V = TypeVar("V")

Log = tuple[str, "Log | None"]
"""A key that was set, and the log of the keys set before it."""

OVERLAY_LIMIT = 256
"""Above this number of changed keys the overlay is merged into a new base."""


class LazyRows(Generic[V]):
    """Values stored as text by key, each decoded by `make` on first access."""

    __slots__ = ("_cached", "_make", "texts")

    def __init__(self, texts: dict[str, str], make: Callable[[str, str], V]) -> None:
        """`make` gets the key and the text. Takes ownership of `texts`."""
        self.texts = texts
        self._make = make
        self._cached: dict[str, V] = {}

    def get(self, key: str) -> V | None:
        """The value at `key`, always the same object; None if there is none."""
        value = self._cached.get(key)
        if value is None and key in self.texts:
            value = self._cached.setdefault(key, self._make(key, self.texts[key]))
        return value

    def uncached(self, key: str) -> V:
        """The value at `key`, without caching it. Raises KeyError."""
        return self._cached.get(key) or self._make(key, self.texts[key])


class PersistentMap(Mapping[str, V], Generic[V]):
    """An immutable mapping from str, whose `with_item` returns a changed copy.

    A change copies at most OVERLAY_LIMIT keys. The base, which holds only values changed since the
    rows were loaded, is copied once per OVERLAY_LIMIT changes. `_log` links the keys set since the
    base was created, newest first, to find the differences between two versions of one base without
    comparing them. Keys are never removed, and values are never None.
    """

    __slots__ = ("_base", "_log", "_overlay", "_stored")

    def __init__(
        self,
        base: dict[str, V] | None = None,
        overlay: dict[str, V] | None = None,
        stored: LazyRows[V] | None = None,
        log: Log | None = None,
    ):
        """Takes ownership of both dicts."""
        self._log = log
        self._base = {} if base is None else base
        self._overlay = {} if overlay is None else overlay
        self._stored = stored

    def with_item(self, key: str, value: V) -> PersistentMap[V]:
        """This mapping with `key` set to `value`."""
        overlay = self._overlay.copy()
        overlay[key] = value
        if len(overlay) > OVERLAY_LIMIT:
            return PersistentMap(self._base | overlay, None, self._stored)
        return PersistentMap(self._base, overlay, self._stored, (key, self._log))

    def changes_since(self, old: PersistentMap[V]) -> Iterator[tuple[str, V]]:
        """Yield the items whose value is not the same object in `old`."""
        keys = self._keys_set_since(old)
        if keys is None:
            changed = self._base | self._overlay if self._stored is old._stored else self
            keys = list(changed)
        for key in keys:
            value = self[key]
            if old.get(key) is not value:
                yield key, value

    def _keys_set_since(self, old: PersistentMap[V]) -> list[str] | None:
        """The keys set since `old`, in order; None if `old` is not an earlier version."""
        if self._base is not old._base:
            return None
        keys: dict[str, None] = {}
        log = self._log
        while log is not old._log:
            if log is None:
                return None
            keys[log[0]] = None
            log = log[1]
        return list(reversed(keys))

    def __getitem__(self, key: str) -> V:
        """The value at `key`. Raises KeyError."""
        if key in self._overlay:
            return self._overlay[key]
        if key in self._base:
            return self._base[key]
        value = self._stored.get(key) if self._stored is not None else None
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        """Whether `key` has a value; decodes nothing."""
        return (
            key in self._overlay
            or key in self._base
            or (self._stored is not None and key in self._stored.texts)
        )

    def __iter__(self) -> Iterator[str]:
        """Keys in the order in which they were first set."""
        texts = self._stored.texts if self._stored is not None else {}
        yield from texts
        for key in self._base:
            if key not in texts:
                yield key
        for key in self._overlay:
            if key not in self._base and key not in texts:
                yield key

    def uncached(self, key: str) -> V:
        """The value at `key`, without caching one decoded for it. Raises KeyError."""
        if self._stored is None or key in self._overlay or key in self._base:
            return self[key]
        return self._stored.uncached(key)

    def iter_uncached(self) -> Iterator[tuple[str, V]]:
        """Yield every item, without caching the values decoded for it."""
        changed = self._base | self._overlay
        if self._stored is not None:
            for key in self._stored.texts:
                yield key, changed.pop(key) if key in changed else self._stored.uncached(key)
        yield from changed.items()

    def __len__(self) -> int:
        """The number of keys."""
        texts = self._stored.texts if self._stored is not None else {}
        extra = self._base.keys() | self._overlay.keys()
        return len(texts) + sum(key not in texts for key in extra)

    def __eq__(self, other: object) -> bool:
        """Whether both have equal values under the same keys, in any layers."""
        return isinstance(other, PersistentMap) and dict(self.items()) == dict(other.items())

    __hash__ = None  # type: ignore[assignment] # compared by content, so not hashable

    def __repr__(self) -> str:
        """The items as a dict."""
        return f"PersistentMap({dict(self.items())!r})"
