"""A portfolio's policy: the parameters of every rule (rules.md, Policy)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from alluse_tui.domain.model.money import ONE_BPS, UNIT_MICROS, plain
from alluse_tui.domain.model.policy_checks import (
    Check,
    Problem,
    above_zero,
    ascending,
    at_least_one,
    delta_band,
    in_order,
    one_of,
    percent,
    ratio,
    within_whole,
)
from alluse_tui.domain.model.terms import LotMethod, Tier
from alluse_tui.domain.model.traits import commands_with
from alluse_tui.domain.model.value import Value, share_defaults

PROPOSALS = commands_with(lambda t: t.second_person)
"""Commands that can require a second person."""

ARGON2ID, PBKDF2 = "argon2id", "pbkdf2"
HASHES = (ARGON2ID, PBKDF2)
"""Password hash algorithms; PBKDF2 is for FIPS 140."""

OFF, ON = "off", "on"
SWITCH = (OFF, ON)
"""A rule that is not evaluated, and one that is."""

EARNINGS_PUTS = (OFF, "none")
"""Puts sold in the week of an earnings report: not judged, or none."""

PUTS, CALLS, COVERED_CALLS = "puts", "calls", "covered_calls"
SELLS = (PUTS, CALLS, COVERED_CALLS)
"""What a tier may sell; covered calls alone exclude calls without shares."""

TO_PREVIOUS, SKIPPED = "previous", "skip"
ENTRY_SHIFT = (TO_PREVIOUS, SKIPPED)
"""When a tier enters if the exchange is closed on its entry day: the trading day before, or not."""

ALONE_NONE, ALONE_COOLING_OFF = "none", "cooling_off"
ALONE = (ALONE_NONE, ALONE_COOLING_OFF)
"""The protections of a book with a single user, without a second person (engine.md)."""


class TierPolicy(Value):
    """One tier's parameters: shares and limits in basis points, deltas in hundredths.

    Entry hours are minutes after midnight in New York, days to expiry calendar days. None and an
    empty tuple mean that a rule is off.
    """

    share_bps: int
    delta_min: int
    delta_max: int
    max_drawdown_bps: int
    entry_days: tuple[str, ...] = ()
    entry_from_minutes: int | None = None
    entry_until_minutes: int | None = None
    entry_shift: str = TO_PREVIOUS
    dte_min: int | None = None
    dte_max: int | None = None
    symbols: tuple[str, ...] = ()
    sells: tuple[str, ...] = ()
    roll_trigger_atr_hundredths: int | None = None

    def __post_init__(self) -> None:
        """Leave the defaults out of the JSON."""
        share_defaults(self)

    @property
    def shifts_entry(self) -> bool:
        """Whether entry moves to the trading day before if the exchange is closed."""
        return self.entry_shift == TO_PREVIOUS


class Policy(Value):
    """All parameters. The defaults are rules.md's; templates in `config/` set the rest.

    None means that a rule is off: it is not evaluated.
    """

    template: str
    strategy: str
    tiers: Mapping[Tier, TierPolicy]
    buffer_bps: int = 500
    drift_bps: int = 500
    outsized_bps: int = 2_500
    position_size_bps: int = 9_000
    concentration_bps: int = 4_000
    atr_act_hundredths: int = 150
    lot_method: str = LotMethod.FIFO.value
    fork_threshold_micros: int = 50_000 * UNIT_MICROS
    fork_near_bps: int = 8_000
    fork_cooling_hours: int = 24
    fork_daily_limit: int = 5
    fork_auto: str = "off"
    import_auto: str = OFF
    merge_threshold_micros: int = 500_000 * UNIT_MICROS
    reinvest_minimum_micros: int = 10_000 * UNIT_MICROS
    reinvest_contracts_bps: int = 7_500
    reinvest_leaps_bps: int = 2_500
    approval_commands: tuple[str, ...] = PROPOSALS
    approval_above_micros: int = 0
    approval_facts_above_micros: int = 0
    approval_alone: str = ALONE_NONE
    approval_delay_minutes: int = 60
    password_hash: str = ARGON2ID
    exposure_symbol_bps: int | None = None
    liquidity_open_interest: int | None = None
    liquidity_volume: int | None = None
    liquidity_spread_bps: int | None = None
    liquidity_share_bps: int | None = None
    earnings_puts: str = OFF
    earnings_coverage_bps: int | None = None
    margin_use_bps: int | None = None
    regime_red_bps: int | None = None
    regime_red_delta: int | None = None
    regime_chop_bps: int | None = None
    regime_chop_delta: int | None = None
    vix_above_mean_bps: int | None = None
    vix_high_bps: int | None = None
    breaker_half_hundredths: int | None = None
    breaker_safe_hundredths: int | None = None
    breaker_stop_hundredths: int | None = None
    drawdown_calls_only_bps: int | None = None
    drawdown_vix_hundredths: int | None = None
    drawdown_until_bps: int | None = None
    orders_slice: int | None = None
    orders_slippage_bps: int | None = None
    orders_requote_seconds: int | None = None
    atr_period: int = 14
    atr_watch_hundredths: int | None = None
    atr_consider_hundredths: int | None = None
    roll_max_cost_bps: int | None = None
    roll_credit_only: str = OFF
    exit_profit_min_bps: int | None = None
    exit_profit_max_bps: int | None = None
    exit_dte: int | None = None
    after_assignment_delta_min: int | None = None
    after_assignment_delta_max: int | None = None
    after_assignment_dte: int | None = None
    after_assignment_until_bps: int | None = None
    reinvest_tax_reserve_bps: int = 0
    regime_benchmark: str = "SPY"
    market_stale_seconds: int = 900

    def __post_init__(self) -> None:
        """Leave defaults out of the policy's JSON."""
        share_defaults(self)

    def problems(self) -> list[Problem]:
        """All invalid values, each as (path, value, allowed)."""
        return [(path, value, allowed) for ok, path, value, allowed in self._checks() if not ok]

    def _checks(self) -> Iterator[Check]:
        yield from self._tier_checks()
        yield from self._limit_checks()
        yield from self._growth_checks()
        yield from self._approval_checks()
        yield from self._trading_checks()
        yield from self._market_checks()
        yield from self._follow_up_checks()

    def _tier_checks(self) -> Iterator[Check]:
        total = sum(t.share_bps for t in self.tiers.values())
        yield total == ONE_BPS, "tiers.*.share", percent(total), "must add up to 100 %"
        for tier, limits in self.tiers.items():
            share = limits.share_bps
            ok = 0 <= share <= ONE_BPS
            yield ok, f"tiers.{tier}.share", percent(share), "must be within 0–100 %"
            yield delta_band(f"tiers.{tier}.delta", limits.delta_min, limits.delta_max)
            yield above_zero(f"tiers.{tier}.max_drawdown", limits.max_drawdown_bps)
            for day in limits.entry_days:
                yield one_of(f"tiers.{tier}.entry_days", day, WEEKDAYS, "must be of")
            yield one_of(f"tiers.{tier}.entry_shift", limits.entry_shift, ENTRY_SHIFT)
            for what in limits.sells:
                yield one_of(f"tiers.{tier}.sells", what, SELLS, "must be of")
            low, high = limits.dte_min, limits.dte_max
            yield in_order(f"tiers.{tier}.dte", low, high, "must be min ≤ max")
            yield ratio(f"roll.trigger_atr.{tier}", limits.roll_trigger_atr_hundredths)

    def _limit_checks(self) -> Iterator[Check]:
        buffer = self.buffer_bps
        yield 0 <= buffer <= 2_000, "limits.buffer", percent(buffer), "must be within 0–20 %"
        yield above_zero("limits.drift", self.drift_bps)
        yield above_zero("limits.outsized", self.outsized_bps)
        yield above_zero("limits.position_size", self.position_size_bps)
        yield above_zero("limits.concentration", self.concentration_bps)
        yield above_zero("fork.near", self.fork_near_bps)
        ok = 0 < self.atr_act_hundredths <= 10_000
        atr = f"{self.atr_act_hundredths / 100:g}"
        yield ok, "limits.atr_act", atr, "must be above 0 and at most 100"
        yield one_of("lots.method", self.lot_method, tuple(LotMethod))

    def _growth_checks(self) -> Iterator[Check]:
        fork, merge = self.fork_threshold_micros, self.merge_threshold_micros
        daily = self.fork_daily_limit
        yield daily >= 1, "fork.daily_limit", daily, "must be at least 1"
        yield one_of("fork.auto", self.fork_auto, AUTO)
        yield one_of("import.auto", self.import_auto, SWITCH)
        yield fork > 0, "fork.threshold", plain(fork), "must be more than zero"
        parts = self.reinvest_contracts_bps, self.reinvest_leaps_bps
        ok = sum(parts) == ONE_BPS and min(parts) >= 0
        allowed = "contracts + leaps must be 100 %, neither below 0"
        yield ok, "reinvest.*", percent(sum(parts)), allowed
        allowed = f"must be above the fork threshold {plain(fork)}"
        yield merge > fork, "merge.threshold", plain(merge), allowed
        yield within_whole("reinvest.tax_reserve", self.reinvest_tax_reserve_bps)

    def _approval_checks(self) -> Iterator[Check]:
        for name in self.approval_commands:
            yield one_of("approval.commands", name, PROPOSALS, "must be of")
        yield one_of("approval.alone", self.approval_alone, ALONE)
        delay = self.approval_delay_minutes
        ok = 1 <= delay <= 12 * 60
        yield ok, "approval.delay_minutes", delay, "must be within 1–720"
        yield one_of("security.password_hash", self.password_hash, HASHES)

    def _trading_checks(self) -> Iterator[Check]:
        yield above_zero("exposure.symbol", self.exposure_symbol_bps)
        yield at_least_one("liquidity.open_interest", self.liquidity_open_interest)
        yield at_least_one("liquidity.volume", self.liquidity_volume)
        yield above_zero("liquidity.spread", self.liquidity_spread_bps)
        yield above_zero("liquidity.share_of_volume", self.liquidity_share_bps)
        yield one_of("earnings.puts", self.earnings_puts, EARNINGS_PUTS)
        yield within_whole("earnings.coverage", self.earnings_coverage_bps)
        yield above_zero("margin.use", self.margin_use_bps)
        yield at_least_one("orders.slice", self.orders_slice)
        yield within_whole("orders.slippage", self.orders_slippage_bps)
        yield at_least_one("orders.requote_seconds", self.orders_requote_seconds)

    def _market_checks(self) -> Iterator[Check]:
        yield at_least_one("market.stale_seconds", self.market_stale_seconds)
        for path, bps in (
            ("regime.red", self.regime_red_bps),
            ("regime.chop", self.regime_chop_bps),
            ("vix.above_mean", self.vix_above_mean_bps),
            ("vix.high", self.vix_high_bps),
        ):
            yield within_whole(path, bps)
        for path, delta in (
            ("regime.red_delta", self.regime_red_delta),
            ("regime.chop_delta", self.regime_chop_delta),
        ):
            yield delta is None or delta < 60, path, delta, "must be less than 60"
        levels = {
            "breakers.vix_half": self.breaker_half_hundredths,
            "breakers.vix_safe": self.breaker_safe_hundredths,
            "breakers.vix_stop": self.breaker_stop_hundredths,
        }
        for path, vix in (*levels.items(), ("drawdown.vix_below", self.drawdown_vix_hundredths)):
            yield ratio(path, vix, 1_000)
        yield ascending("breakers.*", [*levels.values()], "must be vix_half ≤ vix_safe ≤ vix_stop")
        yield above_zero("drawdown.calls_only", self.drawdown_calls_only_bps)
        until, begins = self.drawdown_until_bps, self.drawdown_calls_only_bps
        yield within_whole("drawdown.until", until)
        ok = until is None or begins is None or until < begins
        yield ok, "drawdown.until", percent(until or 0), "must be below drawdown.calls_only"

    def _follow_up_checks(self) -> Iterator[Check]:
        """What becomes of a position after it was opened."""
        period = self.atr_period
        yield 2 <= period <= 250, "atr.period", period, "must be within 2–250"
        levels = (self.atr_watch_hundredths, self.atr_consider_hundredths)
        yield ratio("atr.watch", levels[0])
        yield ratio("atr.consider", levels[1])
        allowed = "must be watch ≤ consider ≤ limits.atr_act"
        yield ascending("atr.*", (*levels, self.atr_act_hundredths), allowed)
        yield within_whole("roll.max_cost", self.roll_max_cost_bps)
        yield one_of("roll.credit_only", self.roll_credit_only, SWITCH)
        low, high = self.exit_profit_min_bps, self.exit_profit_max_bps
        ok = low is None or high is None or 0 < low <= high <= ONE_BPS
        shown = f"{(low or 0) / 100:g}–{(high or 0) / 100:g}"
        yield ok, "exit.profit", shown, "must be min ≤ max, above 0 and at most 100 %"
        band = self.after_assignment_delta_min, self.after_assignment_delta_max
        yield delta_band("after_assignment.delta", *band)
        yield within_whole("after_assignment.until", self.after_assignment_until_bps)


AUTO = ("off", "originals", "all")
"""Accounts whose due actions need no confirmation: none, accounts that were not forked, all."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
