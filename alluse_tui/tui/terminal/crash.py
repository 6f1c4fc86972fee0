"""Internal errors: a report without secrets, and one line for the operator.

A traceback's messages and variables may contain names, amounts or keys; code locations do not.
"""

from __future__ import annotations

import platform
import traceback
from datetime import UTC, datetime
from pathlib import Path

from rich.text import Text

from alluse_tui import __version__


class Crashed(Exception):
    """The error that Textual shows instead of its own traceback."""

    def __init__(self, line: str) -> None:
        """Only `line` is shown."""
        super().__init__(line)
        self.line = line

    def __rich__(self) -> Text:
        """The line, never read as markup."""
        return Text(self.line, overflow="fold")


def crashed(error: BaseException, folder: Path | None) -> Crashed:
    """Write a report of `error` to `folder`, if there is one. Returns the error to show."""
    if folder is None:
        return Crashed(f"alluse: internal error ({type(error).__name__}); nothing was lost")
    moment = datetime.now(UTC)
    path = folder / f"crash-{moment:%Y%m%dT%H%M%S%fZ}.txt"
    kind = type(error).__name__
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(report(error, moment), encoding="utf-8")
    except OSError as failed:
        return Crashed(
            f"alluse: internal error ({kind}); the report could not be written: {failed.strerror}"
        )
    return Crashed(f"alluse: internal error ({kind}); nothing was lost. Report: {path}")


def report(error: BaseException, moment: datetime) -> str:
    """The types of the errors and their code locations, without messages or variables."""
    lines = [
        f"ALL-USE {__version__}, Python {platform.python_version()}, {platform.system()}",
        f"{moment:%Y-%m-%d %H:%M:%S} UTC",
    ]
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        lines += ["", f"{type(cause).__module__}.{type(cause).__qualname__} (message omitted)"]
        for frame in traceback.extract_tb(cause.__traceback__):
            lines.append(f"  {_short(frame.filename)}:{frame.lineno} in {frame.name}")
        wrapped = getattr(cause, "error", None)
        following = cause.__cause__ or cause.__context__
        cause = following or (wrapped if isinstance(wrapped, BaseException) else None)
    return "\n".join(lines) + "\n"


def _short(filename: str) -> str:
    """The path from the package on: the folders above may contain a person's name."""
    parts = Path(filename).parts
    for top in ("alluse_tui", "site-packages"):
        if top in parts:
            return "/".join(parts[parts.index(top) :])
    return parts[-1]
