"""Which column of a file holds what: by its name, or as the user says."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence

from alluse_tui.domain.model.errors import BadInput

BAR_COLUMNS = ("date", "open", "high", "low", "close", "volume")
OPTIONAL = ("volume", "last", "open_interest", "implied_volatility", "delta", "underlying")
EVENT_COLUMNS = ("symbol", "date", "kind", "value")
CHAIN_COLUMNS = ("symbol", "expiry", "strike", "right", "bid", "ask", "time", *OPTIONAL)

_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "day", "tradedate", "timestamp", "time", "datetime"),
    "open": ("open", "openprice"),
    "high": ("high", "highprice"),
    "low": ("low", "lowprice"),
    "close": ("close", "closelast", "last", "closeprice", "price"),
    "volume": ("volume", "vol"),
    "symbol": ("symbol", "ticker"),
    "kind": ("kind", "type", "event"),
    "value": ("value", "amount", "ratio"),
    "expiry": ("expiry", "expiration", "expirationdate", "expirydate", "exp"),
    "strike": ("strike", "strikeprice"),
    "right": ("right", "putcall", "callput", "optiontype", "type", "side"),
    "bid": ("bid", "bidprice"),
    "ask": ("ask", "askprice", "offer"),
    "last": ("last", "lastprice", "lasttrade", "mark"),
    "open_interest": ("openinterest", "oi", "openint"),
    "time": ("time", "quotetime", "timestamp", "datetime", "quoted", "quotedatetime", "asof"),
    "implied_volatility": ("impliedvolatility", "iv", "impliedvol", "volatility"),
    "delta": ("delta",),
    "underlying": ("underlying", "underlyingprice", "underlyinglast", "spot", "stockprice"),
}
"""Names of columns as vendors write them, in the order in which they are preferred."""

_DELIMITERS = ",;\t|"


def delimiter_of(header: str) -> str:
    """The character that separates the fields of that header."""
    return max(_DELIMITERS, key=header.count)


def names_in(header: str, delimiter: str) -> list[str]:
    """The names of the columns in a header line."""
    return [name.strip() for name in next(csv.reader([header], delimiter=delimiter), [])]


def typed_columns(text: str, allowed: Sequence[str] = BAR_COLUMNS) -> dict[str, str]:
    """'date=Date,close=Last' as our name → the file's. Raises BadInput."""
    columns: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        ours, equals, theirs = (piece.strip() for piece in part.partition("="))
        if not equals or not theirs or ours not in allowed or ours in columns:
            names = ", ".join(allowed)
            raise BadInput("--columns", part, f"must be NAME=COLUMN, each NAME once, of: {names}")
        columns[ours] = theirs
    return columns


def matched(
    names: Sequence[str], wanted: Sequence[str], typed: Mapping[str, str]
) -> tuple[dict[str, int], list[str]]:
    """Our name → the number of its column from 0, and the names of the columns that are missing.

    Raises BadInput for a typed column that the file does not have.
    """
    plain = [_plain(name) for name in names]
    numbers: dict[str, int] = {}
    for ours in wanted:
        if theirs := typed.get(ours):
            if theirs not in names:
                raise BadInput("--columns", theirs, f"must be one of: {', '.join(names)}")
            numbers[ours] = names.index(theirs)
            continue
        known = next((name for name in _SYNONYMS[ours] if name in plain), None)
        if known is not None:
            numbers[ours] = plain.index(known)
    missing = [ours for ours in wanted if ours not in numbers and ours not in OPTIONAL]
    return numbers, missing


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())
