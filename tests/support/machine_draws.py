"""What an operator and a broker may hand in: facts, settings, statements, and their edges."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

from hypothesis import strategies as st
from msgspec.structs import replace

from alluse_tui.config import load_policy
from alluse_tui.domain.commands import (
    CashFact,
    ConversionFact,
    Fact,
    Instrument,
    Kind,
    MarkFact,
    RateFact,
    Right,
    StatementFacts,
    amount,
    assignment,
    trade,
)
from alluse_tui.domain.model.money import CENT_MICROS, MAX_MICROS

FIRST_DAY = date(2026, 9, 1)
"""Before it nothing but facts dated back; the first portfolio opens on it or later."""

EARMARKS = ("contracts", "leaps")
EXPIRY = FIRST_DAY + timedelta(days=45)
SHARES = Instrument("MSTR")
OPTIONS = [
    Instrument("MSTR", Right.CALL, amount("290"), EXPIRY, 100),
    Instrument("MSTR", Right.PUT, amount("250.50"), EXPIRY, 100),
]
NAMES = ["Main", "Smith", "Zero"]
CURRENCIES = st.sampled_from(["USD", "CHF", "EUR"])
HERE_OR_CHF = st.sampled_from(["", "CHF"])
KEYS = st.sampled_from(["", "", "", "", "", "", "", "", "k1", "k2", "k3", "ibkr:1"])
OVERRIDES = st.sampled_from(["", "", "tuition is due", "{} {0} — über"])
CASH_KINDS = (
    Kind.OPENING,
    Kind.DEPOSIT,
    Kind.WITHDRAWAL,
    Kind.PREMIUM,
    Kind.FEE,
    Kind.INTEREST,
    Kind.DIVIDEND,
    Kind.TAX,
)
CENTS = st.one_of(st.integers(1, 100), st.integers(1, 12_000_000)).map(lambda c: c * CENT_MICROS)
MICROS = st.one_of(
    st.sampled_from([1, -1, -CENT_MICROS, 33_333_333, MAX_MICROS, -MAX_MICROS]),
    st.integers(-(10**11), 10**11).filter(bool),
    st.integers(-(10**8), 10**8).filter(bool),
)
FEES = st.integers(0, 2_000_000)
CASH_FACTS = st.builds(
    CashFact, kind=st.sampled_from(CASH_KINDS), micros=MICROS, currency=CURRENCIES
)
TRADES = st.one_of(
    st.builds(
        trade,
        st.sampled_from([SHARES, *OPTIONS]),
        buy=st.booleans(),
        quantity=st.sampled_from(["1", "2", "3", "0.25", "2.5"]),
        price=st.sampled_from(["0", "0.01", "3.333333", "287.5"]),
        fees=FEES,
        currency=HERE_OR_CHF,
    ),
    st.builds(
        assignment,
        st.sampled_from(OPTIONS),
        quantity=st.sampled_from(["1", "2"]),
        fees=FEES,
        currency=HERE_OR_CHF,
    ),
)
CONVERSIONS = st.builds(
    ConversionFact,
    bought=st.just("CHF"),
    bought_micros=CENTS,
    sold=st.sampled_from(["USD", "EUR"]),
    sold_micros=CENTS,
    fee_micros=st.integers(0, 10**7),
    fee_currency=CURRENCIES,
)
MARKS = st.builds(MarkFact, value_micros=st.one_of(st.just(0), MICROS), currency=HERE_OR_CHF)
RATES = st.builds(
    RateFact,
    currency=st.sampled_from(["USD", "EUR"]),
    against=st.just("CHF"),
    nanos=st.sampled_from([1, 8 * 10**8, 10**9, 1_234_567_891, 10**18]),
)
SETTINGS = st.sampled_from(
    [
        ("limits.buffer", "0"),
        ("limits.buffer", "20"),
        ("limits.buffer", "20.01"),
        ("limits.buffer", "7.25"),
        ("limits.outsized", "100"),
        ("limits.drift", "1"),
        ("fork.threshold", "600000"),
        ("fork.threshold", "50000"),
        ("merge.threshold", "700000"),
        ("merge.threshold", "500000"),
        ("tiers.gen.share", "50"),
        ("tiers.gen.share", "40"),
        ("tiers.rev.share", "20"),
        ("tiers.rev.share", "30"),
        ("tiers.gen.delta", "35-45"),
        ("tiers.rev.delta", "30-40"),
        ("tiers.gen.entry_days", "monday, friday"),
        ("strategy", "{mine}"),
        ("reinvest.leaps", "15"),
        ("limits.bufer", "5"),
        ("limits.buffer", ""),
        ("fork.threshold", ""),
        ("merge.threshold", ""),
    ]
)
PAIRS = st.sampled_from(
    [
        (("tiers.gen.share", "50"), ("tiers.rev.share", "20")),
        (("tiers.gen.share", "40"), ("tiers.rev.share", "30")),
        (("reinvest.contracts", "85"), ("reinvest.leaps", "15")),
        (("fork.threshold", "600000"), ("merge.threshold", "700000")),
        (("fork.threshold", ""), ("merge.threshold", "")),
        (("merge.threshold", "700000"),),
        (("fork.threshold", "600000"),),
    ]
)
POLICY = load_policy("moderate")


def broker_row(number: int, variant: int) -> Fact:
    """The broker's row of that number; another variant is the same row with other content."""
    facts: list[Fact] = [
        CashFact(kind=Kind.DIVIDEND, micros=12_345_678),
        trade(OPTIONS[0], buy=False, quantity="2", price="7.77", fees=1_051_234),
        CashFact(kind=Kind.DEPOSIT, micros=2_500_000_000, currency="EUR"),
        trade(SHARES, buy=True, quantity="3", price="301.333333", fees=0, currency="CHF"),
        assignment(OPTIONS[0], quantity="1", fees=0),
        ConversionFact(
            bought="CHF", bought_micros=800_000_000, sold="USD", sold_micros=1_000_000_000
        ),
        MarkFact(value_micros=777_777_777),
    ]
    return replace(
        facts[number % len(facts)],
        effective=FIRST_DAY + timedelta(days=number),
        key=f"ibkr:{number}",
        content=f"row {number}.{variant}",
    )


def statement(source: str, first: int, last: int, variant: int) -> StatementFacts:
    """The statement of `source` with those rows, the rate of its first day and starting cash."""
    named = f"{source} {first} {last} {variant}"
    day = FIRST_DAY + timedelta(days=first)
    opening = CashFact(
        kind=Kind.OPENING,
        micros=1_000_000_007,
        effective=day,
        key=f"{source}:{day}:starting:USD",
        content="1000.000007",
    )
    return StatementFacts(
        source=source,
        first_day=day,
        last_day=FIRST_DAY + timedelta(days=last),
        sha256=hashlib.sha256(named.encode()).hexdigest(),
        rates=tuple(
            RateFact(currency="USD", against="CHF", nanos=8 * 10**8 + i, effective=day)
            for i in (first, first + 5)
        ),
        opening=(opening,),
        facts=tuple(broker_row(i, variant) for i in range(first, last + 1)),
    )
