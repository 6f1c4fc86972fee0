"""Rules on a typed trade: held, covered, and within the policy (rules.md, Trades).

A trade is a fact, so a broken rule asks for confirmation. Only the end of an option that the
account does not hold is refused, because it cannot have happened.
"""

from __future__ import annotations

from collections.abc import Iterator

from alluse_tui.domain.commands import Leg, Post, TradeFact
from alluse_tui.domain.derived.account_views import view_in
from alluse_tui.domain.derived.positions import exposures, positions, uncovered_calls
from alluse_tui.domain.events.events import EntryPosted
from alluse_tui.domain.fold.apply import apply
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.calendar import (
    can_expire_on,
    is_entry_day,
    nearest_sessions_text,
    next_entry_day,
)
from alluse_tui.domain.model.instrument import Holding, holding_key, quantity_text
from alluse_tui.domain.model.money import ONE_BPS
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.terms import Kind, Right
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context
from alluse_tui.domain.rules.confirmation import to_confirm
from alluse_tui.domain.views import AccountView

ENDS = (Kind.EXPIRY, Kind.ASSIGNMENT)
"""Kinds of entries that end an option without a trade on the exchange."""


def trade_rules(
    book: Book,
    account: Account,
    entry: EntryPosted,
    fact: TradeFact,
    command: Post,
    context: Context,
) -> list[Verdict]:
    """The verdicts on a typed trade, expiry or assignment."""
    return list(_TradeRules(book, account, entry, fact, command, context).verdicts())


