"""The broker's contract ids of what an account holds (market.md, Instruments)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from alluse_tui.domain.events.events import EntryPosted
from alluse_tui.domain.model.book import Account, Contract
from alluse_tui.domain.model.instrument import Holding, holding_key


def contracts_after(
    account: Account, held: Mapping[str, Holding], entry: EntryPosted
) -> Mapping[str, Contract]:
    """The contract ids by holding after `entry`, which leaves the account `held`.

    An id is known from the entry that names it until the position ends. The halves of a rename both
    name it, so that an undo takes it back to the old name.
    """
    if not account.contracts and not any([c.contract for c in entry.holdings]):
        return account.contracts
    own = [c for c in entry.holdings if c.account == account.code]
    contracts = dict(account.contracts)
    for change in own:
        key = holding_key(change.instrument, change.currency)
        if key not in held or not held[key].quantity_micros:
            contracts.pop(key, None)
        elif change.contract:
            known = contracts.get(key)
            is_same = known is not None and known.id == change.contract
            since = known.day if known is not None and is_same else date.min
            contracts[key] = Contract(change.contract, max(since, entry.effective))
    return contracts
