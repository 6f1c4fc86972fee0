"""Where a grid's rows come from: a list, or a tree whose branches open and close."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, overload

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


class Nodes(Sequence[Node]):
    """Rows of a tree as two columns; a node is made when it is asked for."""

    def __init__(self, codes: Sequence[str], depths: Sequence[int]) -> None:
        """One of each a row."""
        self._codes, self._depths = codes, depths

    def __len__(self) -> int:
        """How many."""
        return len(self._codes)

    @overload
    def __getitem__(self, index: int) -> Node: ...
    @overload
    def __getitem__(self, index: slice) -> Nodes: ...
    def __getitem__(self, index: int | slice) -> Node | Nodes:
        """A row, or some."""
        if isinstance(index, slice):
            return Nodes(self._codes[index], self._depths[index])
        return Node(self._codes[index], self._depths[index])


@dataclass(frozen=True, slots=True)
class Branches:
    """A tree by codes. `children`: '' is the top; `opened`: whose children show."""

    children: Mapping[str, Sequence[str]]
    opened: frozenset[str]
    said: Callable[[str], str]

    def __len__(self) -> int:
        """How many nodes besides the root, open or not."""
        return sum(map(len, self.children.values()))

    def like(self, other: Branches) -> bool:
        """Whether the same branches show the same codes; what these say may be new."""
        return self.children is other.children and self.opened == other.opened

    def arranged(self, words: str, value: Value[Node] | None, down: bool) -> Nodes:
        """What is open, siblings in order; with words, every node that has them, flat."""
        wanted = words.casefold().split()
        if wanted:
            found = [c for c in self._walk() if has_words(self.said(c), wanted)]
            return Nodes(_sorted(found, 1, value, down), array("i", [1]) * len(found))
        return self._open(value, down)

    def _open(self, value: Value[Node] | None, down: bool) -> Nodes:
        codes, depths = [""], array("i", [0])

        def siblings(code: str, depth: int) -> Iterator[str]:
            return iter(_sorted(self.children.get(code, ()), depth, value, down))

        above = [siblings("", 1)] if "" in self.opened else []
        while above:
            for code in above[-1]:
                codes.append(code)
                depths.append(len(above))
                if code in self.opened:
                    above.append(siblings(code, len(above) + 1))
                    break
            else:
                above.pop()
        return Nodes(codes, depths)

    def _walk(self) -> Iterator[str]:
        waiting = list(reversed(self.children.get("", ())))
        while waiting:
            code = waiting.pop()
            yield code
            waiting += reversed(self.children.get(code, ()))


def _sorted(
    codes: Sequence[str], depth: int, value: Value[Node] | None, down: bool
) -> Sequence[str]:
    """The codes as they are, or by the value of their nodes at that depth."""
    if value is None:
        return codes
    return sorted(codes, key=lambda code: value(Node(code, depth)), reverse=down)


def has_words(said: str, wanted: Sequence[str]) -> bool:
    """Whether every wanted word is in what is said."""
    return all(word in said for word in wanted)