class _TradeRules:
    def __init__(
        self,
        book: Book,
        account: Account,
        entry: EntryPosted,
        fact: TradeFact,
        command: Post,
        context: Context,
    ) -> None:
        portfolio = book.portfolios[account.portfolio]
        self._account, self._entry, self._fact = account, entry, fact
        self._command, self._context = command, context
        self._currency = fact.currency or portfolio.currency
        self._policy: Policy = policy_of(account, portfolio)
        self._rates = book.rates_of(portfolio.name)
        after = apply(book, entry, context.seq)
        self._after: AccountView = view_in(after, after.accounts[account.id], context.today)

    def verdicts(self) -> Iterator[Verdict]:
        for leg in self._fact.legs:
            if leg.instrument.right is not None or self._fact.kind not in ENDS:
                yield from self._held(leg)
        opened = [leg for leg in self._fact.legs if self._opens(leg)]
        for leg in opened:
            yield from self._still_traded(leg)
        sold = [leg for leg in opened if leg.instrument.right and leg.quantity_micros < 0]
        if any(leg.instrument.right is Right.PUT for leg in sold):
            yield self._collateral()
        for symbol in dict.fromkeys(leg.instrument.symbol for leg in self._fact.legs):
            yield from self._cover(symbol)
        if self._fact.kind not in ENDS:
            for symbol in dict.fromkeys(leg.instrument.symbol for leg in opened):
                yield self._size(symbol)
        if sold and self._fact.kind is Kind.TRADE:
            if not self._is_roll(sold):
                yield from self._day()
            yield self._delta()

    def _before(self, leg: Leg) -> int:
        key = holding_key(leg.instrument.name, self._currency)
        return self._account.holdings.get(key, Holding(0, 0)).quantity_micros

    def _opens(self, leg: Leg) -> bool:
        """Whether the leg opens or adds to a position, wholly or in part."""
        before = self._before(leg)
        after = before + leg.quantity_micros
        return after != 0 and (crosses_zero(before, after) or abs(after) > abs(before))

    def _is_roll(self, sold: list[Leg]) -> bool:
        """Whether the same entry closes a short option of what is sold."""
        symbols = {leg.instrument.symbol for leg in sold}
        return any(
            leg.instrument.right is not None
            and leg.instrument.symbol in symbols
            and self._before(leg) < 0 < leg.quantity_micros
            for leg in self._fact.legs
        )

    def _held(self, leg: Leg) -> Iterator[Verdict]:
        """What is closed is held."""
        before, name = self._before(leg), leg.instrument.name
        after = before + leg.quantity_micros
        held = f"{self._account.code} has {quantity_text(before)} of {name}"
        if self._fact.kind in ENDS:
            yield from self._ended(leg, before, held)
        elif crosses_zero(before, after):
            sentence = f"{held}; this closes them and opens {quantity_text(after)}"
            yield self._confirmable("trade.held", sentence)

    def _ended(self, leg: Leg, before: int, held: str) -> Iterator[Verdict]:
        """An option that ended was held, and has reached its expiry if it expired."""
        after = before + leg.quantity_micros
        if abs(after) < abs(before) and not crosses_zero(before, after):
            yield Verdict("trade.held", True, held)
        else:
            count = quantity_text(abs(leg.quantity_micros))
            sentence = f"{held}, so {count} of it cannot have ended: check the position"
            yield Verdict("trade.held", False, sentence)
        expiry = leg.instrument.expiry
        if self._fact.kind is Kind.EXPIRY and expiry is not None:
            reached = self._entry.effective >= expiry
            sentence = f"{leg.instrument.name} {'expired' if reached else 'expires'} on {expiry}"
            yield Verdict("trade.expiry", reached, sentence)

    def _still_traded(self, leg: Leg) -> Iterator[Verdict]:
        """Nobody opens an option after its last day, or one that ends on a closed day.

        One that is already held, perhaps by an import, exists.
        """
        name, expiry, sessions = leg.instrument.name, leg.instrument.expiry, self._context.sessions
        if expiry is None:
            return
        if expiry < self._entry.effective:
            sentence = f"{name} expired on {expiry}, before {self._entry.effective}"
            yield Verdict("trade.expiry", False, f"{sentence}: check the expiry")
        elif not self._before(leg) and not can_expire_on(expiry, sessions):
            sentence = f"{name} expires on a {expiry:%A} that is not a trading day"
            nearest = nearest_sessions_text(expiry, sessions)
            yield Verdict("trade.expiry", False, f"{sentence}; {nearest}")

    def _collateral(self) -> Verdict:
        view = self._after
        if view.collateral_unvalued:
            sentence = f"the collateral is in {self._currency}, which has no exchange rate"
            return self._confirmable("collateral.cash", sentence)
        values = (view.collateral, view.cover)
        if not view.uncovered:
            return Verdict("collateral.cash", True, "short puts tie up {} of {} in cash", values)
        sentence = "short puts tie up {} of collateral, but only {} is in cash"
        return self._confirmable("collateral.cash", sentence, values)

    def _cover(self, symbol: str) -> Iterator[Verdict]:
        """Short calls stay covered when calls are sold, or shares under them."""
        given = [leg for leg in self._fact.legs if leg.instrument.symbol == symbol]
        if not any(
            leg.instrument.right is not Right.PUT and leg.quantity_micros < 0 for leg in given
        ):
            return
        for calls in uncovered_calls(positions(self._after.holdings)):
            if calls.symbol == symbol:
                sentence = (
                    f"short calls are on {quantity_text(calls.written_micros)} shares of {symbol},"
                    f" but {self._account.code} holds {quantity_text(calls.held_micros)}"
                )
                yield self._confirmable("collateral.cover", sentence)
                return
        if any(leg.instrument.right is Right.CALL for leg in given):
            sentence = f"{self._account.code} holds the shares of {symbol} for its short calls"
            yield Verdict("collateral.cover", True, sentence)

    def _size(self, symbol: str) -> Verdict:
        view, share = self._after, self._policy.position_size_bps
        held = positions(view.holdings)
        micros = exposures(held, self._rates, view.currency, self._context.today).get(symbol, 0)
        limit = f"{share / 100:g} % of the {{}} equity"
        values = (symbol, micros, view.equity)
        if micros <= max(0, view.equity) * share // ONE_BPS:
            return Verdict("trade.size", True, f"{{}} takes up {{}}, within {limit}", values)
        sentence = f"{{}} takes up {{}}, more than {limit}"
        return self._confirmable("trade.size", sentence, values)

    def _day(self) -> Iterator[Verdict]:
        """An option is sold on one of its tier's entry days; a tier without any sells on all."""
        days = self._policy.tiers[self._account.tier].entry_days
        if not days:
            return
        traded, tier = self._entry.effective, self._account.tier.full_name
        if is_entry_day(traded, days, self._context.sessions):
            yield Verdict("trade.day", True, f"{traded:%A} is an entry day of {tier}")
            return
        allowed = next_entry_day(traded, days, self._context.sessions)
        sentence = f"{traded:%A} {traded} is not an entry day of {tier}"
        sentence += f"; the next one is {allowed:%A} {allowed}"
        yield self._confirmable("trade.day", sentence)

    def _delta(self) -> Verdict:
        """The delta, if it was given, is in the tier's band, edges included."""
        band = self._policy.tiers[self._account.tier]
        limits = f"{band.delta_min}–{band.delta_max}"
        delta = self._command.delta
        if not delta:
            sentence = f"the delta was not given, so the band of {limits} was not checked"
            return Verdict("trade.data", True, sentence, awaited=True)
        if band.delta_min <= delta <= band.delta_max:
            return Verdict("trade.delta", True, f"delta {delta} is within {limits}")
        return self._confirmable("trade.delta", f"delta {delta} is outside {limits}")

    def _confirmable(self, rule: str, sentence: str, values: tuple[int | str, ...] = ()) -> Verdict:
        confirmed = self._command.confirmed
        return to_confirm(rule, sentence, values, confirmed=confirmed, context=self._context)


def crosses_zero(before: int, after: int) -> bool:
    """Whether a position went from long to short, or from short to long."""
    return before * after < 0
