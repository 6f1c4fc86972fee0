"""A trade with everything that the rules on trades look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from msgspec.structs import replace

from alluse_tui.domain.commands import Leg, Post, TradeFact
from alluse_tui.domain.derived.account_views import view_in
from alluse_tui.domain.derived.breakers import known_vix
from alluse_tui.domain.derived.pauses import paused_by
from alluse_tui.domain.derived.positions import exposures, positions
from alluse_tui.domain.events.events import EntryPosted
from alluse_tui.domain.fold.apply import apply
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.instrument import Holding, holding_key
from alluse_tui.domain.model.money import ONE_BPS
from alluse_tui.domain.model.policy import Policy, TierPolicy
from alluse_tui.domain.model.rates import Rates
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.terms import Right
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context
from alluse_tui.domain.rules.confirmation import to_confirm
from alluse_tui.domain.views import AccountView


@dataclass(frozen=True, slots=True)
class JudgedTrade:
    """A typed trade, expiry or assignment, and the account before and after it.

    `opened`: the legs that open or add to a position. `sold`: the options among them that are sold.
    `is_roll`: the entry also closes a short option on what is sold. `paused`: why the account opens
    nothing; empty if it may.
    """

    account: Account
    after: AccountView
    account_after: Account
    policy: Policy
    rates: Rates
    currency: str
    entry: EntryPosted
    fact: TradeFact
    command: Post
    context: Context
    opened: tuple[Leg, ...]
    sold: tuple[Leg, ...]
    is_roll: bool
    equity_before: int
    paused: str = ""

    @property
    def limits(self) -> TierPolicy:
        """The policy of the account's tier."""
        return self.policy.tiers[self.account.tier]

    @property
    def tier(self) -> str:
        """The full name of the account's tier."""
        return self.account.tier.full_name

    @property
    def opened_symbols(self) -> tuple[str, ...]:
        """The underlyings of the legs that open a position, each once."""
        return tuple(dict.fromkeys(leg.instrument.symbol for leg in self.opened))

    @property
    def sold_symbols(self) -> tuple[str, ...]:
        """The underlyings of the options sold, each once."""
        return tuple(dict.fromkeys(leg.instrument.symbol for leg in self.sold))

    def tier_path(self, name: str) -> str:
        """The path of the tier's setting: 'tiers.gen.delta'."""
        return f"tiers.{self.account.tier}.{name}"

    def sells(self, right: Right) -> bool:
        """Whether it sells an option of that right."""
        return any(leg.instrument.right is right for leg in self.sold)

    def before(self, leg: Leg) -> int:
        """What was held of the leg's instrument, in millionths."""
        return _held(self.account, leg, self.currency)

    def exposure(self, symbol: str) -> int:
        """What the underlying takes up of the account after the trade, in micros."""
        held = positions(self.after.holdings)
        taken = exposures(held, self.rates, self.after.currency, self.context.today)
        return taken.get(symbol, 0)

    def share_of_equity(self, *shares_bps: int) -> int:
        """The product of the shares and the equity after the trade, in micros, rounded down."""
        micros = max(0, self.after.equity)
        for bps in shares_bps:
            micros = micros * bps // ONE_BPS
        return micros

    def holds(
        self, rule: str, sentence: str, values: tuple[int | str, ...] = (), setting: str = ""
    ) -> Verdict:
        """The verdict that a rule holds."""
        return Verdict(rule, True, sentence, values, setting=setting)

    def breaks(
        self, rule: str, sentence: str, values: tuple[int | str, ...] = (), setting: str = ""
    ) -> Verdict:
        """The verdict that a rule is broken, which the user may confirm."""
        confirmed = self.command.confirmed
        return to_confirm(
            rule, sentence, values, confirmed=confirmed, context=self.context, setting=setting
        )

    def unknown(self, rule: str, sentence: str, setting: str) -> Verdict:
        """The verdict that a rule was not judged, because of what is missing."""
        return Verdict(rule, True, sentence, unknown=True, setting=setting)


def judged_trade(
    book: Book,
    account: Account,
    entry: EntryPosted,
    fact: TradeFact,
    command: Post,
    context: Context,
) -> JudgedTrade:
    """The trade of `entry` on the account as it is in the book."""
    portfolio = book.portfolios[account.portfolio]
    currency = fact.currency or portfolio.currency
    after = apply(book, entry, context.seq)
    account_after = after.accounts[account.id]
    opened = tuple(leg for leg in fact.legs if _opens(account, leg, currency))
    sold = tuple(leg for leg in opened if leg.instrument.right and leg.quantity_micros < 0)
    return JudgedTrade(
        account=account,
        after=view_in(after, account_after, context.today),
        account_after=account_after,
        policy=policy_of(account, portfolio),
        rates=book.rates_of(portfolio.name),
        currency=currency,
        entry=entry,
        fact=fact,
        command=command,
        context=_with_vix(book, context, entry.effective),
        opened=opened,
        sold=sold,
        is_roll=_is_roll(account, fact, sold, currency),
        equity_before=view_in(book, account, context.today).equity,
        paused=paused_by(account, portfolio),
    )


def _with_vix(book: Book, context: Context, day: date) -> Context:
    """The context with the book's value of VIX, where it counts on that day and is the newest."""
    vix, market = known_vix(book, day), context.market
    if vix is None or (market.vix_on is not None and market.vix_on >= vix.day):
        return context
    known = replace(market, vix_hundredths=vix.hundredths, vix_on=vix.day)
    return replace(context, market=known)


def crosses_zero(before: int, after: int) -> bool:
    """Whether a position went from long to short, or from short to long."""
    return before * after < 0


def _held(account: Account, leg: Leg, currency: str) -> int:
    key = holding_key(leg.instrument.name, currency)
    return account.holdings.get(key, Holding(0, 0)).quantity_micros


def _opens(account: Account, leg: Leg, currency: str) -> bool:
    """Whether the leg opens or adds to a position, wholly or in part."""
    before = _held(account, leg, currency)
    after = before + leg.quantity_micros
    return after != 0 and (crosses_zero(before, after) or abs(after) > abs(before))


def _is_roll(account: Account, fact: TradeFact, sold: Iterable[Leg], currency: str) -> bool:
    """Whether the same entry closes a short option on what is sold."""
    symbols = {leg.instrument.symbol for leg in sold}
    return any(
        leg.instrument.right is not None
        and leg.instrument.symbol in symbols
        and _held(account, leg, currency) < 0 < leg.quantity_micros
        for leg in fact.legs
    )
