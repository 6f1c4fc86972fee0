"""Text from people and files is shown, never obeyed: no markup, no control, no bent column."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from books import init
from growth import bought, earned
from msgspec.structs import replace
from rich.cells import cell_len
from screens import keys_to, press, running, screen_text, settled
from textual.pilot import Pilot

from alluse_tui.domain.commands import (
    Deposit,
    Edit,
    Fork,
    Instrument,
    OpenAccount,
    Post,
    Tier,
    Transfer,
    Withdraw,
    amount,
    trade,
)
from alluse_tui.domain.model.errors import AllUseError, BadInput, Refused
from alluse_tui.engine import LocalEngine
from alluse_tui.tui.actions.registry import PAGES
from alluse_tui.tui.widgets.grid import Grid

HOSTILE = {
    "closing tag": "[/x] bad",
    "opening tag": "[red] not red",
    "action": "[@click=app.quit]x[/]",
    "backslash": "\\[red]\\ $(x)",
    "clear screen": "\x1b[2J\x1b]0;owned\x07",
    "carriage": "a\rb\nc\td\x00\x9b1m",
    "long": "W" * 200,
    "wide": "漢字" * 60,
    "joined emoji": "👩‍👩‍👧‍👦 family 👩🏽‍🚀 🏳️‍🌈 🇩🇪🇳🇴",
    "bidi": "\u202eevil\u202c \u2066שלום\u2069 مرحبا",
    "combining": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L" * 2,
    "shell": "; rm -rf ~ $(x) `x` %s {0} {name!r}",
    "no width": "\u200b\u200c\u00ad\ufeff\u2060",
}

MIXED = {
    "markup": "[/x] [red]\\[@click=app.quit]x[/]",
    "controls": "a\rb\nc\td\x00\x9b1m\x1b[2J\x1b]0;owned\x07",
    "shapes": "漢字👩‍👩‍👧‍👦🇩🇪Z͑ͫ̓ͪ\u202eevil\u202c\u200b\u00ad\u2066שלום\u2069",
    "long": "W" * 200,
    "shell": "; rm -rf ~ $(x) `x` %s {0} {name!r}",
}
"""The same in fewer texts, for tests that open much."""

FORMS = (
    ("d",),
    ("w", *"1", "enter"),
    ("t",),
    ("n",),
    ("e",),
    ("o",),
    ("l",),
    ("u",),
    ("f",),
    ("v",),
    ("question_mark",),
    ("colon",),
)
"""Keys that open something over the dashboard."""


def sound(pilot: Pilot[None], where: str) -> None:
    """Every line is the screen's width, has no control and no action in it."""
    width, height = pilot.app.size
    strips = list(pilot.app.screen._compositor.render_strips(pilot.app.size))
    assert len(strips) == height
    for strip in strips:
        segments = list(strip)
        text = "".join(s.text for s in segments)
        assert text.isprintable(), f"{where}: {text!r}"
        assert cell_len(text) == width, f"{where}: {cell_len(text)} cells: {text!r}"
        assert not [s for s in segments if s.control], where
        metas = [s.style.meta for s in segments if s.style is not None and s.style.meta]
        assert not [m for m in metas if any("click" in k for k in m)], where


def acceptable(text: str, most: int, *, portfolio: bool = False) -> str:
    """The worst of it that the book takes as a name."""
    kept = "".join(c for c in text if c.isprintable() and not (portfolio and c in "/:"))
    return kept[:most].strip() or "-"


@pytest.fixture(params=HOSTILE, ids=lambda name: name.replace(" ", "-"))
def hostile(request: pytest.FixtureRequest) -> str:
    return {**HOSTILE, **MIXED}[request.param]


mixed = pytest.mark.parametrize("hostile", MIXED, indirect=True)


@pytest.fixture
def book(hostile: str, open_engine: Callable[..., LocalEngine]) -> LocalEngine:
    """Portfolio, accounts, notes, person, record's note and instrument all have that text."""
    engine = open_engine(hostile)
    home = acceptable(hostile, 40, portfolio=True)
    engine.commands.submit(init(home))
    earned(engine, "gen-1", "52000.01")
    for code in ("gen-1", "rev-1", "com-1"):
        engine.commands.submit(
            Edit(account=code, name=acceptable(hostile, 80), notes=hostile[:500])
        )
    try:
        instrument = Instrument(acceptable(hostile, 12))
        fact = trade(instrument, buy=True, quantity="3", price="5", fees=0)
        engine.commands.submit(Post(account="rev-1", fact=replace(fact, note=hostile[:80])))
    except (AllUseError, ValueError):
        bought(engine, "rev-1", "3", "5")
    engine.commands.submit(Deposit(account="gen-1", amount=amount("1"), note=hostile[:500]))
    with pytest.raises(Refused):
        engine.commands.submit(
            Withdraw(account="gen-1", amount=amount("900000"), note=hostile[:500])
        )
    return engine


async def test_every_page_stays_in_its_lines(book: LocalEngine) -> None:
    async with running(book) as pilot:
        sound(pilot, "dashboard")
        await press(pilot, "home")  # the portfolio's own row
        sound(pilot, "portfolio")
        for name in PAGES:
            await press(pilot, *keys_to(name))
            sound(pilot, name)
            await press(pilot, "down", "s", "S")
            sound(pilot, f"{name} sorted")


@mixed
async def test_every_form_plan_and_modal_stays_in_its_lines(book: LocalEngine) -> None:
    async with running(book) as pilot:
        for keys in FORMS:
            await press(pilot, *keys)
            sound(pilot, " ".join(keys))
            await press(pilot, "tab", "down")
            sound(pilot, " ".join(keys))
            while len(pilot.app.screen_stack) > 2:
                await press(pilot, "escape")
    assert pilot.app.return_code in (0, None)


