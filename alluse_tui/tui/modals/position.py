"""One position: its figures, its lots, and the chain of rolls that it is part of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.message import Message

from alluse_tui.domain.derived.fills import Key
from alluse_tui.domain.derived.lots import ClosedLot, Lot
from alluse_tui.domain.derived.position_history import PositionHistory, Roll
from alluse_tui.domain.derived.position_views import PositionView
from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.domain.views import grouped
from alluse_tui.engine import contract_text, instrument_text
from alluse_tui.tui import texts
from alluse_tui.tui.event_text import Lines, wrapped
from alluse_tui.tui.formatting import counted, exactly, signed
from alluse_tui.tui.modals.record import RecordScreen
from alluse_tui.tui.modals.text_dialog import TextDialog
from alluse_tui.tui.position_columns import EXPIRED
from alluse_tui.tui.widgets.inked import Listing, as_title

LABEL, FIGURE = 17, 30


class PositionScreen(TextDialog[None]):
    """The position as text; r shows the record of the entry that it was opened from."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("r", "record", "Record")]

    class Read(Message):
        """The position has been read."""

        def __init__(self, title: str, lines: Lines) -> None:
            """The title of the dialog and its lines."""
            super().__init__()
            self.title, self.lines = title, lines

    def __init__(self, portfolio: str, key: Key, seq: int = 0) -> None:
        """`seq`: the record that r shows; 0 for none."""
        keys = texts.POSITION_RECORD_KEYS if seq else texts.POSITION_KEYS
        super().__init__("", keys.format(seq=seq), texts.POSITION_READING)
        self._portfolio, self._key, self._seq = portfolio, key, seq

    @work(thread=True)
    def read(self) -> None:
        """Ask the engine, off the event loop."""
        try:
            history = self.shell.engine.positions.history(self._key, self._portfolio)
        except AllUseError as error:
            self.post_message(self.Read("", wrapped(str(error), "bad")))
            return
        title = texts.POSITION_TITLE.format(
            name=instrument_text(history.instrument), account=history.account
        )
        self.post_message(self.Read(title, position_lines(history)))

    @on(Read)
    def draw(self, message: Read) -> None:
        """Show it."""
        self.query_one("#dialog").border_title = as_title(message.title)
        self.query_one(Listing).show(message.lines)

    def action_record(self) -> None:
        """Show the record, in place of the position."""
        if self._seq:
            self.dismiss()
            self.shell.push_screen(RecordScreen(self._seq))


def position_lines(history: PositionHistory) -> Lines:
    """Figures, open lots, closed lots and rolls, each with its heading."""
    if history.view is None:
        lines: Lines = [[(texts.POSITION_ENDED, "dim")]]
    else:
        lines = list(_figures(history.view))
    for heading, rows in (
        (texts.OPEN_LOTS, _open_rows(history.open)),
        (texts.CLOSED_LOTS, _closed_rows(history.closed)),
        (texts.ROLLS, [_roll_row(roll) for roll in history.rolls]),
    ):
        if rows:
            lines += [[("", "")], [(heading, "strong")], *([(row, "")] for row in rows)]
    return lines


def _days_text(days: int | None) -> str:
    """Days to the expiry; empty for shares."""
    if days is None:
        return ""
    return str(days) if days >= 0 else EXPIRED


def _figures(view: PositionView) -> Iterator[list[tuple[str, str]]]:
    """The figures in pairs, two on a line."""
    labels = texts.POSITION_FIGURES
    mark = texts.NEVER_MARKED
    if view.mark is not None and view.mark_date is not None:
        mark = texts.MARK_ON.format(price=exactly(view.mark), day=view.mark_date)
    pairs = [
        ("held", counted(view.quantity_micros)),
        ("days", _days_text(view.dte)),
        ("cost", grouped(view.cost)),
        ("basis", grouped(view.basis)),
        ("value", grouped(view.value)),
        ("mark", mark),
        ("realised", signed(view.realised)),
        ("unrealised", "" if view.unrealised is None else signed(view.unrealised)),
        ("collateral", grouped(view.collateral) if view.collateral else ""),
        ("contract", view.contract),
    ]
    known = [(labels[name], text) for name, text in pairs if text]
    for left, right in zip(known[::2], [*known[1::2], ("", "")], strict=False):
        yield [
            (f"{left[0]:<{LABEL}}", "dim"),
            (f"{left[1]:<{FIGURE - LABEL}}  ", ""),
            (f"{right[0]:<{LABEL}}", "dim"),
            (right[1], ""),
        ]


def _open_rows(lots: Sequence[Lot]) -> list[str]:
    if not lots:
        return []
    heading = f"{'opened':<12}{'held':>8}{'cost':>16}{'basis':>16}{'record':>10}"
    return [
        heading,
        *(
            f"{lot.opened!s:<12}{counted(lot.quantity_micros):>8}{grouped(lot.cost_micros):>16}"
            f"{grouped(lot.basis_micros):>16}{f'#{lot.seq}':>10}"
            for lot in lots
        ),
    ]


def _closed_rows(lots: Sequence[ClosedLot]) -> list[str]:
    if not lots:
        return []
    heading = f"{'opened':<12}{'closed':<12}{'by':<11}{'held':>7}{'gain':>14}{'record':>10}"
    return [
        heading,
        *(
            f"{lot.opened!s:<12}{lot.closed!s:<12}{lot.kind:<11}{counted(lot.quantity_micros):>7}"
            f"{signed(lot.realised_micros):>14}{f'#{lot.closed_seq}':>10}"
            for lot in lots
        ),
    ]


def _roll_row(roll: Roll) -> str:
    text = f"{contract_text(roll.closed)} → {contract_text(roll.opened)}"
    return f"{roll.day!s:<12}{text:<40}{signed(roll.cash_micros):>10}{f'#{roll.seq}':>7}"
