"""Reconciliation: the book against a broker's statement (rules.md, Reconciliation).

Every difference is statement − book at the end of the statement's last day. Its cause is named only
where figures of the two sides prove it; otherwise it is unknown, with what is known about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from itertools import combinations

from alluse_tui.domain.derived.reconciliation_evidence import (
    BookSide,
    StatementSide,
    rates_between,
    signed,
    whole_ratio,
)
from alluse_tui.domain.model.comparison import Item
from alluse_tui.domain.model.instrument import Instrument, instrument_named, quantity_text
from alluse_tui.domain.model.money import CENT_MICROS, ONE_BPS, divided, grouped
from alluse_tui.domain.model.rates import ONE_NANOS
from alluse_tui.domain.model.value import Value

RATE_MARGIN_BPS = 100
"""How far a conversion's rate may be outside the period's rates: brokers take a margin."""

UNPRICED = "; its cost is not in the statement, so the entry has a price of 0"


class Cause(StrEnum):
    """Why a line differs, as far as the evidence shows."""

    NOT_IMPORTED = "not imported yet"
    OTHER_DAY = "fill on another day or settled-cash lag"
    CORPORATE_ACTION = "corporate action"
    OPENING_POSITION = "opening position never recorded"
    OPENING_CASH = "opening cash never recorded"
    CONVERSION = "missing currency conversion"
    UNKNOWN = "unknown"


class Fix(Value, kw_only=True):
    """The entry that would explain a line, as amounts; see `reconciliation_fixes.command_line`.

    `micros` of `item` are missing from the book since `day`. `sold` and `sold_micros` are the other
    side of a conversion, `replaces` and `ratio` (new:old) of a corporate action. `record` is one to
    undo.
    """

    item: Item
    micros: int = 0
    day: date | None = None
    sold: str = ""
    sold_micros: int = 0
    replaces: str = ""
    ratio: str = ""
    record: int = 0


class Line(Value, kw_only=True):
    """One item on both sides, in micros; cash in whole cents.

    `cause` is None where both sides agree: to less than a cent, or exactly in quantity. `detail`
    is the evidence in a sentence; `fix` is None where no entry is missing or none is known.
    `explained` is why it differs as somebody explained it; '' where nobody did.
    """

    item: Item
    statement_micros: int
    book_micros: int
    difference_micros: int
    cause: Cause | None = None
    detail: str = ""
    fix: Fix | None = None
    explained: str = ""
    explained_by: str = ""

    @property
    def agrees(self) -> bool:
        """Whether both sides agree."""
        return self.cause is None

    @property
    def ok(self) -> bool:
        """Whether both sides agree, or the difference is explained."""
        return self.agrees or bool(self.explained)


class Reconciliation(Value, kw_only=True):
    """The comparison of an account with a statement at the end of `day`.

    `portfolio` is '' in a book with one. `source` is the statement's broker account. `has_cash`,
    `has_quantities`: what the statement gave, and so was compared. `notes` say what was not.
    """

    account: str
    portfolio: str
    day: date
    source: str
    has_cash: bool
    has_quantities: bool
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every line agrees or is explained."""
        return all(line.ok for line in self.lines)


