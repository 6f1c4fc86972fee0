"""The command line that would explain a difference, for the user to check and run."""

from __future__ import annotations

import shlex

from alluse_tui.domain.derived.reconciliation import Cause, Fix, Line, Reconciliation
from alluse_tui.domain.model.instrument import CONTRACT_SHARES, ONE_MICROS, instrument_named
from alluse_tui.domain.model.money import plain
from alluse_tui.domain.model.value import Value


class LikelyCause(Value, kw_only=True):
    """What causes one line or several, with the command that records what is missing, if any."""

    titles: tuple[str, ...]
    cause: Cause
    detail: str
    command: str


def likely_causes(result: Reconciliation, file: str) -> list[LikelyCause]:
    """The cause of every difference that nobody has explained, in the order of the lines."""
    titles: dict[tuple[Cause, str, str], list[str]] = {}
    for line in result.lines:
        if line.cause is not None and not line.explained:
            key = (line.cause, line.detail, command_line(result, line, file))
            titles.setdefault(key, []).append(line.item.title)
    return [
        LikelyCause(titles=tuple(names), cause=cause, detail=detail, command=command)
        for (cause, detail, command), names in titles.items()
    ]


def command_line(result: Reconciliation, line: Line, file: str) -> str:
    """'alluse post opening gen-1 12.34 …'; empty where no entry is missing or none is known."""
    fix = line.fix
    if fix is None:
        return ""
    match line.cause:
        case Cause.NOT_IMPORTED:
            words = ["import", file, "--into", result.account]
        case Cause.OTHER_DAY:
            words = ["undo", str(fix.record)]
        case Cause.OPENING_CASH:
            words = ["post", "opening", result.account, plain(fix.micros)]
            words += ["--currency", fix.item.currency, "--date", str(fix.day)]
        case Cause.OPENING_POSITION:
            words = _opening_position(fix, result.account)
        case Cause.CORPORATE_ACTION if fix.ratio:
            words = ["adjust", result.account, *fix.item.instrument.split()]
            words += ["--split", fix.ratio, "--date", str(fix.day)]
        case Cause.CORPORATE_ACTION:
            new = instrument_named(fix.item.instrument).symbol
            words = ["adjust", result.account, *fix.replaces.split(), "--rename", new]
            words += ["--date", str(fix.day)]
        case Cause.CONVERSION:
            words = ["post", "conversion", result.account]
            words += ["--sold", plain(fix.sold_micros), "--from", fix.sold]
            words += ["--bought", plain(fix.micros), "--to", fix.item.currency]
            words += ["--date", str(fix.day)]
        case _:
            words = []
    if words and result.portfolio and line.cause is not Cause.OTHER_DAY:
        words += ["--portfolio", result.portfolio]
    return shlex.join(["alluse", *words]) if words else ""


def _opening_position(fix: Fix, account: str) -> list[str]:
    """A trade at a price of 0, which leaves cash as it is; [] for another deliverable than 100.

    What the position cost is not in the statement.
    """
    instrument = instrument_named(fix.item.instrument)
    words = ["post", "trade", account, "--side", "buy" if fix.micros > 0 else "sell"]
    words += ["--symbol", instrument.symbol]
    if instrument.right is not None:
        if instrument.multiplier != CONTRACT_SHARES:
            return []
        words += ["--right", instrument.right, "--strike", _number(instrument.strike_micros)]
        words += ["--expiry", str(instrument.expiry)]
    words += ["--quantity", _number(abs(fix.micros)), "--price", "0"]
    return [*words, "--currency", fix.item.currency, "--date", str(fix.day)]


def _number(micros: int) -> str:
    """'284', '0.5'."""
    units, rest = divmod(micros, ONE_MICROS)
    return f"{units}.{rest:06d}".rstrip("0").rstrip(".") if rest else str(units)
