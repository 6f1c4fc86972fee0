"""Reading the old system's database: amounts, times, the tree, and what other files are."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from old_database import account, change, compose, transaction

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.terms import Status
from alluse_tui.market.old_system import ReadOldSystem, is_database, read_old_system
from alluse_tui.market.old_system.values import Rounding, day_of

WINTER_DAY = date(2025, 12, 17)


@pytest.mark.parametrize(
    ("value", "micros"),
    [
        (1500.0, 1_500_000_000),
        (0.1 + 0.2, 300_000),
        (-52000.004, -52_000_000_000),
        (2.675, 2_680_000),  # the float is 2.67499…, what was typed is 2.675: half to even
        (2.665, 2_660_000),
        (7, 7_000_000),
        ("12.50", 12_500_000),
        (" 1e3 ", 1_000_000_000),
        (999_999_999_999.99, 999_999_999_999_990_000),
        (1e300, None),
        (1e12, None),
        (float("inf"), None),
        (float("nan"), None),
        (None, None),
        ("a lot", None),
        ("NaN", None),
        (b"12.5", None),
    ],
)
def test_an_amount_is_whole_cents_or_none(value: object, micros: int | None) -> None:
    assert Rounding().micros(value) == micros


def test_amounts_that_are_not_whole_cents_are_counted_with_the_largest_difference() -> None:
    rounding = Rounding()
    for value in (1.25, 100, "3.10", None):
        rounding.micros(value)
    assert rounding.remark == ""
    rounding.micros(0.1 + 0.2)  # 0.30000000000000004
    assert rounding.remark == "1 amount was rounded to whole cents, by at most 4e-17"
    rounding.micros(-9.996)
    assert rounding.remark == "2 amounts were rounded to whole cents, by at most 0.004"


@pytest.mark.parametrize(
    "value",
    [
        "2025-12-17",
        "2025-12-17 23:59:59.999999",
        "2025-12-17T09:30:00",
        "20251217",
        "2025-12-18T04:59:59Z",  # 23:59:59 in New York
        "2025-12-17T05:00:00+00:00",
        "2025/12/17 09:30:00",
        "12/17/2025",
        "12/17/2025 09:30",
        1765980000,  # 14:00 UTC
        1765980000.5,
        1765980000000,
        "1765980000",
    ],
)
def test_times_are_days_in_new_york(value: object) -> None:
    assert day_of(value) == WINTER_DAY


@pytest.mark.parametrize(
    "value",
    [
        *(None, "", "soon", b"2025-12-17", 0, 17, 10**18, float("inf"), float("nan")),
        *("1234567", "17.12.2025", "1969-12-31", "2025-02-30", "9999-12-31T23:59:59-23:00"),
    ],
)
def test_what_is_no_time_is_none(value: object) -> None:
    assert day_of(value) is None


def read(tmp_path: Path, *parts: Any) -> ReadOldSystem:
    return read_old_system(Path(compose(tmp_path / "Old.db", *parts)))


def test_the_tree_comes_from_parents_then_forks_then_relationships(tmp_path: Path) -> None:
    accounts = [
        account("d", created_at="2025-01-01"),  # its parent is in the table of relationships
        account("b", parent_account_id="a", forked_from_account_id="c"),
        account("c", forked_from_account_id="a"),
        account("a"),
        account("e"),
    ]
    related = [
        {"parent_account_id": "c", "child_account_id": "d", "relationship_type": "fork"},
        {"parent_account_id": "a", "child_account_id": "e", "relationship_type": "merge"},
    ]
    read_accounts = read(tmp_path, accounts, [], related).accounts
    tree = {a.id: (a.parent, a.forked_from) for a in read_accounts}
    assert tree == {"a": ("", ""), "b": ("a", "c"), "c": ("a", "a"), "d": ("c", "c"), "e": ("", "")}
    order = [a.id for a in read_accounts]
    assert order == ["a", "c", "d", "b", "e"]  # by day of opening, each after its parent


def test_a_fork_may_be_known_from_the_history_of_forks_alone(tmp_path: Path) -> None:
    file = compose(tmp_path / "Old.db", [account("a"), account("b")])
    change(file, "CREATE TABLE forking_history(source_account_id, new_gen_acc_id, com_acc_id)")
    fork = {"source_account_id": "b", "new_gen_acc_id": "a"}
    change(file, "", fork, table="forking_history")
    old = read_old_system(Path(file))
    assert [(a.id, a.parent, a.forked_from) for a in old.accounts] == [
        ("b", "", ""),
        ("a", "b", "b"),
    ]
    assert old.remarks == ("not imported: forking_history (1)",)


def test_circles_and_missing_parents_are_put_at_the_top_and_reported(tmp_path: Path) -> None:
    accounts = [
        account("a", parent_account_id="c"),
        account("b", parent_account_id="a"),
        account("c", parent_account_id="b"),
        account("d", parent_account_id="d"),
        account("e", parent_account_id="gone"),
    ]
    old = read(tmp_path, accounts)
    assert {a.id: a.parent for a in old.accounts} == {"a": "", "b": "a", "c": "b", "d": "", "e": ""}
    assert old.remarks == (
        "the account above Name of e is missing",
        "Name of a is above itself: it is at the top level",
        "Name of d is above itself: it is at the top level",
    )


@pytest.mark.parametrize(
    ("status", "ours", "remark"),
    [
        ("active", Status.ACTIVE, ""),
        ("Inactive", Status.SUSPENDED, ""),
        ("suspended", Status.SUSPENDED, ""),
        ("closed", Status.CLOSED, ""),
        ("merged", Status.CLOSED, ""),
        ("forking", Status.SUSPENDED, "it was 'forking' in the old system"),
        (None, Status.ACTIVE, ""),
    ],
)
def test_statuses_are_mapped_or_named(
    tmp_path: Path, status: str | None, ours: Status, remark: str
) -> None:
    (only,) = read(tmp_path, [account("a", status=status)]).accounts
    assert (only.status, only.remark) == (ours, remark)


def test_every_row_is_a_transaction_or_ignored_with_a_reason(tmp_path: Path) -> None:
    rows = [
        transaction("1", "a", "deposit", 5.0),
        transaction("1", "a", "deposit", 6.0),
        transaction("2", "zz", "deposit", 5.0),
        transaction("3", "a", "deposit", None),
        transaction("4", "a", "deposit", float("inf")),
        transaction("5", "a", "deposit", 1e300),
        transaction("6", "a", "deposit", "much"),
        transaction("7", "a", "deposit", 5.0, timestamp="soon"),
        transaction("8", "a", "deposit", 5.0, timestamp=None),
        transaction("", "a", "deposit", 5.0),
        transaction("", "a", "deposit", 5.0),
    ]
    old = read(tmp_path, [account("a")], rows)
    assert [(i.row, i.why) for i in old.ignored] == [
        (2, "has the id of row 1"),
        (3, "its account 'zz' does not exist"),
        (4, "its amount NULL is not an amount"),
        (5, "its amount inf is not an amount"),
        (6, "its amount 1e+300 is not an amount"),
        (7, "its amount 'much' is not an amount"),
        (8, "its time 'soon' is not a date"),
        (9, "its time NULL is not a date"),
    ]
    (only,) = old.accounts
    assert len({row.key for row in only.transactions}) == 3
    assert old.rows == len(only.transactions) + len(old.ignored)
    assert old.remarks == ("not imported: 8 transactions, first row 2: has the id of row 1",)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"current_balance": None}, "row 1 of accounts: current_balance 'NULL': must be an amount"),
        ({"current_balance": "much"}, "current_balance 'much': must be an amount within"),
        ({"current_balance": 1e300}, "current_balance"),
        ({"account_type": "hedge"}, "account_type 'hedge': must be generation, revenue or"),
        ({"account_type": None}, "account_type"),
        ({"account_id": None}, "account_id: must not be empty"),
    ],
)
def test_an_account_that_cannot_be_read_refuses_the_file(
    tmp_path: Path, columns: dict[str, object], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        read(tmp_path, [account("a") | columns])


def test_an_id_has_one_account(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="accounts 'a': is the id of 2 accounts"):
        read(tmp_path, [account("a"), account("b"), account("a", balance=5.0)])


def test_a_file_without_accounts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has no accounts"):
        read(tmp_path, [])


def test_tables_and_columns_that_are_missing_are_not_needed(tmp_path: Path) -> None:
    file = tmp_path / "small.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE Accounts(Account_ID, account_type, current_balance)")
        database.execute("INSERT INTO accounts VALUES (7, 'REVENUE', 12.5)")
    old = read_old_system(file)
    assert [(a.id, a.balance_micros, a.opened) for a in old.accounts] == [("7", 12_500_000, None)]
    assert old.remarks == (
        "1 account has no date of opening that can be read: it opens with its first transaction,"
        " or today without one",
        "the file has no table of transactions",
    )


def test_tables_that_are_not_imported_are_named(tmp_path: Path) -> None:
    file = compose(tmp_path / "Old.db", [account("a")])
    change(file, "", {"account_id": "a"}, {"account_id": "a"}, table="performance_metrics")
    assert read_old_system(Path(file)).remarks == ("not imported: performance_metrics (2)",)


def test_a_database_in_wal_mode_is_read_and_left_alone(tmp_path: Path) -> None:
    file = Path(compose(tmp_path / "Old.db", [account("a")]))
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA journal_mode = wal")
        before = file.read_bytes()
        assert read_old_system(file).accounts[0].id == "a"
        assert file.read_bytes() == before
        database.execute("UPDATE accounts SET current_balance = 1")
        database.commit()
        with pytest.raises(BadInput, match=r"still in Old\.db-wal: close the old system first"):
            read_old_system(file)


def _truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _overwritten(content: bytes) -> bytes:
    return content[:4096] + b"\xff" * 4096 + content[8192:]


def _misnamed(content: bytes) -> bytes:
    return content.replace(b"available_balance", b"available\xffbalance")


@pytest.mark.parametrize(
    "damage", [_truncated, _overwritten, _misnamed, lambda content: content[:16]]
)
def test_a_damaged_file_is_one_error(tmp_path: Path, damage: Any) -> None:
    file = Path(compose(tmp_path / "Old.db", [account(f"a{n}") for n in range(200)]))
    file.write_bytes(damage(file.read_bytes()))
    assert is_database(file)
    with pytest.raises(BadInput, match=r"is a damaged database: [^\n]*$"):
        read_old_system(file)


def test_another_database_is_named_as_such(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE accounts(id, owner)")
        database.execute("CREATE VIEW transactions AS SELECT 1 AS transaction_id")
    with pytest.raises(BadInput, match="not one of the old ALL-USE system: it needs a table acc"):
        read_old_system(file)


def test_what_is_not_a_database_is_not_recognised(tmp_path: Path) -> None:
    encrypted = tmp_path / "encrypted.db"
    encrypted.write_bytes(b"\x8f\x10" * 2048)
    assert not is_database(encrypted)
    assert not is_database(tmp_path / "missing.db")
    assert not is_database(tmp_path)
