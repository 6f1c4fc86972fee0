"""Import of the old system's database: the accounts, the cents of every balance, each row once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from books import Cli, init
from old_database import Row, account, change, compose, transaction
from people import PASSWORDS, add, own_password, two_people

from alluse_tui.config import load_policy
from alluse_tui.domain.commands import ImportAccounts, PolicySet, amount
from alluse_tui.domain.commands.user_commands import Approve, Role
from alluse_tui.domain.model.errors import Denied, Pending
from alluse_tui.engine import LocalEngine, read_old_system

FORK_DAY = "2026-03-02T10:00:00"

ACCOUNTS = [
    account("g1", balance=109_500.30000000002, initial_balance=100_000.0),
    account(
        "g2",
        balance=26_000.0,
        initial_balance=26_000.0,
        parent_account_id="g1",
        forked_from_account_id="g1",
        created_at=FORK_DAY,
    ),
    account("r1", "revenue", 75_000.0, initial_balance=75_000.0),
    account("c1", "compounding", 101_200.0, initial_balance=75_000.0),
]

TRANSACTIONS = [
    transaction("t1", "g1", "trade_premium", 61_500.0, description="Weekly premium"),
    transaction("t2", "g1", "fork_transfer", -52_000.004, timestamp=FORK_DAY),
    transaction("t3", "c1", "fork_transfer", 26_000.0, timestamp=FORK_DAY),
    transaction("t4", "c1", "cash_buffer_adjustment", 200.0, timestamp="2026-03-03"),
    transaction("t5", "r1", "reinvestment", 0.0, timestamp="2026-03-03"),
]


@pytest.fixture
def file(tmp_path: Path) -> str:
    return compose(tmp_path / "Family.db", ACCOUNTS, TRANSACTIONS)


def bring(cli: Cli, file: str, *arguments: str) -> Any:
    report = cli.json("import", file, "--yes", *arguments)
    assert report["rows"] == report["imported"] + report["duplicates"] + len(report["ignored"])
    return report


def figures(cli: Cli, *figure: str) -> dict[str, tuple[str, ...]]:
    listed = cli.json("accounts")["accounts"]
    return {a["code"]: tuple(str(a[name]) for name in figure) for a in listed}


def cash(cli: Cli) -> dict[str, str]:
    return {code: row[0] for code, row in figures(cli, "cash").items()}


def entries(cli: Cli, code: str) -> list[tuple[str, str, str, str]]:
    """What was posted to the account, oldest first, with the effect on it."""
    events = [
        e for line in cli("log", "--json").stdout.splitlines() for e in json.loads(line)["events"]
    ]
    return [
        (e["effective"], e["kind"], p["amount"], e.get("note", ""))
        for e in events
        if e["type"] == "entry"
        for p in e["postings"]
        if p["account"] == code
    ]


def rules(cli: Cli, file: str) -> list[str]:
    return [rule["rule"] for rule in cli.json("import", file, "--dry-run")["plan"]["rules"]]


def error(cli: Cli, *arguments: str) -> str:
    done = cli(*arguments)
    assert (done.returncode, done.stdout) == (2, ""), done
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_the_accounts_get_their_codes_and_the_cents_of_their_old_balances(
    cli: Cli, file: str
) -> None:
    report = bring(cli, file)
    assert (report["format"], report["account"]) == ("old-system", "Family")
    assert report["accounts"] == ["gen-1", "gen-1.1", "rev-1", "com-1"]
    assert (report["rows"], report["imported"], report["duplicates"]) == (5, 4, 0)
    assert report["ignored"] == [{"row": 5, "why": "moves no money"}]
    assert report["totals"] == {
        "option_net_cash": {},
        "stock_net_cash": {},
        "cash_by_type": {
            "trade_premium": {"USD": "61500.00"},
            "fork_transfer": {"USD": "-26000.00"},
            "cash_buffer_adjustment": {"USD": "200.00"},
            "reinvestment": {"USD": "0.00"},
        },
        "ending_cash": {"USD": "311700.30"},
    }
    assert figures(cli, "status", "cash", "base", "parent", "opened") == {
        "gen-1": ("active", "109500.30", "100000.30", "None", "2025-12-17"),
        "gen-1.1": ("active", "26000.00", "26000.00", "gen-1", "2026-03-02"),
        "rev-1": ("active", "75000.00", "75000.00", "None", "2025-12-17"),
        "com-1": ("active", "101200.00", "101200.00", "None", "2025-12-17"),
    }
    assert cli.json("verify")["ok"]


def test_what_the_transactions_do_not_explain_is_a_named_opening_entry(cli: Cli, file: str) -> None:
    report = bring(cli, file)
    initial = "initial balance, which has no transaction in the old system"
    unexplained = "balance not explained by the old transactions"
    # 109,500.30 − (61,500.00 − 52,000.00) = 100,000.30: the initial balance and 0.30
    assert entries(cli, "gen-1") == [
        ("2025-12-17", "opening", "100000.00", initial),
        ("2025-12-17", "opening", "0.30", unexplained),
        ("2025-12-17", "premium", "61500.00", "Weekly premium"),
        ("2026-03-02", "fork", "-52000.00", "fork_transfer"),
    ]
    assert entries(cli, "com-1") == [
        ("2025-12-17", "opening", "75000.00", initial),
        ("2026-03-02", "fork", "26000.00", "fork_transfer"),
        ("2026-03-03", "opening", "200.00", "cash_buffer_adjustment"),
    ]
    assert report["notes"] == [
        f"com-1: 75000.00 {initial}",
        f"gen-1: 100000.00 {initial}",
        f"gen-1: 0.30 {unexplained}",
        f"rev-1: 75000.00 {initial}",
        f"gen-1.1: 26000.00 {initial}",
        "2 amounts were rounded to whole cents, by at most 0.004",
        "booked as opening entries, by old type: 1 cash_buffer_adjustment",
    ]


def test_the_tree_counts_what_was_earned_and_not_what_was_moved(cli: Cli, file: str) -> None:
    bring(cli, file)
    lines = cli("tree").stdout.splitlines()
    gains = {words[0]: words[-2] for words in map(str.split, lines[1:])}
    assert gains == {"gen-1": "61,500.00", "gen-1.1": "0.00", "rev-1": "0.00", "com-1": "0.00"}


def test_a_second_import_adds_nothing_whatever_the_file_is_called(cli: Cli, file: str) -> None:
    bring(cli, file)
    before = cli("log", "--json").stdout
    copy = shutil.copy(file, str(Path(file).with_name("Copy of old.db")))
    again = bring(cli, copy)
    assert (again["account"], again["accounts"]) == ("Family", [])
    assert (again["imported"], again["duplicates"]) == (0, 4)
    assert "nothing is new: imported before, first as #1" in cli("import", copy, "--yes").stdout
    assert cli("log", "--json").stdout == before
    message = error(cli, "import", copy, "--yes", "--portfolio", "Other")
    assert "must be Family, which has the accounts of this database" in message


def test_later_imports_add_what_is_new_and_end_at_the_old_balances(cli: Cli, file: str) -> None:
    bring(cli, file)
    balance = "UPDATE accounts SET current_balance = {} WHERE account_id = '{}'"
    change(file, balance.format(110_000.30, "g1"), transaction("t6", "g1", "trade_premium", 500.0))
    change(file, "", account("g3", balance=7.0, parent_account_id="g2"), table="accounts")
    report = bring(cli, file)
    assert (report["imported"], report["duplicates"], report["accounts"]) == (1, 4, ["gen-1.1.1"])
    assert cash(cli)["gen-1"] == "110000.30"
    # 99.99 more without a transaction, then 50.00 less
    for balance_now, posted in ((75_099.99, "99.99"), (75_049.99, "-50.00")):
        change(file, balance.format(balance_now, "r1"))
        assert bring(cli, file)["imported"] == 0
        found = entries(cli, "rev-1")[-1]
        assert found[1:] == ("opening", posted, "balance not explained by the old transactions")
        assert cash(cli)["rev-1"] == f"{balance_now:.2f}"
    assert not any("opening" in rule for rule in rules(cli, file))  # nothing lacks any more
    assert cli.json("verify")["ok"]


def test_a_changed_transaction_is_reported_and_the_balance_still_agrees(
    cli: Cli, file: str
) -> None:
    bring(cli, file)
    change(file, "UPDATE transactions SET amount = 61400 WHERE transaction_id = 't1'")
    change(file, "UPDATE accounts SET current_balance = 109400.3 WHERE account_id = 'g1'")
    report = bring(cli, file)
    why = "already recorded with different content in record 1"
    assert {"row": 1, "why": why} in report["ignored"]
    assert cash(cli)["gen-1"] == "109400.30"
    assert entries(cli, "gen-1")[-1][1:3] == ("opening", "-100.00")


def test_a_dry_run_shows_the_plan_and_creates_nothing(cli: Cli, file: str) -> None:
    shown = cli("import", file, "--dry-run").stdout
    assert "✓ import.accounts: opens com-1, gen-1, rev-1, gen-1.1" in shown
    assert "✓ import.rows: 4 new (2 fork, 1 opening, 1 premium), 0 already" in shown
    assert "✓ import.opening: gen-1: 0.30 balance not explained by the old" in shown
    report = cli.json("import", file, "--dry-run")
    assert {e["kind"] for e in report["plan"]["entries"]} == {"opening", "premium", "fork"}
    assert not cli.journal.parent.exists()
    assert "import needs" not in error(cli, "import", file)  # without a terminal
    assert not cli.journal.parent.exists()


def test_one_undo_takes_everything_back_and_the_file_can_be_imported_again(
    cli: Cli, file: str
) -> None:
    closed = account("g9", status="closed", parent_account_id="g1")
    change(file, "", closed, account("c2", "compounding", 5.0), table="accounts")
    assert bring(cli, file)["accounts"] == [
        "gen-1",
        "gen-1.1",
        "gen-1.2",
        "rev-1",
        "com-1",
        "com-2",
    ]
    done = cli("undo", "--yes")
    assert done.returncode == 0, done.stderr
    assert "✓ undo.open: its accounts (6) end empty and closed" in done.stdout
    assert set(figures(cli, "status", "cash").values()) == {("closed", "0.00")}
    assert cli.json("verify")["ok"]
    again = bring(cli, file)
    assert (again["account"], again["imported"], len(again["accounts"])) == ("Family", 4, 6)
    assert cash(cli)["gen-2"] == "109500.30"
    assert cli.json("verify")["ok"]


def test_what_was_used_since_is_not_taken_back(cli: Cli, file: str) -> None:
    bring(cli, file)
    cli.json("deposit", "rev-1", "5")
    done = cli("undo", "1", "--yes")
    assert done.returncode == 3
    assert "rev-1 still holds 5.00 cash USD" in done.stderr
    cli.json("undo", "--yes")
    cli.json("open", "gen-1", "--tier", "gen")
    assert "open accounts under gen-1: gen-1.2" in cli("undo", "1", "--yes").stderr


def test_imports_are_undone_from_the_newest(cli: Cli, file: str) -> None:
    balance = "UPDATE accounts SET current_balance = {} WHERE account_id = 'r1'"
    for dollars in (75_000, 75_001, 75_003):
        change(file, balance.format(dollars))
        bring(cli, file)
    refused = cli("undo", "2", "--yes")
    assert refused.returncode == 3
    assert "the old balance of Family rev-1 was set again by #3" in refused.stderr
    cli.json("undo", "3", "--yes")
    assert cash(cli)["rev-1"] == "75001.00"
    bring(cli, file)
    assert cash(cli)["rev-1"] == "75003.00"
    assert entries(cli, "rev-1")[-1][2] == "2.00"


def statuses(cli: Cli, tmp_path: Path, *rows: Row) -> tuple[dict[str, str], list[str]]:
    report = bring(cli, compose(tmp_path / "Old.db", rows))
    return {code: row[0] for code, row in figures(cli, "status").items()}, report["notes"]


def test_a_status_that_the_rules_do_not_allow_is_suspended_and_named(
    cli: Cli, tmp_path: Path
) -> None:
    listed, notes = statuses(
        cli,
        tmp_path,
        account("a", "compounding"),
        account("b", "compounding"),
        account("c", balance=5.0, status="closed"),
        account("d", status="merged"),
        account("e", status="closed"),
        account("f", parent_account_id="e"),
        account("h", "revenue", status="merging"),
    )
    assert listed == {
        "com-1": "active",
        "com-2": "suspended",
        "gen-1": "suspended",
        "gen-2": "closed",
        "gen-3": "suspended",
        "gen-3.1": "active",
        "rev-1": "suspended",
    }
    assert sorted(note for note in notes if " is suspended: " in note) == [
        "com-2 is suspended: com-1 is the active Compounding account",
        "gen-1 is suspended: it was closed but still held money",
        "gen-3 is suspended: it was closed but has open accounts under it",
        "rev-1 is suspended: it was 'merging' in the old system",
    ]


KINDS = [
    ("deposit", 10.0, {}, ("deposit", "10.00", "10.00")),
    ("deposit", -10.0, {}, ("withdrawal", "-10.00", "-10.00")),
    ("withdrawal", -10.0, {}, ("withdrawal", "-10.00", "-10.00")),
    ("withdrawal", 10.0, {}, ("withdrawal", "-10.00", "-10.00")),
    ("deposit", 10.0, {"related_account_id": "b"}, ("transfer", "10.00", "10.00")),
    ("withdrawal", -10.0, {"related_account_id": "gone"}, ("withdrawal", "-10.00", "-10.00")),
    (
        "withdrawal",
        -10.0,
        {"related_account_id": "b", "metadata": '{"merge_operation": true}'},
        ("merge", "-10.00", "0.00"),
    ),
    ("merge_transfer", 10.0, {}, ("merge", "10.00", "10.00")),
    ("fork_transfer", -10.0, {}, ("fork", "-10.00", "0.00")),
    ("trade_premium", 10.0, {}, ("premium", "10.00", "0.00")),
    ("fee", 10.0, {}, ("fee", "-10.00", "0.00")),
    ("dividend", 10.0, {}, ("dividend", "10.00", "0.00")),
    ("trade_assignment", -10.0, {}, ("opening", "-10.00", "-10.00")),
    ("reward", 10.0, {}, ("opening", "10.00", "10.00")),
    (None, 10.0, {}, ("opening", "10.00", "10.00")),
]


def test_every_type_of_transaction_has_its_entry(cli: Cli, tmp_path: Path) -> None:
    owners = [account(f"a{n}", balance=float(k[3][1])) for n, k in enumerate(KINDS)]
    rows = [
        transaction(f"t{n}", f"a{n}", kind, cash_in, **columns)  # type: ignore[arg-type]
        for n, (kind, cash_in, columns, _) in enumerate(KINDS)
    ]
    report = bring(cli, compose(tmp_path / "Old.db", [*owners, account("b")], rows))
    assert report["imported"] == len(KINDS)
    by_account = figures(cli, "name", "cash", "base")
    found = {name: after for name, *after in by_account.values()}
    posted = {by_account[code][0]: entries(cli, code) for code in by_account}
    for n, (_, _, _, (kind, *after)) in enumerate(KINDS):
        assert [e[1] for e in posted[f"Name of a{n}"]] == [kind], KINDS[n]
        assert found[f"Name of a{n}"] == after, KINDS[n]
    assert posted["Name of a4"][0][3] == "deposit, other account Name of b"
    assert (
        "booked as opening entries, by old type: 1 reward, 1 trade_assignment, 1 unknown"
        in (report["notes"])
    )
    assert "unknown types of transactions: reward, unknown" in report["notes"]
    assert "2 positive withdrawals, fees or taxes were taken as paid" in report["notes"]


def test_the_future_and_accounts_that_ended_take_nothing(cli: Cli, tmp_path: Path) -> None:
    rows = [transaction("t1", "a", "deposit", 5.0, timestamp="2199-01-01")]
    file = compose(tmp_path / "Old.db", [account("a"), account("b", status="closed")], rows)
    why = "is dated 2199-01-01, in the future"
    assert bring(cli, file)["ignored"] == [{"row": 1, "why": why}]
    change(file, "", transaction("t2", "b", "deposit", 5.0))
    ignored = bring(cli, file)["ignored"]
    assert ignored == [{"row": 1, "why": why}, {"row": 2, "why": "gen-2 is closed"}]
    change(file, "UPDATE accounts SET current_balance = 5 WHERE account_id = 'b'")
    note = "gen-2 is closed: 5.00 of its old balance is not explained and not posted"
    assert note in bring(cli, file)["notes"]
    assert cash(cli) == {"gen-1": "0.00", "gen-2": "0.00"}


def test_a_portfolio_may_be_named_and_another_one_is_not_taken_by_chance(
    cli: Cli, file: str
) -> None:
    cli.json("init", "--name", "Family", "--capital", "1000")
    message = error(cli, "import", file, "--yes")
    assert "--portfolio: Family is another portfolio: name a new one, or this one to add" in message
    assert bring(cli, file, "--portfolio", "Old")["account"] == "Old"
    other = compose(Path(file).with_name("x.db"), [account("z", "compounding", 3.0)])
    report = bring(cli, other, "--portfolio", "Family")
    assert report["accounts"] == ["com-2"]
    assert "com-2 is suspended: com-1 is the active Compounding account" in report["notes"]
    cli.json("init", "--name", "Swiss", "--capital", "0", "--currency", "CHF")
    preset = {"ALLUSE_PORTFOLIO": "Swiss"}  # is where other commands act
    assert cli("import", file, "--yes", **preset).stdout.startswith("old-system into Old: 5")
    third = compose(Path(file).with_name("y.db"), [account("y")])
    assert "is in CHF" in error(cli, "import", third, "--yes", "--portfolio", "Swiss")


@pytest.mark.parametrize("bad", ["journal", "damaged", "balance", "into", "date"])
def test_a_file_that_cannot_be_imported_is_one_error_and_creates_nothing(
    cli: Cli, tmp_path: Path, file: str, bad: str
) -> None:
    options: tuple[str, ...] = ()
    if bad == "journal":
        other = Cli(tmp_path / "other" / "alluse.journal")
        other.json("init", "--name", "Main", "--capital", "0")
        file, expected = str(other.journal), "is a journal of ALL-USE: open it with --db"
    elif bad == "damaged":
        Path(file).write_bytes(Path(file).read_bytes()[:6000])
        expected = "is a damaged database"
    elif bad == "balance":
        change(file, "UPDATE accounts SET current_balance = 'much' WHERE account_id = 'r1'")
        expected = "Family.db, row 3 of accounts: current_balance 'much': must be an amount within"
    elif bad == "into":
        options, expected = ("--into", "gen-1"), "cannot be used with an old database"
    else:
        options, expected = ("--date", "2026-01-01"), "cannot be used with import"
    assert expected in error(cli, "import", file, "--yes", *options)
    assert not cli.journal.parent.exists()


def test_many_transactions_are_one_command_of_several_records(cli: Cli, tmp_path: Path) -> None:
    rows = [transaction(f"t{n}", "a", "trade_premium", 0.1) for n in range(250)]
    bring(cli, compose(tmp_path / "Old.db", [account("a", balance=25.000000000000107)], rows))
    assert cash(cli) == {"gen-1": "25.00"}  # 250 × 0.10
    parts = cli.json("query", "SELECT part, parts FROM record ORDER BY seq")["rows"]
    assert parts == [[1, 2], [2, 2]]
    assert cli("undo", "--yes").returncode == 0
    assert cash(cli) == {"gen-1": "0.00"}


def command_for(file: str, portfolio: str = "") -> ImportAccounts:
    read = read_old_system(Path(file))
    return ImportAccounts(
        name="Family",
        policy=load_policy("moderate"),
        sha256=read.sha256,
        accounts=read.accounts,
        portfolio=portfolio,
    )


def test_a_large_old_withdrawal_needs_a_second_person_where_facts_do(
    open_engine: Callable[..., LocalEngine], file: str
) -> None:
    engine = open_engine()
    engine.commands.submit(init())
    engine.commands.submit(PolicySet(changes=(("approval.facts_above", "1000"),)))
    two_people(engine)
    change(file, "", transaction("t9", "g1", "withdrawal", -1_000.01))
    command = command_for(file, portfolio="Main")
    with pytest.raises(Pending) as pending:
        engine.commands.submit(command, actor="dana")
    assert engine.queries.account("gen-1").equity == amount("100000")
    approve = Approve(approval=pending.value.approval)
    engine.commands.submit(approve, actor="eli", password=PASSWORDS["eli"])
    assert engine.queries.account("gen-2").equity == amount("109500.30")
    assert engine.commands.submit(command, actor="dana").duplicate
    assert all(check.ok for check in engine.operations.verify().checks)


def test_opening_a_portfolio_by_import_needs_what_init_needs(
    open_engine: Callable[..., LocalEngine], file: str
) -> None:
    command, engine = command_for(file), open_engine()
    own_password(engine)
    add(engine, "gus", Role.OPERATOR)
    with pytest.raises(Denied, match="may not init"):
        engine.commands.submit(command, actor="gus")
    engine.commands.submit(command, actor="dana")
    assert engine.commands.submit(command, actor="gus").duplicate
