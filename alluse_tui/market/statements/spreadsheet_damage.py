"""What a spreadsheet does to a CSV file that it opens and saves."""

from __future__ import annotations

import re

CHANGED = "a spreadsheet changed the file; download it again, and do not open it before the import"

_SERIAL = re.compile(r"[2-7][0-9]{4}([.,][0-9]+)?", re.A)
_DATE = re.compile(r"[0-9]{1,2}\.[0-9]{1,2}\.([0-9]{4}|[0-9]{2})|#+", re.A)
_MONTH = re.compile(r"([0-9]{1,2}[-. ]?[^\W\d]{3,4}\.?|[^\W\d]{3,4}\.?[- ][0-9]{1,2})")
_SCIENTIFIC = re.compile(r"-?[0-9]([.,][0-9]+)?E[+-]?[0-9]{1,3}", re.A)
_ERRORS = frozenset(("#NAME?", "#VALUE!", "#REF!", "#N/A", "#NUM!", "#DIV/0!", "#NULL!"))


def is_changed_date(text: str) -> bool:
    """Whether a date is a day number (46353), or the dotted date of another country."""
    return bool(_SERIAL.fullmatch(text) or _DATE.fullmatch(text)) or text in _ERRORS


def is_changed_number(text: str) -> bool:
    """Whether a number became a date ('45-Jan'), or is rounded as in 1.2E+05."""
    return bool(_MONTH.fullmatch(text)) or is_changed_cell(text)


def is_changed_cell(text: str) -> bool:
    """Whether a cell of any column is a formula's error, or an id rounded as in 9.1E+08."""
    if text.startswith("#"):
        return text in _ERRORS or set(text) == {"#"}
    return ("E+" in text or "E-" in text) and _SCIENTIFIC.fullmatch(text) is not None
