"""Fills as brokers write them, in the form that `trade_line` reads.

SOLD -1 AAPL 11/27/26 C190 @1.45
SOLD -1 AAPL 100 (Weeklys) 27 NOV 26 190 CALL @1.45 CBOE        thinkorswim
Sold 1 AAPL 11/27/26 Call 190.00 @ 1.45                         tastytrade
SOLD 1 AAPL Nov27'26 190 CALL @1.45                             IBKR
"""

from __future__ import annotations

import re

from alluse_tui.domain.model.errors import BadInput

ORDERS = ("LMT", "LIMIT", "MKT", "MARKET", "STP", "STOP", "DAY", "GTC", "MOC", "LOC")
"""Words after the price that say that the line is an order."""

VENUES = frozenset(
    (
        *("AMEX", "ARCA", "BATS", "BEST", "BOX", "BX", "BZX", "C2", "CBOE", "EDGX", "EMLD", "GEMX"),
        *("IEX", "ISE", "MEMX", "MIAX", "MPRL", "MRX", "NASDAQ", "NOM", "NSDQ", "NYSE", "PHLX"),
        *("PSX", "SMART", "SPHR"),
    )
)
"""Exchanges that may follow the price; another word could be a currency."""

_FILLED = r"(?P<filled>([A-Z]{3,6}(\s+TO\s+(OPEN|CLOSE))?\s+)?[-−+]?\s?[0-9][0-9.,]*)"
_SYMBOL = r"(?P<symbol>[A-Z0-9./]{1,12})"
_SHARES = r"((?P<shares>[0-9]{1,6})\s+(\([A-Z ]{2,12}\)\s+)*)?"
_DATE = (
    r"(?P<date>[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}|[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"|[0-9]{1,2}\s?[A-Z]{3}\s?[0-9]{2,4}|[A-Z]{3}\s?[0-9]{1,2},?\s?['’][0-9]{2})"
)
_RIGHT = r"C|P|CALL|PUT|CALLS|PUTS"
_STRIKE = r"\$?[0-9.,]+"
_CONTRACT = (
    rf"(((?P<right>{_RIGHT})\s?(?P<strike>{_STRIKE}))"
    rf"|((?P<strike_first>{_STRIKE})\s?(?P<right_last>{_RIGHT})))"
)
_PRICE = r"@\s*\$?(?P<price>[0-9.,]+)(\s+(?P<after>[A-Z][A-Z0-9]*))?"
_OPTION = re.compile(rf"{_FILLED}\s+{_SYMBOL}\s+{_SHARES}{_DATE}\s+{_CONTRACT}\s*{_PRICE}", re.I)
_SHARE = re.compile(rf"{_FILLED}\s+{_SYMBOL}\s*{_PRICE}", re.I)
_MONTH_FIRST = re.compile(
    r"(?P<month>[A-Z]{3})\s?(?P<day>[0-9]{1,2}),?\s?['’](?P<year>[0-9]{2})", re.I
)
_SPREAD = re.compile(
    r"[-−+]?[0-9]+\s+(?P<name>(IRON\s+)?(VERTICAL|STRADDLE|STRANGLE|CONDOR|BUTTERFLY|CALENDAR"
    r"|DIAGONAL|COVERED|COMBO|CUSTOM|BACKRATIO|COLLAR))\s+[A-Z./]+\s",
    re.I,
)


def own_form(line: str) -> str:
    """The fill as `trade_line` reads it; any other line unchanged.

    Raises BadInput for an order and for a spread in one line.
    """
    spread = _SPREAD.search(line)
    if spread is not None and "@" in line:
        raise BadInput("trade", spread["name"], "is a spread; record each of its legs on its own")
    typed = _OPTION.fullmatch(line) or _SHARE.fullmatch(line)
    after = (typed["after"] or "").upper() if typed else ""
    if after in ORDERS:
        raise BadInput("trade", after, "says that this is an order; paste its fill")
    if typed is None or (after and after not in VENUES):
        return line
    parts = typed.groupdict()
    price = f"0{parts['price']}" if parts["price"].startswith(".") else parts["price"]
    words = [parts["filled"], parts["symbol"]]
    if parts.get("date"):
        strike = parts["strike"] or parts["strike_first"]
        right = parts["right"] or parts["right_last"]
        words += [_MONTH_FIRST.sub(r"\g<day>\g<month>\g<year>", parts["date"]), strike, right]
        if parts["shares"]:
            words.append(f"x{parts['shares']}")
    return f"{' '.join(words)} @{price}"
