"""The login of this user, kept between commands in a file that only they can read."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.files import read_text, replace_file

LIMIT_BYTES = 4_096
"""The largest token file that is read."""


def token_file(journal: Path) -> Path:
    """$ALLUSE_SESSION_FILE, or a file per journal in the XDG state directory."""
    if named := os.environ.get("ALLUSE_SESSION_FILE"):
        return Path(named)
    import platformdirs

    name = hashlib.sha256(os.fsencode(os.path.realpath(journal))).hexdigest()[:16]
    return Path(platformdirs.user_state_dir("alluse")) / "logins" / name


def stored_token(journal: Path) -> str:
    """The token of the login, or ''. Raises StoreFailed."""
    path = token_file(journal)
    try:
        return read_text(path, LIMIT_BYTES).strip()
    except FileNotFoundError:
        return ""
    except OSError as error:
        advice = "`alluse logout` removes it" if path.is_file() else "remove it"
        message = f"{path}: the login cannot be read: {error.strerror}; {advice}"
        raise StoreFailed(message) from error


def keep_token(journal: Path, token: str) -> None:
    """Store the token for the next commands. Raises StoreFailed."""
    path = token_file(journal)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, token.encode("ascii"))
    except OSError as error:
        raise StoreFailed(f"{path}: {error.strerror}") from error


def forget_token(journal: Path) -> None:
    """Delete the stored token."""
    path = token_file(journal)
    if path.is_file():
        path.unlink(missing_ok=True)
