"""What every list can do: sort, find, choose columns, copy, fold; and thousands of rows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from growth import chain, earned
from opened import lines_with
from screens import press, running, screen_text, settled
from textual.pilot import Pilot

from alluse_tui.domain.commands import (
    CashFact,
    Deposit,
    Edit,
    Fork,
    Import,
    Kind,
    OpenAccount,
    Post,
    StatementFacts,
    Tier,
    Transfer,
    amount,
)
from alluse_tui.domain.views import grouped
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.tui.widgets.accounts import AccountTree
from alluse_tui.tui.widgets.grid import Grid
from benchmarks.large import large_book

LARGE = (160, 50)


def grid(pilot: Pilot[None], name: str = "accounts") -> Grid[Any]:
    found: Grid[Any] = pilot.app.screen.query_one(f"#{name}", Grid)
    return found


def codes(pilot: Pilot[None]) -> list[str]:
    return [node.code for node in grid(pilot).items]


def titles(pilot: Pilot[None], name: str = "accounts") -> str:
    """The line of titles of a list."""
    region = grid(pilot, name).content_region
    return screen_text(pilot).splitlines()[region.y][region.x : region.right]


def row_of_cursor(pilot: Pilot[None], name: str = "accounts") -> str:
    """The only line of a list that is drawn reversed or on the cursor's ground."""
    found = grid(pilot, name)
    ink = found.ink("cursor")
    marked = []
    for y in range(found.size.height):
        segments = [s for s in found.render_line(y) if s.text.strip()]
        if segments and all(s.style and s.style.bgcolor == ink.bgcolor for s in segments):
            marked.append("".join(s.text for s in segments))
    (only,) = marked
    return only


@pytest.fixture
def many(engine: LocalEngine) -> LocalEngine:
    """Four generations, two siblings, figures all different."""
    engine.commands.submit(OpenAccount(parent="Main", tier=Tier.GEN, deposit=amount("31")))
    chain(engine, "gen-1", 2)
    for n, account in enumerate(engine.queries.accounts()):
        earned(engine, account.code, str(7 * n + 1))
    return engine


# -- order --------------------------------------------------------------------------------------


async def test_each_column_sorts_in_its_turn_with_an_arrow_and_then_none(
    many: LocalEngine,
) -> None:
    async with running(many, (190, 58)) as pilot:
        before = codes(pilot)
        shown = [c for c in grid(pilot).shown_columns() if c.value is not None]
        assert len(shown) >= 4
        for column in shown:
            await press(pilot, "s")
            assert titles(pilot).count("▲") + titles(pilot).count("▼") == 1
            arrow = "▼" if column.right else "▲"  # of figures the largest first
            assert f"{column.title} {arrow}" in titles(pilot)
            await press(pilot, "S")
            assert f"{column.title} {'▲' if column.right else '▼'}" in titles(pilot)
        await press(pilot, "s")
        assert "▲" not in titles(pilot) and "▼" not in titles(pilot)
        assert codes(pilot) == before


async def test_siblings_sort_by_equity_and_stay_under_their_parent(many: LocalEngine) -> None:
    async with running(many, LARGE) as pilot:
        await press(pilot, "s", "s")
        assert "equity ▼" in titles(pilot)
        view = {a.code: a for a in many.queries.accounts()}
        top = [c for c in codes(pilot) if c and not view[c].parent]
        assert top == sorted(top, key=lambda c: -view[c].equity)
        for code in codes(pilot):
            if code and view[code].parent:
                assert codes(pilot).index(view[code].parent) < codes(pilot).index(code)


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("7", "records"),
        ("3", "all-alerts"),
        ("6", "months"),
        ("5", "calendar"),
        ("8", "policy"),
        ("2", "entries"),
    ],
)
async def test_every_column_of_every_list_can_be_sorted_both_ways(
    forked: LocalEngine, page: str, name: str
) -> None:
    async with running(forked, LARGE) as pilot:
        await press(pilot, page)
        found = grid(pilot, name)
        for column in [c for c in found.shown_columns() if c.value is not None]:
            await press(pilot, "s")
            assert column.value is not None
            values = [column.value(item) for item in found.items]
            assert values == sorted(values, reverse=column.right)
            await press(pilot, "S")
            values = [column.value(item) for item in found.items]
            assert values == sorted(values, reverse=not column.right)


async def test_a_click_on_a_title_sorts_and_a_second_one_turns_it_round(many: LocalEngine) -> None:
    async with running(many, LARGE) as pilot:
        at = titles(pilot).index("equity")
        for arrow in ("▼", "▲"):
            region = grid(pilot).region
            await pilot.click(Grid, offset=(at + 1, grid(pilot).content_region.y - region.y))
            await settled(pilot)
            assert f"equity {arrow}" in titles(pilot)


