"""Where a login of this terminal's user is kept between commands: a file that only they read."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from alluse_tui.domain.errors import StoreFailed

LONGEST_BYTES = 4_096


def token_file(journal: Path) -> Path:
    """ALLUSE_SESSION_FILE, or a file of the journal's own in the XDG state directory."""
    if named := os.environ.get("ALLUSE_SESSION_FILE"):
        return Path(named)
    import platformdirs

    name = hashlib.sha256(os.fsencode(os.path.realpath(journal))).hexdigest()[:16]
    return Path(platformdirs.user_state_dir("alluse")) / "logins" / name


def kept_token(journal: Path) -> str:
    """The login's token; empty where there is none. Raises StoreFailed."""
    path = token_file(journal)
    try:
        # O_NONBLOCK: a pipe without a writer must be refused, not waited for.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            text = file.read(LONGEST_BYTES).decode("ascii") if regular else None
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "is no login"
        raise StoreFailed(f"{path}: {said}: `alluse logout` removes it") from error
    if text is None:
        raise StoreFailed(f"{path}: is no regular file, and so no login")
    return text.strip()


def keep_token(journal: Path, token: str) -> None:
    """Keep the login for the next commands. Raises StoreFailed."""
    path = token_file(journal)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(token)
        os.replace(aside, path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise StoreFailed(f"{path}: {error.strerror}") from error


def forget_token(journal: Path) -> None:
    """The login is over."""
    path = token_file(journal)
    if path.is_file():
        path.unlink(missing_ok=True)
