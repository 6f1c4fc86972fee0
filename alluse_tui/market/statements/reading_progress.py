"""How many rows of a statement have been read so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

ROWS_BETWEEN_REPORTS = 200


@dataclass(slots=True)
class _Reading:
    report: Callable[[int], None]
    rows: int = 0
    calls: int = 0


_reading: ContextVar[_Reading | None] = ContextVar("reading", default=None)


@contextmanager
def reading_progress(report: Callable[[int], None]) -> Iterator[None]:
    """While a statement is read in this thread, `report` receives the rows so far.

    It may raise to stop the reading, of which nothing is kept.
    """
    token = _reading.set(_Reading(report))
    try:
        yield
    finally:
        _reading.reset(token)


def row_read(number: int = 0) -> None:
    """Count a row; report now and then.

    `number`: the row's place in the file, from 1, if the reader may go through it again.
    """
    reading = _reading.get()
    if reading is None:
        return
    reading.calls += 1
    reading.rows = max(reading.rows, number) if number else reading.calls
    if reading.calls % ROWS_BETWEEN_REPORTS == 0:
        reading.report(reading.rows)
