"""An immutable mapping that is cheap to change and cheap to load: stored rows, of which a value is
made when it is first asked for, under a base, under a small overlay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

V = TypeVar("V")

Log = tuple[str, "Log | None"]
"""A key that was set, and the one set before it."""

OVERLAY_LIMIT = 256
"""Past this many changed keys the overlay is folded into a new base."""


class LazyRows(Generic[V]):
    """Values as text by key, each made by `make` once, when it is first asked for."""

    __slots__ = ("_made", "_make", "texts")

    def __init__(self, texts: dict[str, str], make: Callable[[str, str], V]) -> None:
        """`make` gets the key and the text. Takes ownership of `texts`."""
        self.texts = texts
        self._make = make
        self._made: dict[str, V] = {}

    def get(self, key: str) -> V | None:
        """The value at `key`, always the same object; None where there is none."""
        made = self._made.get(key)
        if made is None and key in self.texts:
            made = self._made.setdefault(key, self._make(key, self.texts[key]))
        return made

    def iter_uncached(self, key: str) -> V:
        """The value at `key`; one that was not made before is not kept."""
        return self._made.get(key) or self._make(key, self.texts[key])


class PersistentMap(Mapping[str, V], Generic[V]):
    """A mapping from str whose `with_item` leaves the old mapping as it was.

    A change copies at most OVERLAY_LIMIT keys; the base, which holds only what changed since the
    rows were loaded, is copied once in OVERLAY_LIMIT changes. `_log` links the keys that were set
    since the base was made, newest first, so that what differs between two versions of one base is
    found without comparing them. Keys are never removed: nothing in a book ever is. No value is
    None.
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
        """The items that are not the very same object in `old`."""
        keys = self._keys_set_since(old)
        if keys is None:
            changed = self._base | self._overlay if self._stored is old._stored else self
            keys = list(changed)
        for key in keys:
            value = self[key]
            if old.get(key) is not value:
                yield key, value

    def _keys_set_since(self, old: PersistentMap[V]) -> list[str] | None:
        """The keys set since `old`, in order; None where `old` is not an earlier version."""
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
        """The value at `key`; raises KeyError."""
        if key in self._overlay:
            return self._overlay[key]
        if key in self._base:
            return self._base[key]
        found = self._stored.get(key) if self._stored is not None else None
        if found is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: object) -> bool:
        """Whether `key` has a value; makes none."""
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

    def iter_uncached(self) -> Iterator[tuple[str, V]]:
        """Every item, for one look at all of them: values made only for it are not kept."""
        stored = self._stored
        for key in self:
            if key in self._overlay or key in self._base or stored is None:
                yield key, self[key]
            else:
                yield key, stored.iter_uncached(key)

    def __len__(self) -> int:
        """How many keys."""
        texts = self._stored.texts if self._stored is not None else {}
        extra = self._base.keys() | self._overlay.keys()
        return len(texts) + sum(key not in texts for key in extra)

    def __eq__(self, other: object) -> bool:
        """Equal when it holds equal values under the same keys, however layered."""
        return isinstance(other, PersistentMap) and dict(self.items()) == dict(other.items())

    __hash__ = None  # type: ignore[assignment] # compared by content, so not hashable

    def __repr__(self) -> str:
        """As the dict it stands for."""
        return f"PersistentMap({dict(self.items())!r})"
