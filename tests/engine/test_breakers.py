"""Circuit breakers: what VIX halves, pauses and stops (rules.md, Circuit breakers)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from books import init
from market import bars_file
from refusals import refused

from alluse_tui.domain.commands import (
    ImportMarket,
    Instrument,
    NoteVix,
    Pause,
    PolicySet,
    Post,
    Resume,
    Undo,
    iso_date,
    trade,
)
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.terms import Right
from alluse_tui.engine import FixedClock, LocalEngine

PUT = Instrument("AAPL", Right.PUT, 190_000_000, iso_date("expiry", "2026-12-18"), 100)
CLOSE = "2026-11-23,66,83,66,81.5,"

LEVELS = (
    ("breakers.vix_half", "50"),
    ("breakers.vix_safe", "65"),
    ("breakers.vix_stop", "80"),
)


@pytest.fixture
def book(open_engine: Callable[..., LocalEngine]) -> LocalEngine:
    """Main with breakers at 50, 65 and 80."""
    engine = open_engine()
    engine.commands.submit(init())
    engine.commands.submit(PolicySet(changes=LEVELS))
    return engine


def vix(engine: LocalEngine, value: str) -> dict[str, str]:
    """Note the value and run what is due; the alerts by account."""
    hundredths = round(float(value) * 100)
    engine.commands.submit(NoteVix(hundredths=hundredths, day=engine.today))
    engine.operations.run_due()
    return {alert.account: alert.kind for alert in engine.queries.alerts()}


def outcomes(engine: LocalEngine) -> dict[str, str]:
    """What a trade check says of a put in gen-1, as far as VIX decides it."""
    fact = trade(PUT, buy=False, quantity="1", price="1", fees=0)
    verdicts = engine.commands.check_trade(Post(account="gen-1", fact=fact))
    wanted = ("vix.size", "vix.breaker", "trade.paused")
    return {v.rule: v.outcome.value for v in verdicts if v.rule in wanted}


def test_vix_halves_the_size_then_pauses_every_account_then_the_portfolio(
    book: LocalEngine,
) -> None:
    assert vix(book, "49") == {}
    assert outcomes(book) == {"vix.breaker": "pass", "vix.size": "pass"}
    assert vix(book, "51") == {"": "size halved"}
    (halved,) = book.queries.alerts()
    today = book.today
    assert halved.sentence == f"VIX 51 (of {today}) has reached 50: position sizes are halved"
    assert vix(book, "66") == {
        "gen-1": "trading paused",
        "rev-1": "trading paused",
        "com-1": "trading paused",
        "": "size halved",
    }
    reason = f"by a circuit breaker: VIX 66 (of {today}) has reached 65"
    assert book.queries.account("gen-1").paused == reason
    assert outcomes(book) == {
        "trade.paused": "fail",
        "vix.breaker": "fail",
        "vix.size": "pass",
    }
    vix(book, "81")
    stopped = [a for a in book.queries.alerts() if a.account == "" and a.kind == "trading paused"]
    assert [a.severity.name for a in stopped] == ["CRITICAL"]
    assert book.queries.account("gen-1").paused == (
        f"by a circuit breaker: VIX 81 (of {today}) has reached 80"
    )
    whys = [
        event["why"]
        for record in book.queries.records()
        if record.plain["command"] == "pause"
        for event in record.plain["events"]
    ]
    assert sorted(set(whys)) == [
        f"VIX 66 (of {today}) has reached 65",
        f"VIX 81 (of {today}) has reached 80",
    ]
    assert book.operations.verify().ok


def test_half_the_size_is_judged_by_the_noted_value(book: LocalEngine) -> None:
    # 19,000.00 of 100,000.00 is within 20 %, and more than half of that
    book.commands.submit(PolicySet(changes=(("limits.position_size", "20"),)))
    vix(book, "49")
    assert outcomes(book)["vix.size"] == "pass"
    vix(book, "51")
    assert outcomes(book)["vix.size"] == "fail"


def test_a_resume_while_vix_is_high_asks_and_holds_until_another_value(book: LocalEngine) -> None:
    vix(book, "66")
    sentence = f"VIX 66 (of {book.today}) is still at 65 or above: confirm with --yes"
    assert refused(book, Resume(account="gen-1"))["resume.vix"] == sentence
    book.commands.submit(Resume(account="gen-1", confirmed=True))
    (again,) = book.operations.run_due()
    assert again.receipt is None and "or resumed since" in again.why
    assert book.queries.account("gen-1").paused == ""
    vix(book, "67")
    assert "VIX 67" in book.queries.account("gen-1").paused
    vix(book, "40")
    checked = book.commands.submit(Resume(account="gen-1")).plan.rules
    sentences = {rule.rule: rule.sentence for rule in checked}
    assert sentences["resume.vix"] == f"VIX 40 (of {book.today}) is below 65"


def test_what_a_breaker_paused_is_not_undone(book: LocalEngine) -> None:
    vix(book, "66")
    (pause,) = [r.seq for r in book.queries.records() if r.plain["command"] == "pause"]
    assert "resume it instead" in refused(book, Undo(seq=pause))["undo.pause"]
    assert refused(book, Pause(breaker="breakers.vix_stop")) == {
        "vix.breaker": "breakers.vix_stop pauses nothing now"
    }


def test_breakers_that_are_off_do_nothing(open_engine: Callable[..., LocalEngine]) -> None:
    engine = open_engine()
    engine.commands.submit(init())
    assert vix(engine, "99") == {}
    assert outcomes(engine) == {}


def test_an_account_may_have_a_level_of_its_own(book: LocalEngine) -> None:
    own = PolicySet(account="gen-1", changes=(("breakers.vix_safe", "55"),))
    book.commands.submit(own)
    assert vix(book, "56") == {"gen-1": "trading paused", "": "size halved"}


def test_a_value_is_the_newest_fresh_and_possible(book: LocalEngine, clock: FixedClock) -> None:
    vix(book, "51")
    earlier = NoteVix(hundredths=1_900, day=book.today - timedelta(days=1))
    assert refused(book, earlier)["vix.newest"] == f"VIX 51 (of {book.today}) is newer"
    for hundredths in (0, 20_001, 90_000):
        with pytest.raises(BadInput, match="above 0 and at most 200"):
            book.commands.preview(NoteVix(hundredths=hundredths, day=book.today))
    clock.advance(timedelta(days=6))
    assert book.queries.alerts() == ()
    assert outcomes(book)["vix.breaker"] == "warn"


def test_the_undo_of_a_value_brings_the_one_before_back(book: LocalEngine) -> None:
    vix(book, "51")
    book.commands.submit(NoteVix(hundredths=4_000, day=book.today))
    book.commands.submit(Undo())
    assert [a.kind for a in book.queries.alerts()] == ["size halved"]


def test_a_stored_close_is_noted_before_the_breakers_are_judged(
    book: LocalEngine, tmp_path: Path
) -> None:
    path = bars_file(tmp_path / "vix.csv", ("2026-11-20,60,70,60,66.25,", CLOSE))
    read = book.market.read_bars(Path(path), "VIX", accept_jumps=True)
    assert read.files, read
    book.market.keep(read)
    book.commands.submit(ImportMarket(files=read.files, source="vix.csv"))
    (stopped,) = book.operations.run_due(only_breakers=True)
    assert stopped.receipt is not None
    assert book.queries.account("gen-1").paused == (
        "by a circuit breaker: VIX 81.5 (of 2026-11-23) has reached 80"
    )
    assert [o.why for o in book.operations.run_due(only_breakers=True)] == []
