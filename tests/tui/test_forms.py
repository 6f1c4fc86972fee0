"""Forms: what is asked, what is refused and why, and what comes of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from books import init
from growth import bought
from opened import page_of
from screens import press, running, screen_text, settled
from textual.pilot import Pilot

from alluse_tui.domain.commands import CashFact, Kind, Post, Reinvest, Suspend, amount
from alluse_tui.domain.views import AlertView, plain
from alluse_tui.engine import FixedClock, LocalEngine, record_view
from alluse_tui.engine.operations.operations import Operations

DATA = Path(__file__).parents[1] / "data"

TALL = (100, 40)


def filled(pilot: Pilot[None]) -> dict[str, str]:
    """What stands in the fields of the form that is shown."""
    return dict(pilot.app.screen.typed)  # type: ignore[attr-defined]


def heading(pilot: Pilot[None]) -> str:
    return str(pilot.app.screen.query_one("#dialog").border_title)


def wrong(pilot: Pilot[None]) -> str:
    """What the form says is wrong."""
    return str(pilot.app.screen.query_one("#wrong").visual)  # type: ignore[attr-defined]


def alert(engine: LocalEngine, kind: str) -> AlertView:
    return next(a for a in engine.queries.alerts() if a.kind == kind)


def drained(engine: LocalEngine, code: str, dollars: str) -> None:
    fact = CashFact(kind=Kind.FEE, micros=-amount(dollars))
    engine.commands.submit(Post(account=code, fact=fact, confirmed=True))


# -- an action without a key, through the palette ------------------------------------------------


async def by_palette(pilot: Pilot[None], name: str) -> None:
    await press(pilot, "colon", *name, "enter")


# -- what comes of them -------------------------------------------------------------------------


async def test_a_fee_is_recorded_as_taken_with_its_day_and_note(engine: LocalEngine) -> None:
    async with running(engine, TALL) as pilot:
        await press(pilot, "n", *"fee", "tab", *"12.34", "tab", "tab", *"2026-11-20", "tab", "tab")
        assert "positive if paid" in screen_text(pilot)
        await press(pilot, *"data", "enter")
        assert "−12.34" in screen_text(pilot) and engine.seq == 1
        await press(pilot, "y")
        assert page_of(pilot) == "dashboard"
    (entry, *_) = engine.queries.entries("gen-1", "Main", 9)
    assert (entry.kind, entry.micros, entry.note) == ("fee", -amount("12.34"), "data")
    assert entry.effective.isoformat() == "2026-11-20"


async def test_a_dividend_is_of_its_symbol(engine: LocalEngine) -> None:
    async with running(engine, TALL) as pilot:
        await press(pilot, "n", *"fee", "tab", *"4", "tab", "tab", "tab", *"aapl", "enter")
        assert "is only for a dividend" in screen_text(pilot)
        await press(pilot, "escape", "n", *"dividend", "tab", *"48", "tab", "tab", "tab", *"aapl")
        await press(pilot, "enter", "y")
    (event,) = record_view(engine.queries.record(engine.seq)).events
    assert (event["kind"], event["symbol"]) == ("dividend", "AAPL")


async def test_a_mark_says_what_positions_are_worth(engine: LocalEngine) -> None:
    bought(engine, "gen-1", "10")
    async with running(engine, TALL) as pilot:
        await press(pilot, "n", *"mark", "tab", *"1500", "enter", "y")
    assert engine.queries.account("gen-1").positions == amount("1500")


async def test_an_outsized_fact_asks_whether_the_operator_is_sure(engine: LocalEngine) -> None:
    async with running(engine, TALL) as pilot:
        await press(pilot, "n", *"premium", "tab", *"99999999", "enter")
        assert "! 99,999,999.00 is more than 25 % of the 100,000.00 equity: sure?" in screen_text(
            pilot
        )
        assert "confirmed" not in screen_text(pilot)
        await press(pilot, "y")
        assert "sure? press y again" in screen_text(pilot) and engine.seq == 1
        await press(pilot, "y")
    assert engine.queries.account("gen-1").equity == amount("100099999")


async def test_name_and_notes_are_edited(engine: LocalEngine) -> None:
    async with running(engine, TALL) as pilot:
        await press(pilot, "e")
        assert filled(pilot)["name"] == "Generation 1"
        await press(pilot, *"spare", "enter", "y")
    found = engine.queries.account("gen-1")
    assert (found.name, found.notes) == ("Generation 1", "spare")


async def test_the_plan_of_an_edit_says_what_changes(engine: LocalEngine) -> None:
    async with running(engine, TALL) as pilot:
        await press(pilot, "e", *"spare", "enter")
        assert "spare" in screen_text(pilot) and "notes" in screen_text(pilot)


@pytest.mark.parametrize(("source", "left"), [("rev-1", "74900"), ("", "75000")])
async def test_an_account_is_opened_with_a_transfer_or_with_money_from_outside(
    engine: LocalEngine, source: str, left: str
) -> None:
    async with running(engine, TALL) as pilot:
        await press(pilot, "o", *"Spare", "tab", *"100", "tab", *source, "enter")
        assert "new" in screen_text(pilot) and engine.seq == 1
        await press(pilot, "y")
    assert engine.queries.account("gen-1.1").name == "Spare"
    assert engine.queries.account("gen-1.1").equity == amount("100")
    assert engine.queries.account("rev-1").equity == amount(left)


async def test_earmarked_money_is_released(
    engine: LocalEngine, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from test_growth_screens import IN_WINDOW

    fact = CashFact(kind=Kind.PREMIUM, micros=amount("40000"))
    engine.commands.submit(Post(account="rev-1", fact=fact, confirmed=True))
    clock.set(IN_WINDOW)
    engine.commands.submit(Reinvest(account="rev-1"))
    async with running(engine, TALL) as pilot:
        await press(pilot, "down")
        await by_palette(pilot, "release")
        assert "contracts 30,000.00" in screen_text(pilot)
        await press(pilot, *"leaps", "tab", *"123.45", "enter", "y")
    assert engine.queries.account("rev-1").leaps == amount("9876.55")


async def test_a_transfer_below_the_buffer_needs_its_reason(engine: LocalEngine) -> None:
    async with running(engine, TALL) as pilot:
        await press(pilot, "down", "t", *"72000", "tab", *"gen-1", "enter")
        assert "refused" in screen_text(pilot)
        await press(pilot, "enter", "tab", *"rent", "enter")
        assert "refused" not in screen_text(pilot) and engine.seq == 1
        await press(pilot, "y", *"rev-1", "enter")
    assert engine.queries.account("rev-1").equity == amount("3000")
    (record,) = engine.queries.records(1)
    assert record.plain["content"]["override"] == "rent"


async def test_a_suspended_account_is_activated_by_the_palette(engine: LocalEngine) -> None:
    engine.commands.submit(Suspend(account="gen-1"))
    async with running(engine, TALL) as pilot:
        await by_palette(pilot, "activate")
        await press(pilot, "y")
    assert str(engine.queries.account("gen-1").status) == "active"


# -- alerts are answered with their own figures --------------------------------------------------


async def test_a_short_buffer_is_answered_with_what_is_missing(engine: LocalEngine) -> None:
    bought(engine, "rev-1", "740")
    short = alert(engine, "buffer short")
    async with running(engine, TALL) as pilot:
        await press(pilot, "3", "slash", *"buffer", "enter", "enter")
        typed = filled(pilot)
        assert typed["amount"] == plain(short.micros)
        assert (typed["from"], typed["to"]) == ("", "rev-1")
        await press(pilot, *"gen-1", "enter", "y")
        assert "buffer short" not in [a.kind for a in engine.queries.alerts()]
    account = engine.queries.account("rev-1")
    assert account.cash >= account.buffer
    assert account.equity == amount("75000") + short.micros


async def test_a_drift_is_answered_with_exactly_its_transfer(engine: LocalEngine) -> None:
    drained(engine, "rev-1", "30000")
    drift = alert(engine, "allocation drift")
    assert drift.action == "transfer" and drift.micros
    source, target = drift.codes
    before = {a.code: a.equity for a in engine.queries.accounts()}
    async with running(engine, TALL) as pilot:
        await press(pilot, "tab", "slash", *"drift", "enter", "enter")
        assert filled(pilot) == {
            "amount": plain(drift.micros),
            "from": source,
            "to": target,
            "note": "",
        }
        await press(pilot, "enter", "y")
    after = {a.code: a.equity for a in engine.queries.accounts()}
    assert before[source] - after[source] == after[target] - before[target] == drift.micros


async def test_a_drained_compounding_account_is_answered_with_a_deposit(
    engine: LocalEngine,
) -> None:
    drained(engine, "com-1", "75100")
    overdrawn = alert(engine, "overdraft")
    async with running(engine, TALL) as pilot:
        await press(pilot, "3", "slash", *"overdraft", "enter", "enter")
        assert heading(pilot) == "Deposit into com-1"
        assert filled(pilot)["amount"] == plain(overdrawn.micros) == "100.00"


async def test_a_book_that_cannot_be_written_says_so_where_an_alert_is_answered(
    engine: LocalEngine,
) -> None:
    bought(engine, "rev-1", "740")
    engine.core.journal.quarantine("record 1 was changed")
    async with running(engine, TALL) as pilot:
        await press(pilot, "3", "slash", *"buffer", "enter", "enter")
        assert page_of(pilot) == "alerts"
        assert "writing is refused" in screen_text(pilot)


# -- a broker's statement ------------------------------------------------------------------------


@pytest.fixture
def old(open_engine: object, monkeypatch: pytest.MonkeyPatch) -> LocalEngine:
    """An empty book that opened before the statement's first day; its file lies at hand."""
    from datetime import date

    from msgspec.structs import replace

    monkeypatch.chdir(DATA)
    made: LocalEngine = open_engine()  # type: ignore[operator]
    made.commands.submit(replace(init(capital="0"), date=date(2024, 12, 31)))
    return made


