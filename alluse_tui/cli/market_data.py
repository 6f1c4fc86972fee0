"""`alluse market import`, `events`, `chain` and `show`: bars, events, chains and indicators."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common, parse_date, reading, writing
from alluse_tui.cli.completion import complete_file
from alluse_tui.cli.output import print_error, print_json
from alluse_tui.cli.run_command import submit
from alluse_tui.cli.tables import print_table, print_wrapped
from alluse_tui.domain.commands import ImportMarket
from alluse_tui.domain.model.errors import BadInput, Denied
from alluse_tui.domain.model.market import (
    EVENT_KINDS,
    Indicators,
    MarketEvent,
    MarketKind,
    StoredFile,
)
from alluse_tui.domain.views import grouped, plain, printable
from alluse_tui.engine import LocalEngine

if TYPE_CHECKING:
    from alluse_tui.engine import ReadMarket

DEFECTS_SHOWN = 20
"""The most defects that are printed for a reader; --json has more."""


@click.command(name="import")
@click.argument("file", shell_complete=complete_file)
@click.option("--symbol", required=True, metavar="SYMBOL", help=texts.MARKET_SYMBOL)
@click.option("--columns", default="", metavar="NAME=COLUMN,…", help=texts.MARKET_COLUMNS)
@click.option("--accept-jumps", is_flag=True, help=texts.ACCEPT_JUMPS)
@writing
def import_bars(common: Common, file: str, symbol: str, columns: str, accept_jumps: bool) -> int:
    """Import the daily bars of a symbol from FILE (CSV or Parquet).

    Every row is checked. They replace the symbol's earlier bars; `alluse undo` returns to those.
    Exits with 2 if the file is refused.
    """
    with common.engine() as engine:
        read = engine.market.read_bars(Path(file), symbol, columns, accept_jumps=accept_jumps)
        return _import(common, engine, read, file)


@click.command(name="events")
@click.argument("file", shell_complete=complete_file)
@writing
def import_events(common: Common, file: str) -> int:
    """Import splits, dividends and earnings dates from FILE (CSV: symbol,date,kind,value).

    They replace the known events of each kind and symbol in FILE; `alluse undo` returns to those.
    A kind is split (7:1), dividend (an amount per share) or earnings.
    """
    with common.engine() as engine:
        return _import(common, engine, engine.market.read_events(Path(file)), file)


@click.command(name="chain")
@click.argument("file", shell_complete=complete_file)
@writing
def import_chain(common: Common, file: str) -> int:
    """Import option chains from FILE (CSV or Parquet).

    Needs the columns symbol, expiry, strike, right, bid, ask and time; a time without a zone is New
    York's. Every row is checked. Each symbol's chain replaces the one before; `alluse undo` returns
    to that. Exits with 2 if the file is refused.
    """
    with common.engine() as engine:
        return _import(common, engine, engine.market.read_chain(Path(file)), file)


@click.command(name="show")
@click.argument("symbol", required=False, default="")
@click.option("--day", "asked", metavar="YYYY-MM-DD", help=texts.MARKET_DAY)
@reading
def show(common: Common, symbol: str, asked: str | None) -> None:
    """List the stored market data, or show the indicators of SYMBOL."""
    day = parse_date("--day", asked) if asked is not None else None
    if day is not None and not symbol:
        raise BadInput("--day", asked, "can only be used with a SYMBOL")
    with common.engine() as engine:
        files = [
            stored
            for stored in engine.market.files()
            if not symbol or stored.file.symbol == symbol.strip().upper()
        ]
        view = engine.market.indicators(symbol, day) if symbol else None
        events = _known_events(engine, symbol) if symbol else {}
        today = engine.today
    if common.as_json:
        document: dict[str, Any] = {"files": [_file_json(stored, today) for stored in files]}
        if view is not None:
            document["indicators"] = _indicators_json(view)
            document["events"] = {
                kind: None if known is None else [_event_json(event) for event in known]
                for kind, known in events.items()
            }
        print_json(document)
        return
    if files or not symbol:  # the indicators of a symbol say that it has no bars
        _print_files(files, today)
    if view is not None:
        _print_indicators(view)
        _print_events(events)


def _import(common: Common, engine: LocalEngine, read: ReadMarket, file: str) -> int:
    """Store what was read and make it current, or say why not; the exit code."""
    if common.date is not None:
        raise BadInput("--date", common.date, texts.MARKET_DATE)
    refused = _refusal(read, file)
    imported = 0 if refused or read.is_current else read.rows
    receipt, is_written = None, False
    if refused is None and not common.dry_run:
        with suppress(Denied):  # submitting records the denial
            is_written = engine.market.keep(read)
        if not read.is_current:
            command = ImportMarket(files=read.files, source=Path(file).name, **common.envelope)
            receipt = submit(engine, common, command).receipt
    if common.as_json:
        document = _import_json(read, imported)
        if refused is not None:
            document["error"] = {"code": refused.code, "message": str(refused)}
        print_json(document)
        return refused.exit_code if refused else 0
    _print_defects(read)
    if refused is not None:
        print_error(refused, as_json=False)
        return refused.exit_code
    symbols = {f.symbol for f in read.files}
    subject = read.symbol or (min(symbols) if len(symbols) == 1 else f"{len(symbols):,} symbols")
    click.echo(f"{subject}: {read.rows:,} rows = {imported:,} imported")
    if read.is_current:
        click.echo(texts.FILE_RESTORED if is_written else texts.MARKET_UNCHANGED)
    if common.dry_run:
        click.echo(texts.NOT_RECORDED, err=True)
    elif receipt is not None:
        click.echo(texts.RECORDED.format(seq=receipt.seq))
    return 0


def _refusal(read: ReadMarket, file: str) -> BadInput | None:
    """Why nothing of the file is imported; None if it is."""
    refusing = [defect for defect in read.defects if defect.refuses]
    if not refusing:
        return None
    first = refusing[0]
    others = f" (and {len(refusing) - 1 + read.more:,} more)" if refusing[1:] or read.more else ""
    return BadInput("FILE", file, f"nothing was imported; row {first.row}: {first.why}{others}")


def _import_json(read: ReadMarket, imported: int) -> dict[str, Any]:
    return {
        **({"symbol": read.symbol} if read.symbol else {}),
        "rows": read.rows,
        "imported": imported,
        "defects": [{"row": defect.row, "why": defect.why} for defect in read.defects],
        **({"more_defects": read.more} if read.more else {}),
    }


def _print_defects(read: ReadMarket) -> None:
    for defect in read.defects[:DEFECTS_SHOWN]:
        click.echo(f"row {defect.row}: {printable(defect.why)}", err=True)
    if left := len(read.defects[DEFECTS_SHOWN:]) + read.more:
        click.echo(f"{left:,} more rows with defects; --json lists them", err=True)


def _known_events(
    engine: LocalEngine, symbol: str
) -> dict[MarketKind, tuple[MarketEvent, ...] | None]:
    return {kind: engine.market.events(symbol, kind) for kind in EVENT_KINDS}


def _print_files(files: list[StoredFile], today: date) -> None:
    if not files:
        click.echo(texts.NO_MARKET_DATA, err=True)
        return
    print_table(
        ("symbol", "data", "first", "last", "rows", "age"),
        [
            (
                stored.file.symbol,
                stored.file.kind,
                str(stored.file.first_day),
                str(stored.file.last_day),
                f"{stored.file.rows:,}",
                _age_text(stored, today),
            )
            for stored in files
        ],
        right=(4, 5),
    )
    for stored in files:
        if stored.problem:
            click.echo(f"note: {printable(stored.problem)}", err=True)


def _age_text(stored: StoredFile, today: date) -> str:
    """Days since the last bar or quote; events may be in the future and have no age."""
    if stored.problem:
        return "missing"
    if stored.file.kind in EVENT_KINDS:
        return ""
    return f"{(today - stored.file.last_day).days:,} days"


def _print_indicators(view: Indicators) -> None:
    rows = [
        ("close", _money(view.close_micros), str(view.day or "")),
        (f"ATR ({view.atr_period})", _money(view.atr_micros), "Wilder"),
        ("50-day average", _money(view.average_50_micros), ""),
        ("200-day average", _money(view.average_200_micros), ""),
        ("volatility", _percent(view.volatility_bps, " %"), "20 days, per year"),
        ("drawdown", _percent(view.drawdown_bps, " %"), _since(view)),
        ("VIX", _money(view.vix_micros), str(view.vix_day or "")),
        ("VIX average", _money(view.vix_average_micros), "one year"),
    ]
    print_table(("indicator", "value", "of"), rows, right=(1,))
    for sentence in view.missing:
        print_wrapped(printable(f"missing: {sentence}"))


def _since(view: Indicators) -> str:
    if view.peak_micros is None:
        return ""
    return f"from {grouped(view.peak_micros)} on {view.peak_day}"


def _print_events(events: dict[MarketKind, tuple[MarketEvent, ...] | None]) -> None:
    for kind, known in events.items():
        if known is None:
            click.echo(f"{kind}: unknown")
            continue
        newest = [f"{event.day} {event.value}".strip() for event in known[-3:]]
        click.echo(f"{kind}: {', '.join(newest)}")


def _file_json(stored: StoredFile, today: date) -> dict[str, Any]:
    file = stored.file
    return {
        "symbol": file.symbol,
        "kind": file.kind,
        "first": file.first_day.isoformat(),
        "last": file.last_day.isoformat(),
        "rows": file.rows,
        "age": (today - file.last_day).days,
        "sha256": file.sha256,
        "problem": stored.problem or None,
    }


def _indicators_json(view: Indicators) -> dict[str, Any]:
    return {
        "symbol": view.symbol,
        "asked": view.asked.isoformat(),
        "day": _day(view.day),
        "close": _plain(view.close_micros),
        "atr_period": view.atr_period,
        "atr": _plain(view.atr_micros),
        "average_50": _plain(view.average_50_micros),
        "average_200": _plain(view.average_200_micros),
        "volatility": _percent(view.volatility_bps),
        "peak": _plain(view.peak_micros),
        "peak_day": _day(view.peak_day),
        "drawdown": _percent(view.drawdown_bps),
        "vix": _plain(view.vix_micros),
        "vix_day": _day(view.vix_day),
        "vix_average": _plain(view.vix_average_micros),
        "missing": list(view.missing),
    }


def _event_json(event: MarketEvent) -> dict[str, Any]:
    return {"date": event.day.isoformat(), "value": event.value}


def _money(micros: int | None) -> str:
    return texts.NOT_KNOWN if micros is None else grouped(micros)


def _plain(micros: int | None) -> str | None:
    return None if micros is None else plain(micros)


def _percent(bps: int | None, sign: str = "") -> Any:
    if bps is None:
        return texts.NOT_KNOWN if sign else None
    return f"{bps / 100:.2f}{sign}"


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
