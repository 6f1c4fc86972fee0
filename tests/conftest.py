"""What the tests share: tiers, a book on disk, a clock that stands still, the command line."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from books import NOON, Cli, init
from growth import earned
from here import Here, opened_here
from hypothesis import settings

from alluse_tui.domain.commands import Fork, amount
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.security import passwords

TESTS = Path(__file__).parent

SLOW = {
    "cli/test_adherence.py",
    "cli/test_check_trade.py",
    "cli/test_cli_adjust.py",
    "cli/test_cli_approvals.py",
    "cli/test_cli_asking.py",
    "cli/test_cli_passwords.py",
    "cli/test_cli_positions.py",
    "cli/test_cli_users.py",
    "cli/test_income.py",
    "cli/test_keys.py",
    "cli/test_morning.py",
    "cli/test_market_chain.py",
    "cli/test_market_import.py",
    "cli/test_market_inputs.py",
    "cli/test_outside_files.py",
    "cli/test_reconcile.py",
    "cli/test_reconcile_record.py",
    "cli/test_reference_checks.py",
    "cli/test_stress_command.py",
    "cli/test_week.py",
    "cli/test_strikes.py",
    "crash/test_damage.py",
    "crash/test_random_damage.py",
    "crash/test_recover_large.py",
    "engine/test_account_undo.py",
    "engine/test_adjustments.py",
    "engine/test_authorisation.py",
    "engine/test_backup.py",
    "engine/test_checkpoints.py",
    "engine/test_cycles.py",
    "engine/test_exchange.py",
    "engine/test_export_files.py",
    "engine/test_fact_limits.py",
    "engine/test_four_eyes_races.py",
    "engine/test_import_accounts.py",
    "engine/test_logins.py",
    "engine/test_old_system.py",
    "engine/test_own_sql.py",
    "engine/test_policy_commands.py",
    "engine/test_real_year.py",
    "engine/test_rebuild_export.py",
    "engine/test_recover_damage.py",
    "engine/test_recover_rest.py",
    "engine/test_recover_rest_users.py",
    "engine/test_recover_until.py",
    "engine/test_replica.py",
    "engine/test_replica_building.py",
    "engine/test_replica_files.py",
    "engine/test_replica_proof.py",
    "engine/test_replica_verify.py",
    "engine/test_roles.py",
    "engine/test_signing_key.py",
    "engine/test_underlying_prices.py",
    "engine/test_user_alerts.py",
    "property/test_decade.py",
    "property/test_machine.py",
    "tui/test_actions.py",
    "tui/test_adjust_form.py",
    "tui/test_dashboard_edges.py",
    "tui/test_dialogs.py",
    "tui/test_event_loop.py",
    "tui/test_market_screen.py",
    "tui/test_explain_difference.py",
    "tui/test_forms.py",
    "tui/test_growth_screens.py",
    "tui/test_hostile_names.py",
    "tui/test_import_screen.py",
    "tui/test_income_page.py",
    "tui/test_journal_page.py",
    "tui/test_kept.py",
    "tui/test_layout.py",
    "tui/test_lists.py",
    "tui/test_morning_screen.py",
    "tui/test_mouse.py",
    "tui/test_pages.py",
    "tui/test_people_screens.py",
    "tui/test_plan_screen.py",
    "tui/test_reconcile_screen.py",
    "tui/test_record_screen.py",
    "tui/test_snapshots.py",
    "tui/test_stress_screen.py",
    "tui/test_terminal.py",
    "tui/test_terminal_manners.py",
    "tui/test_themes.py",
    "tui/test_tmux.py",
    "tui/test_trade_check_form.py",
    "tui/test_trade_forms.py",
    "tui/test_typed_ahead.py",
    "tui/test_week_screen.py",
    "unit/test_passwords.py",
}
"""Files that `make test` leaves to `make test-all`: those that took longest when all were timed.