async def test_a_statement_shows_its_plan_and_is_booked_to_its_ending_cash(
    old: LocalEngine,
) -> None:
    async with running(old, TALL) as pilot:
        await press(pilot, "l", *"composed-year.xml", "tab", *"gen-1", "enter")
        assert old.seq == 1 and "Import" in heading(pilot)
        await press(pilot, "y")
        held = old.queries.account("gen-1").currencies
        assert held == {"USD": amount("41050.09"), "EUR": amount("149.83")}
        await press(pilot, "l", *"composed-next-period.xml", "enter")  # its account is known now
        assert "Import" in heading(pilot)
        await press(pilot, "escape")
    assert old.operations.verify().ok


async def test_a_statement_of_several_accounts_is_booked_to_each(old: LocalEngine) -> None:
    async with running(old, TALL) as pilot:
        await press(pilot, "l", *"composed-two-accounts.xml", "enter")
        assert "choose the accounts that broker accounts …111 and …222 belong to" in wrong(pilot)
        assert "111=CODE 222=CODE" in wrong(pilot)
        await press(pilot, *"111=gen-1 222=rev-1", "enter")  # in place of what was suggested
        shown = screen_text(pilot)
        first, second = shown.split("── broker account …111 into gen-1 ─")[1].split(
            "── broker account …222 into rev-1 ─"
        )
        assert "3 new into gen-1, 0 already recorded, 0 ignored" in first
        assert "✓ agrees with the file on 2026-01-31: 2 of 2 figures" in first
        assert "2 new into rev-1" in second and "2026-01-31: 1 of 1 figures" in second
        await press(pilot, "y")
    held = [old.queries.account(code).currencies for code in ("gen-1", "rev-1")]
    assert held == [{"USD": amount("4898")}, {"EUR": amount("290")}]


