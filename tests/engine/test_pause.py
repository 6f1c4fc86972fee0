"""Pausing trades, and resuming after a check (rules.md, Pause)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from books import init
from growth import earned

from alluse_tui.domain.commands import (
    Activate,
    Deposit,
    Instrument,
    Pause,
    PolicySet,
    Post,
    Resume,
    Suspend,
    Undo,
    amount,
    iso_date,
    trade,
)
from alluse_tui.domain.fold.apply import apply_all
from alluse_tui.domain.model.errors import BadInput, Refused
from alluse_tui.domain.model.terms import Right
from alluse_tui.domain.views import Verdict
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.engine.operations.reconcile import with_state

PUT = Instrument("AAPL", Right.PUT, 190_000_000, iso_date("expiry", "2026-12-18"), 100)


@pytest.fixture
def book(open_engine: Callable[..., LocalEngine]) -> LocalEngine:
    engine = open_engine()
    engine.commands.submit(init())
    return engine


def sold(*, buy: bool = False, confirmed: bool = False) -> Post:
    """A put of gen-1, sold for 100.00; or bought back."""
    fact = trade(PUT, buy=buy, quantity="1", price="1", fees=0)
    return Post(account="gen-1", fact=fact, confirmed=confirmed)


def refused(engine: LocalEngine, command: object) -> list[str]:
    with pytest.raises(Refused) as error:
        engine.commands.submit(command)  # type: ignore[arg-type]
    return [r.message for r in error.value.reasons if not r.ok]


def verdicts(rules: tuple[Verdict, ...]) -> dict[str, str]:
    return {r.rule: r.message for r in rules if r.rule.startswith(("resume.", "trade.paused"))}


def test_a_paused_account_opens_nothing_unless_confirmed(book: LocalEngine) -> None:
    book.commands.submit(Pause(account="gen-1", why="earnings"))
    me = book.actor
    sentence = f"trading in gen-1 is paused by {me}: earnings"
    assert f"{sentence}: confirm with --yes" in refused(book, sold())
    receipt = book.commands.submit(sold(confirmed=True))
    assert verdicts(receipt.plan.rules) == {"trade.paused": f"{sentence}; confirmed"}
    closing = book.commands.submit(sold(buy=True, confirmed=True))
    assert "trade.paused" not in verdicts(closing.plan.rules)


def test_a_paused_portfolio_pauses_every_account(book: LocalEngine) -> None:
    book.commands.submit(Pause())
    views = book.queries.accounts()
    assert {view.paused for view in views} == {f"by {book.actor}"}
    assert any("trading in gen-1 is paused by" in text for text in refused(book, sold()))
    book.commands.submit(Deposit(account="gen-1", amount=amount("5")))


def test_a_pause_is_refused_twice_and_a_resume_without_one(book: LocalEngine) -> None:
    assert refused(book, Resume(account="gen-1")) == ["gen-1 is not paused"]
    book.commands.submit(Pause(account="gen-1"))
    assert refused(book, Pause(account="gen-1")) == [f"gen-1 is already paused by {book.actor}"]
    with pytest.raises(BadInput, match="--why"):
        book.commands.submit(Pause(why="x" * 201))
    book.commands.submit(Suspend(account="gen-1"))
    book.commands.submit(Activate(account="gen-1"))
    assert book.queries.account("gen-1").paused == f"by {book.actor}"


def test_a_resume_shows_what_it_checked_and_asks_about_what_is_open(
    book: LocalEngine, clock: FixedClock
) -> None:
    book.commands.submit(sold(confirmed=True))
    book.commands.submit(Pause())
    assert verdicts(book.commands.preview(Resume()).rules) == {
        "resume.paused": f"Main was paused by {book.actor}",
        "resume.statements": "every difference from a statement is explained",
        "resume.covered": "short options are covered",
        "resume.expired": "no option is past its expiry",
    }
    clock.advance(timedelta(days=30))
    open_now = "options are past their expiry, and what became of them is not recorded (gen-1)"
    assert refused(book, Resume()) == [f"{open_now}: confirm with --yes"]
    receipt = book.commands.submit(Resume(confirmed=True))
    assert verdicts(receipt.plan.rules)["resume.expired"] == f"{open_now}; confirmed"
    assert book.queries.account("gen-1").paused == ""


def test_an_account_stays_paused_with_its_portfolio_and_on_its_own(book: LocalEngine) -> None:
    book.commands.submit(Pause(account="gen-1", why="earnings"))
    book.commands.submit(Pause(why="holiday"))
    me = book.actor
    assert book.queries.account("gen-1").paused == f"by {me}: holiday"
    receipt = book.commands.submit(Resume())
    assert verdicts(receipt.plan.rules)["resume.rest"] == (
        "paused on their own, and resumed on their own: gen-1"
    )
    assert book.queries.account("gen-1").paused == f"by {me}: earnings"
    assert book.queries.account("rev-1").paused == ""


def test_the_undo_of_a_pause_resumes_and_that_of_a_resume_pauses(book: LocalEngine) -> None:
    pause = book.commands.submit(Pause(account="gen-1", why="earnings"))
    book.commands.submit(Undo(seq=pause.seq))
    assert book.queries.account("gen-1").paused == ""
    book.commands.submit(Pause(account="gen-1", why="earnings"))
    resume = book.commands.submit(Resume(account="gen-1"))
    book.commands.submit(Undo(seq=resume.seq))
    assert book.queries.account("gen-1").paused == f"by {book.actor}: earnings"


def test_a_pause_is_in_the_state_the_records_and_the_alerts(
    book: LocalEngine, open_engine: Callable[..., LocalEngine]
) -> None:
    book.commands.submit(Pause(account="gen-1", why="earnings"))
    book.commands.submit(Pause())
    shown = {a.account: (a.kind, a.action) for a in book.queries.alerts()}
    assert shown == {
        "gen-1": ("trading paused", "resume"),
        "": ("trading paused", "resume"),
    }
    overview = book.queries.overview("Main")
    assert {a.account for a in overview.alerts} == {"gen-1", ""}
    assert book.operations.verify().ok
    book.close()
    again = open_engine()
    assert again.queries.account("gen-1").pause == overview.account("gen-1").pause  # type: ignore[union-attr]
    assert again.queries.account("rev-1").paused == f"by {again.actor}"


def test_due_work_waits_while_trading_is_paused(book: LocalEngine, clock: FixedClock) -> None:
    earned(book, "gen-1", "52000.00")
    book.commands.submit(PolicySet(changes=(("fork.auto", "all"),)))
    clock.advance(timedelta(hours=2))
    book.commands.submit(Pause(account="gen-1"))
    ((due,), _) = book.queries.due()
    assert (due.command, due.paused) == ("fork", f"by {book.actor}")
    (waiting,) = book.operations.run_due()
    assert waiting.why == f"waits, because trading is paused by {book.actor}"
    book.commands.submit(Resume(account="gen-1"))
    (done,) = book.operations.run_due()
    assert done.receipt is not None


def test_anybody_who_may_act_pauses_and_no_policy_makes_a_pause_wait(
    book: LocalEngine,
) -> None:
    with pytest.raises(BadInput, match=r"approval\.commands"):
        book.commands.submit(PolicySet(changes=(("approval.commands", "pause"),)))


def test_a_recovery_keeps_a_pause_whose_record_is_lost(book: LocalEngine) -> None:
    kept = book.queries._core.book
    book.commands.submit(Pause(account="gen-1", why="earnings"))
    book.commands.submit(Pause(why="holiday"))
    state = book.queries._core.book
    settled = with_state(kept, state, book.today)
    recovered = apply_all(kept, settled.events)
    assert recovered.portfolios["Main"].pause == state.portfolios["Main"].pause
    assert recovered.accounts["Main/gen-1"].pause == state.accounts["Main/gen-1"].pause
    stays = apply_all(state, with_state(state, kept, book.today).events)
    assert stays.portfolios["Main"].pause is not None
