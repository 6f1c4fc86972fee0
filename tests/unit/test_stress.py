"""The stress test, worked by hand: what accounts are worth if prices move or puts are assigned."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from alluse_tui.config import load_policy
from alluse_tui.domain.commands import amount
from alluse_tui.domain.derived.stress import StressView
from alluse_tui.domain.derived.underlying_prices import Prices, PriceSource, UnderlyingPrice
from alluse_tui.domain.model.book import Account, Book, Mark, Portfolio
from alluse_tui.domain.model.instrument import Holding
from alluse_tui.domain.model.persistent_map import PersistentMap
from alluse_tui.domain.model.terms import Right, Tier
from alluse_tui.domain.option_math import implied_volatility, option_price
from alluse_tui.engine.read.stress import stress_views

TODAY = date(2026, 11, 24)
PUT = "AAPL 2026-12-24 190 put:USD"
CALL = "AAPL 2026-12-24 210 call:USD"
SHARES = "AAPL:USD"
NEWEST = "newest prices"
DOWN, CRASH, UP, ASSIGNED, VIX = "-10 %", "-20 %", "+10 %", "all short puts assigned", "VIX x 2"
ESTIMATED = ("1 position without a price",)


def account(cash: str, holdings: dict[str, tuple[str, str]], code: str = "gen-1") -> Account:
    """An account with that cash and holdings of (quantity, value)."""
    held = {
        key: Holding(*(amount(text, negative=True, zero=True) for text in pair))
        for key, pair in holdings.items()
    }
    carried = sum(holding.value_micros for holding in held.values())
    return Account(
        "Main",
        code,
        Tier(code[:3]),
        TODAY,
        TODAY,
        balances={"cash:USD": amount(cash), "positions:USD": carried},
        holdings=held,
    )


def scenarios(*accounts: Account, prices: Prices | None = None) -> dict[str, StressView]:
    main = Portfolio("Main", "USD", TODAY, load_policy("moderate"))
    book = Book({"Main": main}, PersistentMap({a.id: a for a in accounts}))
    views = stress_views(book, main, accounts, prices or {}, TODAY)
    return {view.name: view for view in views}


def at(price: str, day: date = TODAY) -> Prices:
    return {("AAPL", "USD"): UnderlyingPrice(amount(price), day, PriceSource.MARK)}


def figures(view: StressView) -> tuple[int, int, int, int]:
    return view.equity, view.cash, view.available, view.collateral


def money(*typed: str) -> tuple[int, ...]:
    return tuple(amount(text, zero=True) for text in typed)


def test_one_short_put_without_a_price_of_its_underlying() -> None:
    """100,000 of cash and a put of 190 sold at 1.45, which is carried at -145.

    Its strike is taken as the price: 10 % below, it is 19 in the money and worth 19 + 1.45 a share.
    The buffer is 5 % of equity; available is cash − buffer − collateral.
    """
    by_name = scenarios(account("100000", {PUT: ("-1", "-145")}))
    assert list(by_name) == ["now", NEWEST, DOWN, CRASH, UP, ASSIGNED, VIX]
    # equity 100,000 − 145; buffer 4,992.75
    assert figures(by_name["now"]) == money("99855", "100000", "76007.25", "19000")
    # 190 → 171: −(19 + 1.45) × 100 = −2,045; buffer 4,897.75
    assert figures(by_name[DOWN]) == money("97955", "100000", "76102.25", "19000")
    # 190 → 152: −(38 + 1.45) × 100 = −3,945; buffer 4,802.75
    assert figures(by_name[CRASH]) == money("96055", "100000", "76197.25", "19000")
    # 190 → 209: nothing in the money, the time value of 1.45 stays
    assert figures(by_name[UP]) == money("99855", "100000", "76007.25", "19000")
    # 19,000 of cash become 100 shares at the strike, and the put is gone; buffer 5,000
    assert figures(by_name[ASSIGNED]) == money("100000", "81000", "76000", "0")
    # the time value doubles: −290; buffer 4,985.50
    assert figures(by_name[VIX]) == money("99710", "100000", "76014.50", "19000")
    assert {name: view.estimated for name, view in by_name.items()} == {
        **dict.fromkeys(("now", NEWEST), ()),
        **dict.fromkeys((DOWN, CRASH, UP, ASSIGNED, VIX), ESTIMATED),
    }
    assert [(r.rule, r.ok, r.message) for r in by_name[CRASH].rules] == [
        ("buffer.required", True, "cash 100000.00 covers the 4802.75 buffer"),
        ("collateral.cash", True, "collateral 19000.00 is covered by 100000.00 in cash"),
        ("trade.size", True, "AAPL takes up 19000.00, within 90 % of the 96055.00 equity"),
    ]
    assert [r.rule for r in by_name[ASSIGNED].rules] == ["buffer.required", "trade.size"]


def test_a_put_that_is_in_the_money_by_a_known_price_moves_from_there() -> None:
    """At 185 it is 5 in the money and was sold at 1.45, so nothing of it is time value."""
    by_name = scenarios(account("100000", {PUT: ("-1", "-145")}), prices=at("185"))
    assert by_name["now"].equity == amount("99855")
    assert by_name[DOWN].equity == amount("100000") - amount("2350")  # 190 − 166.50
    assert by_name[UP].equity == amount("100000")  # 203.50
    assert by_name[ASSIGNED].equity == amount("100000") - amount("500")  # shares at 185
    assert by_name[DOWN].estimated == ("1 position without a volatility",)
    assert by_name[ASSIGNED].estimated == ()


def test_an_assigned_put_out_of_the_money_gains_nothing() -> None:
    by_name = scenarios(account("100000", {PUT: ("-1", "-145")}), prices=at("250"))
    assert by_name[ASSIGNED].equity == amount("100000")


def test_a_mark_and_a_price_together_imply_the_volatility() -> None:
    marked = replace(account("100000", {PUT: ("-2", "-420")}), marks={PUT: (Mark(3, TODAY),)})
    by_name = scenarios(marked, prices=at("200"))
    volatility = implied_volatility(Right.PUT, 2.10, 200, 190, 30 / 365)
    for name, price, times in ((DOWN, 180, 1), (CRASH, 160, 1), (UP, 220, 1), (VIX, 200, 2)):
        each = option_price(Right.PUT, price, 190, 30 / 365, volatility * times)
        lost = round(each * 1_000_000) * 200
        assert by_name[name].equity == amount("100000") - lost
        assert by_name[name].estimated == ()
    assert by_name[CRASH].equity < by_name[DOWN].equity < by_name["now"].equity


@pytest.mark.parametrize("days_apart", [5, 6])
def test_a_mark_and_a_price_of_other_weeks_imply_none(days_apart: int) -> None:
    day = date(2026, 11, 24 - days_apart)
    marked = replace(account("100000", {PUT: ("-1", "-210")}), marks={PUT: (Mark(3, day),)})
    estimated = scenarios(marked, prices=at("200"))[DOWN].estimated
    assert estimated == (() if days_apart == 5 else ("1 position without a volatility",))


def test_a_mark_below_intrinsic_value_implies_none() -> None:
    marked = replace(account("100000", {PUT: ("-1", "-900")}), marks={PUT: (Mark(3, TODAY),)})
    by_name = scenarios(marked, prices=at("180"))
    assert by_name[DOWN].estimated == ("1 position without a volatility",)
    assert by_name[DOWN].equity == amount("100000") - amount("2800")  # 190 − 162


def test_shares_move_from_their_known_price_or_from_their_cost() -> None:
    """100 shares carried at 19,000 under a call of 210 sold at 1.20."""
    held = account("80000", {SHARES: ("100", "19000"), CALL: ("-1", "-120")})
    known = scenarios(held, prices=at("200"))
    # shares at 180, the call out of the money with its 1.20
    assert known[DOWN].equity == amount("80000") + amount("18000") - amount("120")
    # shares at 220, the call 10 in the money
    assert known[UP].equity == amount("80000") + amount("22000") - amount("1120")
    # shares at their newest price, the call with twice its 1.20
    assert known[VIX].equity == amount("80000") + amount("20000") - amount("240")
    assert known[NEWEST].equity == amount("80000") + amount("20000") - amount("120")
    assert known["now"].equity == amount("80000") + amount("19000") - amount("120")
    assert known[ASSIGNED].equity == known[NEWEST].equity
    unknown = scenarios(held)
    # shares at 90 % of their cost; the call's strike is its price, so it is out of the money
    assert unknown[DOWN].equity == amount("80000") + amount("17100") - amount("120")
    # 110 % of the cost; 231 − 210 = 21 in the money, and 1.20
    assert unknown[UP].equity == amount("80000") + amount("20900") - amount("2220")
    assert unknown[DOWN].estimated == ("2 positions without a price",)


def test_an_expired_option_has_no_time_value() -> None:
    expired = "AAPL 2026-11-20 190 put:USD"
    by_name = scenarios(account("100000", {expired: ("-1", "-145")}), prices=at("200"))
    assert by_name[DOWN].equity == amount("100000") - amount("1000")  # 190 − 180
    assert by_name[UP].equity == by_name[VIX].equity == amount("100000")


def test_unnamed_positions_move_with_everything() -> None:
    by_name = scenarios(account("1000", {"(positions):USD": ("0", "500")}))
    assert by_name[DOWN].equity == amount("1450")
    assert by_name[DOWN].estimated == ESTIMATED
    assert by_name[VIX].equity == amount("1500")


def test_rules_fail_as_they_would() -> None:
    """Puts of 38,000 on 20,000 of cash: assigned, cash is 18,000 below zero."""
    by_name = scenarios(account("20000", {PUT: ("-2", "-290")}))
    failed = {r.rule: r.message for r in by_name[ASSIGNED].rules if not r.ok}
    assert failed == {
        "buffer.required": "cash -18000.00 below the 1000.00 buffer",
        "trade.size": "AAPL takes up 38000.00, more than 90 % of the 20000.00 equity",
    }
    failed = {r.rule: r.message for r in by_name[DOWN].rules if not r.ok}
    assert failed["collateral.cash"] == "collateral 38000.00 is more than the 20000.00 in cash"
    assert (by_name[ASSIGNED].available, by_name[ASSIGNED].cash) == (0, -amount("18000"))


def test_the_size_of_a_position_is_that_of_the_scenario() -> None:
    """100 shares carried at 19,000 and worth 20,000; with an assigned put of 190, twice as many."""
    holdings = {SHARES: ("100", "19000"), PUT: ("-1", "-145")}
    by_name = scenarios(account("80000", holdings), prices=at("200"))
    sizes = {
        name: next(r.values[1] for r in view.rules if r.rule == "trade.size")
        for name, view in by_name.items()
    }
    assert sizes["now"] == amount("38000")  # the put counts at its collateral
    assert sizes[NEWEST] == amount("39000")
    assert sizes[DOWN] == amount("37000")
    assert sizes[ASSIGNED] == amount("39000")  # 20,000, and 100 at no more than the strike


def test_a_portfolio_is_the_sum_of_its_accounts() -> None:
    one, two = account("100000", {PUT: ("-1", "-145")}), account("50000", {}, "rev-1")
    three = account("30000", {PUT: ("-1", "-200")}, "com-1")
    by_name = scenarios(one, two, three)
    each = [scenarios(a)[DOWN] for a in (one, two, three)]
    assert figures(by_name[DOWN]) == tuple(map(sum, zip(*map(figures, each), strict=True)))
    assert by_name[DOWN].estimated == ("2 positions without a price",)
    assert {r.message.partition(":")[0] for r in by_name[DOWN].rules} == {"gen-1", "com-1"}


def test_what_has_no_exchange_rate_is_left_out_and_named() -> None:
    foreign = account("100000", {PUT.replace("USD", "CHF"): ("-1", "-145")})
    foreign = replace(
        foreign, balances={"cash:USD": amount("100000"), "positions:CHF": -amount("145")}
    )
    view = scenarios(foreign)[DOWN]
    assert view.equity == amount("100000") and view.available == 0
    assert view.estimated == (
        "1 position without a price",
        "CHF left out, without an exchange rate",
    )
    assert [r.rule for r in view.rules if not r.ok] == ["collateral.cash"]
