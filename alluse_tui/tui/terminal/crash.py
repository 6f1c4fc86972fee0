"""When the program itself is at fault: a report without a secret, and one line for the operator.

A traceback's messages and variables may hold names, amounts or keys; places in the code do not.
"""

from __future__ import annotations

import platform
import traceback
from datetime import UTC, datetime
from pathlib import Path

from rich.text import Text

from alluse_tui import __version__


class Crashed(Exception):
    """What Textual shows instead of its own traceback."""

    def __init__(self, line: str) -> None:
        """`line` is all that is shown."""
        super().__init__(line)
        self.line = line

    def __rich__(self) -> Text:
        """The line, never read as markup."""
        return Text(self.line, overflow="fold")


def crashed(error: BaseException, folder: Path | None) -> Crashed:
    """Write the report of `error` to `folder`, if there is one, and say where it is."""
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
        return Crashed(f"alluse: internal error ({kind}); no report, {failed.strerror}")
    return Crashed(f"alluse: internal error ({kind}); nothing was lost. The report: {path}")


def report(error: BaseException, moment: datetime) -> str:
    """Kinds of errors and places in the code; no message, no variable, no data."""
    lines = [
        f"ALL-USE {__version__}, Python {platform.python_version()}, {platform.system()}",
        f"{moment:%Y-%m-%d %H:%M:%S} UTC",
    ]
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        lines += ["", f"{type(cause).__module__}.{type(cause).__qualname__} (message left out)"]
        for frame in traceback.extract_tb(cause.__traceback__):
            lines.append(f"  {_short(frame.filename)}:{frame.lineno} in {frame.name}")
        wrapped = getattr(cause, "error", None)
        cause = (
            cause.__cause__ or cause.__context__
            or (wrapped if isinstance(wrapped, BaseException) else None)
        )  # fmt: skip
    return "\n".join(lines) + "\n"


def _short(filename: str) -> str:
    """Without the folders above the package: they may name a person."""
    parts = Path(filename).parts
    for top in ("alluse_tui", "site-packages"):
        if top in parts:
            return "/".join(parts[parts.index(top) :])
    return parts[-1]
