"""A list of accounts whose views are computed one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import overload

from alluse_tui.domain.derived.account_views import ordered_ids, view_in
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.views import AccountView


class AccountList(Sequence[AccountView]):
    """The views of accounts by portfolio, tier and code, each computed when it is read.

    A view is not kept, so that a loop over a large book needs little memory. Equal to a tuple or
    list of the same views.
    """

    def __init__(self, book: Book, portfolio: str, day: date) -> None:
        """All accounts of `portfolio`, or of the book if it is empty. Raises Unreadable."""
        self._book, self._day = book, day
        self._ids = ordered_ids(book, portfolio)

    def __len__(self) -> int:
        """The number of accounts."""
        return len(self._ids)

    @overload
    def __getitem__(self, index: int) -> AccountView: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[AccountView, ...]: ...
    def __getitem__(self, index: int | slice) -> AccountView | tuple[AccountView, ...]:
        """One view, or a tuple of several."""
        if isinstance(index, slice):
            return tuple(map(self._view, self._ids[index]))
        return self._view(self._ids[index])

    def __iter__(self) -> Iterator[AccountView]:
        """Yield every view, in order."""
        return map(self._view, self._ids)

    def __eq__(self, other: object) -> bool:
        """Whether `other` is a sequence of the same views."""
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment] # compared by content, so not hashable

    def __repr__(self) -> str:
        """The views as a list."""
        return f"AccountList({list(self)!r})"

    def _view(self, ident: str) -> AccountView:
        return view_in(self._book, self._book.accounts.uncached(ident), self._day)
