"""Adherence: which typed trades passed every rule, and what the trades that broke one realised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from alluse_tui.domain.derived.lots import ClosedLot
from alluse_tui.domain.model.value import Value
from alluse_tui.domain.model.verdict import Outcome, Verdict

OF_TRADES = ("trade.", "collateral.", "regime.", "vix.")
"""What the names of the rules on trades begin with."""


class JudgedOpening(Value):
    """A typed trade that opened a position, by its record, with the verdicts kept with it."""

    seq: int
    account: str
    rules: tuple[Verdict, ...]


class TradeGroup(Value):
    """Some trades: how many, and what their closed lots realised by currency, in micros.

    Gains are before fees; `open_trades` of them still have open lots.
    """

    trades: int
    open_trades: int
    realised: Mapping[str, int]


class RuleGroup(Value):
    """The trades that broke one rule; `not_judged`: those that lacked the data to judge it."""

    rule: str
    broken: TradeGroup
    not_judged: int


class Adherence(Value):
    """Every judged trade is in exactly one group: passed, not wholly judged, or broken.

    `rules` are those that a trade broke or that were not judged, the most broken ones first. A
    trade that broke two rules is counted with both.
    """

    passed: TradeGroup
    not_judged: TradeGroup
    broken: TradeGroup
    rules: tuple[RuleGroup, ...]


def adherence(
    openings: Sequence[JudgedOpening], closed: Iterable[ClosedLot], still_open: Iterable[int]
) -> Adherence:
    """Sum up the trades; `still_open` are the records with open lots."""
    realised: dict[int, dict[str, int]] = {}
    for lot in closed:
        by_currency = realised.setdefault(lot.seq, {})
        gain = by_currency.get(lot.currency, 0) + lot.realised_micros
        by_currency[lot.currency] = gain
    open_seqs = frozenset(still_open)

    def group(trades: Iterable[JudgedOpening]) -> TradeGroup:
        return _group([trade.seq for trade in trades], realised, open_seqs)

    outcomes = {trade.seq: _outcome(trade) for trade in openings}
    by_outcome = {
        outcome: group(trade for trade in openings if outcomes[trade.seq] is outcome)
        for outcome in Outcome
    }
    rules = []
    names = dict.fromkeys(
        rule.rule for t in openings for rule in t.rules if _of(rule) is not Outcome.PASS
    )
    for name in names:
        broke = [t for t in openings if Outcome.FAIL in _outcomes_of(t, name)]
        unjudged = sum(Outcome.WARN in _outcomes_of(trade, name) for trade in openings)
        rules.append(RuleGroup(name, group(broke), unjudged))
    return Adherence(
        passed=by_outcome[Outcome.PASS],
        not_judged=by_outcome[Outcome.WARN],
        broken=by_outcome[Outcome.FAIL],
        rules=tuple(sorted(rules, key=lambda r: (-r.broken.trades, -r.not_judged, r.rule))),
    )


def _group(
    seqs: Sequence[int], realised: Mapping[int, Mapping[str, int]], open_seqs: frozenset[int]
) -> TradeGroup:
    total: dict[str, int] = {}
    for seq in seqs:
        for currency, micros in realised.get(seq, {}).items():
            total[currency] = total.get(currency, 0) + micros
    return TradeGroup(len(seqs), len(open_seqs.intersection(seqs)), dict(sorted(total.items())))


def _of(rule: Verdict) -> Outcome:
    """What a recorded verdict comes to: a trade that was recorded broke what was confirmed."""
    if not rule.rule.startswith(OF_TRADES):
        return Outcome.PASS
    return Outcome.FAIL if rule.confirmed else rule.outcome


def _outcomes_of(trade: JudgedOpening, name: str) -> set[Outcome]:
    return {_of(rule) for rule in trade.rules if rule.rule == name}


def _outcome(trade: JudgedOpening) -> Outcome:
    """The worst of its verdicts."""
    outcomes = {_of(rule) for rule in trade.rules}
    for worst in (Outcome.FAIL, Outcome.WARN):
        if worst in outcomes:
            return worst
    return Outcome.PASS
