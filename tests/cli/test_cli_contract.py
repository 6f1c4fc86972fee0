"""The command line keeps its contract: JSON shapes, exit codes, no surprises (command-line.md)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from books import Cli

ACCOUNT = {
    "code",
    "name",
    "portfolio",
    "tier",
    "parent",
    "status",
    "opened",
    "base",
    "equity",
    "cash",
    "contracts",
    "leaps",
    "positions",
    "buffer",
    "available",
    "collateral",
    "surplus",
    "currencies",
    "unvalued",
}
ENTRY = {
    "seq",
    "effective",
    "recorded",
    "kind",
    "account",
    "amount",
    "currency",
    "note",
    "actor",
    "reverses",
}
OPTION = ["--symbol", "XYZ", "--right", "put", "--strike", "100", "--expiry", "2026-01-16"]
SOLD = ["trade", "gen-1", "--side", "sell", *OPTION, "--quantity", "1", "--price", "1.50"]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a freshly opened book, to be copied."""
    folder = tmp_path_factory.mktemp("opened") / "book"
    cli = Cli(folder / "alluse.journal")
    cli.json("init", "--name", "Main", "--capital", "250000", "--date", "2026-01-05")
    return folder


@pytest.fixture
def book(cli: Cli, opened: Path) -> Cli:
    shutil.copytree(opened, cli.journal.parent)
    return cli


def refused(cli: Cli, *arguments: str) -> dict[str, Any]:
    done = cli(*arguments, "--json")
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stderr == ""
    error: dict[str, Any] = json.loads(done.stdout)["error"]
    return error


def log(cli: Cli, *arguments: str) -> list[dict[str, Any]]:
    done = cli("log", "--json", *arguments)
    assert done.returncode == 0
    return [json.loads(line) for line in done.stdout.splitlines()]


def cash(cli: Cli, code: str = "gen-1") -> str:
    text: str = cli.json("show", code)["cash"]
    return text


# -- init, accounts, show -------------------------------------------------------------------------


def test_init_splits_the_capital_by_the_template(cli: Cli) -> None:
    made = cli.json("init", "--name", "Main", "--capital", "250000")
    assert made["portfolio"] == "Main"
    assert [set(a) for a in made["accounts"]] == [ACCOUNT] * 3
    assert [(a["code"], a["tier"], a["equity"], a["buffer"]) for a in made["accounts"]] == [
        ("gen-1", "gen", "100000.00", "5000.00"),
        ("rev-1", "rev", "75000.00", "3750.00"),
        ("com-1", "com", "75000.00", "3750.00"),
    ]


def test_init_takes_template_strategy_currency_and_no_capital(cli: Cli) -> None:
    made = cli.json("init", "--name", "A", "--capital", "100", "--strategy", "growth")
    assert [a["cash"] for a in made["accounts"]] == ["50.00", "25.00", "25.00"]
    made = cli.json("init", "--name", "B", "--capital", "100", "--template", "conservative")
    assert [a["buffer"] for a in made["accounts"]] == ["2.10", "3.50", "1.40"]
    made = cli.json("init", "--name", "C", "--capital", "0", "--currency", "CHF")
    assert [(a["cash"], a["currencies"]) for a in made["accounts"]] == [("0.00", {})] * 3


def test_init_dry_run_and_bad_init_create_nothing(cli: Cli) -> None:
    assert set(cli.json("init", "--name", "A", "--capital", "5", "--dry-run")) == {"plan"}
    for bad in (["a/b", "5"], ["", "5"], ["A", "-5"], ["A", "x"]):
        assert cli("init", "--name", bad[0], "--capital", bad[1]).returncode == 2
    assert not cli.journal.parent.exists()


def test_a_name_is_opened_once(book: Cli) -> None:
    error = refused(book, "init", "--name", "Main", "--capital", "5")
    assert error["code"] == "refused"
    assert "already exists" in error["message"]


def test_accounts_list_everything_with_totals(book: Cli) -> None:
    listed = book.json("accounts")
    assert set(listed) == {"accounts", "totals"}
    assert listed["totals"] == {
        "equity": "250000.00",
        "cash": "250000.00",
        "buffer": "12500.00",
        "available": "237500.00",
    }
    assert [a["code"] for a in listed["accounts"]] == ["gen-1", "rev-1", "com-1"]


def test_accounts_of_a_tier_have_that_tiers_totals(book: Cli) -> None:
    listed = book.json("accounts", "--tier", "rev")
    assert [a["code"] for a in listed["accounts"]] == ["rev-1"]
    assert listed["totals"]["equity"] == "75000.00"


