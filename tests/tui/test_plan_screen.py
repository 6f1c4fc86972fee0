"""Plan, preview, confirm, commit: what is shown is what is done, once, and only when meant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from books import Cli, init
from growth import earned
from opened import lines_with, page_of
from screens import press, running, screen_text, settled, until_shown
from test_growth_screens import IN_WINDOW
from textual.pilot import Pilot

from alluse_tui.cli.open_engine import os_user
from alluse_tui.domain.commands import Deposit, PolicySet, Withdraw, amount
from alluse_tui.domain.model.errors import Refused
from alluse_tui.domain.views import Verdict
from alluse_tui.engine import FixedClock, LocalEngine, SystemClock
from alluse_tui.tui.app import AllUseApp
from alluse_tui.tui.modals import plan as plan_module
from alluse_tui.tui.modals.plan import PlanScreen

TALL = (100, 40)

OPENING: dict[str, tuple[tuple[str, ...], str]] = {
    "fork": (("f",), "f"),
    "merge": (("down", "m"), "m"),
    "reinvest": (("end", "i"), "i"),
    "withdraw": (("w", *"500", "enter"), "w"),
    "transfer": (("t", *"500", "tab", *"rev-1", "enter"), "t"),
    "deposit": (("d", *"500", "enter"), "d"),
    "undo": (("u",), "u"),
    "policy": (
        ("8", "slash", *"limits.buffer", "enter", "enter", "backspace", "9", "enter"),
        "enter",
    ),
}
"""The keys that open each plan, and the one that began it."""


def plan_screen(pilot: Pilot[None]) -> PlanScreen:
    screen = pilot.app.screen
    assert isinstance(screen, PlanScreen), screen_text(pilot)
    return screen


def digest(pilot: Pilot[None]) -> str:
    """What the frame of the modal says the plan is."""
    said = str(plan_screen(pilot).query_one("#dialog").border_subtitle)
    assert said.split()[0] == "plan"
    return said.split()[1]


async def changed(pilot: Pilot[None]) -> str:
    """Waits until the plan says that it is another one."""
    shown = await until_shown(pilot, "changed since shown")
    assert "changed since shown" in shown, shown
    return shown


@pytest.fixture
def busy(adult: LocalEngine, clock: FixedClock) -> LocalEngine:
    """Fork, merge, reinvest and undo are all possible."""
    earned(adult, "gen-1", "60000")
    earned(adult, "com-1", "50000")
    clock.set(IN_WINDOW)
    adult.commands.submit(Deposit(account="rev-1", amount=amount("1")))
    return adult


# -- one plan, whoever shows it -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "typed"),
    [
        (("f",), ("fork", "gen-1")),
        (("w", *"1234.56", "enter"), ("withdraw", "gen-1", "1234.56")),
        (("t", *"10", "tab", *"rev-1", "enter"), ("transfer", "gen-1", "rev-1", "10")),
        (("u",), ("undo",)),
    ],
    ids=lambda x: x[0],
)
async def test_the_plan_is_the_very_one_of_the_command_line(
    open_engine: Callable[..., LocalEngine], cli: Cli, keys: tuple[str, ...], typed: tuple[str, ...]
) -> None:
    engine = open_engine(os_user(), clock=SystemClock())
    engine.commands.submit(init())
    earned(engine, "gen-1", "52000")
    async with running(engine, TALL) as pilot:
        await press(pilot, *keys)
        shown = digest(pilot)
    assert cli.json(*typed, "--dry-run")["plan"]["digest"].startswith(shown)
    assert len(shown) == 8 and engine.seq == 2


async def test_what_is_committed_is_what_was_shown(grown: LocalEngine) -> None:
    async with running(grown, TALL) as pilot:
        await press(pilot, "f")
        plan = plan_screen(pilot)._plan
        assert plan is not None
        await press(pilot, "y")
        assert "fork recorded as #3; u undoes it" in screen_text(pilot)
    for _, after in plan.accounts:
        assert grown.queries.account(after.code).equity == after.equity
    entries = {e.seq for e in grown.queries.entries("gen-1", "Main", 99)}
    assert entries == {1, 2, 3}


# -- a book that moves meanwhile ----------------------------------------------------------------


async def test_a_plan_that_changed_says_what_did_and_is_not_taken_before_it_was_looked_at(
    engine: LocalEngine,
    open_engine: Callable[..., LocalEngine],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plan_module, "LOOK_SECONDS", 10**9)
    other = open_engine("erin")
    async with running(engine, TALL) as pilot:
        await press(pilot, "w", *"500", "enter")
        first = digest(pilot)
        other.commands.submit(Deposit(account="gen-1", amount=amount("1")))
        assert "gen-1 100,000.00 → 100,001.00" in await changed(pilot)
        assert digest(pilot) != first and "after record #2" in screen_text(pilot)
        await press(pilot, "y")
        assert "just changed: check it, then press y" in screen_text(pilot)
        assert engine.seq == 2
        monkeypatch.setattr(plan_module, "LOOK_SECONDS", 0)
        await press(pilot, "y")
    assert engine.queries.account("gen-1").equity == amount("99501")


async def test_the_header_behind_two_dialogs_is_no_older_than_the_plan(
    engine: LocalEngine, open_engine: Callable[..., LocalEngine]
) -> None:
    other = open_engine("erin")
    async with running(engine) as pilot:
        await press(pilot, "d", *"500", "enter")
        other.commands.submit(Deposit(account="gen-1", amount=amount("7")))
        await changed(pilot)
        assert "250,007.00 USD" in await until_shown(pilot, "● live #2")


async def test_an_open_undo_keeps_its_record_when_its_person_acts_elsewhere(
    engine: LocalEngine, open_engine: Callable[..., LocalEngine]
) -> None:
    engine.commands.submit(Deposit(account="gen-1", amount=amount("1")))
    other = open_engine()
    async with running(engine, TALL) as pilot:
        await press(pilot, "u")
        assert "deposit #2 can be undone" in screen_text(pilot)
        other.commands.submit(Deposit(account="gen-1", amount=amount("7")))
        assert "deposit #2 can be undone" in await changed(pilot)
        await pilot.pause(plan_module.LOOK_SECONDS)
        await press(pilot, "y")
    assert engine.queries.account("gen-1").equity == amount("100007")


async def test_a_day_that_has_not_come_is_refused_before_anything_is_agreed_to(
    engine: LocalEngine,
) -> None:
    async with running(engine, TALL) as pilot:
        assert isinstance(pilot.app, AllUseApp)
        pilot.app.propose(Deposit(account="gen-1", amount=amount("5"), date=date(2030, 1, 1)))
        await settled(pilot)
        shown = screen_text(pilot)
        assert "effective date 2030-01-01 is in the future; today is 2026-11-24" in shown
        assert "Do it now" not in shown
        await press(pilot, "y")
    assert engine.seq == 1


async def test_a_plan_that_becomes_impossible_says_so_and_cannot_be_confirmed(
    engine: LocalEngine, open_engine: Callable[..., LocalEngine]
) -> None:
    other = open_engine("erin")
    async with running(engine, TALL) as pilot:
        await press(pilot, "w", *"50000", "enter")
        other.commands.submit(Withdraw(account="gen-1", amount=amount("60000")))
        await changed(pilot)
        await settled(pilot)
        shown = screen_text(pilot)
        assert "it is refused now" in shown and "Do it now" not in shown
        assert "─ plan " not in shown  # the frame does not name what no longer holds
        await press(pilot, "y", "enter")
    assert engine.queries.account("gen-1").equity == amount("40000")


async def test_a_book_that_moves_elsewhere_leaves_the_plan_as_it_is(
    engine: LocalEngine, open_engine: Callable[..., LocalEngine]
) -> None:
    other = open_engine("erin")
    async with running(engine, TALL) as pilot:
        await press(pilot, "w", *"500", "enter")
        first = digest(pilot)
        other.commands.submit(Deposit(account="com-1", amount=amount("1")))
        for _ in range(300):
            if "after record #2" in screen_text(pilot):
                break
            await pilot.pause(0.02)
        assert "after record #2" in screen_text(pilot) and digest(pilot) == first
        assert "changed since shown" not in screen_text(pilot)
        await press(pilot, "y")
    assert engine.queries.account("gen-1").equity == amount("99500")


async def test_a_commit_that_comes_too_late_shows_the_new_plan_instead(
    engine: LocalEngine,
    open_engine: Callable[..., LocalEngine],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = open_engine("erin")
    monkeypatch.setattr(PlanScreen, "moved", lambda self: None)  # nobody told the screen
    async with running(engine, TALL) as pilot:
        await press(pilot, "w", *"500", "enter")
        other.commands.submit(Deposit(account="gen-1", amount=amount("1")))
        await press(pilot, "y")
        assert "changed since shown" in screen_text(pilot)
        assert pilot.app.focused is not None and pilot.app.focused.id == "cancel"
        assert engine.queries.account("gen-1").equity == amount("100001")


async def test_what_was_being_typed_is_dropped_when_the_plan_changes(
    engine: LocalEngine, open_engine: Callable[..., LocalEngine]
) -> None:
    other = open_engine("erin")
    async with running(engine, TALL) as pilot:
        await press(pilot, "w", *"90000", "enter", "y", *"gen-")
        other.commands.submit(Deposit(account="gen-1", amount=amount("1")))
        await changed(pilot)
        await press(pilot, "1", "enter")  # Enter is Cancel's now
        assert engine.queries.account("gen-1").equity == amount("100001")
        assert pilot.app.screen.__class__.__name__ == "Form"


# -- once, and only when meant ------------------------------------------------------------------


@pytest.mark.parametrize("keys", [("enter", "enter"), ("y",) * 5, ("y", "enter", "y", "enter")])
async def test_however_often_it_is_pressed_it_is_done_once_or_not_at_all(
    grown: LocalEngine, keys: tuple[str, ...]
) -> None:
    async with running(grown, TALL) as pilot:
        await press(pilot, "f")
        await pilot.press(*keys)
        await settled(pilot)
    accounts = {a.code for a in grown.queries.accounts()}
    assert ("gen-1.1" in accounts) is ("y" in keys)
    assert "gen-1.2" not in accounts
    assert grown.seq == 2 + ("y" in keys)


@pytest.mark.parametrize("name", OPENING)
async def test_the_key_that_opened_a_plan_does_not_confirm_it(busy: LocalEngine, name: str) -> None:
    keys, opener = OPENING[name]
    seq = busy.seq
    async with running(busy, TALL) as pilot:
        await press(pilot, *keys)
        assert plan_screen(pilot)._plan is not None, screen_text(pilot)
        focused: Any = pilot.app.focused
        assert focused.id == "cancel"
        await press(pilot, opener)
        assert busy.seq == seq
    assert busy.seq == seq


@pytest.mark.parametrize("name", OPENING)
async def test_escape_leaves_a_plan_and_nothing_is_done(busy: LocalEngine, name: str) -> None:
    seq = busy.seq
    async with running(busy, TALL) as pilot:
        page = "settings" if name == "policy" else "dashboard"
        await press(pilot, *OPENING[name][0], "escape")
        while page_of(pilot) != page:
            await press(pilot, "escape")
    assert busy.seq == seq


async def test_the_buttons_are_reached_by_arrow_and_enter(grown: LocalEngine) -> None:
    async with running(grown, TALL) as pilot:
        await press(pilot, "f", "right")
        focused: Any = pilot.app.focused
        assert focused.id == "confirm"
        await press(pilot, "enter")
    assert grown.queries.account("gen-1.1").equity == amount("26000.01")


# -- the largest --------------------------------------------------------------------------------


@pytest.mark.parametrize(("dollars", "asks"), [("62499.99", False), ("62500", True)])
async def test_a_quarter_of_the_whole_asks_for_the_accounts_code(
    engine: LocalEngine, dollars: str, asks: bool
) -> None:
    async with running(engine, TALL) as pilot:
        await press(pilot, "w", *dollars, "enter", "y")
        assert ("type gen-1 and press Enter" in screen_text(pilot)) is asks
        assert (engine.seq == 1) is asks


async def test_a_wrong_code_does_nothing_and_escape_goes_one_step_back(
    engine: LocalEngine,
) -> None:
    async with running(engine, TALL) as pilot:
        await press(pilot, "w", *"90000", "enter", "y")
        for wrong in ("", "y", "gen", "GEN-1", "rev-1"):
            await press(pilot, *wrong, "enter")
            assert engine.seq == 1 and "that is not gen-1" in screen_text(pilot)
            await press(pilot, *["backspace"] * len(wrong))
        await press(pilot, "escape")
        assert "100,000.00" in screen_text(pilot)
        focused: Any = pilot.app.focused
        assert focused.id == "cancel" and engine.seq == 1
        await press(pilot, "y", *"gen-1", "enter")
    assert engine.queries.account("gen-1").equity == amount("10000")


async def test_the_code_is_asked_for_also_when_another_portfolio_is_shown(
    engine: LocalEngine,
) -> None:
    engine.commands.submit(init("Another", "1000"))
    engine.commands.submit(Deposit(portfolio="Main", account="gen-1", amount=amount("900000")))
    async with running(engine, TALL) as pilot:
        assert "Another" in screen_text(pilot).splitlines()[0]
        await press(pilot, "7", "home", "U", "y")
        assert "type gen-1 and press Enter" in screen_text(pilot)
        assert engine.seq == 3


# -- notes, and too little room -----------------------------------------------------------------


async def test_a_note_is_kept_with_the_record(grown: LocalEngine) -> None:
    async with running(grown, TALL) as pilot:
        await press(pilot, "f", "n", *"as", "space", *"agreed", "enter")
        assert "changed since shown" not in screen_text(pilot)
        assert "26,000.01" in screen_text(pilot) and grown.seq == 2
        await press(pilot, "y")
    (record,) = grown.queries.records(2)
    assert record.plain["content"]["note"] == "as agreed"


async def test_a_note_that_was_given_up_is_not_kept(grown: LocalEngine) -> None:
    async with running(grown, TALL) as pilot:
        await press(pilot, "f", "n", *"oops", "escape", "y")
    (record,) = grown.queries.records(2)
    assert record.plain["content"].get("note", "") == ""


@pytest.mark.parametrize("size", [(79, 40), (100, 23)], ids=str)
async def test_nobody_agrees_to_what_cannot_be_seen(
    engine: LocalEngine, size: tuple[int, int]
) -> None:
    async with running(engine, TALL) as pilot:
        await press(pilot, "w", *"500", "enter")
        await pilot.resize_terminal(*size)
        await press(pilot, "y")
        assert engine.seq == 1
        await pilot.resize_terminal(80, 24)
        await press(pilot, "y")
    assert engine.queries.account("gen-1").equity == amount("99500")


@pytest.mark.parametrize("first", [(), ("tab",), ("tab", "tab")], ids="".join)
async def test_a_plan_longer_than_the_screen_says_how_much_more_there_is_and_scrolls(
    engine: LocalEngine, first: tuple[str, ...]
) -> None:
    engine.commands.submit(PolicySet(changes=(("limits.buffer", "7"),)))
    earned(engine, "gen-1", "60000")
    async with running(engine) as pilot:
        await press(pilot, "f", *first)
        (said,) = lines_with(pilot, "more line")
        count = int(said.partition("↓ ")[2].split()[0])
        assert count > 4 and "above" not in said
        assert "accounts after this change" not in screen_text(pilot)
        await press(pilot, "down", "down", "up", "down")
        assert lines_with(pilot, f"↑ 2 more lines above · ↓ {count - 2} more lines below")
        await press(pilot, *["down"] * (count - 2))
        assert lines_with(pilot, f"↑ {count} more lines above") and not lines_with(pilot, "below")
        assert "accounts after this change" in screen_text(pilot)
        await press(pilot, "pageup", "pageup")
        assert lines_with(pilot, f"↓ {count} more lines below")
        await press(pilot, "pagedown", "pagedown")
        assert "Cancel" in screen_text(pilot) and not lines_with(pilot, "below")


async def test_what_a_short_plan_says_is_all_there_is(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        await press(pilot, "w", *"5", "enter")
        assert not lines_with(pilot, "more line")


async def test_a_long_refusal_scrolls_while_nothing_can_be_confirmed(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    reasons = tuple(Verdict(f"rule.{n}", False, f"reason {n}") for n in range(40))

    def refuse(*_: Any) -> None:
        raise Refused(reasons)

    monkeypatch.setattr(engine.commands, "preview", refuse)
    async with running(engine) as pilot:
        await press(pilot, "w", *"5", "enter")
        assert lines_with(pilot, "more lines below") and "reason 39" not in screen_text(pilot)
        await press(pilot, *["pagedown"] * 5)
        assert "reason 39" in screen_text(pilot) and not lines_with(pilot, "below")
