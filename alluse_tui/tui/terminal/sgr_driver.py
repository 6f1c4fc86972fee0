"""Sends only the changes of colours and attributes to the terminal.

Textual ends every piece of text with a reset and begins the next one with its whole style, so more
than half of its output repeats the current state. Over SSH every byte counts.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from textual.drivers.linux_driver import LinuxDriver

_STYLE = re.compile(r"\x1b\[([\d;]*)m")

_NOTHING_DRAWN = re.compile(r"(?:\n|\x1b\[\d+;\d+H)*")
"""Only cursor movements: colours may stay as they are."""

_ENDS = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "7": "27", "8": "28", "9": "29"}
"""Attributes (bold, dim, italic, …) and the codes that end them (ECMA-48, SGR)."""


class Drawing(NamedTuple):
    """The style of text: its attributes, and the codes of its colour and background."""

    attributes: frozenset[str] = frozenset()
    colour: str = "39"
    background: str = "49"


PLAIN = Drawing()


class SgrDriver(LinuxDriver):
    """Textual's driver with shorter output."""

    def write(self, data: str) -> None:
        """Write to the terminal."""
        super().write(sparing(data))


def sparing(data: str) -> str:
    """`data` with the same effect in fewer bytes; it begins and ends in the same state."""
    first, *rest = _STYLE.split(data)
    if len(rest) < 4:
        return data
    out, previous, current = [first], PLAIN, PLAIN
    last = len(rest) - 2
    for i in range(0, len(rest), 2):
        code, text = rest[i], rest[i + 1]
        wanted = drawing(code)
        if wanted is None or (wanted != PLAIN and previous != PLAIN):
            return data  # an unknown code, or one without a reset before it
        previous = wanted
        if wanted == PLAIN and i < last and _NOTHING_DRAWN.fullmatch(text):
            wanted = current  # the next text sets its own style
        if wanted != current:
            out.append(change(current, wanted))
        out.append(text)
        current = wanted
    return "".join(out)


@lru_cache(maxsize=4_096)
def drawing(code: str) -> Drawing | None:
    """The style after `code`, which follows a reset; None for an unknown code."""
    attributes: set[str] = set()
    colour, background = PLAIN.colour, PLAIN.background
    parts = code.split(";")
    while parts:
        part = parts.pop(0)
        if part in ("38", "48"):
            size = {"2": 4, "5": 2}.get(parts[0] if parts else "", 0)
            if not size or len(parts) < size:
                return None
            part = ";".join((part, *parts[:size]))
            del parts[:size]
        if part in _ENDS:
            attributes.add(part)
        elif re.fullmatch(r"38;.*|3[0-79]|9[0-7]", part):
            colour = part
        elif re.fullmatch(r"48;.*|4[0-79]|10[0-7]", part):
            background = part
        elif part.strip("0"):
            return None
    return Drawing(frozenset(attributes), colour, background)


@lru_cache(maxsize=4_096)
def change(before: Drawing, after: Drawing) -> str:
    """The shortest code that changes one style to the other."""
    if after == PLAIN:
        return "\x1b[0m"
    ended = {_ENDS[a] for a in before.attributes - after.attributes}
    begun = {a for a in after.attributes if a not in before.attributes or _ENDS[a] in ended}
    steps = [*sorted(ended), *sorted(begun)]
    if before.colour != after.colour:
        steps.append(after.colour)
    if before.background != after.background:
        steps.append(after.background)
    from_reset = ["0", *sorted(after.attributes)]
    from_reset += [after.colour] if after.colour != PLAIN.colour else []
    from_reset += [after.background] if after.background != PLAIN.background else []
    return f"\x1b[{min(';'.join(steps), ';'.join(from_reset), key=len)}m"
