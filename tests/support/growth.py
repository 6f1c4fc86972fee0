"""What the tests of forks, merges and reinvestments share."""

from __future__ import annotations

from decimal import Decimal

from alluse_tui.domain.commands import (
    CashFact,
    Fork,
    Instrument,
    Kind,
    PolicySet,
    Post,
    trade,
)
from alluse_tui.domain.views import AccountView, Receipt, Status
from alluse_tui.engine import LocalEngine


def earned(engine: LocalEngine, account: str, typed: str, currency: str = "") -> Receipt:
    """A premium, to the micro; negative: bought back."""
    fact = CashFact(kind=Kind.PREMIUM, micros=int(Decimal(typed) * 10**6), currency=currency)
    return engine.commands.submit(Post(account=account, fact=fact, confirmed=True))


def bought(engine: LocalEngine, account: str, quantity: str, price: str = "100") -> Receipt:
    fact = trade(Instrument("MSTR"), buy=True, quantity=quantity, price=price, fees=0)
    return engine.commands.submit(Post(account=account, fact=fact, confirmed=True))


def sold(engine: LocalEngine, account: str, quantity: str, price: str = "100") -> Receipt:
    fact = trade(Instrument("MSTR"), buy=False, quantity=quantity, price=price, fees=0)
    return engine.commands.submit(Post(account=account, fact=fact, confirmed=True))


def own(engine: LocalEngine, account: str, **settings: str) -> None:
    """Settings of one account; `fork__threshold` is fork.threshold."""
    changes = tuple((path.replace("__", "."), text) for path, text in settings.items())
    engine.commands.submit(PolicySet(account=account, changes=changes))


def seen(engine: LocalEngine) -> dict[str, AccountView]:
    """Every account that was not closed, by its code."""
    return {a.code: a for a in engine.queries.accounts() if a.status is not Status.CLOSED}


def total(engine: LocalEngine) -> int:
    return engine.queries.portfolio().totals.equity


def forked_from(engine: LocalEngine, source: str) -> str:
    """`source` earns enough and forks; the child."""
    earned(engine, source, "50000")
    accounts = engine.commands.submit(Fork(account=source)).plan.accounts
    (child,) = [after.code for before, after in accounts if before is None]
    return child


def chain(engine: LocalEngine, source: str, forks: int) -> str:
    """Each fork's child forks in its turn; the last child."""
    for _ in range(forks):
        source = forked_from(engine, source)
    return source
