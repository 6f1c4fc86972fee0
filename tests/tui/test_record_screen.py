"""A record in words: every event, amounts as money, nothing left out and nothing obeyed."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest
from growth import bought, earned
from screens import press, running, screen_text, settled
from test_growth_screens import IN_WINDOW
from textual.pilot import Pilot

from alluse_tui.domain.commands import (
    AcknowledgeAlert,
    CashFact,
    Deposit,
    Edit,
    Fork,
    Kind,
    MarkFact,
    NoteClosure,
    PolicySet,
    Post,
    RateFact,
    Reinvest,
    Suspend,
    Undo,
    Withdraw,
    amount,
    exchange_rate,
)
from alluse_tui.domain.events.events import EVENT_TYPES, Event
from alluse_tui.domain.model.errors import Refused
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.tui.event_text import event_lines
from alluse_tui.tui.modals.record import RecordScreen

TALL = (100, 50)


async def shown(pilot: Pilot[None], seq: int) -> str:
    """What the record's modal has inside its frame, all of it blanks made one."""
    pilot.app.push_screen(RecordScreen(seq))
    await settled(pilot)
    await settled(pilot)
    frame = pilot.app.screen.query_one("#dialog").content_region
    lines = screen_text(pilot).splitlines()[frame.y : frame.bottom]
    await press(pilot, "escape")
    return " ".join(" ".join(line[frame.x : frame.right] for line in lines).split())


async def test_a_deposit_has_its_head_and_its_amounts_as_money(engine: LocalEngine) -> None:
    engine.commands.submit(Deposit(account="gen-1", amount=amount("12500.5"), note="bonus"))
    (record,) = engine.queries.records(1)
    async with running(engine, TALL) as pilot:
        said = await shown(pilot, 2)
    for words in (
        "record #2",
        "24 Nov 2026 12:00:00 New York, 2026-11-24 17:00:00 UTC",
        "by dana",
        "command deposit in Main",
        "account gen-1, amount 12,500.50",
        "Deposit on 2026-11-24",
        "gen-1 cash +12,500.50 USD",
        "external (deposits) −12,500.50 USD",
        "gen-1 base +12,500.50 USD",
        f"prev {record.prev.hex()}",
        f"hash {record.hash.hex()}",
        "note: bonus",
    ):
        assert words in said, said
    assert "micros" not in said and "12500500000" not in said and "{" not in said


async def test_r_shows_what_is_stored_and_r_the_words_again(engine: LocalEngine) -> None:
    async with running(engine, TALL) as pilot:
        await press(pilot, "7", "enter", "r")
        assert '"actor": "dana"' in screen_text(pilot) and "r in words" in screen_text(pilot)
        await press(pilot, "r")
        assert '"actor"' not in screen_text(pilot) and "r as stored" in screen_text(pilot)
        await press(pilot, "enter")
        assert "Record 1" not in screen_text(pilot)


