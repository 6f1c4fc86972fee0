"""Which files and folders begin with what was typed; looked up in a thread of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

STATEMENT_ENDINGS = (".xml", ".csv", ".json", ".qfx", ".ofx", ".txt")
"""How the names of brokers' statements end; such files are listed first."""

STATEMENT, FOLDER, OTHER = range(3)
"""The order of matches."""

ENTRIES_AT_MOST = 100_000
"""Entries of a folder that are looked at."""

SECONDS_AT_MOST = 1.0
"""How long a folder is read; what came until then is shown."""


@dataclass(frozen=True, slots=True)
class PathMatches:
    """What begins with `typed`: statements, newest first, then folders.

    Other files follow by name, once the beginning of theirs was typed.
    `names`: folders end with a slash. `completed`: `typed`, extended as far as all of them agree.
    `is_partial`: the folder has more than was looked at, so `typed` is not extended. `problem`: why
    the folder cannot be read.
    """

    typed: str
    names: tuple[str, ...] = ()
    completed: str = ""
    is_partial: bool = False
    problem: str = ""


def path_matches(
    typed: str, entries_at_most: int = ENTRIES_AT_MOST, seconds_at_most: float = SECONDS_AT_MOST
) -> PathMatches:
    """The matches in the folder that was typed. A folder that cannot be read has none."""
    if typed == "~":
        return PathMatches(typed, completed="~/")
    above, slash, prefix = typed.rpartition("/")
    until_s = time.monotonic() + seconds_at_most
    names: list[tuple[tuple[int, float, str], str]] = []
    try:
        with os.scandir(Path(above + slash or ".").expanduser()) as entries:
            for entry in _until(until_s, islice(entries, entries_at_most)):
                if entry.name.startswith(prefix) and _is_shown(entry.name, prefix):
                    ranked = _ranked(entry, until_s)
                    if prefix or ranked[0][0] < OTHER:
                        names.append(ranked)
            is_partial = next(entries, None) is not None
    except (OSError, RuntimeError, ValueError) as error:  # no such folder, no such user, a NUL
        strerror = error.strerror if isinstance(error, OSError) else ""
        return PathMatches(typed, completed=typed, problem=strerror or "cannot be read")
    names.sort()
    sorted_names = tuple(name for _, name in names)
    completed = typed
    if names and not is_partial:
        completed = f"{above}{slash}{_beginning_of_all(sorted_names)}"
    return PathMatches(typed, sorted_names, completed, is_partial)


def folder_of(typed: str) -> str:
    """The folder that the matches are looked for in, as it was typed."""
    return typed.rpartition("/")[0]


def _beginning_of_all(names: Sequence[str]) -> str:
    """The longest text that every name begins with."""
    first, last = min(names), max(names)
    differ = (at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return first[: next(differ, min(len(first), len(last)))]


def _until(until_s: float, entries: Iterator[os.DirEntry[str]]) -> Iterator[os.DirEntry[str]]:
    """The entries, as long as there is time."""
    while time.monotonic() < until_s:
        entry = next(entries, None)
        if entry is None:
            return
        yield entry


def _is_shown(name: str, prefix: str) -> bool:
    return prefix.startswith(".") or not name.startswith(".")


def _ranked(entry: os.DirEntry[str], until_s: float) -> tuple[tuple[int, float, str], str]:
    """(what it is sorted by, its name). A file whose age is not known in time counts as old."""
    try:
        if entry.is_dir():
            return (FOLDER, 0.0, entry.name), f"{entry.name}/"
        if not entry.name.lower().endswith(STATEMENT_ENDINGS):
            return (OTHER, 0.0, entry.name), entry.name
        changed_s = entry.stat().st_mtime if time.monotonic() < until_s else 0.0
    except OSError:  # gone meanwhile, or a broken link
        changed_s = 0.0
    return (STATEMENT, -changed_s, entry.name), entry.name
