"""Follow the broker's contract ids through an import: a rename is a record (market.md)."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from alluse_tui.domain.commands import Leg, StatementMark, TradeFact, TransferFact
from alluse_tui.domain.events.events import EntryPosted
from alluse_tui.domain.model.book import Account
from alluse_tui.domain.model.instrument import Instrument, holding_key, instrument_named
from alluse_tui.domain.plans.adjustments import renamed

Moved = TradeFact | TransferFact
"""A row that changes what is held."""


def rename(
    account: Account, instrument: Instrument, contract: str, currency: str, effective: date
) -> EntryPosted | None:
    """The entry that renames what the account holds of `contract` to `instrument`.

    None if it is not held under another name, the row is older than that name, or `instrument` is
    held on the other side.
    """
    key = _other_name(account, instrument.name, contract, currency)
    if not key or account.contracts[key].day > effective:
        return None
    target = account.holdings.get(holding_key(instrument.name, currency))
    if target and target.quantity_micros * account.holdings[key].quantity_micros < 0:
        return None
    return renamed(account, key, instrument, effective)


def are_known(account: Account, fact: Moved) -> bool:
    """Whether the account holds each contract of the row, if it names one, by the same name."""
    for leg in fact.legs:
        if leg.contract:
            known = account.contracts.get(holding_key(leg.instrument.name, fact.currency))
            if known is None or known.id != leg.contract:
                return False
    return True


def by_held_names(account: Account, fact: Moved) -> Moved:
    """The row with its contracts under the names by which the account holds them."""

    def held(leg: Leg) -> Leg:
        key = _other_name(account, leg.instrument.name, leg.contract, fact.currency)
        if not key:
            return leg
        return replace(leg, instrument=instrument_named(key.rpartition(":")[0]))

    return replace(fact, legs=tuple(map(held, fact.legs)))


def marked_by_held_name(account: Account, mark: StatementMark) -> StatementMark:
    """The mark of a contract under the name by which the account holds it."""
    key = _other_name(account, mark.instrument, mark.contract, mark.currency)
    return replace(mark, instrument=key.rpartition(":")[0]) if key else mark


def other_contract(account: Account, name: str, contract: str, currency: str) -> str:
    """The other contract that the account holds under that name; '' if there is none."""
    known = account.contracts.get(holding_key(name, currency))
    return known.id if known and contract and known.id != contract else ""


def _other_name(account: Account, name: str, contract: str, currency: str) -> str:
    """The holding under which the account holds the contract, if that has another name."""
    own = account.contracts.get(holding_key(name, currency))
    if not contract or (own is not None and own.id == contract):
        return ""
    for key, known in account.contracts.items():
        if known.id == contract and key.rpartition(":")[2] == currency:
            return key
    return ""