async def test_each_kind_of_act_is_told_in_words(engine: LocalEngine, clock: FixedClock) -> None:
    earned(engine, "gen-1", "52000.01")  # 2
    earned(engine, "rev-1", "40000")  # 3
    engine.commands.submit(
        AcknowledgeAlert(alert="fork due:Main/gen-1:0", until=date(2026, 12, 3))
    )  # 4
    engine.commands.submit(Fork(account="gen-1"))  # 5
    engine.commands.submit(PolicySet(changes=(("limits.buffer", "7"),)))  # 6
    engine.commands.submit(Undo(seq=6))  # 7
    engine.commands.submit(Edit(account="gen-1", name="First"))  # 8
    engine.commands.submit(Suspend(account="gen-1.1"))  # 9
    engine.commands.submit(
        Post(fact=RateFact(currency="EUR", against="USD", nanos=exchange_rate("1.08")))
    )
    with pytest.raises(Refused):
        engine.commands.submit(Withdraw(account="com-1", amount=amount("1")))  # 11
    clock.set(IN_WINDOW)
    engine.commands.submit(Reinvest(account="rev-1"))  # 12
    engine.commands.submit(NoteClosure(day=date(2027, 3, 11), why="A storm"))  # 13
    engine.commands.submit(NoteClosure(day=date(2027, 3, 11), removed=True))  # 14
    async with running(engine, TALL) as pilot:
        texts = {seq: await shown(pilot, seq) for seq in range(1, 15)}
    for seq, words in (
        (1, "portfolio Main opened on 2026-11-24 in USD, policy moderate, balanced"),
        (1, "account gen-1 (Generation 1) opened on 2026-11-24, Generation"),
        (4, "command snooze in Main"),
        (4, "alert fork due:Main/gen-1:0: snoozed until 2026-12-03"),
        (5, "gen-1 forked gen-1.1 on 2026-11-24"),
        (5, "gen-1.1 cash +26,000.01"),
        (6, "setting limits.buffer: 5 → 7"),
        (6, "undone by #7"),
        (7, "undo of #6"),
        (8, "gen-1: name Generation 1 → First"),
        (9, "gen-1.1: active → suspended"),
        (10, "rate of EUR in USD on 2026-11-24: 1.08"),
        (11, "✗ com-1 is a Compounding account: money never leaves it"),
        (12, "rev-1 reinvested 2026Q4"),
        (12, "40,000.00 USD settled"),
        (13, "exchange on 2027-03-11 closed: A storm"),
        (13, "command market closure typed"),
        (14, "exchange on 2027-03-11 open after all"),
    ):
        assert words in texts[seq], texts[seq]


async def test_a_trade_and_a_mark_say_what_is_held_and_what_it_is_worth(
    engine: LocalEngine,
) -> None:
    bought(engine, "gen-1", "10")
    engine.commands.submit(Post(account="gen-1", fact=MarkFact(value_micros=amount("1200"))))
    async with running(engine, TALL) as pilot:
        assert "gen-1 +10 MSTR +1,000.00 USD" in await shown(pilot, 2)
        assert "gen-1 MSTR +200.00 USD" in await shown(pilot, 3)


def test_every_event_that_there_is_has_words() -> None:
    from alluse_tui.tui.event_text import _SENTENCES

    assert set(_SENTENCES) | {"entry"} == set(EVENT_TYPES)
    assert len(get_args(Event)) == len(EVENT_TYPES)


def test_an_event_of_another_form_is_written_out_by_its_names() -> None:
    lines = event_lines({"type": "status", "account": "gen-1", "gift_micros": 1_500_000})
    assert lines == [[("status: account gen-1, gift 1.50", "")]]
    lines = event_lines({"type": "eclipse", "share_bps": 550, "days": ["mon", "tue"]})
    assert lines == [[("eclipse: share 5.5 %, days mon; tue", "")]]


async def test_what_somebody_wrote_is_neither_markup_nor_obeyed(engine: LocalEngine) -> None:
    note = "[red]x[/x] \x1b[31m\r\n{0}"
    fact = CashFact(kind=Kind.PREMIUM, micros=amount("1"), note=note)
    engine.commands.submit(Post(account="gen-1", fact=fact))
    engine.commands.submit(Edit(account="gen-1", name="[/] [link=x]", notes="日本" * 100))
    async with running(engine, TALL) as pilot:
        said = await shown(pilot, 2)
        assert "amount 1.00, note [red]x[/x] \\x1b[31m\\r\\n{0}" in said, said
        said = await shown(pilot, 3)
        assert "[/] [link=x]" in said and said.count("日本") >= 100 and "…" not in said


async def test_a_long_record_is_read_to_its_end(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        await press(pilot, "7", "enter")
        assert "hash" not in screen_text(pilot)
        await press(pilot, *["pagedown"] * 5)
        (record,) = engine.queries.records(0)
        assert record.hash.hex()[:40] in screen_text(pilot)