def test_accounts_as_of_a_day(book: Cli) -> None:
    book.json("deposit", "gen-1", "5", "--date", "2026-02-02")
    assert book.json("accounts", "--as-of", "2026-02-01")["totals"]["cash"] == "250000.00"
    assert book.json("accounts", "--as-of", "2026-02-02")["totals"]["cash"] == "250005.00"
    assert book.json("accounts", "--as-of", "2026-01-04")["accounts"] == []
    as_of = book.json("accounts", "--as-of", "2026-02-02", "--tier", "gen")
    assert [set(a) for a in as_of["accounts"]] == [ACCOUNT]


def test_show_adds_rules_and_recent_entries(book: Cli) -> None:
    book.json("deposit", "gen-1", "5.50", "--note", "more")
    shown = book.json("show", "gen-1")
    assert set(shown) == ACCOUNT | {"rules", "recent"}
    assert all(set(rule) == {"rule", "ok", "message"} for rule in shown["rules"])
    assert "fork.threshold" in {rule["rule"] for rule in shown["rules"]}
    assert [set(entry) for entry in shown["recent"]] == [ENTRY, ENTRY]
    newest = shown["recent"][0]
    assert (newest["seq"], newest["kind"], newest["account"]) == (2, "deposit", "gen-1")
    assert (newest["amount"], newest["currency"], newest["note"]) == ("5.50", "USD", "more")
    assert newest["reverses"] is None


# -- movements and posts --------------------------------------------------------------------------


def test_a_receipt_has_its_record_and_its_plan(book: Cli) -> None:
    receipt = book.json("deposit", "gen-1", "100")
    assert set(receipt) == {"seq", "hash", "duplicate", "plan"}
    assert (receipt["seq"], receipt["duplicate"]) == (2, False)
    plan = receipt["plan"]
    assert {"digest", "command", "entries", "accounts", "rules"} <= set(plan)
    assert [p["amount"] for p in plan["entries"][0]["postings"]] == ["100.00", "-100.00"]
    assert {"account", "bucket", "currency", "amount"} == set(plan["entries"][0]["postings"][0])
    assert [set(a) for a in plan["accounts"]] == [{"code", "before", "after"}]
    assert plan["accounts"][0]["after"]["cash"] == "100100.00"
    assert receipt["hash"] == log(book)[-1]["hash"]


def test_withdraw_and_transfer_move_cash_and_base(book: Cli) -> None:
    book.json("withdraw", "gen-1", "10", "--yes")
    book.json("transfer", "gen-1", "com-1", "20.01", "--yes")
    found = {a["code"]: (a["cash"], a["base"]) for a in book.json("accounts")["accounts"]}
    assert found["gen-1"] == ("99969.99", "99969.99")
    assert found["com-1"] == ("75020.01", "75020.01")


@pytest.mark.parametrize(
    ("arguments", "cash_after"),
    [
        (["premium", "gen-1", "12.34"], "100012.34"),
        (["fee", "gen-1", "12.34"], "99987.66"),
        (["fee", "gen-1", "-12.34"], "100012.34"),
        (["interest", "gen-1", "12.34"], "100012.34"),
        (["interest", "gen-1", "-12.34"], "99987.66"),
        (["dividend", "gen-1", "12.34"], "100012.34"),
        (["tax", "gen-1", "12.34"], "99987.66"),
        (["tax", "gen-1", "-12.34"], "100012.34"),
        (["opening", "gen-1", "12.34"], "100012.34"),
        (["opening", "gen-1", "-12.34"], "99987.66"),
        (["mark", "gen-1", "12.34"], "100000.00"),
        (
            [
                "trade",
                "gen-1",
                "--side",
                "buy",
                "--symbol",
                "XYZ",
                "--quantity",
                "3",
                "--price",
                "10.505",
                "--fees",
                "1",
            ],
            "99967.485",
        ),
        (
            [
                "trade",
                "gen-1",
                "--side",
                "sell",
                *OPTION,
                "--quantity",
                "2",
                "--price",
                "1.5",
                "--fees",
                "1.41",
            ],
            "100298.59",
        ),
        (["assignment", "gen-1", *OPTION, "--quantity", "1", "--fees", "0.01"], "90149.99"),
    ],
)
def test_a_post_does_to_cash_what_its_kind_says(
    book: Cli, arguments: list[str], cash_after: str
) -> None:
    if arguments[0] == "assignment":
        book.json("post", *SOLD, "--yes")
    receipt = book.json("post", *arguments, "--yes")
    assert receipt["plan"]["accounts"][0]["after"]["cash"] == cash_after
    assert cash(book) == cash_after
    assert receipt["plan"]["entries"][0]["kind"] == arguments[0]


