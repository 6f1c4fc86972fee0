"""Where a grid's rows come from: a list, or a tree whose branches open and close."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, overload

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Value = Callable[[T], Any]
"""The value that rows are sorted by."""


class Rows(Protocol[T_co]):
    """Rows that can be filtered and sorted. Pure, so a thread may do it."""

    def __len__(self) -> int:
        """The number of rows before filtering."""

    def arranged(
        self, words: str, value: Callable[[Any], Any] | None, down: bool
    ) -> Sequence[T_co]:
        """The rows that contain all `words`, in order; sorted by `value` when it is given."""


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """Rows in a flat list. `search_text`: what a row can be found by, in lower case."""

    items: Sequence[T]
    search_text: Callable[[T], str]

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.items)

    def arranged(self, words: str, value: Value[T] | None, down: bool) -> Sequence[T]:
        """The rows that contain all `words`; sorted by `value` when it is given."""
        wanted = words.casefold().split()
        items = self.items
        if wanted:
            items = [item for item in items if has_words(self.search_text(item), wanted)]
        return sorted(items, key=value, reverse=down) if value is not None else items


class Node(NamedTuple):
    """A row of a tree: its code, '' for the root, and its depth."""

    code: str
    depth: int


class Nodes(Sequence[Node]):
    """Rows of a tree as two columns; a node is made when it is read."""

    def __init__(self, codes: Sequence[str], depths: Sequence[int]) -> None:
        """`codes` and `depths` have one item for each row."""
        self._codes, self._depths = codes, depths

    def __len__(self) -> int:
        """The number of rows."""
        return len(self._codes)

    @overload
    def __getitem__(self, index: int) -> Node: ...
    @overload
    def __getitem__(self, index: slice) -> Nodes: ...
    def __getitem__(self, index: int | slice) -> Node | Nodes:
        """One row, or a slice of them."""
        if isinstance(index, slice):
            return Nodes(self._codes[index], self._depths[index])
        return Node(self._codes[index], self._depths[index])


@dataclass(frozen=True, slots=True)
class Branches:
    """A tree of codes. `children`: code → codes below it, '' for the top.

    `opened`: the codes whose children are visible. `search_text`: what a code can be found by.
    """

    children: Mapping[str, Sequence[str]]
    opened: frozenset[str]
    search_text: Callable[[str], str]

    def __len__(self) -> int:
        """The number of nodes besides the root, visible or not."""
        return sum(map(len, self.children.values()))

    def like(self, other: Branches) -> bool:
        """Whether the same codes are visible, in the same order; their figures may differ."""
        return self.children is other.children and self.opened == other.opened

    def arranged(self, words: str, value: Value[Node] | None, down: bool) -> Nodes:
        """The visible nodes, siblings in order; with words, all nodes that contain them, flat."""
        wanted = words.casefold().split()
        if wanted:
            codes = [c for c in self._walk() if has_words(self.search_text(c), wanted)]
            return Nodes(_sorted(codes, 1, value, down), array("i", [1]) * len(codes))
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


def has_words(text: str, words: Sequence[str]) -> bool:
    """Whether `text` contains all `words`."""
    return all(word in text for word in words)
