"""Estimate of how guessable a password is: how few common pieces it consists of."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files

_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "!@#$%^&*()",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
)
_ALL_ROWS = "\n".join(_ROWS + tuple(row[::-1] for row in _ROWS))
_SHORTEST_PIECE = 3
_LONGEST_PIECE = 36
_LOOKED_AT = 1024
"""Characters; NFKC may expand one to eighteen."""

_YEAR = re.compile("(19|20)[0-9]{2}")
_DISGUISES = tuple(str.maketrans("@4305$71!", f"aaeosst{one}{one}") for one in "il")


def repeats(text: str, shortest: int) -> bool:
    """Whether `text` repeats one piece of fewer than `shortest` characters."""
    period = next(p for p in range(1, len(text) + 1) if text.startswith(text[p:]))
    return period < shortest and 2 * period <= len(text)


def is_guessable(text: str, name: str, *, least: int) -> bool:
    """Whether `text` consists of fewer than `least` pieces.

    One piece is a common word (also disguised: p4$$w0rd), a part of the user's `name`, a row of
    keys, a sequence, a year, a run of one character, a repetition of earlier text, or any other
    single character.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()[:_LOOKED_AT]
    texts = (folded, *(folded.translate(disguise) for disguise in _DISGUISES))
    known = _common() | _parts(name)
    fewest = [0]
    run = 0
    for end in range(1, len(folded) + 1):
        run = run if folded[end - 1] == folded[run] else end - 1
        count = 1 + min(fewest[end - 1], fewest[run])
        for start in range(max(0, end - _LONGEST_PIECE), end - _SHORTEST_PIECE + 1):
            if fewest[start] + 1 < count and _is_piece(texts, start, end, known):
                count = fewest[start] + 1
        fewest.append(count)
    return fewest[-1] < least


def _is_piece(texts: tuple[str, ...], start: int, end: int, known: frozenset[str]) -> bool:
    piece = texts[0][start:end]
    return (
        any(text[start:end] in known for text in texts)
        or piece in _ALL_ROWS
        or _YEAR.fullmatch(piece) is not None
        or texts[0].find(piece) < start
    )


@cache
def _common() -> frozenset[str]:
    """The words of common_passwords.txt, which has one per line."""
    listed = files("alluse_tui.security").joinpath("common_passwords.txt")
    return frozenset(listed.read_text(encoding="utf-8").split())


def _parts(name: str) -> frozenset[str]:
    """The user's name and its words that are long enough to be a piece."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    parts = {folded, *re.split(r"[\W_]+", folded)}
    return frozenset(p for p in parts if _SHORTEST_PIECE <= len(p) <= _LONGEST_PIECE)