def reconciled(
    account: str, portfolio: str, statement: StatementSide, book: BookSide
) -> Reconciliation:
    """Every item of either side, cash first; a side that is silent on an item has none of it."""
    judged = _Judged(statement, book)
    items: set[Item] = set()
    if statement.cash is not None:
        items |= {Item(currency=currency) for currency in statement.cash}
        items |= {item for item in book.at_end if item.is_cash}
    if statement.quantities is not None:
        items |= statement.quantities.keys()
        items |= {item for item in book.at_end if not item.is_cash}
    differences = {
        item: statement.ending(item) - book.at_end.get(item, 0)
        for item in sorted(items, key=lambda item: (item.instrument, item.currency))
    }
    open_items = {
        item: micros for item, micros in differences.items() if not is_equal(item, micros)
    }
    causes = judged.causes(open_items)
    lines = []
    for item, micros in differences.items():
        cause, detail, fix = causes.get(item, (None, "", None))
        lines.append(
            Line(
                item=item,
                statement_micros=_shown(item, statement.ending(item)),
                book_micros=_shown(item, book.at_end.get(item, 0)),
                difference_micros=_shown(item, micros) if cause else 0,
                cause=cause,
                detail=detail,
                fix=fix,
            )
        )
    return Reconciliation(
        account=account,
        portfolio=portfolio,
        day=statement.facts.last_day,
        source=statement.facts.source,
        has_cash=statement.cash is not None,
        has_quantities=statement.quantities is not None,
        lines=tuple(lines),
        notes=statement.notes,
    )


def is_equal(item: Item, difference_micros: int) -> bool:
    """Whether a difference is none: less than a cent of cash, or no quantity at all."""
    return abs(difference_micros) < (CENT_MICROS if item.is_cash else 1)


def _shown(item: Item, micros: int) -> int:
    """Cash in whole cents, a quantity as it is."""
    return divided(micros, CENT_MICROS) * CENT_MICROS if item.is_cash else micros


Judgement = tuple[Cause, str, Fix | None]


