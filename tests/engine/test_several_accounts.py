"""Import of files with several broker accounts, and of confirmed fills (rules.md, market.md)."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from books import Cli

from alluse_tui.domain.commands import AccountStatement, Import
from alluse_tui.domain.commands.fact_codec import command_from_plain, command_to_plain, fact_words
from alluse_tui.engine import LocalEngine, kept_imports, kept_summary
from alluse_tui.market.statements import read_statements

DATA = Path(__file__).parents[1] / "data"
BOTH = str(DATA / "composed-two-accounts.xml")
CONFIRMS = str(DATA / "composed-confirms.xml")
CONFIRMED = str(DATA / "composed-confirmed.xml")
FEE = (
    'accountId="U2220222" currency="EUR" fxRateToBase="1" dateTime="2026-01-16"'
    ' reportDate="2026-01-16" levelOfDetail="DETAIL"'
)
MAPPED = ("--map", "111=gen-1", "--map", "U2220222=rev-1")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a freshly opened book, to be copied."""
    folder = tmp_path_factory.mktemp("opened") / "book"
    cli = Cli(folder / "alluse.journal")
    cli.json("init", "--name", "Main", "--capital", "0", "--date", "2024-12-31")
    return folder


@pytest.fixture
def book(cli: Cli, opened: Path) -> Cli:
    shutil.copytree(opened, cli.journal.parent)
    return cli


def bring(cli: Cli, file: str, *arguments: str) -> list[dict[str, Any]]:
    """The report on each account, whose counts add up."""
    done = cli.json("import", file, "--yes", *arguments)
    reports: list[dict[str, Any]] = done.get("accounts", [done])
    for report in reports:
        counted = report["imported"] + report["duplicates"] + len(report["ignored"])
        assert report["rows"] == counted
    return reports


def counts(reports: list[dict[str, Any]]) -> list[tuple[str, int, int, int]]:
    return [(r["account"], r["imported"], r["duplicates"], len(r["ignored"])) for r in reports]


def currencies(cli: Cli, code: str) -> dict[str, str]:
    held: dict[str, str] = cli.json("show", code)["currencies"]
    return held


def accounts(cli: Cli) -> str:
    return cli("accounts", "--json").stdout


def records(cli: Cli) -> list[dict[str, Any]]:
    return [json.loads(line) for line in cli("log", "--json").stdout.splitlines()]


# -- several accounts -----------------------------------------------------------------------------


def test_accounts_are_mapped_once_imported_together_and_undone_together(book: Cli) -> None:
    before = accounts(book)
    # U1110111: starting cash, a trade and a mark; U2220222: starting cash and a fee
    assert counts(bring(book, BOTH, *MAPPED)) == [("gen-1", 3, 0, 0), ("rev-1", 2, 0, 0)]
    assert currencies(book, "gen-1") == {"USD": "4898.00"}  # 5000 − 102
    assert currencies(book, "rev-1") == {"EUR": "290.00"}  # 300 − 10
    _, imported = records(book)
    assert len(imported["events"]) == 3 + 2 + 2
    assert [each["account"] for each in imported["content"]["more"]] == ["rev-1"]
    assert counts(bring(book, BOTH)) == [("gen-1", 0, 3, 0), ("rev-1", 0, 2, 0)]
    assert len(records(book)) == 2
    book.json("undo", "--yes")
    assert accounts(book) == before
    assert book("import", BOTH, "--yes").returncode == 2  # the mapping is undone as well


def test_no_broker_account_is_stored_or_shown_in_clear(book: Cli) -> None:
    done = book("import", BOTH, "--yes", *MAPPED)
    stored = book("log", "--json").stdout
    for number in ("U1110111", "U2220222"):
        assert number not in done.stdout + done.stderr + stored
        assert number.encode() not in book.journal.read_bytes()


def test_missing_accounts_are_all_asked_for_at_once(book: Cli) -> None:
    done = book("import", BOTH, "--yes")
    assert done.returncode == 2
    assert (
        "--map: choose the accounts that broker accounts …111 and …222 belong to, with"
        " --map 111=CODE --map 222=CODE: gen-1, rev-1, com-1" in done.stderr
    )
    done = book("import", BOTH, "--yes", "--map", "222=rev-1")
    assert "the account that broker account …111 belongs to, with --map 111=CODE" in done.stderr
    assert len(records(book)) == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["111"], "'111': must be BROKER_ACCOUNT=CODE, such as 567=gen-1"),
        (["999=gen-1"], "'999=gen-1': must name a broker account of the file: …111, …222"),
        (["111=gen-1", "111=rev-1"], "'111=rev-1': 111 is already given to gen-1"),
        (["111=gen-1", "U1110111=rev-1"], "that broker account is already given to gen-1"),
        (["111=gen-9", "222=rev-1"], "'gen-9': is not in Main, which has com-1, gen-1, rev-1"),
    ],
)
def test_a_wrong_mapping_is_one_error_and_books_nothing(
    book: Cli, typed: list[str], said: str
) -> None:
    options = [part for text in typed for part in ("--map", text)]
    done = book("import", BOTH, "--yes", *options)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert len(records(book)) == 1


