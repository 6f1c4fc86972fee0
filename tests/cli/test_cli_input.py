"""Whatever is typed, the command line answers in one line and the book stays as it was."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence

import pytest
from books import Cli

from alluse_tui.domain.views import AccountView
from alluse_tui.engine import LocalEngine

HOSTILE = [
    "",
    " ",
    "[/x] bad",
    "\x1b[2J",
    "\x9b31m\x07",
    "x" * 200,
    "x" * 5_000,
    "😀",
    "\u202egen-1",
    "; rm -rf /",
    "$(reboot)",
    "../../../etc/passwd",
    "%s%n{0}",
    "' OR 1=1 --",
    "a\nb",
    "\udcff\udcfe",
    "\udced\udca0\udc80",
]
"""Nonsense for any place. The last two are bytes that are no UTF-8, as the system passes them."""

NO_AMOUNT = [
    "0",
    "0.00",
    "-0",
    "-5",
    "--5",
    "+5",
    "5.",
    ".5",
    "1.005",
    "1,00",
    "1'000",
    "1 000",
    "1_000",
    "1e5",
    "0x10",
    "nan",
    "NaN",
    "inf",
    "-inf",
    "Infinity",
    "$",
    "5 USD",
    "½",
    "٣",
    "１２",
    "5-",
    "1.-5",
    "1.2.3",
    "1000000000000",
    "999999999999.991",
    "9" * 15,
    "9" * 400,
    "5\n",
    "None",
]

NO_DATE = [
    "yesterday",
    "2026-13-01",
    "2026-02-30",
    "2026-2-1",
    "26-01-01",
    "2026/01/01",
    "01.02.2026",
    "20260105",
    "2026-W01-1",
    "2026-01-05T00:00",
    "1969-12-31",
    "2200-01-01",
    "٢٠٢٦-٠١-٠١",
    "0",
]

NO_CURRENCY = ["usd", "US", "USDX", "U$D", "ÜSD", "123", "ＵＳＤ"]

OPTION = ["--symbol", "XYZ", "--right", "put", "--strike", "5", "--expiry", "2026-01-16"]
TRADE = ["post", "trade", "gen-1", "--side", "buy"]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """One book for all of these: nothing here may change it."""
    cli = Cli(tmp_path_factory.mktemp("input") / "alluse.journal")
    cli.json("init", "--name", "Main", "--capital", "250000", "--date", "2026-01-05")
    return cli


def short(text: str) -> str:
    return ascii(text[:24])


def unprintable(text: str) -> list[str]:
    return [c for c in text if not c.isprintable() and c != "\n"]


def accounts(book: Cli) -> Sequence[AccountView]:
    """What `accounts --json` shows, without starting the program for it."""
    with LocalEngine(book.journal, actor="test") as engine:
        return engine.queries.accounts()


def is_answered_in_one_line(book: Cli, *arguments: str) -> None:
    before = accounts(book)
    done = book(*arguments)
    said = done.stdout + done.stderr
    assert done.returncode in (2, 3), said
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("alluse: ")
    assert len(done.stderr) < 500
    assert "Traceback" not in said
    assert unprintable(said) == []
    assert accounts(book) == before


@pytest.mark.parametrize("typed", HOSTILE + NO_AMOUNT, ids=short)
def test_a_bad_amount_is_refused(book: Cli, typed: str) -> None:
    is_answered_in_one_line(book, "deposit", "gen-1", typed)


@pytest.mark.parametrize(
    "typed", ["", "-5", "1.005", "1e5", "nan", "9" * 400, "\x1b[2J"], ids=short
)
@pytest.mark.parametrize(
    "arguments",
    [
        ["init", "--name", "New", "--capital"],
        ["withdraw", "gen-1", "--yes"],
        ["transfer", "gen-1", "rev-1", "--yes"],
        ["post", "premium", "gen-1"],
        [*TRADE, "--symbol", "XYZ", "--quantity", "1", "--price", "1", "--fees"],
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_a_bad_amount_is_refused_by_every_command(
    book: Cli, arguments: list[str], typed: str
) -> None:
    is_answered_in_one_line(book, *arguments, typed)


@pytest.mark.parametrize(
    "arguments",
    [
        [*TRADE, "--symbol", "XYZ", "--price", "1", "--quantity", "0"],
        [*TRADE, "--symbol", "XYZ", "--price", "1", "--quantity", "-1"],
        [*TRADE, "--symbol", "XYZ", "--price", "1", "--quantity", "0.0000001"],
        [*TRADE, "--symbol", "XYZ", "--price", "1", "--quantity", "1e99"],
        [*TRADE, "--symbol", "XYZ", "--price", "nan", "--quantity", "1"],
        [*TRADE, "--symbol", "XYZ", "--price", "-1", "--quantity", "1"],
        [*TRADE, "--symbol", "XYZ", "--price", "999999999999", "--quantity", "999999999999"],
        [*TRADE, "--symbol", "", "--price", "1", "--quantity", "1"],
        [*TRADE, "--symbol", "\x1b[2J", "--price", "1", "--quantity", "1"],
        [*TRADE, "--symbol", "x" * 33, "--price", "1", "--quantity", "1"],
        [*TRADE, "--symbol", "😀", "--price", "1", "--quantity", "1"],
        [*TRADE, "--symbol", "XYZ", "--right", "put", "--price", "1", "--quantity", "1"],
        [*TRADE, *OPTION, "--right", "both", "--price", "1", "--quantity", "1"],
        [*TRADE, *OPTION, "--strike", "0", "--price", "1", "--quantity", "1"],
        [*TRADE, *OPTION, "--strike", "1e30", "--price", "1", "--quantity", "1"],
        [*TRADE, *OPTION, "--expiry", "soon", "--price", "1", "--quantity", "1"],
        [*TRADE, *OPTION, "--side", "hold", "--price", "1", "--quantity", "1"],
        ["post", "assignment", "gen-1", "--symbol", "XYZ", "--quantity", "1"],
        ["post", "assignment", "gen-1", *OPTION, "--quantity", "999999999999", "--yes"],
        ["post", "rate", "USD", "--against", "CHF", "--rate", "0"],
        ["post", "rate", "USD", "--against", "CHF", "--rate", "-1"],
        ["post", "rate", "USD", "--against", "CHF", "--rate", "nan"],
        ["post", "rate", "USD", "--against", "CHF", "--rate", "1e99"],
        ["post", "rate", "USD", "--against", "CHF", "--rate", "0.0000000001"],
        ["post", "rate", "USD", "--against", "USD", "--rate", "1"],
        ["post", "rate", "US", "--against", "\x1b[2J", "--rate", "1"],
        ["post", "nonsuch", "gen-1", "5"],
        ["post", "mark", "gen-1", "1e5"],
        ["post", "mark", "gen-1", "0"],
        ["transfer", "gen-1", "gen-1", "5", "--yes"],
        ["deposit", "gen-1", "999999999999.99"],
    ],
    ids=lambda arguments: " ".join(short(a)[1:-1] for a in arguments[-4:]),
)
def test_an_impossible_fact_is_refused(book: Cli, arguments: list[str]) -> None:
    is_answered_in_one_line(book, *arguments)


@pytest.mark.parametrize("typed", [*HOSTILE, "gen-2", "GEN-1", "gen-1 ", "Smith/gen-1"], ids=short)
def test_an_unknown_code_is_refused(book: Cli, typed: str) -> None:
    is_answered_in_one_line(book, "show", typed)


@pytest.mark.parametrize("typed", ["", "/", "Main/", "/gen-1", "Main/Main/gen-1", "\udcff"])
def test_part_of_a_code_is_refused(book: Cli, typed: str) -> None:
    is_answered_in_one_line(book, "deposit", typed, "5")


@pytest.mark.parametrize("typed", HOSTILE + NO_DATE, ids=short)
def test_a_bad_date_is_refused(book: Cli, typed: str) -> None:
    is_answered_in_one_line(book, "post", "fee", "gen-1", "5", "--date", typed)


def test_a_future_date_is_refused_by_rule(book: Cli) -> None:
    is_answered_in_one_line(book, "deposit", "gen-1", "5", "--date", "2199-12-31")
    is_answered_in_one_line(book, "post", "fee", "gen-1", "5", "--date", "2199-12-31")


@pytest.mark.parametrize("typed", ["", "x", "2026-1-1", "2026-W01-1", "9999-12-31"])
def test_a_bad_as_of_date_is_refused(book: Cli, typed: str) -> None:
    is_answered_in_one_line(book, "accounts", "--as-of", typed)


@pytest.mark.parametrize(
    "typed", ["[/x]", "\x1b[2J", "x" * 5_000, "😀", "\udcff", *NO_CURRENCY], ids=short
)
def test_a_bad_currency_is_refused(book: Cli, typed: str) -> None:
    is_answered_in_one_line(book, "post", "premium", "gen-1", "5", "--currency", typed)


@pytest.mark.parametrize(
    "typed",
    ["", " ", " x", "x ", "a/b", "a:b", "a\nb", "\x1b[2J", "\x9b", "x" * 41, "\udcff", "\u202ex"],
    ids=short,
)
def test_a_bad_portfolio_name_is_refused(book: Cli, typed: str) -> None:
    is_answered_in_one_line(book, "init", "--name", typed, "--capital", "5")


@pytest.mark.parametrize(
    "option",
    [["--template"], ["--strategy"], ["--currency"]],
    ids=lambda option: option[0],
)
@pytest.mark.parametrize("typed", ["[/x]", "\x1b[2J", "x" * 5_000, "../gen", "\udcff"], ids=short)
def test_a_bad_template_strategy_or_currency_opens_nothing(
    book: Cli, option: list[str], typed: str
) -> None:
    is_answered_in_one_line(book, "init", "--name", "New", "--capital", "5", *option, typed)


@pytest.mark.parametrize(
    "arguments",
    [
        ["deposit", "gen-1", "5", "--note", "x" * 501],
        ["deposit", "gen-1", "5", "--note", "\udcff"],
        ["deposit", "gen-1", "5", "--key", "x" * 201],
        ["deposit", "gen-1", "5", "--key", "\udced\udca0\udc80"],
        ["deposit", "gen-1", "5", "--portfolio", "\x1b[2J"],
        ["accounts", "--tier", "[/x]\x1b"],
        ["log", "--after", "-1"],
        ["log", "--after", "9" * 400],
        ["log", "--account", "\x9b"],
        ["undo", "-1", "--yes"],
        ["undo", "0x1", "--yes"],
        ["undo", "٣", "--yes"],
        ["undo", "9" * 400, "--yes"],
        ["undo", "999999999999999", "--yes"],
        ["query", "\x1b[2J"],
        ["query", "SELECT \udcff"],
        ["import", "\x1b[2J", "--yes"],
        ["import", "x" * 5_000, "--yes"],
        ["import", "\udcff", "--yes"],
        ["import", "/", "--yes"],
        ["import", "/dev/null", "--yes"],
        ["import", "x", "--format", "\x1b[2J", "--yes"],
        ["\x1b[2J"],
        ["deposit", "gen-1", "5", "--\x1b[2J"],
        ["deposit", "gen-1", "5", "x\x9b"],
        ["accounts", "--json=\x1b[2J"],
    ],
    ids=lambda arguments: " ".join(short(a)[1:-1] for a in arguments[-3:]),
)
def test_other_bad_input_is_one_line(book: Cli, arguments: list[str]) -> None:
    is_answered_in_one_line(book, *arguments)


def test_the_same_nonsense_is_an_error_document_with_json(book: Cli) -> None:
    for typed in HOSTILE:
        done = book("deposit", typed, "5", "--json")
        assert (done.returncode, done.stderr) == (2, "")
        assert json.loads(done.stdout)["error"]["code"] == "bad_input"
        assert unprintable(done.stdout) == []


@pytest.mark.parametrize("name", ["[b]x[b]", "😀", "; rm -rf", "%s {0}", "' --"])
def test_an_odd_name_is_kept_as_typed(cli: Cli, name: str) -> None:
    assert cli.json("init", "--name", name, "--capital", "5")["portfolio"] == name
    assert cli.json("deposit", f"{name}/gen-1", "5")["seq"] == 2
    assert {a["portfolio"] for a in cli.json("accounts", "--portfolio", name)["accounts"]} == {name}


def test_an_odd_note_is_kept_and_never_sent_raw(cli: Cli) -> None:
    cli.json("init", "--name", "Main", "--capital", "1000")
    notes = ["\x1b[2J", "\x9b31m", "a\nb\tc\rd", "\u202eabc", "[/x] bad", "😀", "\x7f\x85 "]
    for note in notes:
        assert cli("deposit", "gen-1", "5", "--note", note).returncode == 0
    rows = cli.json("query", "SELECT note FROM record WHERE seq > 1 ORDER BY seq")["rows"]
    assert [row[0] for row in rows] == notes
    recent = cli.json("show", "gen-1")["recent"]
    assert [entry["note"] for entry in recent[:-1]] == notes[::-1]
    raw = {}
    for arguments in (["show", "gen-1"], ["log"], ["query", "FROM record"]):
        said = cli(*arguments)
        assert unprintable(said.stdout + said.stderr) == []
        document = cli(*arguments, "--json").stdout
        raw[arguments[0]] = {c for c in document if unicodedata.category(c) == "Cc"} - {"\n"}
    assert raw == {"show": set(), "log": set(), "query": set()}


@pytest.mark.parametrize("path", ["/dev/null", "/", "x" * 300, "\x1b[2J/x.journal", "\udcff"])
@pytest.mark.parametrize("arguments", [["accounts"], ["deposit", "gen-1", "5"]])
def test_a_path_without_a_book_is_one_clear_error(
    cli: Cli, arguments: list[str], path: str
) -> None:
    done = cli(*arguments, "--db", path)
    assert done.returncode in (2, 4, 6)
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert unprintable(done.stderr) == []


@pytest.mark.parametrize(
    "content", [b"", b"not the books\n" * 500, b"SQLite format 3\0" + bytes(900)]
)
def test_a_file_that_is_not_a_book_is_one_clear_error_and_unchanged(
    cli: Cli, content: bytes
) -> None:
    cli.journal.parent.mkdir()
    cli.journal.write_bytes(content)
    for arguments in (["accounts"], ["deposit", "gen-1", "5"], ["verify"], ["log"]):
        done = cli(*arguments)
        assert done.returncode in (2, 4, 6)
        assert len(done.stderr.splitlines()) == 1
        assert "internal" not in done.stderr
    assert cli.journal.read_bytes() == content
