"""What commands print: text for people, one JSON document for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from alluse_tui.cli.tables import print_wrapped
from alluse_tui.domain.model.errors import AllUseError, Pending, Refused
from alluse_tui.domain.model.market_inputs import NO_MARKET, MarketInputs
from alluse_tui.domain.model.time_text import NEW_YORK
from alluse_tui.domain.views import (
    AccountView,
    PlanView,
    Receipt,
    Totals,
    Verdict,
    grouped,
    plain,
    printable,
)


def print_json(document: Any) -> None:
    """Print one JSON document in ASCII, so that no character in it can move a cursor."""
    print(json.dumps(document, allow_nan=False))


def print_json_list(name: str, items: Iterable[Any], rest: Callable[[], Mapping[str, Any]]) -> None:
    """Print {`name`: [`items`], **`rest()`}, a thousand items at a time; `rest` comes last."""
    print(f'{{"{name}": [', end="")
    remaining, separator = iter(items), ""
    while part := list(islice(remaining, 1_000)):
        print(separator + json.dumps(part, allow_nan=False)[1:-1], end="")
        separator = ", "
    print(f"], {json.dumps(rest(), allow_nan=False)[1:]}")


def print_error(error: AllUseError, as_json: bool) -> None:
    """Print an error: one line on stderr with its next steps, or a JSON document on stdout."""
    if not as_json:
        line = str(error)
        if isinstance(error, Refused):
            line = "; ".join(dict.fromkeys(r.worded(grouped) for r in error.reasons if not r.ok))
        if advice := getattr(error, "__notes__", []):
            line += f"; next: {', '.join(advice)}"
        print(f"alluse: {printable(line)}", file=sys.stderr)
        return
    print_json(error_json(error))


def error_json(error: AllUseError) -> dict[str, Any]:
    """The error as it is in JSON."""
    document: dict[str, Any] = {"code": error.code, "message": str(error)}
    if isinstance(error, Refused):
        document["reasons"] = [rule_json(r) for r in error.reasons]
    if isinstance(error, Pending):
        document["approval"] = error.approval
    return {"error": document}


def utc(recorded_ns: int) -> str:
    """ISO 8601 to the nanosecond, UTC."""
    seconds, rest = divmod(recorded_ns, 1_000_000_000)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def new_york_seconds(recorded_ns: int) -> str:
    """'2026-11-24 12:00:05 EST': the moment in New York."""
    moment = datetime.fromtimestamp(recorded_ns // 1_000_000_000, NEW_YORK)
    return f"{moment:%Y-%m-%d %H:%M:%S %Z}"


def print_rules(rules: Iterable[Verdict]) -> None:
    """Print each rule on its own line: whether it holds, and why."""
    for rule in rules:
        print_wrapped(f"{rule.mark} {rule.rule}: {printable(rule.worded(grouped))}")


def rule_json(rule: Verdict) -> dict[str, Any]:
    """A rule in JSON."""
    return {"rule": rule.rule, "ok": rule.ok, "message": rule.message}


def outcome_json(rule: Verdict) -> dict[str, str]:
    """A rule of a trade check in JSON."""
    return {
        "rule": rule.rule,
        "verdict": rule.outcome,
        "message": rule.message,
        "setting": rule.setting,
    }


def account_json(a: AccountView) -> dict[str, Any]:
    """ACCOUNT as JSON."""
    return {
        "code": a.code,
        "name": a.name,
        "portfolio": a.portfolio,
        "tier": a.tier,
        "parent": a.parent or None,
        "status": a.status,
        "opened": a.opened.isoformat(),
        "base": plain(a.base),
        "equity": plain(a.equity),
        "cash": plain(a.cash),
        "contracts": plain(a.contracts),
        "leaps": plain(a.leaps),
        **({"taxes": plain(a.taxes)} if a.taxes else {}),
        "positions": plain(a.positions),
        "buffer": plain(a.buffer),
        "available": plain(a.available),
        "collateral": plain(a.collateral),
        "surplus": plain(a.surplus),
        "currencies": money_json(a.currencies),
        "unvalued": list(a.unvalued),
        **({"paused": a.paused} if a.paused else {}),
    }


def money_json(amounts: Mapping[str, int]) -> dict[str, str]:
    """Amounts by name, as decimal strings."""
    return {name: plain(micros) for name, micros in amounts.items()}


def totals_json(t: Totals) -> dict[str, str]:
    """Totals as JSON."""
    return {
        "equity": plain(t.equity),
        "cash": plain(t.cash),
        "buffer": plain(t.buffer),
        "available": plain(t.available),
    }


def plan_json(plan: PlanView) -> dict[str, Any]:
    """PLAN as JSON."""
    return {
        "digest": plan.digest,
        "command": plan.command,
        "entries": [
            {
                "kind": e.kind,
                "effective": e.effective.isoformat(),
                "postings": [
                    {
                        "account": p.account,
                        "bucket": p.bucket,
                        "currency": p.currency,
                        "amount": plain(p.micros),
                    }
                    for p in e.postings
                ],
            }
            for e in plan.entries
        ],
        "accounts": [
            {
                "code": after.code,
                "before": before and account_json(before),
                "after": account_json(after),
            }
            for before, after in plan.accounts
        ],
        "rules": [rule_json(r) for r in plan.rules],
        **({"approval": plan.approval} if plan.approval else {}),
        **({"market": market_json(plan.market)} if plan.market != NO_MARKET else {}),
    }


def market_json(market: MarketInputs) -> dict[str, Any]:
    """What was known of the market, null for what was not, under the names that records have."""
    return {
        "spot": _price(market.spot_micros),
        "priced": _moment(market.priced_ns),
        "bid": _price(market.bid_micros),
        "ask": _price(market.ask_micros),
        "open_interest": market.open_interest,
        "volume": market.volume,
        "quoted": _moment(market.quoted_ns),
        "earnings_on": _day(market.earnings_on),
        "atr": _price(market.atr_micros),
        "atr_on": _day(market.atr_on),
        "vix": _level(market.vix_hundredths),
        "vix_mean": _level(market.vix_mean_hundredths),
        "vix_on": _day(market.vix_on),
        "regime": market.regime,
        "regime_on": _day(market.regime_on),
        "margin": _price(market.margin_micros),
    }


def _price(micros: int | None) -> str | None:
    return None if micros is None else plain(micros)


def _moment(at_ns: int | None) -> str | None:
    return None if at_ns is None else utc(at_ns)


def _level(hundredths: int | None) -> str | None:
    return None if hundredths is None else f"{hundredths / 100:g}"


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """RECEIPT as JSON."""
    return {
        "seq": receipt.seq,
        "hash": receipt.hash,
        "duplicate": receipt.duplicate,
        "plan": plan_json(receipt.plan),
    }


def signed(micros: int) -> str:
    """A signed amount: '+26,000.00', '−52,000.00', '0.00'."""
    return f"+{grouped(micros)}" if micros > 0 else grouped(micros)


def progress_line(done: int, of: int) -> None:
    """Show the progress of a long task on stderr."""
    print(f"\r{done:,} of {of:,} records", end="", file=sys.stderr, flush=True)