def test_digits_that_two_accounts_share_do_not_choose_one(book: Cli, tmp_path: Path) -> None:
    alike = tmp_path / "alike.xml"
    alike.write_text(Path(BOTH).read_text().replace("U2220222", "U2220111"))
    done = book("import", str(alike), "--yes", "--map", "111=gen-1")
    assert "'111=gen-1': names several broker accounts: give the whole number" in done.stderr
    options = ("--map", "U1110111=gen-1", "--map", "U2220111=rev-1")
    assert len(bring(book, str(alike), *options)) == 2


def test_into_is_for_a_file_with_one_account(book: Cli) -> None:
    done = book("import", BOTH, "--into", "gen-1", "--yes")
    assert done.returncode == 2
    assert (
        "--into 'gen-1': is one account, but the file has 2: give each, such as --map 111=CODE"
        in done.stderr
    )


TWO_PORTFOLIOS = ("--map", "111=Main/gen-1", "--map", "222=Smith/gen-1")


def test_accounts_of_two_portfolios_are_imported_one_portfolio_after_the_other(book: Cli) -> None:
    book.json("init", "--name", "Smith", "--capital", "0", "--date", "2024-12-31")
    planned = book.json("import", BOTH, "--dry-run", *TWO_PORTFOLIOS)["portfolios"]
    assert [(part["portfolio"], part["account"], part["imported"]) for part in planned] == [
        ("Main", "gen-1", 3),
        ("Smith", "gen-1", 2),
    ]
    assert [len(part["plan"]["entries"]) for part in planned] == [3, 2]
    assert len(records(book)) == 2
    printed = book("import", BOTH, "--yes", *TWO_PORTFOLIOS).stdout
    lines = [line for line in printed.splitlines() if line.endswith(":") or " into " in line]
    assert [line.partition(" = ")[0] for line in lines] == [
        "Main:",
        "ibkr-flex into gen-1: 3 rows",
        "Smith:",
        "ibkr-flex into gen-1: 2 rows",
    ]
    assert currencies(book, "Main/gen-1") == {"USD": "4898.00"}
    assert currencies(book, "Smith/gen-1") == {"EUR": "290.00"}
    again = book.json("import", BOTH, "--yes")["portfolios"]
    assert [part["duplicates"] for part in again] == [3, 2]
    assert [record["portfolio"] for record in records(book)[2:]] == ["Main", "Smith"]
    assert book("verify").returncode == 0


def test_a_portfolio_whose_import_needs_approval_does_not_hold_up_the_other(
    book: Cli, tmp_path: Path
) -> None:
    withdrawal = FEE.replace("U2220222", "U1110111").replace("EUR", "USD")
    row = f'<CashTransaction {withdrawal} type="Deposits/Withdrawals" amount="-50"'
    row += ' description="WITHDRAWAL" transactionID="2" />'
    file = tmp_path / "both.xml"
    text = Path(BOTH).read_text()
    file.write_text(
        text.replace("</Trades>", f"</Trades><CashTransactions>{row}</CashTransactions>")
    )
    book.json("init", "--name", "Smith", "--capital", "0", "--date", "2024-12-31")
    for path, value in (("approval.facts_above", "10"), ("approval.alone", "cooling_off")):
        book.json("policy", "set", path, value, "--portfolio", "Main", "--yes")
    done = book("import", str(file), "--yes", *TWO_PORTFOLIOS)
    assert done.returncode == 7
    assert "import is proposed as #5" in done.stderr
    assert currencies(book, "Main/gen-1") == {}
    assert currencies(book, "Smith/gen-1") == {"EUR": "290.00"}
    again = book("import", str(file), "--yes", "--json", *TWO_PORTFOLIOS)
    waiting, imported = json.loads(again.stdout)["portfolios"]
    assert again.returncode == 7
    assert (waiting["portfolio"], waiting["error"]["code"]) == ("Main", "pending")
    assert (imported["portfolio"], imported["duplicates"]) == ("Smith", 2)


def test_a_portfolio_that_refuses_its_import_leaves_the_other_alone(book: Cli) -> None:
    book.json("init", "--name", "Smith", "--capital", "0", "--date", "2024-12-31")
    book.json("close", "gen-1", "--portfolio", "Smith", "--yes")
    before = len(records(book))
    done = book("import", BOTH, "--yes", *TWO_PORTFOLIOS)
    assert done.returncode == 3
    assert currencies(book, "Main/gen-1") == {}
    (refused,) = records(book)[before:]
    assert (refused["portfolio"], refused["events"]) == ("Smith", [])


