"""A page whose data is read from the engine in a thread."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable
from typing import Any, Generic, TypeVar

from textual import on, work
from textual.message import Message

from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.tui.page import Page

Q = TypeVar("Q", bound=Hashable)
T = TypeVar("T")


class LoadingPage(Page, Generic[Q, T]):
    """Loads a T for each query Q: `read_data` runs in a thread, `on_loaded` draws its result.

    Data is read again only when the query changes, so a query contains everything that the data
    depends on.
    """

    class DataLoaded(Message):
        """The data for `query`, or why there is none."""

        def __init__(self, query: Any, data: Any, trouble: str) -> None:
            """`trouble` is empty when there is data."""
            super().__init__()
            self.query, self.data, self.trouble = query, data, trouble

    _wanted: Q | None = None
    _loaded: Q | None = None

    @abstractmethod
    def read_data(self, query: Q) -> T:
        """The data, read off the event loop. May raise any AllUseError."""

    @abstractmethod
    def on_loaded(self, query: Q, data: T) -> None:
        """Draw the data."""

    def load(self, query: Q) -> None:
        """Read the data for `query`, unless it is there already; the newest query wins."""
        if self._wanted != query or self._loaded != query:
            self._wanted = query
            self._read(query)

    @work(thread=True, exclusive=True, group="data", description="data")
    def _read(self, query: Q) -> None:
        try:
            self.post_message(self.DataLoaded(query, self.read_data(query), ""))
        except AllUseError as error:
            self.post_message(self.DataLoaded(query, None, str(error)))

    @on(DataLoaded)
    def _take(self, message: DataLoaded) -> None:
        if message.query != self._wanted:
            return  # newer data is being read
        if message.trouble:
            self.shell.show_status(message.trouble, warning=True)
            return
        self._loaded = message.query
        self.on_loaded(message.query, message.data)
