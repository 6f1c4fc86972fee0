"""The values of an OFX statement: numbers, days, and the securities that it lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

from alluse_tui.domain.commands import Instrument, Right, exact
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.instrument import CONTRACT_SHARES
from alluse_tui.domain.model.money import exact_decimal, micros_of
from alluse_tui.market.statements.ofx_markup import Element, required
from alluse_tui.market.statements.option_symbols import is_adjusted, option_of, share_of
from alluse_tui.market.trading_calendar import NEW_YORK

RIGHTS = {"CALL": Right.CALL, "PUT": Right.PUT}

_NUMBER = re.compile(r"[+-]?([0-9]{1,15}([.,][0-9]{0,15})?|[.,][0-9]{1,15})", re.A)
_MOMENT = re.compile(
    r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})"
    r"((?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2})?(\.[0-9]{1,6})?)?"
    r"(\s*\[(?P<zone>[+-]?[0-9]{1,2}(\.[0-9]{1,2})?)(:[^\]]{0,32})?\])?",
    re.A,
)
_ROOT = re.compile(r"[A-Z][A-Z./]{0,7}", re.A)


@dataclass(frozen=True, slots=True)
class Values:
    """Reads the values of elements of one file, naming file, line and element in errors."""

    file_name: str

    def where(self, element: Element, name: str = "") -> str:
        """The place of an element or of its child, for an error."""
        leaf = element.child(name) if name else None
        named = f"{element.name} {name}".rstrip()
        return f"{self.file_name} line {(leaf or element).line}: {named}"

    def text(self, element: Element, name: str) -> str:
        """The text of a child; '' if it is missing."""
        leaf = element.child(name)
        return " ".join(leaf.text.split()) if leaf else ""

    def needed(self, element: Element, *path: str) -> str:
        """The text of a child. Raises BadInput if it is missing."""
        return " ".join(required(element, path, self.file_name).text.split())

    def micros(self, element: Element, name: str) -> int:
        """An amount in micros; 0 if it is missing. Raises BadInput."""
        return self._number(_cash_micros, element, name)

    def exact(self, element: Element, name: str) -> int:
        """A price or quantity in exact millionths; 0 if it is missing. Raises BadInput."""
        return self._number(_exact_micros, element, name)

    def _number(self, reading: Callable[[str], int], element: Element, name: str) -> int:
        text = self.text(element, name)
        try:
            return reading(text) if text else 0
        except BadInput as error:
            raise BadInput(self.where(element, name), text, error.allowed) from None

    def day(self, element: Element, *path: str) -> date:
        """The day in New York of a date or a moment. Raises BadInput.

        Without a time, at midnight or without a time zone, it is the day as written: brokers mean
        their own day with it.
        """
        leaf = required(element, path, self.file_name)
        day = day_in_new_york(leaf.text.strip())
        if day is None or not 1970 <= day.year <= 2199:
            where = f"{self.file_name} line {leaf.line}: {element.name} {' '.join(path)}"
            allowed = "must be a date such as 20261127 or 20261127160000.000[-5:EST]"
            raise BadInput(where, leaf.text, allowed)
        return day


def _plain(text: str) -> str:
    """The number as Python writes it. Raises BadInput without a place."""
    if not _NUMBER.fullmatch(text):
        allowed = "must be a number such as -1234.56, without thousands separators"
        raise BadInput("", text, allowed)
    units, _, decimals = text.lstrip("+-").replace(",", ".").partition(".")
    number = f"{units or '0'}.{decimals}".rstrip("0").rstrip(".") or "0"
    return f"-{number}" if text.startswith("-") else number


@lru_cache(maxsize=4_096)
def _cash_micros(text: str) -> int:
    return micros_of(exact_decimal(_plain(text), ""), "")


@lru_cache(maxsize=4_096)
def _exact_micros(text: str) -> int:
    return exact("", _plain(text))


@lru_cache(maxsize=4_096)
def day_in_new_york(text: str) -> date | None:
    """The day of an OFX date; None if it is not one."""
    typed = _MOMENT.fullmatch(text)
    if typed is None:
        return None
    hour, minute = int(typed["hour"] or 0), int(typed["minute"] or 0)
    second, zone = int(typed["second"] or 0), typed["zone"]
    try:
        written = datetime(int(typed["y"]), int(typed["m"]), int(typed["d"]), hour, minute)
        if zone is None or not (hour or minute or second):
            return written.date()
        hours, _, minutes = zone.lstrip("+-").partition(".")
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        behind = timezone(-offset if zone.startswith("-") else offset)
        return written.replace(tzinfo=behind).astimezone(NEW_YORK).date()
    except (ValueError, OverflowError):
        return None


class Securities:
    """The securities that a file lists, by their id."""

    def __init__(self, root: Element, values: Values) -> None:
        """`root` is the whole document. Raises BadInput."""
        self.values = values
        self.listed: Mapping[str, Element] = {
            values.needed(security, "SECINFO", "SECID", "UNIQUEID"): security
            for listing in root.named("SECLIST")
            for security in listing.children
        }
        self.known: dict[tuple[str, str], Instrument] = {}

    def instrument(self, owner: Element, *, is_option: bool = False) -> Instrument:
        """What an element's SECID names. Raises BadInput."""
        unique_id = self.values.needed(owner, "SECID", "UNIQUEID")
        shares = self.values.text(owner, "SHPERCTRCT")
        if (known := self.known.get((unique_id, shares))) and (known.right or not is_option):
            return known
        instrument = self._instrument(owner, unique_id, is_option)
        self.known[unique_id, shares] = instrument
        return instrument

    def _instrument(self, owner: Element, unique_id: str, is_option: bool) -> Instrument:
        where = self.values.where(owner, "SECID")
        security = self.listed.get(unique_id)
        if security is not None and security.name == "OPTINFO":
            return self._option(security, owner)
        ticker = self._ticker(security) or unique_id
        shares = self._shares(owner) or CONTRACT_SHARES
        option = option_of(ticker, where, shares)
        if option is not None:
            return option
        if is_option:
            allowed = "is an option, but has no OPTINFO with strike and expiry in SECLIST"
            raise BadInput(where, unique_id, allowed)
        return share_of(ticker.replace(" ", "."), where)

    def _option(self, security: Element, owner: Element) -> Instrument:
        """The option that an OPTINFO describes."""
        values, where = self.values, self.values.where(security)
        ticker = self._ticker(security)
        spelled = option_of(ticker, where)
        root = spelled.symbol if spelled else ticker.partition(" ")[0]
        if not spelled or not is_adjusted(spelled):
            underlying = self.listed.get(values.text(security.child("SECID") or owner, "UNIQUEID"))
            is_share = underlying is not None and underlying.name != "OPTINFO"
            root = self._ticker(underlying if is_share else None) or root
        if spelled is None and not _ROOT.fullmatch(root.replace(" ", ".")):
            allowed = "must have a TICKER or a SECID that names the underlying"
            raise BadInput(where, ticker, allowed)
        right = values.needed(security, "OPTTYPE").upper()
        if right not in RIGHTS:
            raise BadInput(values.where(security, "OPTTYPE"), right, "must be CALL or PUT")
        strike = values.exact(security, "STRIKEPRICE")
        if strike <= 0:
            where = values.where(security, "STRIKEPRICE")
            raise BadInput(where, values.text(security, "STRIKEPRICE"), "must be more than zero")
        return Instrument(
            root.replace(" ", "."),
            RIGHTS[right],
            strike,
            values.day(security, "DTEXPIRE"),
            self._shares(security) or self._shares(owner) or CONTRACT_SHARES,
        )

    def _ticker(self, security: Element | None) -> str:
        info = security.child("SECINFO") if security else None
        return self.values.text(info, "TICKER").upper() if info else ""

    def _shares(self, element: Element) -> int:
        """The shares of one contract; 0 if they are not given. Raises BadInput."""
        shares, rest = divmod(self.values.exact(element, "SHPERCTRCT"), 1_000_000)
        if rest or not 0 <= shares <= 100_000:
            text = self.values.text(element, "SHPERCTRCT")
            where = self.values.where(element, "SHPERCTRCT")
            raise BadInput(where, text, "must be a whole number of shares")
        return shares
