"""Where a grid's rows come from: a list, or a tree whose branches open and close."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Value = Callable[[T], Any]
"""What a row is sorted by."""


class Rows(Protocol[T_co]):
    """Something that lays out its rows; pure, so that a thread may do it."""

    def __len__(self) -> int:
        """How many rows there are in all."""

    def arranged(
        self, words: str, value: Callable[[Any], Any] | None, down: bool
    ) -> Sequence[T_co]:
        """The rows that have `words`, in order; by `value` when it is given."""


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """Rows one under the other. `said`: what a row can be found by, in lower case."""

    items: Sequence[T]
    said: Callable[[T], str]

    def __len__(self) -> int:
        """How many."""
        return len(self.items)

    def arranged(self, words: str, value: Value[T] | None, down: bool) -> Sequence[T]:
        """Those that have every word."""
        wanted = words.casefold().split()
        kept = [i for i in self.items if has_words(self.said(i), wanted)] if wanted else self.items
        return sorted(kept, key=value, reverse=down) if value is not None else kept


class Node(NamedTuple):
    """A row of a tree: which one, and how deep. Code '' is the root."""

    code: str
    depth: int


@dataclass(frozen=True, slots=True)
class Branches:
    """A tree by codes. `children`: '' is the top; `opened`: whose children show."""

    children: Mapping[str, Sequence[str]]
    opened: frozenset[str]
    said: Callable[[str], str]

    def __len__(self) -> int:
        """How many nodes besides the root, open or not."""
        return sum(map(len, self.children.values()))

    def arranged(self, words: str, value: Value[Node] | None, down: bool) -> Sequence[Node]:
        """What is open, siblings in order; with words, every node that has them, flat."""
        wanted = words.casefold().split()
        if wanted:
            found = [Node(c, 1) for c in self._walk() if has_words(self.said(c), wanted)]
            return sorted(found, key=value, reverse=down) if value is not None else found
        return [Node("", 0), *self._open(value, down)]

    def _open(self, value: Value[Node] | None, down: bool) -> Iterator[Node]:
        def siblings(code: str, depth: int) -> list[Node]:
            nodes = [Node(c, depth) for c in self.children.get(code, ())]
            if value is not None:
                nodes.sort(key=value, reverse=down)
            return nodes

        waiting = siblings("", 1)[::-1] if "" in self.opened else []
        while waiting:
            node = waiting.pop()
            yield node
            if node.code in self.opened:
                waiting += siblings(node.code, node.depth + 1)[::-1]

    def _walk(self) -> Iterator[str]:
        waiting = list(reversed(self.children.get("", ())))
        while waiting:
            code = waiting.pop()
            yield code
            waiting += reversed(self.children.get(code, ()))


def has_words(said: str, wanted: Sequence[str]) -> bool:
    """Whether every wanted word is in what is said."""
    return all(word in said for word in wanted)
