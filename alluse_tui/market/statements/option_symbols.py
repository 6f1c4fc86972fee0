"""The spellings of option symbols in brokers' files."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from alluse_tui.domain.commands import Instrument, Right, exact
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.instrument import CONTRACT_SHARES

_SHARE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.$/^_-]{0,31}", re.A)
_ROOT = r"(?P<root>[A-Z0-9./]{1,8})"
_STRIKE = r"(?P<strike>[0-9]{1,7}(\.[0-9]{1,4})?)"
_OCC = re.compile(
    rf"{_ROOT} *(?P<y>[0-9]{{2}})(?P<m>[0-9]{{2}})(?P<d>[0-9]{{2}})(?P<right>[CP])"
    r"(?P<strike>[0-9]{8})",
    re.A,
)
_COMPACT = re.compile(
    rf"-?{_ROOT}(?P<y>[0-9]{{2}})(?P<m>[0-9]{{2}})(?P<d>[0-9]{{2}})(?P<right>[CP]){_STRIKE}",
    re.A,
)
_SPACED = re.compile(
    rf"{_ROOT} (?P<m>[0-9]{{2}})/(?P<d>[0-9]{{2}})/(?P<y>[0-9]{{4}}) {_STRIKE} (?P<right>[CP])",
    re.A,
)
_ADJUSTED = re.compile(r"[A-Z.]+[0-9]", re.A)


def option_of(symbol: str, where: str, shares: int = CONTRACT_SHARES) -> Instrument | None:
    """The option that `symbol` names; None if it has no option's form. Raises BadInput.

    'AAPL  261127P00190000' (OCC), '-AAPL261127P190' and 'AAPL 11/27/2026 190.00 P' are the same
    one. `shares` are the deliverable.
    """
    try:
        return _option(symbol, shares)
    except ValueError:
        allowed = "must name a day on which the option expires"
        raise BadInput(where, symbol, allowed) from None


@lru_cache(maxsize=4_096)
def _option(symbol: str, shares: int) -> Instrument | None:
    """The option that `symbol` names. Raises ValueError for a day that does not exist."""
    text = " ".join(symbol.split())
    typed = _OCC.fullmatch(text) or _COMPACT.fullmatch(text) or _SPACED.fullmatch(text)
    if typed is None:
        return None
    year = int(typed["y"]) + (2000 if len(typed["y"]) == 2 else 0)
    expiry = date(year, int(typed["m"]), int(typed["d"]))
    strike = typed["strike"]
    micros = int(strike) * 1_000 if _OCC.fullmatch(text) else exact("strike", strike)
    right = Right.CALL if typed["right"] == "C" else Right.PUT
    return Instrument(typed["root"], right, micros, expiry, shares)


def is_adjusted(option: Instrument) -> bool:
    """Whether a corporate action changed the contract: its root ends in a digit ('XYZ1')."""
    return _ADJUSTED.fullmatch(option.symbol) is not None


def share_of(symbol: str, where: str) -> Instrument:
    """The share, fund or bond that `symbol` names. Raises BadInput."""
    if not _SHARE.fullmatch(symbol):
        raise BadInput(where, symbol, "must be the symbol of a share or an option")
    return Instrument(symbol)
