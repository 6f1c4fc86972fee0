"""`alluse market import` and `events`: each defect by its row, and what is stored of a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from books import NOON, Cli, init
from here import Here
from market import HEADER, MARCH, MARKET, bars_file, needs_market

from alluse_tui.domain.commands import ImportMarket
from alluse_tui.domain.model.market import MarketKind
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.market.data.bar_files import ReadMarket, read_bars
from alluse_tui.market.trading_calendar import NewYorkCalendar

CALENDAR = NewYorkCalendar()


def read(path: Path, rows: Sequence[str], header: str = HEADER, **options: Any) -> ReadMarket:
    file = Path(bars_file(path / "bars.csv", rows, header))
    return read_bars(file, "XYZ", options.pop("columns", {}), CALENDAR, **options)


def changed(number: int, row: str) -> list[str]:
    """MARCH with another row in line `number` of the file."""
    return [*MARCH[: number - 2], row, *MARCH[number - 1 :]]


NO_BARS = {
    '2024-03-04,10,"12,5",9,11,200': "high '12,5' has a decimal comma; write a decimal point",
    "2024-03-05,10,12,5,9,11,200": (
        "has 7 fields where the header has 6; are the numbers written with a decimal comma?"
    ),
    "2024-03-06,11": "has 2 fields where the header has 6",
    "soon,10,11,9,10.5,100": "date 'soon' is not a date; write YYYY-MM-DD",
    "20240-03-04,10,11,9,10.5,100": "date '20240-03-04' is not a date; write YYYY-MM-DD",
    "2024-03-07,10,11,9,n/a,100": "close 'n/a' is not a number",
    "2024-03-08,10,11,9,,100": "close is missing",
    "2024-03-11,10.25,11,-10,11,500": "low is -10; a price must be above 0",
    "2024-03-12,0,11,10,11,500": "open is 0; a price must be above 0",
    "2024-03-13,10,9.5,10.5,10.25,400": "high 9.5 is below low 10.5",
}


def test_what_is_no_bar_refuses_the_file_by_its_row(tmp_path: Path) -> None:
    done = read(tmp_path, [*MARCH[:1], *NO_BARS])
    assert [(d.row, d.why) for d in done.defects] == list(enumerate(NO_BARS.values(), start=3))
    assert all(defect.refuses for defect in done.defects)
    assert (done.rows, done.files, done.content) == (11, (), b"")


REFUSED = {
    "the same date twice": (
        changed(4, "2024-03-05,11,11.5,10,10,300"),
        (4, "2024-03-05 is also in row 3"),
    ),
    "mixed order": (
        [MARCH[0], MARCH[2], MARCH[1], *MARCH[3:]],
        (4, "2024-03-05 is before 2024-03-06 in row 3; sort the rows by date"),
    ),
    "an unadjusted split": (
        [*MARCH[:3], "2024-03-07,1.42,1.5,1.4,1.45,400", "2024-03-08,1.45,1.5,1.4,1.5,500"],
        (
            5,
            "the price jumps from 10 to 1.42, as in a split of 7:1 that the prices are not"
            " adjusted for",
        ),
    ),
    "an unadjusted split of 3:2": (
        ["2024-03-04,30,31,29,30,", "2024-03-05,30,31,29,30.1,", "2024-03-06,20,21,19,20,"],
        (
            4,
            "the price jumps from 30.1 to 20, as in a split of 3:2 that the prices are not"
            " adjusted for",
        ),
    ),
    "an unadjusted reverse split": (
        [*MARCH[:3], "2024-03-07,101,102,100,101,400", "2024-03-08,101,102,100,101,500"],
        (
            5,
            "the price jumps from 10 to 101, as in a split of 1:10 that the prices are not"
            " adjusted for",
        ),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_defect_between_rows_refuses_the_file(tmp_path: Path, what: str) -> None:
    rows, (row, why) = REFUSED[what]
    done = read(tmp_path, rows)
    assert [(d.row, d.why) for d in done.defects if d.refuses] == [(row, why)]
    assert (done.rows, done.files) == (len(rows), ())


def test_a_warning_names_the_row_and_imports_it(tmp_path: Path) -> None:
    rows = [
        MARCH[0],
        "2024-03-05,13,12,10,9.5,many",
        *MARCH[3:],
        "2024-03-09,11,11,11,11,0",
        "2024-03-18,11,11,11,11,0",
    ]
    done = read(tmp_path, rows)
    assert sorted((d.row, d.why, d.refuses) for d in done.defects) == [
        (3, "open 13 and close 9.5 outside the day's range, 10 to 12", False),
        (3, "volume is not a number and is left out", False),
        (4, "1 trading day is missing before 2024-03-07: 2024-03-06", False),
        (6, "2024-03-09 was no trading day (Saturday)", False),
        (7, "5 trading days are missing before 2024-03-18: 2024-03-11 to 2024-03-15", False),
    ]
    assert done.files[0].rows == done.rows == 6


def test_rows_from_the_newest_to_the_oldest_are_stored_in_order(tmp_path: Path) -> None:
    done = read(tmp_path, MARCH[::-1])
    why = "the dates run backwards from here; the rows are stored oldest first"
    assert [(d.row, d.why, d.refuses) for d in done.defects] == [(3, why, False)]
    assert done.files == read(tmp_path, MARCH).files


def test_a_holiday_is_neither_missing_nor_a_trading_day(tmp_path: Path) -> None:
    good_friday = ("2024-03-28,11,11,11,11,1", "2024-04-01,11,11,11,11,1")
    assert read(tmp_path, good_friday).defects == ()
    [defect] = read(tmp_path, (good_friday[0], "2024-03-29,11,11,11,11,1")).defects
    assert (defect.row, defect.why) == (3, "2024-03-29 was no trading day (Good Friday)")


def test_a_known_split_may_jump_and_so_may_what_the_user_accepts(tmp_path: Path) -> None:
    rows, (_, why) = REFUSED["an unadjusted split"]
    assert read(tmp_path, rows, splits=[date(2024, 3, 7)]).defects == ()
    accepted = read(tmp_path, rows, accept_jumps=True)
    assert [(d.why, d.refuses) for d in accepted.defects] == [(why, False)]
    assert accepted.files


def test_a_wrong_header_is_a_defect_of_its_row(tmp_path: Path) -> None:
    done = read(tmp_path, MARCH, "when,a,b,c,d,e")
    [defect] = done.defects
    assert (defect.row, defect.refuses) == (1, True)
    assert "no column for date, open, high, low, close" in defect.why
    assert "--columns" in defect.why


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("Date,Open,High,Low,Close,Adj Close,Volume", ["03/04/2024,10,11,9,10.5,8,100"]),
        ("DATE;OPEN;HIGH;LOW;CLOSE;VOLUME", ["20240304;10;11;9;10.5;100"]),
        ("Date\tClose/Last\tVolume\tOpen\tHigh\tLow", ["2024-03-04\t$10.50\t100\t$10\t$11\t$9"]),
        ('"Date","Open","High","Low","Close","Volume"', ['"Mar 4, 2024","10","11","9","10.5",100']),
        ("date,open,high,low,close,volume\r", ["2024-03-04,10,11,9,10.5,100"]),
        ("\ufeffdate,open,high,low,close,volume", ["", "2024-03-04 00:00:00, 10 ,11,9,10.5,100"]),
    ],
)
def test_columns_dates_and_prices_as_vendors_write_them(
    tmp_path: Path, header: str, rows: list[str]
) -> None:
    done = read(tmp_path, rows, header)
    assert done.defects == ()
    (tmp_path / "stored.parquet").write_bytes(done.content)
    stored = duckdb.execute(f"FROM '{tmp_path}/stored.parquet'").fetchall()
    assert [tuple(map(str, row)) for row in stored] == [
        ("2024-03-04", "10.000000", "11.000000", "9.000000", "10.500000", "100")
    ]


def test_typed_columns_and_parquet_store_the_same_as_csv(tmp_path: Path) -> None:
    plain = read(tmp_path, MARCH)
    typed = read(
        tmp_path, MARCH, "a,b,high,low,e,volume", columns={"date": "a", "open": "b", "close": "e"}
    )
    file = tmp_path / "bars.parquet"
    source = bars_file(tmp_path / "plain.csv")
    duckdb.execute(f"COPY (FROM '{source}') TO '{file}'")
    parquet = read_bars(file, "XYZ", {}, CALENDAR)
    assert plain.files == typed.files == parquet.files
    assert plain.files[0].rows == 5


def test_the_same_file_again_changes_nothing(cli: Cli, tmp_path: Path) -> None:
    cli.json("init", "--name", "Main", "--capital", "5")
    file = bars_file(tmp_path / "bars.csv")
    shown = cli.json("market", "import", file, "--symbol", "xyz", "--dry-run")
    assert shown == {"symbol": "XYZ", "rows": 5, "imported": 5, "defects": []}
    assert not (tmp_path / "market").exists()
    assert cli.json("market", "import", file, "--symbol", "xyz") == shown
    again = cli.json("market", "import", file, "--symbol", "XYZ")
    assert again == {**shown, "imported": 0}
    [stored] = (cli.journal.parent / "market").iterdir()
    [listed] = cli.json("market", "show")["files"]
    assert stored.name == f"{listed['sha256']}.parquet"
    assert (listed["first"], listed["last"], listed["rows"]) == ("2024-03-04", "2024-03-08", 5)
    assert len(cli("log", "--json").stdout.splitlines()) == 2


def test_a_refused_file_is_one_document_and_changes_nothing(cli: Cli, tmp_path: Path) -> None:
    cli.json("init", "--name", "Main", "--capital", "5")
    rows, (row, why) = REFUSED["an unadjusted split"]
    file = bars_file(tmp_path / "bars.csv", rows)
    done = cli("market", "import", file, "--symbol", "XYZ", "--json")
    assert done.returncode == 2
    assert f'{{"row": {row}, "why": "{why}"}}' in done.stdout
    assert '"imported": 0' in done.stdout
    assert "bad_input" in done.stdout
    told = cli("market", "import", file, "--symbol", "XYZ")
    assert told.returncode == 2
    assert f"nothing was imported; row 5: {why}" in told.stderr
    assert not (cli.journal.parent / "market").exists()
    for wrong in (str(tmp_path), "/dev/null", str(tmp_path / "none.csv")):
        assert cli("market", "import", wrong, "--symbol", "XYZ").returncode == 2
    assert cli("market", "import", file, "--symbol", "no symbol!").returncode == 2
    good = bars_file(tmp_path / "good.csv")
    for option in ("--columns", "x=y"), ("--columns", "open=none"), ("--date", "2024-03-04"):
        assert cli("market", "import", good, "--symbol", "X", *option).returncode == 2
    assert not (cli.journal.parent / "market").exists()


def test_undo_returns_to_the_file_before_and_then_to_none(cli: Cli, tmp_path: Path) -> None:
    cli.json("init", "--name", "Main", "--capital", "5")
    cli.json("market", "import", bars_file(tmp_path / "a.csv", MARCH[:4]), "--symbol", "XYZ")
    cli.json("market", "import", bars_file(tmp_path / "b.csv"), "--symbol", "XYZ")
    first = cli("undo", "2", "--yes")
    assert first.returncode == 3
    assert "the bars of XYZ have changed since" in first.stderr
    cli.json("undo", "--yes")
    [listed] = cli.json("market", "show")["files"]
    assert (listed["rows"], listed["problem"]) == (4, None)
    cli.json("undo", "--yes")
    assert cli.json("market", "show")["files"] == []
    assert len(list((cli.journal.parent / "market").iterdir())) == 2


def test_a_missing_or_changed_file_is_missing_data(cli: Cli, tmp_path: Path) -> None:
    cli.json("init", "--name", "Main", "--capital", "5")
    source = bars_file(tmp_path / "bars.csv")
    cli.json("market", "import", source, "--symbol", "XYZ")
    [stored] = (cli.journal.parent / "market").iterdir()
    content = stored.read_bytes()
    for damage in (content[:-1], None):
        stored.unlink()
        if damage is not None:
            stored.write_bytes(damage)
        [problem] = [file["problem"] for file in cli.json("market", "show")["files"]]
        what = "is missing" if damage is None else "was changed after its import"
        assert f"XYZ bars: the file {stored} {what}, so this data counts as missing" in problem
        indicators = cli.json("market", "show", "XYZ", "--day", "2024-03-08")["indicators"]
        assert indicators["close"] is None
        assert problem in indicators["missing"]
    verified = cli.json("verify")
    assert (verified["ok"], verified["notes"]) == (True, [problem])
    told = cli("market", "import", source, "--symbol", "XYZ")
    assert "its missing file was stored again" in told.stdout
    assert stored.read_bytes() == content


def test_events_are_known_by_symbol_and_kind(cli: Cli, tmp_path: Path) -> None:
    cli.json("init", "--name", "Main", "--capital", "5")
    file = tmp_path / "events.csv"
    file.write_text(
        "symbol,date,kind,value\n"
        "XYZ,2024-03-07,split,7\nXYZ,2024-05-02,earnings,\nabc,2024-02-01,dividend,0.240\n"
    )
    done = cli.json("market", "events", str(file))
    assert done == {"rows": 3, "imported": 3, "defects": []}
    assert cli.json("market", "events", str(file))["imported"] == 0
    known = cli.json("market", "show", "XYZ")["events"]
    assert known == {
        "split": [{"date": "2024-03-07", "value": "7:1"}],
        "dividend": None,
        "earnings": [{"date": "2024-05-02", "value": ""}],
    }
    file.write_text(
        "symbol,date,kind,value\n"
        "XYZ,2024-03-07,split,one\nXYZ,soon,split,7\nXYZ,2024-03-07,merger,1\n"
        "XYZ,2024-03-07\nXYZ,2024-03-07,dividend,-1\n"
        "XYZ,2024-03-08,dividend,1\nXYZ,2024-03-08,dividend,2\n"
    )
    refused = cli("market", "events", str(file), "--json")
    assert refused.returncode == 2
    for row, why in (
        (2, "value 'one': must be new for old shares"),
        (3, "date 'soon': must be a date as YYYY-MM-DD"),
        (4, "kind 'merger': must be one of: split, dividend, earnings"),
        (5, "has fewer fields than the header"),
        (6, "value '-1': must be an amount per share above 0"),
        (8, "is also in row 7"),
    ):
        assert f'{{"row": {row}, "why": "{why}' in refused.stdout
    assert len(cli.json("market", "show")["files"]) == 3


def test_splits_are_applied_on_reading_where_the_prices_show_them(tmp_path: Path) -> None:
    raw = [*MARCH[:3], "2024-03-07,1.42,1.5,1.4,1.45,400", "2024-03-08,1.45,1.5,1.4,1.5,500"]
    events = tmp_path / "events.csv"
    events.write_text(
        "symbol,date,kind,value\nRAW,2024-03-07,split,7:1\nADJ,2024-03-07,split,7:1\n"
    )
    clock = FixedClock(NOON)
    with LocalEngine(tmp_path / "b.journal", actor="dana", create=True, clock=clock) as engine:
        engine.commands.submit(init())
        door = engine.market
        for what in (
            door.read_events(events),
            door.read_bars(Path(bars_file(tmp_path / "adj.csv")), "ADJ"),
        ):
            door.keep(what)
            engine.commands.submit(ImportMarket(files=what.files))
        bars = door.read_bars(Path(bars_file(tmp_path / "raw.csv", raw)), "RAW")
        assert bars.defects == ()
        door.keep(bars)
        engine.commands.submit(ImportMarket(files=bars.files))
        first, last = date(2024, 3, 4), date(2024, 3, 8)
        closes = [bar.close_micros for bar in door.bars("RAW", first, last)]
        assert closes == [1_500_000, 1_571_429, 1_428_571, 1_450_000, 1_500_000]
        assert door.bars("RAW", first, last)[0].volume == 700
        before = door.bars("RAW", first, date(2024, 3, 6))
        assert [bar.close_micros for bar in before] == [10_500_000, 11_000_000, 10_000_000]
        adjusted = [bar.close_micros for bar in door.bars("ADJ", first, last)]
        assert adjusted == [10_500_000, 11_000_000, 10_000_000, 10_250_000, 11_000_000]
        assert door.events("ADJ", MarketKind.EARNINGS) is None


def test_a_viewer_imports_nothing_and_leaves_no_file(here: Here) -> None:
    here.two_people()
    here.add("gus", "viewer")
    file = bars_file(here.top / "bars.csv")
    denied = here("market", "import", file, "--symbol", "XYZ", by="gus")
    assert denied.code == 5
    assert not (here.journal.parent / "market").exists()
    refused = here("--read-only", "market", "import", file, "--symbol", "XYZ", by="eli")
    assert refused.code == 5
    assert here.json("market", "import", file, "--symbol", "XYZ", by="eli")["imported"] == 5
    assert here.json("market", "show", by="gus")["files"][0]["rows"] == 5


@needs_market
@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("AAPL-daily-2013-2023", 2_699),
        ("NVDA-daily-2013-2023", 2_699),
        ("SP500-daily-1999-2018", 5_031),
    ],
)
def test_real_bars_have_no_defects(name: str, rows: int) -> None:
    done = read_bars(MARKET / f"{name}.csv", "XYZ", {}, CALENDAR)
    assert (done.defects, done.files[0].rows) == ((), rows)


@needs_market
def test_the_real_vix_is_imported_with_its_defects_named() -> None:
    done = read_bars(MARKET / "VIX-daily-1990-2026.csv", "VIX", {}, CALENDAR)
    whys = [defect.why for defect in done.defects]
    assert sum("was no trading day" in why for why in whys) == 33
    assert sum("outside the day's range" in why for why in whys) == 47
    assert sum("missing before" in why for why in whys) == len(whys) - 80 == 4
    assert done.files[0].rows == done.rows == 9_235


def test_a_symbol_without_bars_does_not_make_an_empty_store(cli: Cli) -> None:
    cli.json("init", "--name", "Main", "--capital", "250000")
    assert "no market data is stored" in cli("market", "show").stderr
    done = cli("market", "show", "TSLA")
    assert "no bars of TSLA are stored" in done.stdout + done.stderr
    assert "no market data" not in done.stderr
