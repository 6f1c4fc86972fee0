"""A recorded comparison of an account with a broker's statement (rules.md, Reconciliation)."""

from __future__ import annotations

from datetime import date

from alluse_tui.domain.model.value import Value


class Item(Value, kw_only=True):
    """What is compared: cash in a currency, or the instrument of that name."""

    currency: str
    instrument: str = ""

    @property
    def is_cash(self) -> bool:
        """Whether it is cash."""
        return not self.instrument

    @property
    def title(self) -> str:
        """'USD cash', 'MSTR in USD'."""
        return f"{self.currency} cash" if self.is_cash else f"{self.instrument} in {self.currency}"

    @property
    def place(self) -> tuple[str, str]:
        """Its place in lists: cash first, then instruments by name."""
        return self.instrument, self.currency


class Difference(Value, kw_only=True):
    """An item that differed at the end of a statement's last day.

    `micros` is statement − book: cash in whole cents, or a quantity. `cause` is the likely one.
    """

    item: Item
    micros: int
    day: date
    cause: str = ""


class Explanation(Value, kw_only=True):
    """Why an item differs by exactly `micros`, and which user says so."""

    item: Item
    micros: int
    why: str
    by: str


class Comparison(Value, kw_only=True):
    """The newest recorded comparison of an account, with what explains its differences.

    `day` is the statement's last day, `source` its broker account as in Statement. There is at most
    one explanation for an item, and none for an item that agrees; one for another amount than the
    difference explains only a part.
    """

    day: date
    source: str
    differences: tuple[Difference, ...] = ()
    explanations: tuple[Explanation, ...] = ()

    def explanation_of(self, item: Item) -> Explanation | None:
        """The explanation of the item's difference or of a part of it; None if there is none."""
        return next((known for known in self.explanations if known.item == item), None)

    @property
    def unexplained(self) -> tuple[Difference, ...]:
        """The differences that nobody has explained as they are now."""
        explained = {(known.item, known.micros) for known in self.explanations}
        return tuple(d for d in self.differences if (d.item, d.micros) not in explained)
