"""Every screen: it opens by its key, shows the engine's own figures, and Escape leads back."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from books import Cli, init
from growth import bought, earned
from opened import grid, lines_with, opened, page_of, seen
from screens import keys_to, press, running, screen_text, settled
from textual.pilot import Pilot

from alluse_tui.domain.commands import (
    AcknowledgeAlert,
    Deposit,
    Edit,
    Fork,
    OpenAccount,
    PolicySet,
    Tier,
    amount,
)
from alluse_tui.domain.views import grouped
from alluse_tui.engine import LocalEngine
from alluse_tui.tui.actions.registry import PAGES
from alluse_tui.tui.formatting import signed
from alluse_tui.tui.style.themes import THEMES
from alluse_tui.tui.widgets.panels import Balances, _pair

LARGE = (160, 50)


NAMES = ("equity", "cash", "buffer", "base", "available", "positions", "earmarked", "surplus")
"""What a figure is called, here as on the command line."""


@pytest.mark.parametrize("size", [(80, 24), (100, 30), LARGE], ids=str)
@pytest.mark.parametrize("page", ["1", "2"])
async def test_a_figure_has_one_name_at_every_size(
    engine: LocalEngine, cli: Cli, page: str, size: tuple[int, int]
) -> None:
    earned(engine, "gen-1", "52000")
    account = engine.queries.account("gen-1")
    async with running(engine, size) as pilot:
        await press(pilot, page)
        (balances,) = pilot.app.screen.query(Balances)
        drawn = "\n".join(str(line) for line in balances.render().split())
    for name in NAMES:
        micros = account.contracts + account.leaps if name == "earmarked" else None
        shown = grouped(getattr(account, name) if micros is None else micros)
        assert re.search(rf"\b{name} +{re.escape(shown)}(\s|$)", drawn), drawn
    assert not re.search(r"\b(free|held|earmark)\b", drawn)
    said = cli("show", "gen-1").stdout
    assert all(name in said for name in NAMES if name != "earmarked")


async def test_what_growth_waits_for_is_not_marked_as_a_violation(
    engine: LocalEngine, cli: Cli
) -> None:
    async with running(engine) as pilot:
        await press(pilot, "2")
        assert lines_with(pilot, "· surplus 0.00 is below 50,000.00")
        assert "✗" not in screen_text(pilot)
        earned(engine, "gen-1", "50000")
        await settled(pilot)
        await seen(pilot, "✓ surplus 50,000.00 has reached 50,000.00")
        bought(engine, "gen-1", "1450")
        await seen(pilot, "✗ cash 5,000.00 below the 7,500.00 buffer")  # that is one
    said = cli("show", "com-1").stdout + cli("show", "gen-1").stdout
    assert "✗ buffer.required" in said and "✓ fork.threshold" in said
    async with running(engine) as pilot:
        await press(pilot, "u", "y", "u", "y")
    sentence = "surplus 0.00 is below 50,000.00"
    assert f"· fork.threshold: {sentence}" in cli("show", "gen-1").stdout


@pytest.mark.parametrize("width", [39, 44, 60])
def test_millions_are_not_cut_off(width: int) -> None:
    pieces = _pair(width, "equity", "1,234,567.89", "", "earmarked", "52,000.00", "")
    line = "".join(text for text, _ in pieces)
    assert len(line) == width and line.endswith(" 52,000.00") and " 1,234,567.89 " in line


def test_amounts_that_do_not_fit_lose_their_cents() -> None:
    pieces = _pair(39, "cash", "130,000.00", "", "collateral", "2,500,000.00", "")
    line = "".join(text for text, _ in pieces)
    assert line.split() == ["cash", "130,000", "collateral", "2,500,000"]


# -- each screen --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), LARGE], ids=str)
@pytest.mark.parametrize("name", PAGES)
async def test_a_page_opens_by_its_number_and_escape_leads_to_the_dashboard(
    forked: LocalEngine, name: str, size: tuple[int, int]
) -> None:
    async with running(forked, size) as pilot:
        await press(pilot, *keys_to(name))
        assert page_of(pilot) == name
        await press(pilot, "escape")
        assert page_of(pilot) == "dashboard"


async def test_the_dashboard_has_the_engines_balances(forked: LocalEngine) -> None:
    async with running(forked, LARGE) as pilot:
        for account in forked.queries.accounts():
            line = lines_with(pilot, f" {account.code} ")[0]
            for figure in (account.equity, account.cash, account.available):
                assert grouped(figure) in screen_text(pilot)
            assert grouped(account.equity) in line
        assert (
            grouped(forked.queries.portfolio().totals.equity) in lines_with(pilot, "available")[0]
        )


async def test_the_account_page_has_the_accounts_own_figures(forked: LocalEngine) -> None:
    async with running(forked, LARGE) as pilot:
        await press(pilot, "2")
        account, shown = forked.queries.account("gen-1"), screen_text(pilot)
        for figure in (account.equity, account.cash, account.buffer, account.base):
            assert grouped(figure) in shown
        for entry in forked.queries.entries("gen-1", "Main", 100):
            assert [x for x in lines_with(pilot, entry.text) if signed(entry.micros) in x]


async def test_the_alerts_page_has_every_alert_with_its_answer(grown: LocalEngine) -> None:
    async with running(grown, LARGE) as pilot:
        await press(pilot, "3")
        assert len(grown.queries.alerts()) == len(grid(pilot, "all-alerts").items) > 1
        for alert in grown.queries.alerts():
            (line, *_) = lines_with(pilot, alert.kind)
            assert alert.verdict.worded(grouped)[:60] in line
        assert "f Fork" in lines_with(pilot, "fork due")[0]


async def test_the_market_page_has_the_exchanges_hours(engine: LocalEngine) -> None:
    async with running(engine, LARGE) as pilot:
        await press(pilot, "5")
        assert "09:30 – 16:00" in lines_with(pilot, "Tue 24 Nov 2026")[0]
        assert "closed Thanksgiving" in lines_with(pilot, "Thu 26 Nov 2026")[0]
        assert "09:30 – 13:00 half day" in lines_with(pilot, "Fri 27 Nov 2026")[0]


async def test_the_reports_page_has_what_each_branch_grew_to(forked: LocalEngine) -> None:
    async with running(forked, LARGE) as pilot:
        await press(pilot, "6")
        for branch in forked.queries.tree("Main"):
            lines = [x[80:] for x in lines_with(pilot, f" {branch.account.code} ")]
            (line,) = [x for x in lines if branch.account.code in x.split()]
            for figure in (grouped(branch.capital), signed(branch.gain), grouped(branch.subtree)):
                assert figure in line


async def test_the_settings_page_has_every_setting_with_its_value(engine: LocalEngine) -> None:
    async with running(engine, (100, 130)) as pilot:
        await press(pilot, "8")
        for path, value in engine.queries.policy().settings.items():
            (line,) = [x for x in lines_with(pilot, path) if x.split()[:1] == [path]]
            assert value.split()[0] in line


# -- the account page ---------------------------------------------------------------------------


async def test_the_account_page_follows_the_cursor_and_brackets_step(engine: LocalEngine) -> None:
    def shown(pilot: Pilot[None]) -> str:
        return str(pilot.app.screen.query_one("Balances").border_title).split()[0]

    async with running(engine) as pilot:
        await press(pilot, "down", "2")
        assert shown(pilot) == "rev-1"
        await press(pilot, "right_square_bracket")
        assert shown(pilot) == "com-1"
        await press(pilot, "right_square_bracket")
        assert shown(pilot) == "gen-1"
        await press(pilot, "left_square_bracket", "left_square_bracket")
        assert shown(pilot) == "rev-1"
        assert "75,000.00" in screen_text(pilot)
        await press(pilot, "escape")
        assert grid(pilot, "accounts").key == "rev-1"


async def test_the_account_page_shows_the_account_of_the_portfolio_that_is_shown(
    engine: LocalEngine,
) -> None:
    engine.commands.submit(Edit(account="gen-1", name="The first"))
    engine.commands.submit(init("Smith", "1000"))
    engine.commands.submit(Deposit(portfolio="Smith", account="gen-1", amount=amount("77")))
    async with running(engine, LARGE) as pilot:
        await press(pilot, "2")
        assert "100,000.00" in screen_text(pilot) and "+77.00" not in screen_text(pilot)
        await press(pilot, "p")
        assert "Smith" in screen_text(pilot)
        assert "+77.00" in screen_text(pilot)
        assert "100,000.00" not in screen_text(pilot)


# -- long work ----------------------------------------------------------------------------------


async def test_a_simulation_is_shown_year_by_year(engine: LocalEngine) -> None:
    async with running(engine, LARGE) as pilot:
        await press(pilot, "6", "x", "y")
        years = grid(pilot, "years").items
        assert len(years) == 10
        for year in years:
            assert grouped(year.total) in screen_text(pilot)  # type: ignore[attr-defined]
        assert "not a forecast" in screen_text(pilot)


async def test_work_shows_its_progress_lets_other_keys_through_and_stops(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    going = threading.Event()

    def slow(*arguments: object) -> None:
        progress: Callable[[int, int], None] = arguments[-1]  # type: ignore[assignment]
        for _ in range(2_000):
            progress(52, 520)
            going.wait(0.01)
        raise AssertionError("nobody stopped it")

    monkeypatch.setattr("alluse_tui.engine.simulation.simulated_years.simulate_years", slow)
    async with running(engine, (100, 30)) as pilot:
        await pilot.press("X")
        await seen(pilot, "no job is running")
        await pilot.press("6", "x", "y")
        await seen(pilot, "simulation 52 of 520")
        await pilot.press("V")
        await seen(pilot, "simulation running; X stops it")
        await pilot.press("7")
        await seen(pilot, "Journal: 1 record")
        await pilot.press("X")
        await seen(pilot, "simulation was stopped; nothing was changed")
        await settled(pilot)
        assert "of 520" not in screen_text(pilot)
        assert not pilot.app.jobs.simulated  # type: ignore[attr-defined]


# -- settings, alerts, palette, theme -----------------------------------------------------------


async def test_a_setting_changes_through_its_plan(engine: LocalEngine) -> None:
    async with running(engine, (100, 40)) as pilot:
        await press(pilot, "8", "slash", *"limits.buffer", "enter", "enter")
        assert "Set limits.buffer" in screen_text(pilot)
        await press(pilot, "backspace", "backspace", "backspace", *"nonsense", "enter")
        assert engine.queries.policy().settings["limits.buffer"] == "5"
        assert "✗" in screen_text(pilot)
        await press(pilot, "enter", *["backspace"] * 8, "7", "enter")
        assert "limits.buffer 5 % → 7 %" in screen_text(pilot) and engine.seq == 1
        await press(pilot, "y")
        assert engine.queries.policy().settings["limits.buffer"] == "7"
        assert "7" in lines_with(pilot, " limits.buffer ")[0]


@pytest.mark.parametrize(
    ("path", "typed", "said"),
    [
        ("fork.threshold", "60000", "fork.threshold 50000.00 USD → 60000.00 USD"),
        ("fork.cooling_hours", "1", "fork.cooling_hours 0 hours → 1 hours"),
        ("tiers.gen.delta", "41-50", "tiers.gen.delta 40-50 → 41-50"),
    ],
)
async def test_a_settings_plan_has_the_old_and_the_new_value_with_their_unit(
    engine: LocalEngine, path: str, typed: str, said: str
) -> None:
    before = engine.queries.policy().settings[path]
    said = said.replace(" 0 hours", f" {before} hours")
    async with running(engine, (100, 30)) as pilot:
        await press(pilot, "8", "slash", *path, "enter", "enter")
        unit = engine.queries.policy().units.get(path, "")
        assert lines_with(pilot, f"now {before} {unit}".strip())
        await press(pilot, *["backspace"] * len(before), *typed, "enter")
        assert said in screen_text(pilot)


def test_an_accounts_own_setting_is_told_from_the_portfolios(engine: LocalEngine) -> None:
    def said(text: str) -> str:
        command = PolicySet(account="gen-1", changes=(("limits.buffer", text),))
        plan = engine.commands.preview(command)
        engine.commands.submit(command)
        return next(r.message for r in plan.rules if r.rule == "policy.valid")

    assert said("7") == "limits.buffer 5 % (Main) → 7 %"
    assert said("") == "limits.buffer 7 % → 5 % (Main)"


async def test_a_snoozed_alert_is_gone_until_its_day(grown: LocalEngine) -> None:
    async with running(grown, (100, 30)) as pilot:
        await press(pilot, "3")
        ident = grid(pilot, "all-alerts").key
        await press(pilot, "z", *"tomorrow", "enter")
        assert "must be a date in the form YYYY-MM-DD" in screen_text(pilot)
        await press(pilot, *["backspace"] * 8, *"2026-12-01", "enter")
        assert ident not in [a.id for a in grown.queries.alerts()]
        assert ident in [a.id for a in grown.queries.alerts(silent=True)]
        assert "snoozed until 2026-12-01; u undoes it" in screen_text(pilot)
        assert grid(pilot, "all-alerts").key not in ("", ident)
        await press(pilot, "u", "y")
        assert ident in [a.id for a in grown.queries.alerts()]


async def test_what_is_snoozed_stands_last_among_the_alerts_with_its_day(
    grown: LocalEngine,
) -> None:
    grown.commands.submit(AcknowledgeAlert(alert="fork due:Main/gen-1:0", until=date(2026, 12, 3)))
    others = [a.id for a in grown.queries.alerts()]
    assert others and "fork due:Main/gen-1:0" not in others
    async with running(grown, (100, 30)) as pilot:
        assert "snoozed" not in screen_text(pilot)  # the dashboard has what needs somebody
        await press(pilot, "3")
        assert f"Alerts {len(others)}, 1 snoozed" in screen_text(pilot)
        (line,) = lines_with(pilot, "snoozed until 3 Dec  surplus")
        assert line.strip().startswith("z fork due") and "gen-1" in line
        listed = [a.id for a in grid(pilot, "all-alerts").items]  # type: ignore[attr-defined]
        assert listed == [*others, "fork due:Main/gen-1:0"]
        await press(pilot, "end")
        assert "snoozed until 2026-12-03 or until it gets worse; a acknowledges it" in (
            screen_text(pilot)
        )
        await press(pilot, "a")
        assert "1 snoozed" not in screen_text(pilot) and "1 seen" in screen_text(pilot)


@pytest.mark.parametrize(
    ("typed", "page"), [("journal", "journal"), ("go to set", "settings"), ("com-1", "account")]
)
async def test_the_palette_goes_to_a_screen_or_an_account(
    engine: LocalEngine, typed: str, page: str
) -> None:
    async with running(engine, (100, 30)) as pilot:
        await press(pilot, "colon", *typed.replace(" ", "_").split("_")[0])
        for word in typed.split()[1:]:
            await press(pilot, "space", *word)
        await press(pilot, "enter")
        assert page_of(pilot) == page
        if page == "account":
            assert "com-1" in screen_text(pilot) and "Compounding" in screen_text(pilot)


async def test_the_palette_finds_an_account_by_its_name_from_the_account_page(
    engine: LocalEngine,
) -> None:
    engine.commands.submit(OpenAccount(parent="Main", tier=Tier.REV, name="Rainy days"))
    async with running(engine, (100, 30)) as pilot:
        await press(pilot, "2", "colon", *"rainy", "enter")
        assert "Rainy days" in screen_text(pilot) and page_of(pilot) == "account"


async def test_the_palette_does_an_action_or_says_why_not(engine: LocalEngine) -> None:
    async with running(engine, (100, 30)) as pilot:
        await press(pilot, "colon", *"suspend", "enter")
        assert "active → suspended" in screen_text(pilot) or "suspend" in screen_text(pilot).lower()
        await press(pilot, "escape", "colon", *"merge", "enter")
        assert "gen-1 was not forked, so it cannot merge" in screen_text(pilot)
    assert engine.seq == 1


async def test_the_theme_is_kept_for_the_next_time(engine: LocalEngine, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    async with opened(engine, state_folder=folder) as pilot:
        first = pilot.app.theme
        await press(pilot, "T", "T")
        chosen = pilot.app.theme
        assert f"theme {chosen}" in screen_text(pilot)
    names = list(THEMES)
    assert names.index(chosen) == names.index(first) + 2
    async with opened(engine, state_folder=folder) as pilot:
        assert pilot.app.theme == chosen


async def test_a_state_folder_that_cannot_be_written_is_said_and_harms_nothing(
    engine: LocalEngine, tmp_path: Path
) -> None:
    (tmp_path / "state").write_text("a file, no folder")
    async with opened(engine, state_folder=tmp_path / "state") as pilot:
        await press(pilot, "T")
        assert "could not be saved" in screen_text(pilot)


async def test_the_second_portfolios_page_shows_its_own_accounts(engine: LocalEngine) -> None:
    engine.commands.submit(init("Smith", "1000"))
    earned(engine, "Smith/gen-1", "3")
    async with running(engine, LARGE) as pilot:
        await press(pilot, "p", "6")
        assert "403.00" in screen_text(pilot) and "100,000.00" not in screen_text(pilot)
        await press(pilot, "8")
        assert "Policy of Smith" in screen_text(pilot)
        await press(pilot, "p")
        assert "Policy of Main" in screen_text(pilot)


async def test_a_fork_made_elsewhere_shows_on_the_reports_page(grown: LocalEngine) -> None:
    async with running(grown, LARGE) as pilot:
        await press(pilot, "6")
        assert "gen-1.1" not in screen_text(pilot)
        grown.commands.submit(Fork(account="gen-1"))
        await seen(pilot, "gen-1.1")
