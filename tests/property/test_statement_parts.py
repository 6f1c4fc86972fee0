"""Rows of a statement in any number of files, shuffled and repeated, are each booked once."""

from __future__ import annotations

from datetime import date

from flex_files import cash, flex, section, statement, trade
from hypothesis import given
from hypothesis import strategies as st

from alluse_tui.config import load_policy
from alluse_tui.domain.commands import Import
from alluse_tui.domain.events.events import AccountOpened, EntryPosted, PortfolioOpened
from alluse_tui.domain.fold.apply import apply_all
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.terms import Tier
from alluse_tui.domain.plan import Context, KeyUse, Plan
from alluse_tui.domain.plans import plan
from alluse_tui.market.statements.ibkr_flex import read_flex
from alluse_tui.market.statements.statement import SourceFile

OPENED, TODAY = date(2025, 12, 31), date(2026, 2, 2)
MONTH = {"accountId": "U0000007", "fromDate": "2026-01-01", "toDate": "2026-01-31"}
EMPTY = apply_all(
    Book(),
    (
        PortfolioOpened("Main", "USD", OPENED, load_policy("moderate")),
        AccountOpened("Main", "gen-1", Tier.GEN, OPENED),
    ),
)

OPTION = {
    "assetCategory": "OPT",
    "symbol": "XYZ   260320P00045000",
    "underlyingSymbol": "XYZ",
    "multiplier": "100",
    "strike": "45",
    "expiry": "2026-03-20",
    "putCall": "P",
    "conid": "72",
}

TRADES = (
    trade("1", conid="71", symbol="OLD", tradeDate="2026-01-05", dateTime="2026-01-05;10:00:00"),
    trade("2", conid="71", symbol="NEW", tradeDate="2026-01-20", dateTime="2026-01-20;10:00:00"),
    trade("3", **OPTION, quantity="-2", proceeds="180", netCash="178"),
    trade("4", **OPTION, quantity="1", proceeds="-70", netCash="-71", tradeDate="2026-01-22"),
    trade("5", symbol="ABC", quantity="-2", proceeds="50", netCash="48", tradeDate="2026-01-23"),
    trade(
        "6", assetCategory="CASH", symbol="EUR.USD", quantity="100", proceeds="-110", netCash="0"
    ),
    trade("7", symbol="ABC"),
    trade("7", symbol="ABC"),
)
"""Opened and closed, renamed, converted; the last row is in the file twice."""

CASH_ROWS = (
    cash("8", type="Deposits/Withdrawals", amount="2500"),
    cash("9", amount="5"),
    cash("10", amount="-5"),
    cash("11", type="Other Fees", amount="-1.25"),
)
ROWS = (*TRADES[:-1], *CASH_ROWS)
"""Each row once."""


class Importer:
    """A book without an engine, and the keys of its rows."""

    def __init__(self) -> None:
        self.book = EMPTY
        self.keys: dict[str, KeyUse] = {}
        self.seq = 1

    def bring(self, rows: tuple[str, ...]) -> Plan:
        """Import a file with those rows."""
        of_trades = [row for row in rows if row.startswith("<Trade")]
        of_cash = [row for row in rows if row.startswith("<Cash")]
        parts = section("Trades", *of_trades), section("CashTransactions", *of_cash)
        information = '<AccountInformation accountId="U0000007" currency="USD" />'
        content = flex(statement(information, *parts, **MONTH)).encode()
        (read,) = read_flex(SourceFile(content, "part.xml", f"{self.seq}"))
        command = Import(account="gen-1", statement=read.facts)
        self.seq += 1
        context = Context(today=TODAY, seq=self.seq, keys=self.keys)
        done = plan(self.book, command, context)
        self.book = done.after
        for event in done.events:
            if isinstance(event, EntryPosted) and event.key:
                self.keys[event.key] = KeyUse(self.seq, event.content)
        return done

    @property
    def account(self) -> Account:
        return self.book.account("gen-1")

    @property
    def booked(self) -> tuple[dict[str, int], dict[str, int], set[str]]:
        """Cash by currency, quantities by holding, and the keys."""
        account = self.account
        balances = {k: m for k, m in account.balances.items() if k.startswith("cash:")}
        held = {k: h.quantity_micros for k, h in account.holdings.items() if h.quantity_micros}
        return balances, held, set(self.keys)


def whole() -> Importer:
    importer = Importer()
    importer.bring(ROWS)
    return importer


WHOLE = whole()


def test_the_whole_file_is_what_its_rows_say() -> None:
    cash_by_currency, held, keys = WHOLE.booked
    # 2500 + 5 − 5 − 1.25, trades −102 −102 +178 −71 +48 −102, and EUR for 110 with its fee of 2
    assert cash_by_currency == {"cash:USD": 2_235_750_000, "cash:EUR": 100_000_000}
    assert held == {
        "NEW:USD": 10_000_000,
        "ABC:USD": 3_000_000,
        "XYZ 2026-03-20 45 put:USD": -1_000_000,
    }
    assert len(keys) == len(ROWS)


@given(
    parts=st.lists(st.lists(st.sampled_from(ROWS), unique=True, max_size=8), max_size=6),
    last=st.permutations(ROWS),
)
def test_parts_in_any_order_and_repeated_give_the_same_book(
    parts: list[list[str]], last: list[str]
) -> None:
    importer = Importer()
    for part in parts:
        known = [row for row in part if key_of(row) in importer.keys]
        assert importer.bring(tuple(part)).duplicates == len(known)
    importer.bring(tuple(last))
    assert importer.booked == WHOLE.booked
    again = importer.bring(tuple(reversed(last)))
    assert (again.events, again.duplicates) == ((), len(ROWS))


def key_of(row: str) -> str:
    """The key under which a row is recorded."""
    number = row.partition('transactionID="')[2].partition('"')[0]
    return f"{MONTH['accountId']}:{number}"


def test_a_row_that_is_in_the_file_twice_is_booked_once() -> None:
    importer = Importer()
    importer.bring((*TRADES, *CASH_ROWS))
    assert importer.booked == WHOLE.booked