Those of tests/crash among them damage files at rest, so they need no disk.
"""

IN_CI = bool(os.environ.get("CI"))
"""Then property tests try the same 50 examples in every run; elsewhere 100 random ones."""

settings.register_profile(
    "thorough", max_examples=50 if IN_CI else 100, deadline=None, derandomize=IN_CI
)
settings.register_profile("quick", max_examples=10, deadline=None)  # --hypothesis-profile=quick
settings.load_profile("thorough")

TEST_COST = {"MEMORY_KIB": 32, "PASSES": 1, "PBKDF2_ITERATIONS": 10}
FULL_COST = {name: getattr(passwords, name) for name in TEST_COST}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks each test with its tier: by its folder, and `slow` by its file."""
    for item in items:
        path = item.path.relative_to(TESTS)
        if path.as_posix() in SLOW:
            item.add_marker("slow")
        elif path.parts[0] == "crash":
            item.add_marker("crash")


def set_cost(patch: pytest.MonkeyPatch, cost: dict[str, int]) -> None:
    for name, value in cost.items():
        patch.setattr(passwords, name, value)


@pytest.fixture(autouse=True, scope="session")
def passwords_cost_little() -> Iterator[None]:
    """Argon2 costs next to nothing in this process, unless a test asks for `full_cost`."""
    with pytest.MonkeyPatch.context() as patch:
        set_cost(patch, TEST_COST)
        yield


@pytest.fixture
def full_cost(passwords_cost_little: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost what they cost users: for the tests whose subject is that cost."""
    set_cost(monkeypatch, FULL_COST)


@pytest.fixture(autouse=True)
def keys_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keys are made and looked for here, in this process and those that it starts."""
    monkeypatch.setenv("ALLUSE_KEYS", str(tmp_path / "keys"))
    return tmp_path / "keys"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def open_engine(tmp_path: Path, clock: FixedClock) -> Iterator[Callable[..., LocalEngine]]:
    """Opens engines on one journal, each closed when the test ends."""
    opened: list[LocalEngine] = []

    def open_one(actor: str = "dana", **options: Any) -> LocalEngine:
        options.setdefault("clock", clock)
        options.setdefault("create", True)
        options.setdefault("accept_clock", True)  # tests move the clock as they please
        engine = LocalEngine(tmp_path / "book" / "alluse.journal", actor=actor, **options)
        opened.append(engine)
        return engine

    yield open_one
    for engine in opened:
        engine.close()


@pytest.fixture
def engine(open_engine: Callable[..., LocalEngine]) -> LocalEngine:
    """A book with Main on `moderate` and 250,000.00."""
    made = open_engine()
    made.commands.submit(init())
    return made


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "book" / "alluse.journal")


@pytest.fixture
def grown(engine: LocalEngine) -> LocalEngine:
    """gen-1 has 152,000.01 in cash on a base of 100,000.00."""
    earned(engine, "gen-1", "52000.01")
    return engine


@pytest.fixture
def forked(grown: LocalEngine) -> LocalEngine:
    """And forked gen-1.1, in record 3."""
    assert grown.commands.submit(Fork(account="gen-1")).seq == 3
    return grown


@pytest.fixture
def adult(forked: LocalEngine) -> LocalEngine:
    """And gen-1.1 has 500,000.00 (record 4)."""
    earned(forked, "gen-1.1", "473999.99")
    assert forked.queries.account("gen-1.1").equity == amount("500000")
    return forked


@pytest.fixture
def here(
    tmp_path: Path,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Here:
    return opened_here(tmp_path, clock, monkeypatch, capfd)


@pytest.fixture
def now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Here:
    """As `here`, at this very moment: for processes of their own, whose clock is the machine's."""
    return opened_here(tmp_path, FixedClock(datetime.now(UTC)), monkeypatch, capfd)


@pytest.fixture(scope="session")
def me() -> str:
    """Who runs the tests."""
    return pwd.getpwuid(os.getuid()).pw_name
