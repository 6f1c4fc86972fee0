"""`alluse positions` and `alluse lots`: what is held, what it cost, and what it has earned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import ACCOUNT_CODE, Common, reading
from alluse_tui.cli.completion import complete_account, complete_choices, complete_position
from alluse_tui.cli.output import print_json, signed
from alluse_tui.cli.tables import print_table
from alluse_tui.domain.commands.trade_line import positions_named
from alluse_tui.domain.derived.fills import Origin
from alluse_tui.domain.derived.lots import ClosedLot, Lot, Lots
from alluse_tui.domain.derived.position_views import PositionView
from alluse_tui.domain.derived.positions import Position
from alluse_tui.domain.derived.underlying_prices import moneyness_text
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.instrument import Instrument, instrument_named, quantity_text
from alluse_tui.domain.model.terms import LotMethod
from alluse_tui.domain.views import grouped, plain

METHOD = click.option(
    "--method",
    metavar="|".join(LotMethod),
    help=texts.LOT_METHOD,
    shell_complete=complete_choices(*LotMethod),
)


@click.command()
@click.argument("code", required=False, default="", shell_complete=complete_account)
@METHOD
@reading
def positions(common: Common, code: str, method: str | None) -> None:
    """List the positions of CODE, or of every account.

    The value is "at cost" until the position is marked; the gain is its value minus its cost.
    """
    lot_method = _lot_method(method)
    with common.engine() as engine:
        views = engine.positions.positions(code, common.portfolio, lot_method)
    if common.as_json:
        print_json({"positions": [position_json(view) for view in views]})
    elif views:
        print_positions(views)
    else:
        click.echo(texts.NO_POSITIONS)


@click.command()
@ACCOUNT_CODE
@click.argument(
    "words",
    metavar="[POSITION]",
    nargs=-1,
    shell_complete=complete_position(lambda position: True),
)
@click.option("--closed", is_flag=True, help=texts.LOTS_CLOSED)
@METHOD
@reading
def lots(
    common: Common, code: str, words: tuple[str, ...], method: str | None, *, closed: bool
) -> None:
    """List the lots of CODE, or those of a POSITION.

    POSITION is the name of the shares or the option, or some of its words; all that match are
    listed.
    """
    lot_method = _lot_method(method)
    with common.engine() as engine:
        account = engine.queries.account(code, common.portfolio)
        derived = engine.positions.lots(code, common.portfolio, lot_method)
    if not closed:
        derived = Lots(derived.open, (), derived.carried)
    if words:
        derived = _of_position(derived, " ".join(words))
    ended = derived.closed
    if common.as_json:
        print_json({"lots": [*map(_open_json, derived.open), *map(_closed_json, ended)]})
        return
    if derived.open:
        _print_open(derived.open)
    if ended:
        click.echo("closed" if not derived.open else "\nclosed")
        _print_closed(ended)
    if not derived.open and not ended:
        click.echo(texts.NO_LOTS.format(account=account.code))


def _lot_method(text: str | None) -> LotMethod | None:
    """The method to look by; None for that of each account. Raises BadInput."""
    if text is None:
        return None
    try:
        return LotMethod(text)
    except ValueError:
        allowed = f"must be one of: {', '.join(LotMethod)}"
        raise BadInput("--method", text, allowed) from None


def _of_position(derived: Lots, text: str) -> Lots:
    """Only the lots of the positions that `text` names. Raises BadInput."""
    quantities = {lot.key[1:]: 0 for lot in derived.closed}
    for lot in derived.open:
        held = quantities.get(lot.key[1:], 0)
        quantities[lot.key[1:]] = held + lot.quantity_micros
    candidates = [
        Position(instrument_named(name), currency, quantity, 0)
        for (name, currency), quantity in quantities.items()
    ]
    named = positions_named(text, candidates)
    wanted = {(position.instrument.name, position.currency) for position in named}
    return Lots(
        open=tuple(lot for lot in derived.open if lot.key[1:] in wanted),
        closed=tuple(lot for lot in derived.closed if lot.key[1:] in wanted),
        carried=derived.carried,
    )


def print_positions(views: Sequence[PositionView]) -> None:
    """Print a table of positions, with the account or the currency if there are several."""
    several_accounts = len({(v.portfolio, v.account) for v in views}) > 1
    several_portfolios = len({v.portfolio for v in views}) > 1
    several_currencies = len({v.currency for v in views}) > 1
    header = (
        *("account", "position", "quantity", "cur"),
        *("cost", "basis", "value", "gain", "days", "moneyness"),
    )
    rows = [
        (
            f"{v.portfolio}/{v.account}" if several_portfolios else v.account,
            v.instrument.name,
            quantity_text(v.quantity_micros),
            v.currency,
            grouped(v.cost),
            grouped(v.basis),
            texts.AT_COST if v.is_at_cost else grouped(v.value),
            "" if v.unrealised is None else signed(v.unrealised),
            "expired" if v.status == "expired" else str(v.dte) if v.dte is not None else "",
            moneyness_text(v.moneyness_bps) if v.instrument.right is not None else "",
        )
        for v in views
    ]
    visible = [
        i
        for i, title in enumerate(header)
        if (title != "account" or several_accounts) and (title != "cur" or several_currencies)
    ]
    columns = [header[i] for i in visible]
    print_table(
        columns,
        [[row[i] for i in visible] for row in rows],
        right=[i for i, title in enumerate(columns) if title not in ("account", "position", "cur")],
        spare=[columns.index(title) for title in ("basis", "cost", "moneyness")],
    )
    for v in views:
        if v.origin is not Origin.RECORDED:
            note = texts.UNKNOWN_COST[v.origin]
            click.echo(f"note: {v.account}: {note.format(name=v.instrument.name)}", err=True)


def _print_open(open_lots: Sequence[Lot]) -> None:
    print_table(
        ("position", "opened", "quantity", "cur", "cost", "basis", "fees", "record", "origin"),
        [
            (
                lot.instrument,
                str(lot.opened),
                quantity_text(lot.quantity_micros),
                lot.currency,
                grouped(lot.cost_micros),
                grouped(lot.basis_micros),
                grouped(lot.fees_micros),
                f"#{lot.seq}",
                "" if lot.origin is Origin.RECORDED else lot.origin,
            )
            for lot in open_lots
        ],
        right=(2, 4, 5, 6, 7),
        spare=(3, 6, 8, 7),
    )


def _print_closed(closed_lots: Sequence[ClosedLot]) -> None:
    print_table(
        (
            *("position", "opened", "closed", "by", "quantity", "cur"),
            *("cost", "proceeds", "gain", "fees"),
        ),
        [
            (
                lot.instrument,
                str(lot.opened),
                str(lot.closed),
                lot.kind,
                quantity_text(lot.quantity_micros),
                lot.currency,
                grouped(lot.cost_micros),
                grouped(lot.proceeds_micros),
                signed(lot.realised_micros),
                grouped(lot.fees_micros),
            )
            for lot in closed_lots
        ],
        right=(4, 6, 7, 8, 9),
        spare=(5, 9, 1, 6, 3),
    )


def position_json(v: PositionView) -> dict[str, Any]:
    """One position of `alluse positions --json`."""
    return {
        "account": v.account,
        **_instrument_json(v.instrument),
        "currency": v.currency,
        "quantity": _quantity(v.quantity_micros),
        "deliverable": v.instrument.multiplier,
        "contract": v.contract or None,
        "cost": plain(v.cost),
        "basis": plain(v.basis),
        "mark": _money(v.mark),
        "mark_date": _day(v.mark_date),
        "value": plain(v.value),
        "unrealised": _money(v.unrealised),
        "realised": plain(v.realised),
        "collateral": plain(v.collateral),
        "dte": v.dte,
        "status": v.status,
        "origin": v.origin,
        "underlying": _money(v.underlying.price_micros if v.underlying else None),
        "underlying_date": _day(v.underlying.day if v.underlying else None),
        "moneyness": _percent(v.moneyness_bps),
        "in_the_money": v.in_the_money,
    }


def _open_json(lot: Lot) -> dict[str, Any]:
    closing = ("closed", "closed_record", "closed_by", "proceeds", "realised", "adjusted_realised")
    return {**_lot_json(lot), **dict.fromkeys(closing)}


def _closed_json(lot: ClosedLot) -> dict[str, Any]:
    return {
        **_lot_json(lot),
        "closed": lot.closed.isoformat(),
        "closed_record": lot.closed_seq,
        "closed_by": lot.kind,
        "proceeds": plain(lot.proceeds_micros),
        "realised": plain(lot.realised_micros),
        "adjusted_realised": plain(lot.adjusted_realised_micros),
    }


def _lot_json(lot: Lot | ClosedLot) -> dict[str, Any]:
    return {
        "account": lot.account,
        **_instrument_json(instrument_named(lot.instrument)),
        "currency": lot.currency,
        "opened": lot.opened.isoformat(),
        "record": lot.seq,
        "quantity": _quantity(lot.quantity_micros),
        "cost": plain(lot.cost_micros),
        "basis": plain(lot.basis_micros),
        "fees": plain(lot.fees_micros),
        "origin": lot.origin,
    }


def _instrument_json(instrument: Instrument) -> dict[str, Any]:
    is_option = instrument.right is not None
    return {
        "instrument": instrument.name,
        "symbol": instrument.symbol,
        "right": instrument.right,
        "strike": plain(instrument.strike_micros) if is_option else None,
        "expiry": _day(instrument.expiry),
    }


def _quantity(micros: int) -> str:
    """'-2', '0.25'."""
    return plain(micros).removesuffix(".00")


def _money(micros: int | None) -> str | None:
    return None if micros is None else plain(micros)


def _percent(bps: int | None) -> str | None:
    """'-5.00' for 5 % out of the money."""
    return None if bps is None else f"{bps / 100:.2f}"


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