async def test_a_statement_goes_into_the_portfolio_that_is_shown(old: LocalEngine) -> None:
    from datetime import date

    from msgspec.structs import replace

    old.commands.submit(replace(init("Another", "0"), date=date(2024, 12, 31)))
    async with running(old, TALL) as pilot:
        assert "Another" in screen_text(pilot)
        await press(pilot, "l", *"composed-year.xml", "tab", *"gen-1", "enter")
        assert "Import in Another" in heading(pilot)
        await press(pilot, "y")
    assert (
        old.queries.account("Another/gen-1").equity > 0 == old.queries.account("Main/gen-1").equity
    )


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("nothing.xml", "nothing.xml"),
        ("/", "/"),
        ("__init__.py", "__init__.py"),
    ],
)
async def test_a_statement_that_cannot_be_loaded_is_one_line(
    old: LocalEngine, tmp_path: Path, file: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if file == "__init__.py":
        (tmp_path / file).write_bytes(b"\0\xff no xml")
        monkeypatch.chdir(tmp_path)
    async with running(old, TALL) as pilot:
        await press(pilot, "l", *file, "enter")
        assert heading(pilot) == "Import a statement"
        fields = {"file": file, "into": "gen-1", "currency": ""}
        assert filled(pilot) == fields  # to be corrected, not typed again
        assert said in wrong(pilot) and wrong(pilot).startswith("✗ ")
        assert "reading" not in screen_text(pilot)
        await press(pilot, "x")
        assert wrong(pilot) == ""
    assert old.seq == 1


async def test_a_wrong_path_is_mended_in_its_form_which_closes_once_it_is_imported(
    old: LocalEngine,
) -> None:
    async with running(old, TALL) as pilot:
        await press(pilot, "l", *"composed-year.xm", "enter")
        assert "composed-year.xm" in wrong(pilot)
        await press(pilot, "l", "enter")
        assert heading(pilot) == "Import" and old.seq == 1
        await press(pilot, "escape")
        fields = {"file": "composed-year.xml", "into": "gen-1", "currency": ""}
        assert filled(pilot) == fields
        await press(pilot, "enter", "y")
        assert page_of(pilot) == "dashboard"
    assert old.seq > 1


async def test_whoever_leaves_the_form_while_it_reads_sees_no_plan(
    old: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    begun, go_on, read = threading.Event(), threading.Event(), Operations.read_statements

    def slowly(engine: Operations, path: Path, **options: Any) -> object:
        begun.set()
        go_on.wait(10)
        return read(engine, path, **options)

    monkeypatch.setattr(Operations, "read_statements", slowly)
    async with running(old, TALL) as pilot:
        await pilot.press("l", *"composed-year.xml", "tab", *"gen-1", "enter")
        async with asyncio.timeout(30):
            while not begun.is_set():
                await pilot.pause(0.01)
        assert "reading … esc stops it" in screen_text(pilot)
        await pilot.press("enter", "escape")
        go_on.set()
        await settled(pilot)
        assert page_of(pilot) == "dashboard"
        assert "import was stopped" in screen_text(pilot)
    assert old.seq == 1


# -- what cannot be used is named with its field --------------------------------------------------

BAD: tuple[tuple[tuple[str, ...], str], ...] = (
    (("d", *"12,5", "enter"), "✗ amount"),
    (("w", "enter"), "✗ amount"),
    (("t", *"10", "enter"), "✗ to: must be one of: rev-1, com-1"),
    (("n", "enter"), "✗ kind"),
    (("n", *"tip", "tab", *"1", "enter"), "✗ kind 'tip': must be one of: premium"),
    (("n", *"fee", "tab", *"x", "enter"), "✗ amount"),
    (("n", *"fee", "tab", *"1", "tab", "tab", *"2026-02-30", "enter"), "✗ date '2026-02-30'"),
    (("n", *"fee", "tab", *"1", "tab", "x", "enter"), "✗ currency"),
    (("n", *"premium", "tab", *"-1", "enter"), "✗ amount"),
    (("o", "shift+tab", "x", "enter"), "✗ tier 'genx'"),
    (("o", "tab", *"1.234", "enter"), "✗ amount"),
    (("l", "enter"), "✗ file: type the path of a statement"),
    (
        ("l", *str(DATA / "composed-year.xml"), "down", "backspace", "enter"),
        "✗ into: choose the account that broker account …001",
    ),
    (("3", "z", *"24.12.2026", "enter"), "✗ until"),
)


@pytest.mark.parametrize(("keys", "said"), BAD, ids=lambda x: "".join(x)[:24])
async def test_a_form_names_the_field_that_cannot_be_used(
    engine: LocalEngine, keys: tuple[str, ...], said: str
) -> None:
    drained(engine, "rev-1", "1")
    drained(engine, "rev-1", "40000")
    seq = engine.seq
    async with running(engine, TALL) as pilot:
        await press(pilot, *keys)
        assert said in screen_text(pilot)
        assert pilot.app.screen.__class__.__name__ == "Form"  # what was typed is still there
        await press(pilot, "x")
        assert "✗" not in str(pilot.app.screen.query_one("#wrong").visual)  # type: ignore[attr-defined]
    assert engine.seq == seq


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("e", "enter"), "nothing would change"),
        (("t", *"10", "tab", *"gen-1", "enter"), "gen-1"),
        (("t", *"10", "tab", *"nope", "enter"), "nope"),
        (("o", *"Spare", "tab", *"10", "tab", *"com-1", "enter"), "com-1"),
    ],
    ids=lambda x: "".join(x)[:16],
)
async def test_what_only_the_engine_can_judge_is_said_in_the_plan(
    engine: LocalEngine, keys: tuple[str, ...], said: str
) -> None:
    async with running(engine, TALL) as pilot:
        await press(pilot, *keys)
        assert said in screen_text(pilot)
        await press(pilot, "y", "enter")
        assert pilot.app.screen.__class__.__name__ == "Form"
    assert engine.seq == 1