class _Judged:
    """The causes of differences, the most certain evidence first."""

    def __init__(self, statement: StatementSide, book: BookSide) -> None:
        self.statement, self.book = statement, book
        self.changes = statement.changes()
        self.pending = statement.pending(book)

    def causes(self, differences: Mapping[Item, int]) -> dict[Item, Judgement]:
        """The cause of every difference."""
        known: dict[Item, Judgement] = {}
        for item, micros in differences.items():
            judged = self._other_day(item, micros) or self._not_imported(item, micros)
            if judged is not None:
                known[item] = judged
        known = dict(self._renamed(self._rest(differences, known))) | known
        for item, micros in self._rest(differences, known).items():
            judged = self._cash(item, micros) if item.is_cash else self._position(item, micros)
            if judged is not None:
                known[item] = judged
        known |= self._conversions(self._rest(differences, known))
        for item, micros in self._rest(differences, known).items():
            known[item] = (Cause.UNKNOWN, self._unexplained(item, micros), None)
        return known

    @staticmethod
    def _rest(differences: Mapping[Item, int], known: Mapping[Item, Judgement]) -> dict[Item, int]:
        return {item: micros for item, micros in differences.items() if item not in known}

    def _other_day(self, item: Item, micros: int) -> Judgement | None:
        """An entry of the days around the last one changes the item by exactly the difference.

        After that day, the statement counts what the book dates later; up to it, the statement does
        not count yet what the book does.
        """
        last = self.statement.facts.last_day
        for effect in self.book.near:
            is_later = effect.day > last
            change = effect.micros if is_later else -effect.micros
            if effect.item != item or not is_equal(item, micros - change):
                continue
            which = "counts it already" if is_later else "does not count it yet"
            sentence = (
                f"{effect.kind} of {effect.day} in record {effect.seq} changes it by"
                f" {signed(item, effect.micros)}, and the statement {which}"
            )
            is_twice = is_later and is_equal(item, micros - sum(self.pending.get(item, ())))
            return (
                Cause.OTHER_DAY,
                sentence,
                Fix(item=item, record=effect.seq) if is_twice else None,
            )
        return None

    def _not_imported(self, item: Item, micros: int) -> Judgement | None:
        effects = self.pending.get(item)
        if effects is None:
            return None
        rows, change = "1 row" if len(effects) == 1 else f"{len(effects)} rows", sum(effects)
        sentence = f"{rows} of this statement not in the book: {signed(item, change)}"
        if not is_equal(item, micros - change):
            sentence += f"; {signed(item, micros - change)} remains after the import"
        return Cause.NOT_IMPORTED, sentence, Fix(item=item)

    def _renamed(self, differences: Mapping[Item, int]) -> Iterator[tuple[Item, Judgement]]:
        """The same quantity under one name in the book and under another in the statement."""
        positions = {item: micros for item, micros in differences.items() if not item.is_cash}
        pairs: dict[Item, Item] = {}
        for new in positions:
            ended = [item for item in positions if self._is_rename(item, new)]
            if len(ended) == 1:
                pairs[new] = ended[0]
        for new, old in pairs.items():
            if list(pairs.values()).count(old) == 1:
                fix = self._rename_fix(old, new)
                has, held = self.statement.ending(new), self.book.at_end.get(old, 0)
                many = "as many" if has == held else quantity_text(held)
                sentence = (
                    f"the statement has {quantity_text(has)}"
                    f" {new.instrument}, the book {many} {old.instrument}"
                )
                if self._is_same_contract(old, new):
                    sentence += ", which is the same contract at the broker"
                yield old, (Cause.CORPORATE_ACTION, sentence, fix)
                yield new, (Cause.CORPORATE_ACTION, sentence, fix)

    def _is_rename(self, old: Item, new: Item) -> bool:
        """Whether only the book has `old`, only the statement `new`, and they can be the same."""
        ended, held = instrument_named(old.instrument), instrument_named(new.instrument)
        if old.currency != new.currency:
            return False
        if self.statement.ending(old) or self.book.at_end.get(new, 0):
            return False
        return self._is_same_contract(old, new) or (
            self.statement.ending(new) == self.book.at_end.get(old, 0)
            and _terms(ended) == _terms(held)
        )

    def _is_same_contract(self, old: Item, new: Item) -> bool:
        """Whether the broker has the same id for what the book calls `old`, it calls `new`."""
        contract = self.statement.contracts.get(new)
        return bool(contract) and self.book.contracts.get(old) == contract

    def _rename_fix(self, old: Item, new: Item) -> Fix | None:
        """`alluse adjust --rename`; None where the deliverable changed too."""
        ended, held = instrument_named(old.instrument), instrument_named(new.instrument)
        if ended.multiplier != held.multiplier:
            return None
        return Fix(item=new, replaces=old.instrument, day=self.statement.facts.last_day)

    def _cash(self, item: Item, micros: int) -> Judgement | None:
        """Cash that the account already had when the period began."""
        starting = self.statement.starting.get(item.currency)
        if starting is None:
            return None
        before = self.book.start_cash(item, self.statement)
        if is_equal(item, starting - before) or not is_equal(item, micros - (starting - before)):
            return None
        sentence = (
            f"the statement starts with {grouped(starting)} {item.currency},"
            f" the book with {grouped(before)}"
        )
        fix = Fix(item=item, micros=_shown(item, micros), day=self.statement.facts.first_day)
        return Cause.OPENING_CASH, sentence, fix

    def _position(self, item: Item, micros: int) -> Judgement | None:
        """A position from before the records, or a split."""
        ending, held = self.statement.ending(item), self.book.at_end.get(item, 0)
        opening = Fix(item=item, micros=micros, day=self.statement.day_before)
        if self.book.missing.get(item, 0) == micros:
            sentence = (
                f"{quantity_text(abs(micros))} were closed without having been opened{UNPRICED}"
            )
            return Cause.OPENING_POSITION, sentence, opening
        if judged := self._split(item, ending, held):
            return judged
        start = ending - self.changes.get(item, 0)
        before = self.book.at_start.get(item, 0)
        if start != before and micros == start - before:
            sentence = (
                f"the statement's fills leave {quantity_text(start)} from before"
                f" {self.statement.facts.first_day}, the book held {quantity_text(before)}"
                f"{UNPRICED}"
            )
            return Cause.OPENING_POSITION, sentence, opening
        return None

    def _split(self, item: Item, ending: int, held: int) -> Judgement | None:
        """A small multiple of what was held before the period, or is under a corporate action."""
        symbol = instrument_named(item.instrument).symbol
        is_listed = symbol in self.statement.corporate_actions
        ratio = whole_ratio(ending, held)
        if not ratio or not (is_listed or self.book.at_start.get(item, 0)):
            return None
        sentence = (
            f"the statement has {quantity_text(ending)}, the book {quantity_text(held)}:"
            f" a split of {ratio} would explain it"
        )
        if is_listed:
            sentence += f", and the statement lists a corporate action of {symbol}"
        fix = Fix(item=item, ratio=ratio, day=self.statement.facts.last_day)
        return Cause.CORPORATE_ACTION, sentence, fix

    def _conversions(self, differences: Mapping[Item, int]) -> dict[Item, Judgement]:
        """Pairs of currencies whose differences are worth the same at a rate of the period."""
        known: dict[Item, Judgement] = {}
        cash = [item for item in differences if item.is_cash]
        for one, other in combinations(cash, 2):
            if differences[one] * differences[other] > 0 or known.keys() & {one, other}:
                continue
            bought, sold = (one, other) if differences[one] > 0 else (other, one)
            judged = self._conversion(bought, differences[bought], sold, -differences[sold])
            if judged is not None:
                known[bought] = known[sold] = judged
        return known

    def _conversion(
        self, bought: Item, bought_micros: int, sold: Item, sold_micros: int
    ) -> Judgement | None:
        facts = self.statement.facts
        rates = rates_between(
            self.book.rates, sold.currency, bought.currency, facts.first_day, facts.last_day
        )
        if not rates:
            return None
        nanos = divided(bought_micros * ONE_NANOS, sold_micros)
        lowest, highest = min(rates.values()), max(rates.values())
        least = lowest * (ONE_BPS - RATE_MARGIN_BPS)
        most = highest * (ONE_BPS + RATE_MARGIN_BPS)
        if not least <= nanos * ONE_BPS <= most:
            return None
        nearest = min(rates, key=lambda day: abs(rates[day] - nanos))
        sentence = (
            f"{grouped(sold_micros)} {sold.currency} for {grouped(bought_micros)}"
            f" {bought.currency} is a rate of {_rate(nanos)}; the period's rates were"
            f" {_rate(lowest)} to {_rate(highest)}, the nearest {_rate(rates[nearest])}"
            f" on {nearest}"
        )
        fix = Fix(
            item=bought,
            micros=_shown(bought, bought_micros),
            day=facts.last_day,
            sold=sold.currency,
            sold_micros=_shown(sold, sold_micros),
        )
        return Cause.CONVERSION, sentence, fix

    def _unexplained(self, item: Item, micros: int) -> str:
        """Where the difference arises, as far as the figures show."""
        change, ending = self.changes.get(item, 0), self.statement.ending(item)
        if not item.is_cash:
            start = ending - change
            before = self.book.at_start.get(item, 0)
            parts = [("the book began the period with another quantity", start - before)]
            rest = micros - (start - before)
        else:
            starting = self.statement.starting.get(item.currency)
            if starting is None:
                return "the statement does not give its starting cash"
            gap = ending - starting - change
            before = self.book.start_cash(item, self.statement)
            parts = [
                ("the statement's own rows do not add up to its ending cash", gap),
                ("the book began the period with other cash", starting - before),
            ]
            rest = micros - gap - (starting - before)
        parts.append(("the book has entries that are not in the statement", rest))
        return "; ".join(
            f"{text}: {signed(item, part)}" for text, part in parts if not is_equal(item, part)
        )


def _terms(instrument: Instrument) -> tuple[object, ...]:
    """What stays the same when an instrument is renamed or its deliverable changes."""
    return instrument.right, instrument.strike_micros, instrument.expiry


def _rate(nanos: int) -> str:
    """'0.8647'."""
    ten_thousandths = divided(nanos, 100_000)
    return f"{ten_thousandths // 10_000}.{ten_thousandths % 10_000:04d}"
