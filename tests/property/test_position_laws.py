"""Whatever was traded, split and undone in an account, its positions, lots and cash agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from alluse_tui.config import load_policy
from alluse_tui.domain.commands import (
    AdjustmentFact,
    CashFact,
    Command,
    Fact,
    Instrument,
    MarkFact,
    Post,
    PriceFact,
    Right,
    Undo,
    amount,
    trade,
)
from alluse_tui.domain.commands.trade_facts import assigned, closing, exercise, expiry, roll
from alluse_tui.domain.derived.fills import Adjustment, Fill, HoldingEntry, fills, holding_entry
from alluse_tui.domain.derived.lots import Lot, Lots, lots
from alluse_tui.domain.derived.positions import Position, positions
from alluse_tui.domain.events.events import AccountOpened, EntryPosted, Event, PortfolioOpened
from alluse_tui.domain.fold.apply import apply_all
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.errors import BadInput, Refused
from alluse_tui.domain.model.terms import Kind, LotMethod, Tier
from alluse_tui.domain.plan import Context, UndoTarget
from alluse_tui.domain.plans import plan
from alluse_tui.domain.plans.adjustments import adjusted_between, changed_holdings

OPENED, TODAY = date(2026, 11, 30), date(2026, 12, 18)
CASH = amount("1000000")
XYZ = Instrument("XYZ")
PUT = Instrument("XYZ", Right.PUT, amount("50"), TODAY, 100)
CALL = Instrument("XYZ", Right.CALL, amount("60"), TODAY, 100)


class Step(NamedTuple):
    """What is tried: on the `which`th position or record there is, `units` of it, at a price."""

    name: str
    which: int
    units: int
    cents: int
    day: date


class Paper:
    """A book without an engine: commands are planned and their events applied."""

    def __init__(self, method: LotMethod) -> None:
        self.method = method
        self.records: list[tuple[Event, ...]] = []
        self.undone: set[int] = set()
        self.book = apply_all(
            Book(),
            (
                PortfolioOpened("Main", "USD", OPENED, load_policy("moderate")),
                AccountOpened("Main", "gen-1", Tier.GEN, OPENED),
            ),
        )
        self.post(CashFact(kind=Kind.OPENING, micros=CASH), OPENED)

    @property
    def account(self) -> Account:
        return self.book.accounts["Main/gen-1"]

    @property
    def held(self) -> list[Position]:
        return [p for p in positions(self.account.holdings) if p.quantity_micros]

    @property
    def entries(self) -> list[HoldingEntry]:
        posted = [
            holding_entry(event, seq, n, is_undone=seq in self.undone)
            for seq, events in enumerate(self.records, 1)
            for n, event in enumerate(events)
            if isinstance(event, EntryPosted)
        ]
        return [entry for entry in posted if entry is not None]

    @property
    def lots(self) -> Lots:
        return lots(self.entries, self.method)

    def post(self, fact: Fact, day: date, open_lots: tuple[Lot, ...] = ()) -> None:
        command = Post(account="gen-1", fact=fact, confirmed=True, date=day)
        self._submit(command, Context(TODAY, len(self.records) + 1, open_lots=open_lots))

    def undo(self, seq: int) -> None:
        changed = changed_holdings(self.records[seq - 1])
        later = range(seq + 1, len(self.records) + 1)
        between = [
            adjusted_between(changed, changed_holdings(self.records[other - 1]))
            for other in later
            if other not in self.undone and not self._is_undo(other)
        ]
        target = UndoTarget(
            seq, seq, "post", "Main", self.records[seq - 1], overtaken="".join(between)
        )
        if self._submit(Undo(seq=seq), Context(TODAY, len(self.records) + 1, undo=target)):
            self.undone.add(seq)

    def _is_undo(self, seq: int) -> bool:
        return any(isinstance(e, EntryPosted) and e.reverses for e in self.records[seq - 1])

    def _submit(self, command: Command, context: Context) -> bool:
        try:
            planned = plan(self.book, command, context)
        except (BadInput, Refused):
            return False
        self.book = planned.after
        self.records.append(planned.events)
        return True


def bought_or_sold(paper: Paper, step: Step, *, buy: bool) -> None:
    instrument = (XYZ, PUT, CALL)[step.which % 3]
    price = f"{step.cents // 100}.{step.cents % 100:02d}"
    quantity = str(step.units * (30 if instrument is XYZ else 1))
    paper.post(
        trade(instrument, buy=buy, quantity=quantity, price=price, fees=step.cents), step.day
    )


def closed_out(paper: Paper, step: Step, position: Position) -> None:
    """A part of the position, naming as many of its lots as are needed, the newest first."""
    fact = closing(position, str(step.cents), part(step, position))
    open_lots = paper.lots.open
    needed, named = abs(fact.legs[0].quantity_micros), []
    for lot in reversed([lot for lot in open_lots if lot.instrument == position.instrument.name]):
        if needed > 0 and lot.opened <= step.day and lot.seq not in named:
            named.append(lot.seq)
            needed -= abs(lot.quantity_micros)
    fact = replace(fact, lots=tuple(named) if step.cents % 2 else ())
    paper.post(fact, step.day, open_lots)


def part(step: Step, position: Position) -> str:
    units = abs(position.quantity_micros) // 1_000_000
    return str(min(step.units, units)) if units else ""


def rolled(paper: Paper, step: Step, position: Position) -> None:
    later = replace(
        position.instrument, strike_micros=position.instrument.strike_micros + amount("5")
    )
    paper.post(roll(position, later, "0.35", part(step, position), 70), step.day)


def delivered(paper: Paper, step: Step, position: Position) -> None:
    fact_of = assigned if position.is_short else exercise
    paper.post(fact_of(position, part(step, position), 100), step.day)


def split(paper: Paper, step: Step, position: Position) -> None:
    ratio = ("2:1", "3:1", "3:2", "1:10", "4:3")[step.units % 5]
    symbol = position.instrument.symbol
    for cash in (None, step.cents * 10_000):
        fact = AdjustmentFact(position=symbol, split=ratio, deliverable=0, cash_micros=cash)
        seq = len(paper.records)
        paper.post(fact, step.day)
        if len(paper.records) > seq:
            return


def renamed(paper: Paper, step: Step, position: Position) -> None:
    symbol = ("XYZ", "XYZ1", "ABC")[step.units % 3]
    paper.post(AdjustmentFact(position=position.instrument.name, rename=symbol), step.day)


ON_POSITIONS: dict[str, Callable[[Paper, Step, Position], None]] = {
    "close": closed_out,
    "roll": rolled,
    "deliver": delivered,
    "expire": lambda paper, step, position: paper.post(
        expiry(position, part(step, position)), TODAY
    ),
    "price": lambda paper, step, position: paper.post(
        PriceFact(instrument=position.instrument.name, price_micros=step.cents * 10_000), TODAY
    ),
    "split": split,
    "rename": renamed,
}


def take(paper: Paper, step: Step) -> None:
    """Try the step; what cannot happen, such as rolling shares, changes nothing."""
    held = paper.held
    if step.name in ("buy", "sell"):
        bought_or_sold(paper, step, buy=step.name == "buy")
    elif step.name == "mark":
        paper.post(MarkFact(value_micros=step.cents * 10_000_000), TODAY)
    elif step.name == "undo":
        paper.undo(step.which % len(paper.records) + 1)
    elif held:
        with suppress(BadInput):
            ON_POSITIONS[step.name](paper, step, held[step.which % len(held)])


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(["buy", "sell", "mark", "undo", "undo", *ON_POSITIONS, "split"]),
        st.integers(0, 20),
        st.integers(1, 7),
        st.integers(1, 9_999),
        st.integers(0, 18).map(lambda days: OPENED + timedelta(days=days)),
    ),
    min_size=3,
    max_size=20,
)


def quantities_agree(paper: Paper, derived: Lots) -> None:
    """Holdings are the sums of the open lots, and of the fills and adjustments."""
    of_lots: defaultdict[str, int] = defaultdict(int)
    for lot in derived.open:
        of_lots[f"{lot.instrument}:{lot.currency}"] += lot.quantity_micros
    of_fills: defaultdict[str, int] = defaultdict(int)
    for step in fills(paper.entries).steps:
        if isinstance(step, Fill):
            of_fills[f"{step.key[1]}:{step.key[2]}"] += step.quantity_micros
        elif isinstance(step, Adjustment):
            for each in step.replaced:
                of_fills[f"{each.source[1]}:{each.source[2]}"] -= each.before_micros
                of_fills[f"{each.target[1]}:{each.target[2]}"] += each.after_micros
    holdings = {k: h.quantity_micros for k, h in paper.account.holdings.items()}
    for sums in (of_lots, of_fills, holdings):
        assert {k: q for k, q in sums.items() if q} == {k: q for k, q in holdings.items() if q}


def money_agrees(paper: Paper, derived: Lots) -> None:
    """Cash is what the fills brought; gains and fees are the change of equity, in both views."""
    filled = [step for step in fills(paper.entries).steps if isinstance(step, Fill)]
    balances = paper.account.balances
    fees = sum(fill.fee_micros for fill in filled)
    opening = CASH if 1 not in paper.undone else 0
    cash = balances.get("cash:USD", 0)
    assert cash == opening + sum(fill.gross_micros for fill in filled) - fees
    value = sum(carried.value_micros for carried in derived.carried.values())
    assert value == balances.get("positions:USD", 0)
    gained = cash + value - opening
    cost = sum(lot.cost_micros for lot in derived.open)
    assert sum(lot.realised_micros for lot in derived.closed) + value - cost - fees == gained
    basis = sum(lot.basis_micros for lot in derived.open)
    adjusted = sum(lot.adjusted_realised_micros for lot in derived.closed)
    assert adjusted + value - basis - fees == gained
    opening_fees = sum(lot.fees_micros for lot in derived.open)
    assert opening_fees + sum(lot.fees_micros for lot in derived.closed) == fees


def portions_add_up(paper: Paper, derived: Lots) -> None:
    """What a record paid or received is divided among the lots it closed and those it opened."""
    gross: defaultdict[int, int] = defaultdict(int)
    for step in fills(paper.entries).steps:
        if isinstance(step, Fill):
            gross[step.seq] += step.gross_micros
    divided: defaultdict[int, int] = defaultdict(int)
    for closed in derived.closed:
        divided[closed.closed_seq] += closed.proceeds_micros
        divided[closed.seq] -= closed.cost_micros
    for lot in derived.open:
        divided[lot.seq] -= lot.cost_micros
    assert {seq: m for seq, m in divided.items() if m} == {s: m for s, m in gross.items() if m}


@given(steps=STEPS, method=st.sampled_from(LotMethod))
def test_positions_lots_and_cash_agree_after_any_steps(
    steps: list[Step], method: LotMethod
) -> None:
    paper = Paper(method)
    for step in steps:
        take(paper, step)
    derived = paper.lots
    quantities_agree(paper, derived)
    money_agrees(paper, derived)
    portions_add_up(paper, derived)
