"""The columns of the market screen: levels of short options, and strikes that may be sold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from alluse_tui.domain.derived.atr_levels import AtrLevel, Level
from alluse_tui.domain.derived.strikes import Strike
from alluse_tui.domain.model.time_text import age_text
from alluse_tui.domain.model.verdict import Outcome
from alluse_tui.domain.views import grouped
from alluse_tui.engine import MarketOutlook
from alluse_tui.tui.screens import texts
from alluse_tui.tui.widgets.column import Cell, Column
from alluse_tui.tui.widgets.inked import Piece

_LEVEL_MARKS = {
    Level.CALM: ("  calm", "dim"),
    Level.WATCH: ("· watch", ""),
    Level.CONSIDER: ("▲ consider", "warn"),
    Level.ACT: ("◆ act", "bad"),
}

_INKS = {Outcome.FAIL: "bad", Outcome.WARN: "dim", Outcome.PASS: "good"}


def level_columns() -> tuple[Column[AtrLevel], ...]:
    """Position, level, distance in ATRs, price, the price to act at, account."""
    return (
        Column(title="position", cell=lambda x: ((x.position.instrument.name, ""),), width=27),
        Column(
            title="level",
            cell=lambda x: (_LEVEL_MARKS[x.level],),
            value=lambda x: x.against_hundredths,
            width=10,
        ),
        Column(
            title="ATRs past",
            cell=lambda x: ((f"{x.against_hundredths / 100:.2f}", ""),),
            value=lambda x: x.against_hundredths,
            width=9,
            right=True,
        ),
        Column(
            title="close",
            cell=lambda x: ((grouped(x.price.micros), ""),),
            value=lambda x: x.price.micros,
            width=9,
            right=True,
        ),
        Column(
            title="act at",
            cell=lambda x: ((grouped(x.acts_micros), ""),),
            value=lambda x: x.acts_micros,
            width=9,
            right=True,
        ),
        Column(title="account", cell=lambda x: ((x.account, ""),), value=lambda x: x.account),
    )


def strike_columns() -> tuple[Column[Strike], ...]:
    """Option, delta with the tier's band, mid, credit a year, verdict, then what is left."""
    return (
        Column(
            title="option",
            cell=_option,
            value=lambda s: (s.option.symbol, s.option.expiry, s.option.strike_micros),
            width=24,
        ),
        Column(title="delta", cell=_delta, value=lambda s: s.delta, width=7, right=True),
        _figure("mid", lambda s: s.mid_micros, _money, 8),
        _figure("a year", lambda s: s.annual_bps, _percent, 8),
        Column(title="rules", cell=_verdict, value=lambda s: s.outcome, width=26, grow=1),
        _figure("spread", lambda s: s.spread_bps, _percent, 8),
        _figure("open int.", lambda s: s.open_interest, _count, 9),
        _figure("credit", lambda s: s.credit_micros, _money, 10),
    )


def _figure(
    title: str,
    value: Callable[[Strike], int | None],
    piece: Callable[[int | None], Piece],
    width: int,
) -> Column[Strike]:
    """A column of numbers, in which an unknown one sorts as 0."""
    return Column(
        title=title,
        cell=lambda strike: (piece(value(strike)),),
        value=lambda strike: value(strike) or 0,
        width=width,
        right=True,
    )


def strike_key(strike: Strike) -> str:
    """The option's name."""
    return strike.option.name


def market_lines(outlook: MarketOutlook) -> list[list[Piece]]:
    """Regime and VIX with their days, the price of each chain with its age, what is missing."""
    inputs = outlook.inputs
    regime: list[Piece] = [("regime  ", "dim")]
    if inputs.regime is None:
        regime.append((texts.NO_REGIME, "dim"))
    else:
        regime += [(inputs.regime.capitalize(), "strong"), (f"  week of {inputs.regime_on}", "dim")]
    vix: list[Piece] = [("VIX     ", "dim")]
    if inputs.vix_hundredths is None:
        vix.append((texts.NO_VIX, "dim"))
    else:
        vix += [(f"{inputs.vix_hundredths / 100:g}", "strong"), (f" of {inputs.vix_on}", "dim")]
        if inputs.vix_mean_hundredths is not None:
            vix.append((f", mean {inputs.vix_mean_hundredths / 100:g}", "dim"))
    return [regime, vix, *_price_lines(outlook), *([(s, "dim")] for s in outlook.missing)]


def _price_lines(outlook: MarketOutlook) -> list[list[Piece]]:
    """'prices  AAPL 191.30, 5 minutes old', for the chains that are listed."""
    pieces: list[Piece] = []
    for view in outlook.strikes:
        if view.spot is not None:
            age = age_text(view.asked_ns - view.spot.at_ns)
            pieces += [(f"{view.symbol} {grouped(view.spot.micros)}", "strong")]
            pieces += [(f", {age} old   ", "dim")]
    return [[("prices  ", "dim"), *pieces]] if pieces else []


def _option(strike: Strike) -> Cell:
    option = strike.option
    number = f"{option.strike_micros / 1e6:g}"
    return ((f"{option.symbol} {option.expiry:%d %b} {number} {option.right}", ""),)


def _delta(strike: Strike) -> Cell:
    """'42 ●' in the tier's band."""
    return (
        (texts.UNKNOWN if strike.delta is None else str(strike.delta), ""),
        (" ●" if strike.in_band else "  ", "strong"),
    )


def _verdict(strike: Strike) -> Cell:
    """'✗ delta, day', '· 3 not judged' or '✓ 12 hold', after 'stale' or 'estimated'."""
    state = "estimated " if strike.is_estimated else "stale " if strike.is_stale else ""
    count = Counter(rule.outcome for rule in strike.rules)
    outcome = strike.outcome
    if outcome is Outcome.FAIL:
        failed = [rule.rule for rule in strike.rules if rule.outcome is Outcome.FAIL]
        words = f"✗ {', '.join(dict.fromkeys(name.rpartition('.')[2] for name in failed))}"
    elif outcome is Outcome.WARN:
        words = f"· {count[Outcome.WARN]} not judged"
    else:
        words = f"✓ {count[Outcome.PASS]} hold"
    return (state, "warn"), (words, _INKS[outcome])


def _money(micros: int | None) -> Piece:
    return (texts.UNKNOWN, "dim") if micros is None else (grouped(micros), "")


def _count(count: int | None) -> Piece:
    return (texts.UNKNOWN, "dim") if count is None else (f"{count:,}", "")


def _percent(bps: int | None) -> Piece:
    return (texts.UNKNOWN, "dim") if bps is None else (f"{bps / 100:.1f} %", "")