async def test_the_cursor_stays_with_its_account_through_sort_find_and_news(
    many: LocalEngine,
) -> None:
    async with running(many, LARGE) as pilot:
        await press(pilot, "end", "up")
        held = grid(pilot).key
        assert held
        for key in ("s", "S", "s", "s", "S"):
            await press(pilot, key)
            assert grid(pilot).key == held and held in row_of_cursor(pilot)
        await press(pilot, "slash", *held, "enter")
        assert grid(pilot).key == held and held in row_of_cursor(pilot)
        await press(pilot, "escape")
        many.commands.submit(OpenAccount(parent="Main", tier=Tier.GEN, deposit=amount("900000")))
        many.commands.submit(Transfer(source="gen-1", target="rev-1", amount=amount("5")))
        await settled(pilot)
        assert grid(pilot).key == held and held in row_of_cursor(pilot)


async def test_the_cursor_stays_with_its_record_when_records_come_in(engine: LocalEngine) -> None:
    engine.commands.submit(Deposit(account="gen-1", amount=amount("1")))
    async with running(engine, LARGE) as pilot:
        await press(pilot, "7")
        assert grid(pilot, "records").key == "2"
        for _ in range(3):
            engine.commands.submit(Deposit(account="gen-1", amount=amount("1")))
        await press(pilot, "V")
        assert grid(pilot, "records").key == "2"
        assert "#2" in row_of_cursor(pilot, "records")


async def test_entries_of_one_record_that_are_alike_have_a_cursor_each(
    engine: LocalEngine,
) -> None:
    day = engine.today
    fees = tuple(
        CashFact(kind=Kind.FEE, micros=-amount("1"), currency="USD", effective=day, key=f"fee {n}")
        for n in range(3)
    )
    facts = StatementFacts(
        source="broker:U1",
        first_day=day,
        last_day=day,
        sha256="0" * 64,
        rates=(),
        opening=(),
        facts=fees,
    )
    engine.commands.submit(Import(account="gen-1", statement=facts))
    async with running(engine, LARGE) as pilot:
        await press(pilot, "2")
        assert len(grid(pilot, "entries").items) == 4
        seen = {grid(pilot, "entries").key}
        for _ in range(3):
            assert row_of_cursor(pilot, "entries")
            await press(pilot, "down")
            seen.add(grid(pilot, "entries").key)
        assert len(seen) == 4


# -- finding ------------------------------------------------------------------------------------


async def test_find_narrows_while_typing_and_escape_shows_all(many: LocalEngine) -> None:
    async with running(many, LARGE) as pilot:
        every = codes(pilot)
        await press(pilot, "slash", *"gen-1.")
        assert codes(pilot) == [c for c in every if c.startswith("gen-1.")]
        assert "/gen-1." in screen_text(pilot) and f"of {len(every) - 1}" in screen_text(pilot)
        await press(pilot, "1", ".")
        assert codes(pilot) == ["gen-1.1.1"]
        await press(pilot, "x")
        assert codes(pilot) == [] and "no row has 'gen-1.1.x'" in screen_text(pilot)
        await press(pilot, "escape")
        assert codes(pilot) == every and pilot.app.focused is grid(pilot)


async def test_find_needs_every_word_and_enter_keeps_it(many: LocalEngine) -> None:
    many.commands.submit(Edit(account="gen-2", name="Rainy day [fund]"))
    async with running(many, LARGE) as pilot:
        await press(pilot, "slash", *"DAY", "space", *"rainy", "enter")
        assert codes(pilot) == ["gen-2"]
        await press(pilot, "down", "d")
        assert "Deposit into gen-2" in screen_text(pilot)


# -- columns ------------------------------------------------------------------------------------


async def hide_cash(pilot: Pilot[None]) -> None:
    await press(pilot, "v")
    while grid(pilot, "columns").key != "cash":
        await press(pilot, "down")
    await press(pilot, "space", "escape")


async def test_a_column_is_hidden_and_given_back(many: LocalEngine) -> None:
    async with running(many, LARGE) as pilot:
        assert "cash" in titles(pilot)
        await hide_cash(pilot)
        assert "cash" not in titles(pilot) and "equity" in titles(pilot)
        await press(pilot, "v", "r", "escape")
        assert "cash" in titles(pilot)


async def test_one_column_always_stays(many: LocalEngine) -> None:
    async with running(many, LARGE) as pilot:
        await press(pilot, "v", "home")
        for _ in grid(pilot, "columns").items:
            if f"✓ {grid(pilot, 'columns').key}" in screen_text(pilot):
                await press(pilot, "space")
            await press(pilot, "down")
        assert screen_text(pilot).count("✓ ") >= 1
        await press(pilot, "escape")
        assert len(grid(pilot).shown_columns()) == 1


