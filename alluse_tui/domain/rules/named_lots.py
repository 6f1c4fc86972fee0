"""The lots that a trade names are open, and it closes all that it names (rules.md, Lots)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from alluse_tui.domain.commands import TradeFact
from alluse_tui.domain.derived.fills import Origin
from alluse_tui.domain.derived.lots import Lot
from alluse_tui.domain.model.book import Account
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.instrument import Holding, holding_key, quantity_text

PATH = "lots"


def check_named_lots(
    account: Account, fact: TradeFact, currency: str, traded: date, open_lots: Iterable[Lot]
) -> None:
    """Check the lots that `fact` names against those that are open. Raises BadInput."""
    needed = _closed_by(account, fact, currency)
    if not any(needed.values()):
        allowed = f"may be named only by a trade that closes something {account.code} holds"
        raise BadInput(PATH, _listed(fact.lots), allowed)
    known = [lot for lot in open_lots if lot.origin is not Origin.MISSING]
    closing = " and ".join(needed)
    short: set[str] = set()
    for i, seq in enumerate(fact.lots):
        if seq in fact.lots[:i]:
            raise BadInput(PATH, seq, "is named twice")
        of_record = [lot for lot in known if lot.seq == seq]
        mine = [lot for lot in of_record if lot.instrument in needed and lot.currency == currency]
        if not mine and of_record:
            raise BadInput(PATH, seq, f"is a lot of {of_record[0].instrument}, not of {closing}")
        if not mine:
            allowed = f"is not an open lot of {account.code}; open: {_choices(known, needed)}"
            raise BadInput(PATH, seq, allowed)
        if mine[0].opened > traded:
            raise BadInput(PATH, seq, f"was opened on {mine[0].opened}, after the trade")
        if not any(needed[lot.instrument] for lot in mine):
            raise BadInput(PATH, seq, "is not needed: the lots before it cover the trade")
        for lot in mine:
            short.add(lot.instrument)
            needed[lot.instrument] -= min(needed[lot.instrument], abs(lot.quantity_micros))
    for name in sorted(short):
        if needed[name]:
            missing = quantity_text(needed[name])
            allowed = f"have {missing} fewer of {name} than the trade closes; name more lots"
            raise BadInput(PATH, _listed(fact.lots), allowed)


def _closed_by(account: Account, fact: TradeFact, currency: str) -> dict[str, int]:
    """The quantity that each leg closes, by instrument; without legs that only open."""
    closed: dict[str, int] = {}
    for leg in fact.legs:
        name, filled = leg.instrument.name, leg.quantity_micros
        key = holding_key(name, currency)
        held = account.holdings.get(key, Holding(0, 0)).quantity_micros
        if held * filled < 0:
            closed[name] = min(abs(held), abs(filled))
    return closed


def _choices(known: Iterable[Lot], needed: Mapping[str, int]) -> str:
    """'12 (100), 15 (50)': the records of the lots that could be named, with their quantities."""
    quantities: dict[int, int] = {}
    for lot in known:
        if lot.instrument in needed:
            quantities[lot.seq] = quantities.get(lot.seq, 0) + lot.quantity_micros
    return ", ".join(f"{seq} ({quantity_text(q)})" for seq, q in quantities.items()) or "none"


def _listed(lots: Iterable[int]) -> str:
    return ",".join(map(str, lots))