def test_a_rate_values_another_currencys_cash(book: Cli) -> None:
    book.json("post", "premium", "gen-1", "100", "--currency", "CHF", "--yes")
    shown = book.json("show", "gen-1")
    assert (shown["cash"], shown["unvalued"]) == ("100000.00", ["CHF"])
    book.json("post", "rate", "USD", "--against", "CHF", "--rate", "0.8")
    shown = book.json("show", "gen-1")
    assert (shown["cash"], shown["unvalued"]) == ("100125.00", [])
    assert shown["currencies"] == {"CHF": "100.00", "USD": "100000.00"}


def test_an_outsized_fact_needs_yes(book: Cli) -> None:
    error = refused(book, "post", "premium", "gen-1", "25000.01")
    assert [r["rule"] for r in error["reasons"] if not r["ok"]] == ["amount.outsized"]
    book.json("post", "premium", "gen-1", "25000.01", "--yes")
    assert cash(book) == "125000.01"


# -- what protects --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [["withdraw", "gen-1", "10"], ["transfer", "gen-1", "rev-1", "10"], ["undo", "2"]],
)
def test_a_dangerous_command_without_terminal_needs_yes(book: Cli, arguments: list[str]) -> None:
    book.json("deposit", "gen-1", "5")
    before = log(book)
    done = book(*arguments)
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert log(book) == before


def test_a_refusal_exits_3_even_without_yes_and_is_on_record(book: Cli) -> None:
    before = book("accounts", "--json").stdout
    error = refused(book, "withdraw", "com-1", "10")
    assert error["code"] == "refused"
    assert error["reasons"][0] == {
        "rule": "withdraw.com",
        "ok": False,
        "message": "com-1 is a Compounding account: money never leaves it",
    }
    assert refused(book, "withdraw", "gen-1", "95000.01", "--yes")["reasons"][-1]["ok"] is False
    assert refused(book, "transfer", "com-1", "gen-1", "1")["reasons"][0]["rule"] == "transfer.com"
    assert book("accounts", "--json").stdout == before
    records = log(book)
    assert [(r["command"], r["events"]) for r in records[1:]] == [
        ("withdraw", []),
        ("withdraw", []),
        ("transfer", []),
    ]
    done = book("withdraw", "com-1", "10")
    assert (done.returncode, done.stdout) == (3, "")


def test_the_digest_shown_by_dry_run_is_the_one_that_is_committed(book: Cli) -> None:
    for arguments in (
        ["deposit", "gen-1", "5"],
        ["withdraw", "gen-1", "5"],
        ["transfer", "gen-1", "rev-1", "5"],
        ["post", "fee", "gen-1", "5"],
        ["post", "rate", "USD", "--against", "CHF", "--rate", "0.8"],
        ["undo", "2"],
    ):
        before = log(book)
        shown = book.json(*arguments, "--dry-run")
        assert set(shown) == {"plan"}
        assert log(book) == before
        assert book.json(*arguments, "--yes")["plan"] == shown["plan"]


def test_a_key_makes_a_repeat_harmless(book: Cli) -> None:
    first = book.json("deposit", "gen-1", "5", "--key", "k1")
    again = book.json("deposit", "gen-1", "5", "--key", "k1")
    assert again == {**first, "duplicate": True}
    assert len(log(book)) == 2
    error = refused(book, "deposit", "gen-1", "6", "--key", "k1")
    assert [r["rule"] for r in error["reasons"]] == ["key.content"]
    assert cash(book) == "100005.00"


def test_a_refused_attempt_does_not_use_up_its_key(book: Cli) -> None:
    refused(book, "withdraw", "com-1", "5", "--key", "k1")
    assert book.json("deposit", "gen-1", "5", "--key", "k1")["duplicate"] is False


def test_undo_takes_back_the_newest_act_or_a_named_one(book: Cli) -> None:
    before = book("accounts", "--json").stdout
    book.json("deposit", "gen-1", "5")
    book.json("post", "fee", "rev-1", "7")
    book.json("undo", "--yes")
    receipt = book.json("undo", "2", "--yes")
    assert receipt["plan"]["command"] == "undo"
    assert book("accounts", "--json").stdout == before
    assert book.json("show", "gen-1")["recent"][0]["reverses"] == 2
    assert refused(book, "undo", "2", "--yes")["code"] == "refused"
    assert book("undo", "99", "--yes").returncode == 2


# -- log and verify -------------------------------------------------------------------------------


def test_the_log_is_one_record_a_line_oldest_first(book: Cli) -> None:
    book.json("deposit", "gen-1", "5")
    refused(book, "withdraw", "com-1", "5")
    records = log(book)
    wanted = {"seq", "recorded", "actor", "command", "events", "prev", "hash"}
    assert [r["seq"] for r in records] == [1, 2, 3]
    assert all(wanted <= set(r) for r in records)
    assert records[0]["prev"] == "00" * 32
    assert [r["prev"] for r in records[1:]] == [r["hash"] for r in records[:-1]]
    assert [r["seq"] for r in log(book, "--after", "1")] == [2, 3]
    assert [r["seq"] for r in log(book, "--account", "rev-1")] == [1]
    assert [r["seq"] for r in log(book, "--account", "com-1")] == [1, 3]
    assert [r["seq"] for r in log(book, "--actor", records[0]["actor"])] == [1, 2, 3]
    assert log(book, "--actor", "nobody-else") == []


