"""Every rule of the protocol passes, warns and fails with its numbers; bounds are included."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from alluse_tui.config import load_policy
from alluse_tui.domain.commands import (
    CashFact,
    Init,
    Instrument,
    Kind,
    Leg,
    Post,
    Right,
    TradeFact,
    amount,
    trade,
)
from alluse_tui.domain.events.safety_events import TradingPaused
from alluse_tui.domain.fold.apply import apply
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.market_inputs import NO_MARKET, MarketInputs, Regime
from alluse_tui.domain.model.rule_settings import RULE_OF_SETTING
from alluse_tui.domain.model.settings import SETTINGS, with_setting
from alluse_tui.domain.model.verdict import Outcome, Verdict
from alluse_tui.domain.plan import Context
from alluse_tui.domain.plans import plan
from alluse_tui.domain.plans.trade_checks import check_trade
from alluse_tui.market.trading_calendar import NewYorkCalendar

NOWHERE = Path("/nowhere")
CONSTITUTION = load_policy("constitution-1.3", own=NOWHERE)
CALENDAR = NewYorkCalendar()
THURSDAY, FRIDAY = date(2026, 11, 19), date(2026, 11, 20)
PUT = Instrument("AAPL", Right.PUT, amount("190"), FRIDAY, 100)
CALL = Instrument("AAPL", Right.CALL, amount("200"), FRIDAY, 100)
NOON_NS = int(datetime(2026, 11, 19, 17, tzinfo=UTC).timestamp()) * 1_000_000_000
PASS, WARN, FAIL = Outcome.PASS, Outcome.WARN, Outcome.FAIL

MARKET = MarketInputs(
    bid_micros=amount("1.40"),
    ask_micros=amount("1.47"),
    open_interest=500,
    volume=100,
    quoted_ns=NOON_NS,
    earnings_on=date(2027, 1, 28),
    vix_hundredths=1_800,
    vix_mean_hundredths=1_900,
    vix_on=date(2026, 11, 18),
    regime=Regime.GREEN,
    regime_on=date(2026, 11, 16),
)


def opened(*settings: tuple[str, str]) -> Book:
    """Constitution 1.3 with these settings: gen-1 has 100,000.00, com-1 75,000.00."""
    policy = CONSTITUTION
    for path, text in settings:
        policy = with_setting(policy, path, text)
    opening = Init(portfolio="Main", capital=amount("250000"), policy=policy)
    return plan(Book(), opening, Context(THURSDAY, 1)).after


BOOK = opened()


def sold(option: Instrument = PUT, contracts: str = "1", price: str = "0") -> TradeFact:
    return trade(option, buy=False, quantity=contracts, price=price, fees=0)


def holding(book: Book, shares: str, code: str = "gen-1") -> Book:
    """The book after that account bought shares of AAPL at 100."""
    fact = trade(Instrument("AAPL"), buy=True, quantity=shares, price="100", fees=0)
    return plan(book, Post(account=code, fact=fact, confirmed=True), Context(THURSDAY, 2)).after


def checked(
    fact: TradeFact | None = None,
    *,
    book: Book = BOOK,
    market: MarketInputs = MARKET,
    **options: Any,
) -> list[Verdict]:
    """The verdicts on the trade, by default a put of gen-1 that breaks no rule."""
    options = {"account": "gen-1", "delta": 42, "at_minutes": 600, "date": THURSDAY, **options}
    context = Context(THURSDAY, 9, sessions=CALENDAR, market=market)
    return [*check_trade(book, Post(fact=fact or sold(), **options), context)]


def by_setting(verdicts: list[Verdict]) -> dict[str, tuple[Outcome, str]]:
    return {v.setting or v.rule: (v.outcome, v.message) for v in verdicts}


def one(setting: str, *arguments: Any, **options: Any) -> tuple[Outcome, str]:
    return by_setting(checked(*arguments, **options))[setting]


def test_a_trade_within_every_limit_passes_every_rule() -> None:
    verdicts = checked()
    assert {v.outcome for v in verdicts} == {PASS}
    assert [v.rule for v in verdicts] == [
        "status.closed",
        "status.suspended",
        "collateral.cash",
        "trade.size",
        "trade.symbol",
        "trade.exposure",
        "trade.day",
        "trade.hours",
        "trade.dte",
        "trade.drawdown",
        "trade.preservation",
        "trade.delta",
        *["trade.liquidity"] * 4,
        "trade.earnings",
        "trade.margin",
        "vix.breaker",
        "regime.size",
        "vix.size",
    ]


def test_without_market_data_each_rule_that_needs_it_names_what_is_missing() -> None:
    verdicts = checked(market=NO_MARKET)
    assert {v.message for v in verdicts if v.outcome is WARN} == {
        "open interest is not known; it must be 500",
        "volume is not known; it must be 100",
        "bid and ask are not known; the spread may be 5 % of the mid",
        "volume is not known; the trade may be 10 % of it",
        "the next earnings report of AAPL is not known",
        "VIX is not known; from 65 on nothing is sold",
        "the regime of the week is not known, so size and delta are the standard ones",
        "VIX is not known, so the size was not reduced",
    }
    assert all(v.outcome is not FAIL for v in verdicts)


def test_each_verdict_names_a_setting_that_its_rule_applies() -> None:
    verdicts = [*checked(), *checked(market=NO_MARKET), *checked(sold(CALL), account="com-1")]
    named = {(v.rule, v.setting) for v in verdicts if v.setting}
    assert named <= {(rule, path) for path, rule in RULE_OF_SETTING.items()}
    assert RULE_OF_SETTING.keys() <= SETTINGS.keys()


# -- when ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "outcome"), [(584, FAIL), (585, PASS), (660, PASS), (661, FAIL), (None, WARN)]
)
def test_entry_hours_include_both_bounds(minutes: int | None, outcome: Outcome) -> None:
    assert one("tiers.gen.entry_hours", at_minutes=minutes)[0] is outcome


@pytest.mark.parametrize(
    ("hours", "shown"),
    [
        ("13:00-15:00", "11:00–13:00"),
        ("09:45-11:00", "09:30–10:45"),
        ("09:30-11:00", "09:30–11:00"),
    ],
)
def test_a_half_day_moves_entry_hours_two_hours_but_not_before_the_opening(
    hours: str, shown: str
) -> None:
    book = opened(("tiers.gen.entry_hours", hours))
    half_day = date(2026, 11, 27)
    fact = sold(replace(PUT, expiry=half_day))
    message = one("tiers.gen.entry_hours", fact, book=book, date=half_day, at_minutes=0)[1]
    assert message == f"00:00 is outside the entry hours {shown} New York on a half day"


def test_another_day_fails_with_the_next_entry_day() -> None:
    outcome, message = one("tiers.gen.entry_days", date=date(2026, 11, 20))
    assert outcome is FAIL
    assert message == (
        "Friday 2026-11-20 is not an entry day of Generation; the next one is Wednesday 2026-11-25"
    )


def test_a_tier_that_skips_closed_entry_days_enters_a_week_later() -> None:
    book = opened(("tiers.gen.entry_shift", "skip"))
    wednesday = date(2026, 11, 25)
    outcome, message = one("tiers.gen.entry_days", book=book, date=wednesday)
    assert outcome is FAIL
    assert message == (
        "Wednesday 2026-11-25 is not an entry day of Generation; the next one is Thursday"
        " 2026-12-03"
    )


@pytest.mark.parametrize(
    ("expiry", "outcome", "message"),
    [
        (THURSDAY, PASS, "0 days to expiry, within 0–1 days"),
        (FRIDAY, PASS, "1 day to expiry, within 0–1 days"),
        (date(2026, 11, 21), FAIL, "2 days to expiry, but Generation sells 0–1 days"),
    ],
)
def test_days_to_expiry_include_both_bounds(expiry: date, outcome: Outcome, message: str) -> None:
    message = message.replace("0–1 days", "0–1 day")
    assert one("tiers.gen.dte", sold(replace(PUT, expiry=expiry))) == (outcome, message)


# -- what ---------------------------------------------------------------------------------------


def test_only_the_tiers_symbols_are_traded() -> None:
    outcome, message = one("tiers.gen.symbols", sold(replace(PUT, symbol="TSLA")))
    assert outcome is FAIL
    assert message == ("Generation does not trade TSLA, only AAPL, MSFT, AMZN, GOOG, SPY, QQQ, IWM")


def test_compounding_sells_covered_calls_only() -> None:
    covered = holding(BOOK, "100", "com-1")
    call = {"account": "com-1", "delta": 22}
    assert one("tiers.com.sells", sold(), **call) == (
        FAIL,
        "Compounding does not sell puts, only covered calls",
    )
    assert one("tiers.com.sells", sold(CALL), **call) == (
        FAIL,
        "Compounding does not sell uncovered calls, only covered calls",
    )
    assert one("tiers.com.sells", sold(CALL), book=covered, **call) == (
        PASS,
        "Compounding sells covered calls",
    )


@pytest.mark.parametrize(
    ("delta", "regime", "outcome", "band"),
    [
        (40, Regime.GREEN, PASS, "40–45"),
        (45, Regime.GREEN, PASS, "40–45"),
        (39, Regime.GREEN, FAIL, "40–45"),
        (35, Regime.RED, PASS, "35–40 in a Red week"),
        (41, Regime.RED, FAIL, "35–40 in a Red week"),
        (30, Regime.CHOP, PASS, "30–35 in a Chop week"),
        (40, None, PASS, "40–45"),
    ],
)
def test_the_band_of_deltas_is_lower_in_a_red_or_chop_week(
    delta: int, regime: Regime | None, outcome: Outcome, band: str
) -> None:
    given_outcome, message = one(
        "tiers.gen.delta", delta=delta, market=replace(MARKET, regime=regime)
    )
    word = "within" if outcome is PASS else "outside"
    assert (given_outcome, message) == (outcome, f"delta {delta} is {word} {band}")


@settings(max_examples=50)
@given(st.integers(1, 100), st.sampled_from([None, *Regime]))
def test_a_delta_passes_exactly_inside_the_band(delta: int, regime: Regime | None) -> None:
    less = {Regime.RED: 5, Regime.CHOP: 10}.get(regime, 0) if regime else 0
    outcome = one("tiers.gen.delta", delta=delta, market=replace(MARKET, regime=regime))[0]
    assert (outcome is PASS) == (40 - less <= delta <= 45 - less)


# -- how much -----------------------------------------------------------------------------------


def test_exposure_counts_all_puts_as_assigned() -> None:
    exact = sold(replace(PUT, strike_micros=amount("250")))
    assigned = "AAPL would take up 25000.00 if all puts were assigned"
    within = f"{assigned}, within 25 % of the 100000.00 equity"
    assert one("exposure.symbol", exact) == (PASS, within)
    above = sold(replace(PUT, strike_micros=amount("250.01")))
    outcome, message = one("exposure.symbol", above)
    assert (outcome, "more than 25 %" in message) == (FAIL, True)
    with_shares = one("exposure.symbol", sold(), book=holding(BOOK, "61"))
    assert with_shares[0] is FAIL and "25100.00" in with_shares[1]


def test_margin_is_the_brokers_requirement_or_the_full_strikes() -> None:
    three = sold(replace(PUT, strike_micros=amount("200")), "3")
    assert one("margin.use", three) == (
        PASS,
        "short puts tie up 60000.00 at their full strikes, within 60 % of the 100000.00 equity",
    )
    four = sold(replace(PUT, strike_micros=amount("200")), "4")
    assert one("margin.use", four)[0] is WARN
    known = replace(MARKET, margin_micros=amount("60000.01"))
    assert one("margin.use", four, market=known) == (
        FAIL,
        "the broker requires 60000.01, more than 60 % of the 100000.00 equity",
    )
    assert one("margin.use", four, market=replace(MARKET, margin_micros=0))[0] is PASS


@pytest.mark.parametrize(
    ("regime", "contracts", "outcome", "limit"),
    [
        (Regime.GREEN, "5", PASS, "100000.00, 100 % of the standard size, in a Green week"),
        (Regime.RED, "3", PASS, "75000.00, 75 % of the standard size, in a Red week"),
        (Regime.RED, "4", FAIL, "75000.00, 75 % of the standard size, in a Red week"),
        (Regime.CHOP, "3", FAIL, "55000.00, 55 % of the standard size, in a Chop week"),
    ],
)
def test_the_regime_scales_the_position_size(
    regime: Regime, contracts: str, outcome: Outcome, limit: str
) -> None:
    verdicts = checked(sold(PUT, contracts), market=replace(MARKET, regime=regime))
    (size,) = [v for v in verdicts if v.rule == "regime.size"]
    assert size.outcome is outcome
    assert size.message.endswith(f"{limit} (of 2026-11-16)")
    assert f"AAPL takes up {int(contracts) * 19_000}.00" in size.message


@pytest.mark.parametrize(
    ("vix", "setting", "most"),
    [
        (1_900, "vix.above_mean", "100000.00, 100 %"),
        (1_901, "vix.above_mean", "75000.00, 75 %"),
        (2_850, "vix.above_mean", "75000.00, 75 %"),
        (2_851, "vix.high", "50000.00, 50 %"),
        (5_000, "breakers.vix_half", "25000.00, 25 %"),
    ],
)
def test_vix_against_its_mean_scales_the_position_size(vix: int, setting: str, most: str) -> None:
    verdicts = checked(market=replace(MARKET, vix_hundredths=vix))
    (size,) = [v for v in verdicts if v.rule == "vix.size"]
    assert size.setting == setting
    assert f"{most} of the standard size, at VIX {vix / 100:g} (of 2026-11-18)" in size.message


def test_a_vix_without_its_mean_still_halves_the_size() -> None:
    verdicts = checked(market=replace(MARKET, vix_hundredths=5_000, vix_mean_hundredths=None))
    missing, halved = [v for v in verdicts if v.rule == "vix.size"]
    assert (missing.outcome, "one-year mean of VIX is not known" in missing.message) == (WARN, True)
    assert "50 % of the standard size" in halved.message


@pytest.mark.parametrize(
    ("vix", "outcome", "setting"),
    [
        (6_499, PASS, "breakers.vix_safe"),
        (6_500, FAIL, "breakers.vix_safe"),
        (8_000, FAIL, "breakers.vix_stop"),
    ],
)
def test_from_a_level_of_vix_on_nothing_is_sold(vix: int, outcome: Outcome, setting: str) -> None:
    verdicts = checked(market=replace(MARKET, vix_hundredths=vix))
    (breaker,) = [v for v in verdicts if v.rule == "vix.breaker"]
    assert (breaker.outcome, breaker.setting) == (outcome, setting)


# -- the market ---------------------------------------------------------------------------------


def test_liquidity_has_four_limits_with_their_numbers() -> None:
    market = replace(MARKET, open_interest=499, volume=99, ask_micros=amount("1.48"))
    found = by_setting(checked(sold(PUT, "10"), market=market))
    at = "at 2026-11-19 12:00 New York"
    assert found["liquidity.open_interest"] == (FAIL, f"open interest 499 is below 500 {at}")
    assert found["liquidity.volume"] == (FAIL, f"volume 99 is below 100 {at}")
    spread = f"the spread is 5.56 % of the mid (bid 1.40, ask 1.48) {at}, more than 5 %"
    assert found["liquidity.spread"] == (FAIL, spread)  # 0.08 of 1.44, rounded up
    share = "10 of a volume of 99 is more than 10 %"
    assert found["liquidity.share_of_volume"] == (FAIL, share)
    assert one("liquidity.share_of_volume", sold(PUT, "10"))[0] is PASS  # 10 of 100


def test_a_spread_of_exactly_the_limit_passes() -> None:
    market = replace(MARKET, bid_micros=amount("1.95"), ask_micros=amount("2.05"))
    assert one("liquidity.spread", market=market)[0] is PASS  # 0.10 of 2.00
    crossed = replace(market, bid_micros=amount("2.06"))
    assert one("liquidity.spread", market=crossed)[0] is WARN


@pytest.mark.parametrize(
    ("day", "outcome"),
    [
        (date(2026, 11, 15), PASS),
        (date(2026, 11, 16), FAIL),
        (date(2026, 11, 22), FAIL),
        (date(2026, 11, 23), PASS),
        (None, WARN),
    ],
)
def test_no_put_is_sold_in_the_week_of_a_report(day: date | None, outcome: Outcome) -> None:
    assert one("earnings.puts", market=replace(MARKET, earnings_on=day))[0] is outcome


def test_calls_cover_half_of_the_shares_in_the_week_of_a_report() -> None:
    market = replace(MARKET, earnings_on=THURSDAY)
    book = holding(BOOK, "300")
    count = "calls are on {} of 300 shares of AAPL in the week of its earnings report on 2026-11-19"
    assert one("earnings.coverage", sold(CALL), book=book, market=market) == (
        PASS,
        f"{count.format(100)}, within 50 %",
    )
    assert one("earnings.coverage", sold(CALL, "2"), book=book, market=market) == (
        FAIL,
        f"{count.format(200)}, more than 50 %",
    )


# -- the account --------------------------------------------------------------------------------


def fallen(percent: int) -> Book:
    """gen-1 lost that share of its 100,000.00."""
    fee = CashFact(kind=Kind.FEE, micros=-amount(str(1_000 * percent)))
    post = Post(account="gen-1", fact=fee, confirmed=True)
    return plan(BOOK, post, Context(THURSDAY, 2)).after


@pytest.mark.parametrize(
    ("percent", "vix", "outcome"),
    [
        (5, 1_800, PASS),
        (6, 1_800, WARN),
        (14, 1_800, WARN),
        (15, 2_999, FAIL),
        (15, 3_000, PASS),
        (15, None, WARN),
    ],
)
def test_far_below_its_peak_an_account_sells_calls_only(
    percent: int, vix: int | None, outcome: Outcome
) -> None:
    market = replace(MARKET, vix_hundredths=vix)
    given_outcome, message = one("drawdown.calls_only", book=fallen(percent), market=market)
    assert given_outcome is outcome
    assert message.startswith(f"gen-1 is {percent} % below its peak")


def test_a_paused_account_opens_nothing() -> None:
    pause = TradingPaused("Main", "gen-1", "anna", 0, "earnings")
    verdicts = checked(book=apply(BOOK, pause))
    (paused,) = [v for v in verdicts if v.rule == "trade.paused"]
    assert (paused.outcome, paused.message) == (
        FAIL,
        "trading in gen-1 is paused by anna: earnings",
    )


def test_a_roll_is_judged_by_its_delta_and_liquidity_but_not_by_its_day() -> None:
    first = Post(account="gen-1", fact=sold(), confirmed=True)
    book = plan(BOOK, first, Context(THURSDAY, 2)).after
    later = replace(PUT, expiry=date(2026, 12, 4))
    legs = (Leg(PUT, 1_000_000, 0), Leg(later, -1_000_000, amount("100")))
    rules = {v.rule for v in checked(TradeFact(legs=legs), book=book, date=FRIDAY)}
    assert {"trade.delta", "trade.liquidity", "trade.earnings"} <= rules
    assert not rules & {"trade.day", "trade.hours", "trade.dte", "trade.drawdown", "regime.size"}


def test_a_purchase_is_judged_by_its_symbol_and_its_exposure() -> None:
    fact = trade(Instrument("KO"), buy=True, quantity="1", price="60", fees=0)
    rules = {v.rule: v.outcome for v in checked(fact)}
    assert rules.pop("trade.symbol") is FAIL
    assert set(rules) == {"status.closed", "status.suspended", "trade.size", "trade.exposure"}
