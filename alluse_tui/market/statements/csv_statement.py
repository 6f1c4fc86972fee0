"""Rows of a CSV file collected into a statement, each with a key that its content determines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from msgspec.structs import replace

from alluse_tui.domain.commands import (
    CashFact,
    Fact,
    Instrument,
    Kind,
    Leg,
    StatementFacts,
    TradeFact,
)
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import within
from alluse_tui.market.statements.csv_rows import Row
from alluse_tui.market.statements.statement import Ignored, ReadStatement, row_digest

TRANSFERS = (Kind.DEPOSIT, Kind.WITHDRAWAL)

ADJUSTED_OPTION = (
    "an adjusted option, whose deliverable the file does not give: record it with `alluse trade`"
)
"""Why a trade of an adjusted option is ignored."""


@dataclass(frozen=True, slots=True)
class _Pending:
    """A fact whose key still needs the number among rows with the same `identity`."""

    identity: str
    content: str
    day: date
    moment: str
    line: int
    fact: Fact


class CsvStatement:
    """Collects the rows of one statement.

    Files without the broker's own row ids get keys from what a row says, so that neither the
    order of rows nor the file's name matters; rows that say the same are numbered.
    """

    def __init__(
        self, format_name: str, broker: str, account: str, file_name: str, sha256: str
    ) -> None:
        """`account` is the broker's number, empty if the file does not have it."""
        self.format_name, self.broker, self.account = format_name, broker, account
        self.file_name, self.sha256 = file_name, sha256
        self.rows = 0
        self.pending: list[_Pending] = []
        self.ignored: list[Ignored] = []
        self.option_net: defaultdict[str, int] = defaultdict(int)
        self.stock_net: defaultdict[str, int] = defaultdict(int)
        self.cash: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))

    def ignore(
        self, row: Row, why: str, name: str = "", micros: int = 0, currency: str = "USD"
    ) -> None:
        """Leave a row out, with the reason; its cash counts in the file's sums under `name`."""
        self.rows += 1
        self.ignored.append(Ignored(row.line, why))
        if micros:
            self.cash[name][currency] += micros

    @property
    def sum_micros(self) -> int:
        """The cash of all rows so far, ignored ones too, if all are in one currency."""
        sums = (self.option_net, self.stock_net, *self.cash.values())
        return sum(micros for each in sums for micros in each.values())

    def add_cash(
        self,
        row: Row,
        identity: Sequence[object],
        *,
        kind: Kind,
        name: str,
        micros: int,
        day: date,
        note: str,
        symbol: str = "",
        currency: str = "USD",
        moment: str = "",
        said: Sequence[object] = (),
    ) -> None:
        """Cash that came (positive) or went; `name` is what the file calls it.

        `said`: what the row says, if its `identity` is the broker's id.
        """
        if not micros:
            self.ignore(row, "moves nothing")
            return
        within(micros, row.where("amount"))
        self.cash[name][currency] += micros
        if kind in TRANSFERS:
            kind = Kind.DEPOSIT if micros > 0 else Kind.WITHDRAWAL
        fact = CashFact(
            kind=kind,
            micros=micros,
            currency=currency,
            effective=day,
            note=note,
            symbol=symbol,
        )
        self._add(row, identity, fact, day, moment, micros, *said)

    def add_trade(
        self,
        row: Row,
        identity: Sequence[object],
        *,
        instrument: Instrument,
        quantity_micros: int,
        net_micros: int,
        fee_micros: int,
        day: date,
        note: str,
        kind: Kind = Kind.TRADE,
        currency: str = "USD",
        moment: str = "",
        said: Sequence[object] = (),
    ) -> None:
        """A fill, an expiry or an assignment: the signed quantity, and the cash after fees.

        `said`: what the row says, if its `identity` is the broker's id.
        """
        net = self.stock_net if instrument.right is None else self.option_net
        net[currency] += net_micros
        gross_micros = within(net_micros + fee_micros, row.where("amount"))
        leg = Leg(instrument, quantity_micros, gross_micros)
        fact = TradeFact(
            kind=kind,
            legs=(leg,),
            currency=currency,
            fee_micros=fee_micros,
            fee_currency=currency,
            effective=day,
            note=note,
        )
        self._add(row, identity, fact, day, moment, net_micros, fee_micros, *said)

    def _add(
        self,
        row: Row,
        identity: Sequence[object],
        fact: Fact,
        day: date,
        moment: str,
        *said: object,
    ) -> None:
        self.rows += 1
        same = row_digest(*identity)
        self.pending.append(_Pending(same, row_digest(same, *said), day, moment, row.line, fact))

    def result(self, *, newest_first: bool | None = None) -> ReadStatement:
        """The statement with its facts in the order of time. Raises BadInput for an empty one.

        `newest_first`: how the rows of one day follow each other; None if the days tell.
        """
        if not self.rows:
            raise BadInput("file", self.file_name, "has no rows after its header")
        numbers: defaultdict[str, int] = defaultdict(int)
        lines: dict[str, int] = {}
        facts: list[tuple[date, str, int, Fact]] = []
        pending, self.pending = self.pending, []
        days = [each.day for each in pending]
        oldest, newest = min(days, default=date.min), max(days, default=date.min)
        by_line = sorted(pending, key=lambda each: each.line)
        if newest_first is None:
            newest_first = bool(by_line) and by_line[0].day >= by_line[-1].day
        order = -1 if newest_first else 1
        pending.sort(key=lambda each: (each.identity, each.content, each.line), reverse=True)
        by_line.clear()
        while pending:
            each = pending.pop()
            numbers[each.identity] += 1
            key = f"{self.broker}:{self.account}:{each.identity}:{numbers[each.identity]}"
            fact = replace(each.fact, key=key, content=each.content)
            facts.append((each.day, each.moment, order * each.line, fact))
            lines[key] = each.line
        return ReadStatement(
            format=self.format_name,
            broker_account=self.account,
            facts=StatementFacts(
                source=f"{self.broker}:{self.account}",
                first_day=oldest,
                last_day=newest,
                sha256=self.sha256,
                rates=(),
                opening=(),
                facts=tuple(fact for *_, fact in sorted(facts, key=lambda each: each[:3])),
            ),
            rows=self.rows,
            ignored=tuple(sorted(self.ignored, key=lambda ignored: ignored.row)),
            lines=lines,
            option_net_cash=dict(self.option_net),
            stock_net_cash=dict(self.stock_net),
            cash_by_type={name: dict(sums) for name, sums in self.cash.items()},
            ending_cash={},
        )