# -- copying ------------------------------------------------------------------------------------


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was handed to the terminal's clipboard."""
    from alluse_tui.tui.app import AllUseApp

    kept: list[str] = []
    monkeypatch.setattr(AllUseApp, "copy_to_clipboard", lambda self, text: kept.append(text))
    return kept


async def test_rows_are_copied_as_they_are_laid_out(many: LocalEngine, copied: list[str]) -> None:
    async with running(many, LARGE) as pilot:
        await press(pilot, "s", "s", "c")
        said = screen_text(pilot).splitlines()[-1]
        assert f"{len(codes(pilot))} rows copied as text" in said
        (text,) = copied
        lines = text.splitlines()
        assert lines[0].split()[:2] == ["account", "equity"]
        for code, line in zip(codes(pilot)[1:], lines[2:], strict=True):
            assert (
                code in line.split() and grouped(many.queries.account(code).equity) in line.split()
            )
        equity = lines[0].index("equity")
        assert all(line[equity - 2 : equity] == "  " for line in lines)  # aligned


async def test_csv_has_a_line_a_row_and_nothing_that_a_spreadsheet_runs(
    engine: LocalEngine, copied: list[str]
) -> None:
    evil = ('=HYPERLINK("http://x","y")', "@SUM(1)", "+1+cmd|' /C calc'!A0", "-2+3", 'a,"b"\nc')
    for note in evil:
        engine.commands.submit(Deposit(account="gen-1", amount=amount("1"), note=note))
    async with running(engine, LARGE) as pilot:
        await press(pilot, "7", "C")
    (text,) = copied
    assert text.count("\r\n") == 7
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][:6] == ["record", "when", "who", "act", "accounts", "note or refusal"]
    notes = [row[5] for row in rows[1:]]
    assert notes[::-1][1:5] == [f"'{note}" for note in evil[:4]]
    assert notes[0] == 'a,"b"\\nc'