def test_verify_names_its_checks_and_the_head(book: Cli) -> None:
    found = book.json("verify")
    assert set(found) == {"ok", "checks", "records", "head"}
    assert (found["ok"], found["records"], found["head"]) == (True, 1, log(book)[-1]["hash"])
    assert all(set(check) == {"check", "ok", "detail"} for check in found["checks"])
    assert {"chain", "sums", "state"} <= {check["check"] for check in found["checks"]}
    assert len(log(book)) == 1


def test_query_answers_columns_and_rows(book: Cli) -> None:
    answer = book.json("query", "SELECT code FROM account ORDER BY code")
    assert answer == {"columns": ["code"], "rows": [["com-1"], ["gen-1"], ["rev-1"]]}
    assert book("query", "DROP TABLE account").returncode == 2


def test_a_quarantined_book_is_read_and_not_written(book: Cli) -> None:
    data = bytearray(book.journal.read_bytes())
    at = data.rindex(b'"capital":250000')
    data[at + 10 : at + 12] = b"35"
    book.journal.write_bytes(data)
    for arguments in (["deposit", "gen-1", "5"], ["verify"], ["withdraw", "gen-1", "5", "--yes"]):
        done = book(*arguments, "--json")
        assert done.returncode == 4
    error = json.loads(book("deposit", "gen-1", "5", "--json").stdout)["error"]
    assert error["code"] == "integrity"
    assert "record 1" in error["message"]
    assert len(book.json("accounts")["accounts"]) == 3


# -- which book, which portfolio ------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["accounts"],
        ["show", "gen-1"],
        ["deposit", "gen-1", "5"],
        ["log"],
        ["verify"],
        ["withdraw", "gen-1", "5"],
        ["query", "SELECT 1"],
        ["undo", "--yes"],
        ["post", "premium", "gen-1", "5"],
        ["import", "nonsuch.xml", "--yes"],
        ["accounts", "--as-of", "2026-01-01"],
    ],
)
def test_without_a_book_a_command_says_so_and_creates_nothing(
    cli: Cli, arguments: list[str]
) -> None:
    done = cli(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr
        == f"alluse: no book at {cli.journal}: `alluse init`, or `alluse restore` a backup\n"
    )
    assert json.loads(cli(*arguments, "--json").stdout)["error"]["code"] == "no_book"
    assert not cli.journal.parent.exists()


def test_a_plain_code_is_ambiguous_among_several_portfolios(book: Cli) -> None:
    book.json("init", "--name", "Smith", "--capital", "100")
    done = book("deposit", "gen-1", "5")
    assert done.returncode == 2
    assert "Main" in done.stderr
    assert "Smith" in done.stderr
    book.json("deposit", "Smith/gen-1", "5")
    book.json("deposit", "gen-1", "7", "--portfolio", "Smith")
    assert book.json("show", "Smith/gen-1")["cash"] == "52.00"
    assert book.json("show", "Main/gen-1")["cash"] == "100000.00"
    listed = book.json("accounts", "--portfolio", "Smith")
    assert {a["portfolio"] for a in listed["accounts"]} == {"Smith"}
    assert len(book.json("accounts")["accounts"]) == 6
    assert [r["seq"] for r in log(book, "--portfolio", "Smith")] == [2, 3, 4]
    done = book("transfer", "Main/gen-1", "Smith/gen-1", "5", "--yes")
    assert done.returncode == 2


def test_the_journal_is_named_by_option_or_environment(book: Cli, tmp_path: Path) -> None:
    other = tmp_path / "other.journal"
    book.json("init", "--name", "Other", "--capital", "1", "--db", str(other))
    assert book.json("accounts", "--db", str(other))["accounts"][0]["portfolio"] == "Other"
    assert book.json("accounts")["accounts"][0]["portfolio"] == "Main"
    done = book("accounts", "--json", ALLUSE_DB=str(other))
    assert json.loads(done.stdout)["accounts"][0]["portfolio"] == "Other"


@pytest.mark.parametrize("arguments", [["nonsuch"], ["deposit"], ["deposit", "gen-1", "5", "--no"]])
def test_wrong_usage_exits_2_with_one_error(book: Cli, arguments: list[str]) -> None:
    done = book(*arguments, "--json")
    assert done.returncode == 2
    assert set(json.loads(done.stdout)["error"]) >= {"code", "message"}
    assert len(book(*arguments).stderr.splitlines()) == 1