@mixed
async def test_a_record_and_its_undo_stay_in_their_lines(book: LocalEngine) -> None:
    async with running(book) as pilot:
        await press(pilot, "7", "down", "enter")
        sound(pilot, "record")
        await press(pilot, "escape", "U")
        sound(pilot, "undo")
        await press(pilot, "escape", "slash", *"refused", "enter", "enter")
        sound(pilot, "refused record")


@mixed
async def test_a_plan_that_is_committed_says_so_in_its_line(
    book: LocalEngine, hostile: str
) -> None:
    async with running(book, (100, 30)) as pilot:
        app = pilot.app
        for command in (
            Edit(account="gen-1", name="plain", notes=f"{hostile[:250]} {hostile[:200]}"),
            Transfer(source="gen-1", target="rev-1", amount=amount("1"), override=hostile[:200]),
            OpenAccount(parent="gen-1", tier=Tier.GEN, name=acceptable(hostile, 80)),
            Fork(account="gen-1", note=hostile[:300]),
        ):
            app.propose(command)  # type: ignore[attr-defined]
            await settled(pilot)
            sound(pilot, command.NAME)
            await press(pilot, "n")
            sound(pilot, f"{command.NAME} note")
            await press(pilot, "enter", "y")
            sound(pilot, f"{command.NAME} done")
            while len(app.screen_stack) > 2:
                await press(pilot, "escape")


@mixed
async def test_two_portfolios_of_such_names_are_told_apart_on_every_page(
    book: LocalEngine, hostile: str
) -> None:
    book.commands.submit(init(acceptable(f"2{hostile}", 40, portfolio=True)))
    async with running(book) as pilot:
        await press(pilot, "p", "home")
        sound(pilot, "second")
        await press(pilot, "d")
        await press(pilot, "escape", "down", "d", "9", "enter")
        sound(pilot, "plan")
        assert "Deposit in " in str(pilot.app.screen.query_one("#dialog").border_title)


async def test_what_is_typed_is_shown_as_it_is(book: LocalEngine, hostile: str) -> None:
    async with running(book) as pilot:
        await press(pilot, "slash")
        pilot.app.screen.query_one("#find").value = hostile  # type: ignore[attr-defined] # as pasted
        await settled(pilot)
        sound(pilot, "find")
        await press(pilot, "enter")
        sound(pilot, "found")
        await press(pilot, "escape", "colon")
        pilot.app.screen.query_one("#words").value = hostile  # type: ignore[attr-defined]
        await settled(pilot)
        sound(pilot, "palette")
        await press(pilot, "escape", "n")
        for field in pilot.app.screen.query("Line"):
            field.value = hostile  # type: ignore[attr-defined]
        await press(pilot, "enter")
        sound(pilot, "wrong")


async def test_columns_stay_aligned_beside_such_text(book: LocalEngine) -> None:
    async with running(book, (100, 30)) as pilot:
        await press(pilot, "7")
        grid = pilot.app.screen.query_one("#records", Grid)
        starts = set()
        for y in range(1, 1 + len(grid.items)):
            text = grid.render_line(y).text
            act = grid.items[y - 1].command
            before = text[: text.index(f" {act} ") + 1]
            starts.add(cell_len(before))
        assert len(grid.items) > 5 and len(starts) == 1
        await press(pilot, "2")
        entries = pilot.app.screen.query_one("#entries", Grid)
        ends = {
            cell_len(line[: line.rindex(f"#{item.seq}") + len(f"#{item.seq}")])
            for item, line in (
                (item, entries.render_line(y + entries._header).text.rstrip())
                for y, item in enumerate(entries.items)
            )
        }
        assert len(entries.items) > 1 and len(ends) == 1


def test_a_name_that_cannot_be_shown_is_not_taken(engine: LocalEngine) -> None:
    for text in ("\x1b[2J", "a\nb", "\u202eevil", "👩‍👩‍👧", "x" * 81, " x", ""):
        with pytest.raises(BadInput):
            engine.commands.submit(Edit(account="gen-1", name=text))
        with pytest.raises(BadInput):
            engine.commands.submit(init(text))


@pytest.mark.parametrize("name", ["[red] x", "\\[red]", "[@click=app.quit]x[]", "x\\", "[", "[["])
async def test_a_portfolios_name_stands_as_it_is_over_its_pane(
    engine: LocalEngine, name: str
) -> None:
    engine.commands.submit(init(name))
    async with running(engine) as pilot:
        while not (pilot.app.snapshot and pilot.app.snapshot.portfolio.name == name):  # type: ignore[attr-defined]
            await press(pilot, "p")
        await press(pilot, "home")
        region = pilot.app.screen.query_one("#balances").region
        title = screen_text(pilot).splitlines()[region.y][region.x : region.right]
        assert title.strip("─") == name
        await press(pilot, "8")
        assert f"Policy of {name} · " in screen_text(pilot)
        await press(pilot, "escape", "down", "d", "9", "enter")
        assert f"Deposit in {name} ─" in screen_text(pilot)


async def test_an_instrument_and_a_code_never_read_as_markup(engine: LocalEngine) -> None:
    engine.commands.submit(Edit(account="gen-1", name="[bold]x[/bold]"))
    async with running(engine, (100, 30)) as pilot:
        await press(pilot, "2")
        assert "[bold]x[/bold]" in screen_text(pilot)
        await press(pilot, "e")
        assert "[bold]x[/bold]" in screen_text(pilot)
