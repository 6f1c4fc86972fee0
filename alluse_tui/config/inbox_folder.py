"""Where new statements are put: the operator's choice in inbox.toml, a line `folder = "PATH"`."""

from __future__ import annotations

import tomllib
from pathlib import Path

import platformdirs

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.files import read_text

LIMIT_BYTES = 64 * 1024
"""The largest inbox.toml that is read."""


def chosen_inbox() -> Path | None:
    """The folder that inbox.toml in the XDG configuration directory names; None without the file.

    Raises BadInput.
    """
    path = Path(platformdirs.user_config_dir("alluse")) / "inbox.toml"
    try:
        table = tomllib.loads(read_text(path, LIMIT_BYTES))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadInput("file", path, f"cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise BadInput("file", path, f"is not valid TOML: {error}") from None
    for name in table.keys() - {"folder"}:
        raise BadInput(f"{path}: {name}", None, "is not known; the file has only: folder")
    folder = table.get("folder")
    if not isinstance(folder, str) or not Path(folder).expanduser().is_absolute():
        allowed = "must be the path of a folder from the root, such as '/home/dana/statements'"
        raise BadInput(f"{path}: folder", folder, allowed)
    return Path(folder).expanduser()
