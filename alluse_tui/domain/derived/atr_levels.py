"""How far prices moved against short options, in average true ranges (rules.md, ATR levels)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum

from alluse_tui.domain.derived.positions import Position
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.terms import Right
from alluse_tui.domain.model.value import Value


class Level(StrEnum):
    """What the policy says about a position at that distance, milder levels first."""

    CALM = "calm"
    WATCH = "watch"
    CONSIDER = "consider"
    ACT = "act"


class DayPrice(Value):
    """An underlying's close on `day` and its ATR, in micros per share."""

    micros: int
    atr_micros: int
    day: date


class AtrLevel(Value):
    """A short option: `against_hundredths` ATRs past its strike, negative if it is not there.

    `acts_micros` is the price of the underlying at which the level *act* begins.
    """

    account: str
    position: Position
    price: DayPrice
    against_hundredths: int
    level: Level
    acts_micros: int


def atr_levels(
    account: str, held: tuple[Position, ...], policy: Policy, prices: Mapping[str, DayPrice]
) -> Iterator[AtrLevel]:
    """The level of each short option whose underlying has a price, in the order of positions."""
    for position in held:
        option = position.instrument
        price = prices.get(option.symbol)
        if option.right is None or not position.is_short or price is None or not price.atr_micros:
            continue
        sign = 1 if option.right is Right.PUT else -1
        past = sign * (option.strike_micros - price.micros)
        against = past * 100 // price.atr_micros
        acts = option.strike_micros - sign * policy.atr_act_hundredths * price.atr_micros // 100
        level = _level(past, price.atr_micros, policy)
        yield AtrLevel(account, position, price, against, level, acts)


def _level(past_micros: int, atr_micros: int, policy: Policy) -> Level:
    """The most severe level that is reached; an edge belongs to the more severe one."""
    reached = Level.CALM
    for level, hundredths in (
        (Level.WATCH, policy.atr_watch_hundredths),
        (Level.CONSIDER, policy.atr_consider_hundredths),
        (Level.ACT, policy.atr_act_hundredths),
    ):
        if hundredths is not None and past_micros * 100 >= hundredths * atr_micros:
            reached = level
    return reached