def numbers(column: str, rows: list[dict[str, str]]) -> list[Decimal]:
    """What a spreadsheet makes of a column; it knows no '−', no ',' and no 'USD'."""
    cells = [row[column] for row in rows if row[column]]
    assert all(re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", cell) for cell in cells), cells
    return [Decimal(cell) for cell in cells]


async def test_csv_of_the_accounts_has_plain_codes_and_numbers(
    many: LocalEngine, copied: list[str]
) -> None:
    earned(many, "gen-1", "60000")  # due for a fork: the account's cell has a mark
    fact = CashFact(kind=Kind.FEE, micros=-amount("175000"))
    many.commands.submit(Post(account="rev-1", fact=fact, confirmed=True))
    async with running(many, LARGE) as pilot:
        assert "◆" in screen_text(pilot) or "▲" in screen_text(pilot)
        await press(pilot, "C")
    rows = list(csv.DictReader(io.StringIO(copied[0])))
    view = {a.code: a for a in many.queries.accounts()}
    assert rows[0]["account"] == "Main" and {r["account"] for r in rows[1:]} == set(view)
    for column in ("equity", "cash"):
        figures = numbers(column, rows)[1:]
        assert figures == [
            Decimal(getattr(view[row["account"]], column)) / 1_000_000 for row in rows[1:]
        ]
        assert min(figures) < 0 and max(figures) > 1_000
    assert "fork due" in {row["alert"] for row in rows}


@pytest.mark.parametrize(
    ("keys", "columns"),
    [
        (("tab", "tab"), ("amount", "record")),
        (("2",), ("amount", "record")),
        (("6",), ("P&L", "return %", "opening equity")),
        (("7",), ("record",)),
    ],
    ids=("activity", "entries", "months", "journal"),
)
async def test_csv_has_amounts_that_a_spreadsheet_reads(
    many: LocalEngine, copied: list[str], keys: tuple[str, ...], columns: tuple[str, ...]
) -> None:
    fact = CashFact(kind=Kind.FEE, micros=-amount("1234.56"))
    day = many.today.replace(month=many.today.month - 1)
    many.commands.submit(Post(account="gen-1", fact=fact, date=day))
    async with running(many, LARGE) as pilot:
        await press(pilot, *keys, "C")
    rows = list(csv.DictReader(io.StringIO(copied[0])))
    for column in columns:
        assert numbers(column, rows)
    if "amount" in columns:
        assert Decimal("-1234.56") in numbers("amount", rows)
        assert {row["currency"] for row in rows if row["amount"]} == {"USD"}


async def test_only_what_is_found_is_copied(many: LocalEngine, copied: list[str]) -> None:
    async with running(many, LARGE) as pilot:
        await press(pilot, "slash", *"rev", "enter", "C")
        assert "1 row copied as CSV" in screen_text(pilot)
    assert len(copied[0].splitlines()) == 2


# -- the tree -----------------------------------------------------------------------------------


async def test_a_branch_folds_and_unfolds_and_left_goes_up(many: LocalEngine) -> None:
    async with running(many, LARGE) as pilot:
        assert "gen-1.1.1" in codes(pilot)
        assert grid(pilot).key == "gen-1"
        await press(pilot, "left")
        assert "gen-1.1" not in codes(pilot) and "▸ gen-1" in screen_text(pilot)
        await press(pilot, "right")
        assert "gen-1.1.1" in codes(pilot) and "▾ gen-1" in screen_text(pilot)
        await press(pilot, "space")
        assert "gen-1.1" not in codes(pilot)
        await press(pilot, "space", "down", "down")
        assert grid(pilot).key == "gen-1.1.1"
        await press(pilot, "left")
        assert grid(pilot).key == "gen-1.1"
        await press(pilot, "left", "left")
        assert grid(pilot).key == "gen-1" and "gen-1.1" in codes(pilot)
        await press(pilot, "home", "space")
        assert codes(pilot) == [""]


async def test_a_branch_shows_what_it_holds_with_all_below_it(many: LocalEngine) -> None:
    async with running(many, LARGE) as pilot:
        below = [a for a in many.queries.accounts() if a.code.startswith("gen-1")]
        whole = grouped(sum(a.equity for a in below))
        assert len(below) == 3
        assert whole in lines_with(pilot, "▾ gen-1 ")[0]
        await press(pilot, "left")
        assert whole in lines_with(pilot, "▸ gen-1 ")[0]


async def test_a_first_fork_is_seen_at_once_and_a_closed_branch_stays_closed(
    grown: LocalEngine,
) -> None:
    async with running(grown, LARGE) as pilot:
        grown.commands.submit(Fork(account="gen-1"))
        await settled(pilot)
        assert "gen-1.1" in codes(pilot)
        await press(pilot, "left")
        grown.commands.submit(OpenAccount(parent="gen-1", tier=Tier.GEN, deposit=amount("1")))
        await settled(pilot)
        assert "▸ gen-1" in screen_text(pilot) and "gen-1.1" not in codes(pilot)


# -- thousands ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "large.journal"
    large_book(path, accounts=3_000, postings=12_000)
    return path


async def test_three_thousand_accounts_scroll_sort_and_are_found(
    large: Path, open_engine: Callable[..., LocalEngine]
) -> None:
    with LocalEngine(large, actor="dana") as engine:
        async with running(engine, (100, 30)) as pilot:
            assert len(codes(pilot)) == 3_001
            await press(pilot, "end")
            last = codes(pilot)[-1]
            assert grid(pilot).key == last and last in row_of_cursor(pilot)
            await press(pilot, "s", "s")
            assert "equity ▼" in titles(pilot)
            equities = [engine.queries.account(c).equity for c in codes(pilot)[1:]]
            assert equities == sorted(equities, reverse=True)
            assert grid(pilot).key == last and last in row_of_cursor(pilot)
            await press(pilot, "home", "down")
            richest = max(engine.queries.accounts(), key=lambda a: a.equity)
            assert grouped(richest.equity) in row_of_cursor(pilot)
            await press(pilot, "slash", *"gen-2999", "enter")
            found = codes(pilot)
            assert found == [c for c in found if "gen-2999" in c]
            await press(pilot, "escape", "pagedown", "pagedown")
            assert row_of_cursor(pilot)


async def test_among_thousands_an_account_in_a_closed_branch_is_found_and_keys_are_not_lost(
    tmp_path: Path,
) -> None:
    path = tmp_path / "large.journal"
    large_book(path, accounts=3_000, postings=6_000)
    later = FixedClock(datetime(2027, 6, 1, 12, tzinfo=UTC))
    with LocalEngine(path, actor="erin", clock=later, accept_clock=True) as engine:
        chain(engine, "gen-1", 1)
        async with running(engine, LARGE) as pilot:
            accounts = pilot.app.screen.query_one(AccountTree)
            assert accounts.key == "gen-1" and "gen-1" in row_of_cursor(pilot)
            assert "gen-1.1" not in codes(pilot)
            for code in ("gen-2998", "gen-1.1"):
                accounts.reveal(code)
                await settled(pilot)
                assert accounts.key == code and code in row_of_cursor(pilot)
            accounts.action_sort()
            accounts.action_move(1)  # while a thread sorts
            moved = accounts.key
            await settled(pilot)
            assert moved != "gen-1.1"
            assert accounts.key == moved and moved in row_of_cursor(pilot)
            accounts.find("gen-15")
            accounts.find("gen-17")  # while a thread looks for the other
            for _ in range(3):
                await settled(pilot)
            assert codes(pilot) and all("gen-17" in c for c in codes(pilot))
