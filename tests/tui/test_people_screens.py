"""Who is at the screen: logging in, the lock, proposals and users, with real keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from books import init
from growth import earned
from people import PASSWORDS, add, two_people
from screens import press, running, screen_text
from textual.pilot import Pilot

from alluse_tui.domain.commands import Fork, OpenAccount, PolicySet, Tier
from alluse_tui.domain.commands.user_commands import Role
from alluse_tui.domain.model.errors import Pending
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.tui.app import AllUseApp
from alluse_tui.tui.modals.form import Form
from alluse_tui.tui.modals.password import PasswordScreen
from alluse_tui.tui.modals.plan import PlanScreen

Opened = Callable[..., LocalEngine]


@pytest.fixture
def opened(tmp_path: Path, clock: FixedClock) -> Iterator[Opened]:
    """Main, whose gen-1 is due to fork; dana, eli, and fay who only looks."""
    engines: list[LocalEngine] = []

    def open_one(actor: str, **options: object) -> LocalEngine:
        path = tmp_path / "book" / "alluse.journal"
        made = LocalEngine(path, actor=actor, clock=clock, create=True)
        engines.append(made)
        return made

    first = open_one("dana")
    first.commands.submit(init())
    earned(first, "gen-1", "52000.01")
    two_people(first)
    add(first, "fay", Role.VIEWER)
    yield open_one
    for engine in engines:
        engine.close()


async def typed(pilot: Pilot[None], text: str) -> None:
    await pilot.press(*("space" if c == " " else c for c in text))
    await press(pilot, "enter")


def proposed(engine: LocalEngine, actor: str = "eli") -> int:
    with pytest.raises(Pending) as pending:
        engine.commands.submit(Fork(account="gen-1"), actor=actor)
    return pending.value.approval


def said(pilot: Pilot[None]) -> str:
    app = pilot.app
    assert isinstance(app, AllUseApp)
    return app.status[0] if app.status else ""


async def test_a_stranger_sees_nothing_until_they_log_in(opened: Opened) -> None:
    async with running(opened("stranger")) as pilot:
        assert isinstance(pilot.app.screen, PasswordScreen)
        assert "Main" not in screen_text(pilot) and "302,000" not in screen_text(pilot)
        await typed(pilot, "eli")
        await typed(pilot, "another passphrase than eli's")
        assert "wrong name or password" in screen_text(pilot)
        assert "passphrase" not in screen_text(pilot)
        await typed(pilot, PASSWORDS["eli"])
        assert "302,000.01" in screen_text(pilot)
        assert "eli · approver +1" in screen_text(pilot)


async def test_escape_leaves_where_nothing_may_be_seen(opened: Opened) -> None:
    async with running(opened("stranger")) as pilot:
        await pilot.press("escape")
        await pilot.pause()
        assert not pilot.app.is_running or pilot.app._exit


async def test_a_password_is_never_on_the_screen(opened: Opened) -> None:
    async with running(opened("stranger")) as pilot:
        await typed(pilot, "eli")
        await pilot.press(*"violet")
        assert "••••••" in screen_text(pilot) and "violet" not in screen_text(pilot)


async def test_a_viewers_keys_say_what_it_takes(opened: Opened) -> None:
    engine = opened("fay")
    async with running(engine) as pilot:
        reason = "fay (viewer) may not do this; it needs the operator or approver role"
        for key in ("f", "d", "w", "n", "u", "l"):
            await press(pilot, key)
            assert reason in said(pilot), key
        await press(pilot, "8", "enter")
        assert "it needs the admin role" in said(pilot)
        await press(pilot, "9", "a")
        assert "it needs the admin role" in said(pilot)


async def test_one_proposes_and_another_approves(opened: Opened) -> None:
    engine = opened("eli")
    async with running(engine) as pilot:
        await press(pilot, "f")
        assert "someone else must approve it" in screen_text(pilot)
        assert "Propose it" in screen_text(pilot)
        await pilot.pause(0.6)
        await press(pilot, "y")
        assert "waiting for approval" in said(pilot)
        await press(pilot, "4")
        assert "needs another user" in screen_text(pilot)
        await press(pilot, "enter")
        assert "proposed by eli; someone else must approve" in screen_text(pilot)
        await press(pilot, "y")
        assert isinstance(pilot.app.screen, PlanScreen)
        await press(pilot, "escape")
    assert engine.queries.account("gen-1").forked_from == "" and len(engine.queries.accounts()) == 3
    other = opened("dana")
    async with running(other) as pilot:
        assert "eli proposes fork gen-1: 52,000.01" in screen_text(pilot)
        await press(pilot, "4", "enter")
        await pilot.pause(0.6)
        await press(pilot, "y")
        assert "your password" in screen_text(pilot)
        await typed(pilot, PASSWORDS["eli"])
        assert "wrong name or password" in screen_text(pilot)
        await press(pilot, "y")
        await typed(pilot, PASSWORDS["dana"])
        assert "approve recorded" in said(pilot)
        assert "nothing is waiting for approval" in screen_text(pilot)
    assert len(other.queries.accounts()) == 4


async def test_a_proposal_is_rejected_and_taken_back(opened: Opened) -> None:
    engine = opened("dana")
    proposed(engine)
    async with running(engine) as pilot:
        await press(pilot, "4", "r")
        assert "by eli: fork gen-1" in screen_text(pilot)
        await pilot.pause(0.6)
        await press(pilot, "y")
        assert "reject recorded" in said(pilot)
        assert engine.auth.approvals.pending() == ()


async def test_a_form_closes_once_its_act_is_proposed(opened: Opened) -> None:
    async with running(opened("eli")) as pilot:
        await press(pilot, "w")
        await typed(pilot, "500")
        await pilot.pause(0.6)
        await press(pilot, "y")
        await typed(pilot, PASSWORDS["eli"])
        assert "withdraw proposed" in said(pilot)
        assert not isinstance(pilot.app.screen, (Form, PlanScreen))


async def test_an_idle_screen_locks_and_its_view_stays(opened: Opened, clock: FixedClock) -> None:
    engine = opened("eli")
    async with running(engine) as pilot:
        clock.advance(timedelta(minutes=11))
        await press(pilot, "d")
        assert isinstance(pilot.app.screen, PasswordScreen)
        assert "302,000.01" in screen_text(pilot), "the view stays"
        await press(pilot, "escape")
        await press(pilot, "3")
        assert "LOCKED" in screen_text(pilot) and "fork due" in screen_text(pilot)
        await press(pilot, "1", "d")
        await typed(pilot, PASSWORDS["eli"])
        assert "unlocked" in said(pilot) and "LOCKED" not in screen_text(pilot)
        await press(pilot, "d")
        assert isinstance(pilot.app.screen, Form)


async def test_the_lock_can_be_closed_by_hand(opened: Opened) -> None:
    engine = opened("eli")
    async with running(engine) as pilot:
        await press(pilot, "L")
        assert "LOCKED" in screen_text(pilot)
        await press(pilot, "f")
        assert isinstance(pilot.app.screen, PasswordScreen)
        await press(pilot, "escape", "L", "L")
        app = pilot.app
        assert isinstance(app, AllUseApp)
        app.upkeep.run()
        await press(pilot, "1")
    assert engine.auth.logins.locked
    locks = [r for r in opened("dana").queries.records() if r.plain["command"] == "logout"]
    assert len(locks) == 1, "once, however often it is said"


async def test_users_are_added_and_disabled(opened: Opened) -> None:
    engine = opened("dana")
    async with running(engine, (100, 30)) as pilot:
        await press(pilot, "9")
        assert "fay" in screen_text(pilot) and "viewer" in screen_text(pilot)
        await press(pilot, "a")
        for text in ("gus", "auditor", "Gus Gray", PASSWORDS["gus"]):
            await pilot.press(*("space" if c == " " else c for c in text), "tab")
        await typed(pilot, PASSWORDS["dana"])
        assert "user add recorded" in said(pilot), screen_text(pilot)
        assert "Gus Gray" in screen_text(pilot)
        await press(pilot, "end", "d")
        await pilot.pause(0.6)
        await press(pilot, "y")
        await typed(pilot, PASSWORDS["dana"])
        assert "disabled" in screen_text(pilot)


async def test_the_first_user_sets_a_password(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        await press(pilot, "9")
        assert "dana is the only user, has no password" in screen_text(pilot)
        await press(pilot, "w")
        await pilot.press(*("space" if c == " " else c for c in PASSWORDS["dana"]), "tab")
        await typed(pilot, PASSWORDS["dana"])
        assert "user passwd recorded" in said(pilot)
        assert "operator, approver, admin" in screen_text(pilot)


async def test_auditors_see_logins_in_the_journal(opened: Opened) -> None:
    engine = opened("dana")
    with pytest.raises(Exception, match="wrong name or password"):
        engine.auth.logins.login("eli", "not the password of eli")
    async with running(engine, (100, 30)) as pilot:
        await press(pilot, "7")
        assert "password NOT right" in screen_text(pilot)
        await press(pilot, "slash")
        await pilot.press(*"act:login")
        await press(pilot, "enter")
        assert "premium" not in screen_text(pilot)
    async with running(opened("eli"), (100, 30)) as pilot:
        await press(pilot, "7")
        assert "password NOT right" not in screen_text(pilot)


async def test_a_login_that_ends_while_somebody_looks_asks_again(
    opened: Opened, clock: FixedClock
) -> None:
    first = opened("dana")
    token = first.auth.logins.login("eli", PASSWORDS["eli"])
    engine = opened("dana")
    engine.auth.logins.use_token(token)
    async with running(engine) as pilot:
        assert "eli · approver +1" in screen_text(pilot)
        first.auth.logins.logout()
        await pilot.pause(0.5)
        assert isinstance(pilot.app.screen, PasswordScreen)


async def test_sleeping_over_it_takes_the_amount(engine: LocalEngine, clock: FixedClock) -> None:
    earned(engine, "gen-1", "52000.01")
    changes = (("approval.alone", "cooling_off"), ("approval.delay_minutes", "5"))
    engine.commands.submit(PolicySet(changes=changes))
    async with running(engine) as pilot:
        await press(pilot, "f")
        await pilot.pause(0.6)
        await press(pilot, "y")
        assert "proposed" in said(pilot)
        await press(pilot, "4")
        assert "cooling off" in screen_text(pilot)
        clock.advance(timedelta(minutes=6))
        await press(pilot, "1", "4", "enter")
        await pilot.pause(0.6)
        await press(pilot, "y")
        await typed(pilot, "52000.01")
        assert "approve recorded" in said(pilot), screen_text(pilot)
    assert len(engine.queries.accounts()) == 4


async def test_a_proposal_with_braces_in_its_words_is_only_words(opened: Opened) -> None:
    engine = opened("dana")
    command = OpenAccount(parent="Main", tier=Tier.GEN, name="{x}{}")
    with pytest.raises(Pending):
        engine.commands.submit(command, actor="eli")
    async with running(engine, (160, 50)) as pilot:
        assert "eli proposes open Main gen {x}{}" in screen_text(pilot)
