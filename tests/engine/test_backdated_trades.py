"""A backdated trade closes only what was held on its day."""

from __future__ import annotations

from datetime import date

from test_collateral import PUT, XYZ, bought, post, sold, verdicts

from alluse_tui.domain.commands import Post, assignment
from alluse_tui.engine import LocalEngine

FIRST, SECOND, BETWEEN = date(2026, 11, 5), date(2026, 11, 12), date(2026, 11, 9)


def test_what_was_bought_later_is_not_closed(engine: LocalEngine) -> None:
    post(engine, bought(XYZ, "100", "50"), date=FIRST)
    post(engine, bought(XYZ, "100", "60"), date=SECOND)
    rule = verdicts(engine, sold(XYZ, "150", "70"), date=BETWEEN)["trade.date"]
    assert not rule.ok
    assert "on 2026-11-09 gen-1 held 100 of XYZ, fewer than this closes" in rule.message
    assert "trade.date" not in verdicts(engine, sold(XYZ, "100", "70"), date=BETWEEN)
    assert "trade.date" not in verdicts(engine, sold(XYZ, "150", "70"), date=SECOND)


def test_an_option_is_not_assigned_before_it_was_sold(engine: LocalEngine) -> None:
    post(engine, sold(PUT, "1"), date=SECOND)
    early = verdicts(engine, assignment(PUT, quantity="1", fees=0), date=BETWEEN)
    assert "held 0 of TSLA 2026-11-27 250 put" in early["trade.date"].message
    same_day = verdicts(engine, assignment(PUT, quantity="1", fees=0), date=SECOND)
    assert "trade.date" not in same_day


def test_what_was_closed_since_is_not_closed_again(engine: LocalEngine) -> None:
    post(engine, bought(XYZ, "100", "50"), date=FIRST)
    post(engine, sold(XYZ, "60", "70"), date=SECOND)
    post(engine, bought(XYZ, "30", "60"), date=SECOND)
    assert "trade.date" not in verdicts(engine, sold(XYZ, "40", "70"), date=BETWEEN)
    message = verdicts(engine, sold(XYZ, "41", "70"), date=BETWEEN)["trade.date"].message
    assert "held 40 of XYZ" in message


def test_a_check_knows_what_was_held(engine: LocalEngine) -> None:
    post(engine, bought(XYZ, "100", "50"), date=FIRST)
    post(engine, bought(XYZ, "100", "60"), date=SECOND)
    for quantity, is_broken in (("100", False), ("101", True)):
        sale = Post(account="gen-1", fact=sold(XYZ, quantity, "70"), date=BETWEEN)
        broken = {rule.rule for rule in engine.commands.check_trade(sale) if not rule.ok}
        assert ("trade.date" in broken) is is_broken