def test_an_account_that_is_missing_in_one_portfolio_leaves_the_other_alone(book: Cli) -> None:
    book.json("init", "--name", "Smith", "--capital", "0", "--date", "2024-12-31")
    done = book("import", BOTH, "--yes", "--map", "111=Main/gen-1", "--map", "222=Smith/gen-9")
    assert (done.returncode, "is not in Smith" in done.stderr) == (2, True)
    assert len(records(book)) == 2


def test_a_dry_run_shows_both_and_books_nothing(book: Cli) -> None:
    shown = book.json("import", BOTH, "--dry-run", *MAPPED)
    assert [report["imported"] for report in shown["accounts"]] == [3, 2]
    assert len(shown["plan"]["entries"]) == 5
    new = [
        [(row["kind"], row["symbol"], row["rows"], row["cash"]) for row in report["new"]]
        for report in shown["accounts"]
    ]
    assert new == [
        [
            ("opening", "", 1, {"USD": "5000.00"}),
            ("trade", "ABC", 1, {"USD": "-102.00"}),
            ("mark", "ABC", 1, {}),
        ],
        [("opening", "", 1, {"EUR": "300.00"}), ("fee", "", 1, {"EUR": "-10.00"})],
    ]
    printed = book("import", BOTH, "--dry-run", *MAPPED).stdout
    tables = [printed.index(f"new in {code}") for code in ("gen-1", "rev-1")]
    assert 0 == tables[0] < tables[1] < printed.index("ibkr-flex into gen-1")
    assert len(records(book)) == 1


def test_the_record_keeps_the_report_of_each_account(book: Cli, tmp_path: Path) -> None:
    bring(book, BOTH, *MAPPED)
    later, row = tmp_path / "later.xml", f"<CashTransaction {FEE} transactionID="
    points = f'{row}"2" amount="-1" type="Points of U1110111" />'
    fee = f'{row}"3" amount="-3" type="Other Fees" />'
    end = "</CashTransactions>"
    text = Path(BOTH).read_text().replace(end, f"{points}{fee}\n{end}")
    later.write_text(text)
    assert counts(bring(book, str(later))) == [("gen-1", 0, 3, 0), ("rev-1", 1, 2, 1)]
    (kept,) = [e for e in records(book)[-1]["events"] if e["type"] == "statement_imported"]
    assert (kept["account"], kept["rows"], kept["duplicates"]) == ("rev-1", 1, 2)
    line = text[: text.index("Points of")].count("\n") + 1
    why = "cash of type 'Points of …111' is not booked yet"  # the other account's number is hidden
    assert kept["ignored"] == [{"why": why, "rows": 1, "first_line": line}]
    assert b"U1110111" not in book.journal.read_bytes()


def test_two_broker_accounts_in_one_account_are_told_apart(
    book: Cli, open_engine: Callable[[], LocalEngine]
) -> None:
    options = ("--map", "111=gen-1", "--map", "222=gen-1")
    shown = book.json("import", BOTH, "--dry-run", *options)
    cash = [[row["cash"] for row in each["new"]] for each in shown["accounts"]]
    assert cash == [
        [{"USD": "5000.00"}, {"USD": "-102.00"}, {}],
        [{"EUR": "300.00"}, {"EUR": "-10.00"}],
    ]
    bring(book, BOTH, *options)
    engine = open_engine()
    kept = kept_imports(engine.queries, "Main")
    assert [each.rows for each in kept] == [3, 2]
    kept_cash = [[dict(row.cash) for row in kept_summary(engine.queries, each)] for each in kept]
    assert kept_cash == [
        [{"USD": 5_000_000_000}, {"USD": -102_000_000}, {}],
        [{"EUR": 300_000_000}, {"EUR": -10_000_000}],
    ]


def test_reconciling_compares_the_statement_of_the_account(book: Cli) -> None:
    done = book("reconcile", BOTH, "--into", "gen-1")
    assert "the file has 2 accounts, and none is imported: import it first" in done.stderr
    bring(book, BOTH, *MAPPED)
    compared = book.json("reconcile", BOTH, "--into", "rev-1")
    assert (compared["ok"], compared["account"]) == (True, "rev-1")
    done = book("reconcile", BOTH)
    assert done.returncode == 2
    assert "the file has 2 accounts: choose one of Main/gen-1, Main/rev-1" in done.stderr
    done = book("reconcile", BOTH, "--into", "com-1")
    assert "'com-1': no statement in the file belongs to it, but to: Main/gen-1" in done.stderr


# -- confirmed fills ------------------------------------------------------------------------------


