"""The demo trades the wheel by the rules, and its book is sound."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from alluse_tui.domain.derived.positions import positions, uncovered_calls
from alluse_tui.engine import DemoClock, LocalEngine, Ticker, compose_demo
from alluse_tui.engine.record_decoding import stored_verdict


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngine]:
    clock = DemoClock()
    path = tmp_path_factory.mktemp("demo") / "demo.journal"
    with LocalEngine(path, actor="dana", clock=clock, create=True) as engine:
        compose_demo(engine, clock, date(2026, 11, 24))
        yield engine


def test_every_stage_of_the_wheel_happens(demo: LocalEngine) -> None:
    notes = Counter(r.plain["content"].get("note") for r in demo.queries.records())
    stages = ("sold to open", "expired", "rolled", "assigned", "called away", "weekly close")
    assert all(notes[stage] >= 3 for stage in stages), notes


def test_options_are_open_and_covered(demo: LocalEngine) -> None:
    for account in demo.queries.accounts():
        held = positions(account.holdings)
        assert account.cash - account.buffer >= account.collateral
        assert not list(uncovered_calls(held))
        assert not any(p.has_expired(demo.today) for p in held)
    assert any(account.collateral for account in demo.queries.accounts())


def test_gains_and_fees_are_what_the_accounts_grew_by(demo: LocalEngine) -> None:
    for account in demo.queries.accounts():
        derived = demo.positions.lots(account.code)
        realised = sum(lot.realised_micros for lot in derived.closed)
        value = sum(carried.value_micros for carried in derived.carried.values())
        unrealised = value - sum(lot.cost_micros for lot in derived.open)
        fees = sum(lot.fees_micros for lot in derived.open)
        fees += sum(lot.fees_micros for lot in derived.closed)
        assert realised + unrealised - fees == account.equity - account.base
        adjusted = sum(lot.adjusted_realised_micros for lot in derived.closed)
        in_shares = sum(lot.cost_micros - lot.basis_micros for lot in derived.open)
        assert adjusted == realised - in_shares


def test_no_trade_breaks_a_rule(demo: LocalEngine) -> None:
    """Except by size: shares that were assigned are worth less than their strike."""
    for record in demo.queries.records():
        for rule in map(stored_verdict, record.plain.get("rules", ())):
            assert not rule.confirmed or rule.rule in (
                "amount.outsized",
                "trade.size",
            ), (record.seq, rule)


def test_it_verifies(demo: LocalEngine) -> None:
    assert demo.operations.verify(ask=False).ok


def test_prices_move_only_while_the_exchange_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alluse_tui.engine.simulation.demo.TICK_SECONDS", 0.001)
    clock = DemoClock()
    path = tmp_path / "demo.journal"
    with LocalEngine(path, actor="dana", clock=clock, create=True) as engine:
        compose_demo(engine, clock, date(2026, 11, 24))
        composed = engine.seq
        for _ in range(20):
            Ticker(engine).tick()
        assert engine.seq == composed
        clock.set(date(2026, 11, 24), 10)
        ticker = Ticker(engine)
        ticker.start()
        deadline = time.monotonic() + 20
        while engine.seq < composed + 100 and time.monotonic() < deadline:
            time.sleep(0.01)
        ticker.stop()  # raises what stopped it, such as a mark that is already recorded
        assert engine.seq >= composed + 100
