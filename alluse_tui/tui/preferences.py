"""The operator's choices: screen.toml in the configuration directory.

theme = "light"      # dark, light, contrast, colour-blind or ansi
mouse = false        # as --no-mouse
lock = "blank"       # a locked screen shows nothing; "view" (the default) keeps the figures visible
[keys]
fork = "F"           # an action's name in docs/keys.md, and its key
"""

from __future__ import annotations

import difflib
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from textual.keys import Keys

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.files import read_text
from alluse_tui.tui import texts
from alluse_tui.tui.actions.registry import (
    ACTIONS,
    BY_ID,
    PAGES,
    RENAMED,
    Action,
    key_of,
    of_page,
    shown_key,
)
from alluse_tui.tui.style.themes import THEMES

LIMIT_BYTES = 1024 * 1024
"""The largest screen.toml that is read."""

EATEN = frozenset(f"ctrl+{letter}" for letter in "sqjbaoczmih")
"""Keys that multiplexers, terminals and shells intercept or send as another key."""

OWN = frozenset(
    [
        "up",
        "down",
        "left",
        "right",
        "k",
        "j",
        "g",
        "G",
        "pageup",
        "pagedown",
        "home",
        "end",
        "tab",
        "shift+tab",
    ]
)
"""Keys that move the cursor."""


LOCKS = ("view", "blank")
"""A locked screen keeps its figures visible, or shows nothing."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """`keymap`: action → key, only those that differ. `theme` is empty where none was chosen.

    `lock` is one of LOCKS. `source` is the file, empty where there is none.
    """

    theme: str = ""
    mouse: bool = True
    lock: str = "view"
    keymap: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


def load(path: Path) -> Preferences:
    """The file's choices; the defaults where there is no file. Raises BadInput."""
    try:
        text = read_text(path, LIMIT_BYTES)
    except FileNotFoundError:
        return Preferences()
    except OSError as error:
        why = texts.CANNOT_READ.format(why=error.strerror)
        raise BadInput(str(path), None, why) from None
    try:
        choices = tomllib.loads(text)
    except ValueError as error:  # also of a number with thousands of digits
        raise BadInput(str(path), None, texts.NOT_TOML.format(why=error)) from None
    except RecursionError:
        raise BadInput(str(path), None, texts.TOO_DEEP) from None
    _check_names(path, "", choices, ("theme", "mouse", "lock", "keys"))
    mouse, keys = choices.get("mouse", True), choices.get("keys", {})
    if not isinstance(mouse, bool):
        raise BadInput(f"{path}: mouse", mouse, texts.TRUE_OR_FALSE)
    if not isinstance(keys, dict):
        raise BadInput(f"{path}: keys", keys, texts.KEYS_TABLE)
    return Preferences(
        theme=_one_of(path, "theme", choices, "", tuple(THEMES)),
        mouse=mouse,
        lock=_one_of(path, "lock", choices, "view", LOCKS),
        keymap=_keymap(path, keys),
        source=str(path),
    )


def _one_of(
    path: Path, name: str, choices: Mapping[str, Any], default: str, known: tuple[str, ...]
) -> str:
    value = choices.get(name, default)
    if value != default and value not in list(known):
        raise BadInput(f"{path}: {name}", value, texts.ONE_OF.format(choices=", ".join(known)))
    return str(value)


def _keymap(path: Path, typed: Mapping[str, Any]) -> dict[str, str]:
    for name in typed:
        if name in RENAMED:
            why = texts.RENAMED_ACTION.format(name=RENAMED[name])
            raise BadInput(f"{path}: keys.{name}", None, why)
    _check_names(path, "keys.", typed, BY_ID)
    for name, key in typed.items():
        if not isinstance(key, str) or not _is_key(key):
            raise BadInput(f"{path}: keys.{name}", key, texts.NOT_A_KEY)
        if key in EATEN or key in OWN:
            why = texts.TAKEN_BY_TERMINALS if key in EATEN else texts.MOVES_CURSOR
            raise BadInput(f"{path}: keys.{name}", key, why)
    keymap = {name: _textual(key) for name, key in typed.items()}
    for page in PAGES:
        taken: dict[str, str] = {}
        for action in of_page(page):
            key = key_of(action, keymap)
            if key and key in taken:
                why = texts.SAME_KEY.format(other=taken[key])
                raise BadInput(f"{path}: keys.{action.id}", shown_key(key), why)
            taken[key] = action.id
    return keymap


_NAMES = {
    "?": "question_mark",
    "/": "slash",
    ":": "colon",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
    "esc": "escape",
    ".": "full_stop",
    ",": "comma",
    ";": "semicolon",
    "-": "minus",
    "+": "plus",
    "=": "equals_sign",
    "!": "exclamation_mark",
    "#": "number_sign",
    "@": "at",
    "*": "asterisk",
    "_": "underscore",
    "<": "less_than_sign",
    ">": "greater_than_sign",
    "\\": "backslash",
}
"""Textual's names of keys that are typed as a sign."""

_NAMED = frozenset(key.value for key in Keys) | frozenset(_NAMES.values())


def _is_key(key: str) -> bool:
    """Whether the text is one key, as it is typed or by its name."""
    return (len(key) == 1 and key.isprintable() and key != " ") or _textual(key) in _NAMED


def _textual(key: str) -> str:
    """Textual's name of the key; a sign that is not in _NAMES has its Unicode name."""
    if len(key) == 1 and not key.isalnum() and key not in _NAMES:
        return unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_")
    return _NAMES.get(key, key)


def _check_names(path: Path, before: str, typed: Iterable[str], known: Iterable[str]) -> None:
    names = list(known)
    for name in typed:
        if name not in names:
            near = difflib.get_close_matches(name, names, 1)
            if near:
                hint = texts.DID_YOU_MEAN.format(name=near[0])
            else:
                hint = texts.KNOWN_NAMES.format(names=", ".join(names))
            raise BadInput(f"{path}: {before}{name}", None, texts.UNKNOWN_NAME.format(hint=hint))


KEYS_PAGE = """\
# Keys

Generated from the program's registry by `make docs`; do not edit. In `screen.toml` (see the
guide) an action is given another key by its name: `[keys]`, then `fork = "F"`.

"""

KEYS_TABLE = """\
| key | action | what it does | dangerous | where | name |
|---|---|---|---|---|---|
"""

MOVING_KEYS = """\
## Moving

`↑` `↓` `k` `j` one row · `PgUp` `PgDn` one page · `Home` `End` first and last row · `Tab` next
list. In the help, `/` searches. `ctrl+z` suspends the program; `fg` resumes it.

A dangerous action shows its plan first, with Cancel focused; `y` confirms it.
"""


def keys_page() -> str:
    """docs/keys.md: every action with its key, its screens and its name for a keymap."""
    groups: dict[str, list[str]] = {}
    for action in ACTIONS:
        groups.setdefault(action.group, []).append(_keys_row(action))
    tables = "".join(
        f"## {group}\n\n{KEYS_TABLE}" + "".join(rows) + "\n" for group, rows in groups.items()
    )
    return KEYS_PAGE + tables + MOVING_KEYS


def _keys_row(action: Action) -> str:
    everywhere = len(action.pages) == len(PAGES)
    pages = "every screen" if everywhere else ", ".join(PAGES[p].title for p in action.pages)
    key = f"`{shown_key(action.key)}`" if action.key else "palette"
    dangerous = "yes" if action.dangerous else ""
    cells = (key, action.label, action.help, dangerous, pages, f"`{action.id}`")
    return f"| {' | '.join(cells)} |\n"
