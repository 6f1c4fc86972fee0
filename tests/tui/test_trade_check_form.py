"""While a trade is typed, its verdicts are shown below the fields."""

from __future__ import annotations

from collections.abc import Callable

from screens import press, running, screen_text, until_shown
from textual.pilot import Pilot
from textual.widgets import Input

from alluse_tui.config import load_policy
from alluse_tui.domain.commands import Init, amount
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.engine import LocalEngine
from alluse_tui.tui.forms.check_lines import check_lines
from alluse_tui.tui.modals.plan_lines import rule_lines


async def until_hidden(pilot: Pilot[None], words: str) -> None:
    for _ in range(200):
        if words not in screen_text(pilot):
            return
        await pilot.pause(0.02)
    raise AssertionError(f"{words} is still shown")


def test_failed_rules_come_first_then_what_is_missing_then_how_many_hold() -> None:
    holds, missing = Verdict("a", True, "holds"), Verdict("b", True, "missing", unknown=True)
    fails = Verdict("c", False, "{} is too much", (amount("12500"),))
    assert check_lines([holds, missing, fails, holds]) == [
        *("✗ 12,500.00 is too much", "· missing", "2 rules hold"),
    ]
    assert check_lines([holds]) == ["1 rule holds"]
    assert check_lines([missing, missing, fails, fails, fails, fails, holds])[3:] == [
        "1 more failed · 2 more not judged · 1 rule holds"
    ]
    long = Verdict("d", False, "word " * 40)
    assert all(len(line) <= 68 for line in check_lines([long, long, long, long]))


def test_a_plan_asks_about_a_time_without_cutting_it() -> None:
    asked = "11:01 is outside the entry hours 09:45–11:00 New York: confirm"
    ((_, (text, _)),) = rule_lines((Verdict("trade.hours", True, asked, awaited=True),))
    assert text == "11:01 is outside the entry hours 09:45–11:00 New York: sure?"


async def test_the_form_shows_the_verdicts_of_what_is_typed_at_80x24(
    open_engine: Callable[..., LocalEngine],
) -> None:
    engine = open_engine()
    policy = load_policy("constitution-1.3")
    engine.commands.submit(Init(portfolio="Main", capital=amount("250000"), policy=policy))
    async with running(engine, (80, 24)) as pilot:
        await press(pilot, "b")
        line = pilot.app.screen.query_one("#field-trade", Input)
        line.value = "-1 TSLA 27Nov26 250p @1.45"
        text = await until_shown(pilot, "rules hold")
        assert "✗ Generation does not trade TSLA, only AAPL" in text
        assert "✗ Tuesday 2026-11-24 is not an entry day of Generation" in text
        assert "✗ 3 days to expiry, but Generation sells 0–1 day" in text
        assert "more not judged" in text and "esc cancels" in text
        assert text.count("does not trade TSLA") == 1
        line.value = "-1 TSLA 27Nov26 250p @"
        await until_hidden(pilot, "entry day")
    assert engine.seq == 1
