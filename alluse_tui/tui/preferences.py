"""What the operator chose: screen.toml in the configuration directory.

theme = "light"      # dark, light, contrast, colour-blind or ansi
mouse = false        # as --no-mouse
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
from alluse_tui.tui.actions.registry import ACTIONS, BY_ID, PAGES, key_of, of_page, shown_key
from alluse_tui.tui.style.themes import THEMES

LIMIT_BYTES = 1024 * 1024
"""screen.toml is not larger."""

EATEN = frozenset(f"ctrl+{letter}" for letter in "sqjbaoczmih")
"""Keys that multiplexers, terminals and shells take for themselves, or send as another key."""

OWN = frozenset(
    ("up", "down", "left", "right", "k", "j", "g", "G", "pageup", "pagedown", "home", "end", "tab",
     "shift+tab")
)  # fmt: skip
"""Keys that move the cursor."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """`keymap`: action → key, only those that differ. `theme` is empty where none was chosen."""

    theme: str = ""
    mouse: bool = True
    keymap: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


def load(path: Path) -> Preferences:
    """The file's choices; the defaults where there is no file. Raises BadInput."""
    try:
        text = read_text(path, LIMIT_BYTES)
    except FileNotFoundError:
        return Preferences()
    except OSError as error:
        raise BadInput(str(path), None, f"cannot be read: {error.strerror}") from None
    try:
        found = tomllib.loads(text)
    except ValueError as error:  # also of a number with thousands of digits
        raise BadInput(str(path), None, f"is not valid TOML: {error}") from None
    except RecursionError:
        raise BadInput(str(path), None, "is not valid TOML: nested too deeply") from None
    _known(path, "", found, ("theme", "mouse", "keys"))
    theme, mouse, keys = found.get("theme", ""), found.get("mouse", True), found.get("keys", {})
    if theme != "" and theme not in list(THEMES):
        raise BadInput(f"{path}: theme", theme, f"must be one of: {', '.join(THEMES)}")
    if not isinstance(mouse, bool):
        raise BadInput(f"{path}: mouse", mouse, "must be true or false")
    if not isinstance(keys, dict):
        raise BadInput(f"{path}: keys", keys, 'must be a table such as fork = "F"')
    return Preferences(theme, mouse, _keymap(path, keys), str(path))


def _keymap(path: Path, typed: Mapping[str, Any]) -> dict[str, str]:
    _known(path, "keys.", typed, BY_ID)
    for name, key in typed.items():
        if not isinstance(key, str) or not _is_key(key):
            raise BadInput(f"{path}: keys.{name}", key, "must be a key such as F or ctrl+f")
        if key in EATEN or key in OWN:
            why = "is taken by terminals" if key in EATEN else "moves the cursor"
            raise BadInput(f"{path}: keys.{name}", key, f"{why}; choose another")
    keymap = {name: _textual(key) for name, key in typed.items()}
    for page in PAGES:
        taken: dict[str, str] = {}
        for action in of_page(page):
            key = key_of(action, keymap)
            if key and key in taken:
                both = f"is also the key of '{taken[key]}'"
                raise BadInput(f"{path}: keys.{action.id}", shown_key(key), both)
            taken[key] = action.id
    return keymap


_NAMES = {"?": "question_mark", "/": "slash", ":": "colon", "[": "left_square_bracket",
          "]": "right_square_bracket", "esc": "escape", ".": "full_stop", ",": "comma",
          ";": "semicolon", "-": "minus", "+": "plus", "=": "equals_sign", "!": "exclamation_mark",
          "#": "number_sign", "@": "at", "*": "asterisk", "_": "underscore",
          "<": "less_than_sign", ">": "greater_than_sign", "\\": "backslash"}  # fmt: skip


_NAMED = frozenset(key.value for key in Keys) | frozenset(_NAMES.values())


def _is_key(key: str) -> bool:
    """Whether that is one key, as it is typed or by its name."""
    return (len(key) == 1 and key.isprintable() and key != " ") or _textual(key) in _NAMED


def _textual(key: str) -> str:
    """The key by its name; a sign without a short one has Unicode's."""
    if len(key) == 1 and not key.isalnum() and key not in _NAMES:
        return unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_")
    return _NAMES.get(key, key)


def _known(path: Path, before: str, typed: Iterable[str], known: Iterable[str]) -> None:
    names = list(known)
    for name in typed:
        if name not in names:
            near = difflib.get_close_matches(name, names, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(names)}"
            raise BadInput(f"{path}: {before}{name}", None, f"is not known; {hint}")


def keys_page() -> str:
    """docs/keys.md: every action with its key, its screens and its name for a keymap."""
    lines = [
        "# Keys",
        "",
        "Made from the program's own registry by `make docs`; do not edit. In `screen.toml` (see",
        "the guide) an action gets another key by its name: `[keys]`, then `fork = \"F\"`.",
        "",
    ]  # fmt: skip
    groups: dict[str, list[str]] = {}
    for a in ACTIONS:
        pages = "every screen" if len(a.pages) == len(PAGES) else ", ".join(
            PAGES[p].title for p in a.pages
        )  # fmt: skip
        key = f"`{shown_key(a.key)}`" if a.key else "palette"
        plan = "yes" if a.dangerous else ""
        groups.setdefault(a.group, []).append(
            f"| {key} | {a.label} | {a.help} | {plan} | {pages} | `{a.id}` |"
        )
    for group, rows in groups.items():
        lines += [f"## {group}", "", "| key | action | what it does | dangerous | where | name |",
                  "|---|---|---|---|---|---|", *rows, ""]  # fmt: skip
    lines += [
        "## Moving", "",
        "`↑` `↓` `k` `j` rows · `PgUp` `PgDn` screenfuls · `Home` `End` ends · `Tab` next list.",
        "",
        "A dangerous action shows its plan first, with Cancel focused; `y` does it.", "",
    ]  # fmt: skip
    return "\n".join(lines)