def test_a_confirmed_fill_is_not_booked_again_by_the_activity_statement(book: Cli) -> None:
    assert counts(bring(book, CONFIRMS, "--into", "gen-1")) == [("gen-1", 3, 0, 2)]
    # 400 − 1.65; −205 − 1; 105 without a known commission
    assert currencies(book, "gen-1") == {"USD": "297.35"}
    (report,) = bring(book, CONFIRMED)
    # new: starting cash and fill 9004; again: 9001 and 9002; 9003 now has a commission
    assert counts([report]) == [("gen-1", 2, 2, 1)]
    assert report["ignored"][0]["why"] == "already recorded with different content in record 2"
    assert currencies(book, "gen-1") == {"USD": "1297.35"}
    line = book("reconcile", CONFIRMED, "--json")
    (cash,) = [each for each in json.loads(line.stdout)["lines"] if each["what"] == "cash"]
    assert cash["difference"] == "-1.00"  # the commission that the confirmation lacked


def test_a_confirmation_adds_nothing_to_the_activity_statement(book: Cli) -> None:
    assert counts(bring(book, CONFIRMED, "--into", "gen-1")) == [("gen-1", 5, 0, 0)]
    assert currencies(book, "gen-1") == {"USD": "1296.35"}  # 1000 + 398.35 − 206 + 104 + 0
    assert counts(bring(book, CONFIRMS)) == [("gen-1", 0, 2, 3)]


def test_a_confirmation_adds_nothing_to_a_day_that_a_statement_has(
    book: Cli, tmp_path: Path
) -> None:
    nameless = without_trade_ids(tmp_path)
    assert counts(bring(book, nameless, "--into", "gen-1")) == [("gen-1", 5, 0, 0)]
    (report,) = bring(book, CONFIRMS)
    assert counts([report]) == [("gen-1", 0, 0, 5)]
    said = "the statement for 2026-03-01 to 2026-03-31 in gen-1 has the fills of that day"
    assert [each["why"] for each in report["ignored"]].count(said) == 3


def test_fills_that_cannot_be_compared_with_confirmed_ones_are_not_booked_twice(
    book: Cli, tmp_path: Path
) -> None:
    bring(book, CONFIRMS, "--into", "gen-1")
    (report,) = bring(book, without_trade_ids(tmp_path))
    # new: starting cash, and the fill of 16 March, of which no confirmation was imported
    assert counts([report]) == [("gen-1", 2, 0, 3)]
    assert {each["why"] for each in report["ignored"]} == {
        "fills of that day were confirmed: add Trade ID to the Flex query to compare them"
    }
    assert counts(bring(book, CONFIRMED)) == [("gen-1", 0, 4, 1)]


def without_trade_ids(folder: Path) -> str:
    """The Activity statement of a query that has no Trade ID."""
    nameless = folder / "nameless.xml"
    nameless.write_text(re.sub(r' tradeID="\d+"', "", Path(CONFIRMED).read_text()))
    return str(nameless)


def test_undo_frees_both_keys_of_a_fill(book: Cli) -> None:
    bring(book, CONFIRMED, "--into", "gen-1")
    book.json("undo", "--yes")
    assert counts(bring(book, CONFIRMS, "--into", "gen-1")) == [("gen-1", 3, 0, 2)]
    book.json("undo", "--yes")
    assert counts(bring(book, CONFIRMED, "--into", "gen-1")) == [("gen-1", 5, 0, 0)]
    assert book.json("verify")["ok"]


def test_a_file_without_the_base_currency_is_imported_with_it(book: Cli, tmp_path: Path) -> None:
    unclear = tmp_path / "unclear.xml"
    text = Path(CONFIRMED).read_text().replace("<AccountInformation ", "<AccountInfo ")
    unclear.write_text(text.replace('fxRateToBase="1"', 'fxRateToBase="0.8"'))
    done = book("import", str(unclear), "--into", "gen-1", "--yes")
    assert (done.returncode, "--currency: the file does not give" in done.stderr) == (2, True)
    bring(book, str(unclear), "--into", "gen-1", "--currency", "CHF")
    rates = [each for each in records(book)[-1]["events"] if each["type"] == "rate"]
    assert {(each["currency"], each["against"]) for each in rates} == {("USD", "CHF")}


def test_a_proposed_import_of_several_accounts_keeps_them_all() -> None:
    first, second = (read.with_report for read in read_statements(Path(BOTH)))
    more = (AccountStatement(account="rev-1", statement=second),)
    command = Import(account="gen-1", statement=first, more=more)
    assert command_from_plain(Import, command_to_plain(command)) == command
    alone = Import(account="gen-1", statement=first)
    assert command_from_plain(Import, command_to_plain(alone)) == alone
    assert "more" not in command_to_plain(alone) | alone.content()
    assert fact_words(command) == "5 rows of ibkr:U1110111, ibkr:U2220222, 2026-01-01 to 2026-01-31"
