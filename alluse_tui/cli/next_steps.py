"""Next steps after a refusal."""

from __future__ import annotations

from alluse_tui.domain.commands import Command, Transfer, Withdraw
from alluse_tui.domain.model.errors import Refused
from alluse_tui.domain.views import Verdict

STEPS = {
    "close.com": "`alluse open PORTFOLIO --tier com` opens another",
    "date.before": "omit --date",
    "date.future": "omit --date (--dry-run looks ahead)",
    "fork.cash": "sell positions, or use --override REASON if the buffer is short",
    "fork.com": "`alluse activate` or `open` a Compounding account",
    "fork.tier": "only Generation accounts fork",
    "key.content": "use another --key",
    "merge.com": "`alluse activate` or `open` a Compounding account",
    "reinvest.available": "use a smaller --amount, or --override REASON if the buffer is short",
    "reinvest.tier": "only Revenue and Compounding accounts reinvest",
    "status.suspended": "`alluse activate` reactivates it",
    "undo.nothing": "`alluse log` lists the records, `alluse undo SEQ` reverses one",
}
"""Next steps by rule; a rule whose message already says what to do has none."""


def advise(error: Refused, command: Command) -> None:
    """Add the next steps to the refusal of `command` as notes."""
    failed = [r for r in error.reasons if not r.ok]
    for step in dict.fromkeys(step for r in failed for step in _steps(r, command)):
        error.add_note(step)


def _steps(rule: Verdict, command: Command) -> list[str]:
    if rule.rule != "buffer.available":
        return [STEPS[rule.rule]] if rule.rule in STEPS else []
    add_cash = "`alluse transfer` or `deposit` adds cash"
    requested, _, cash, _, *collateral = (v for v in rule.values if isinstance(v, int))
    only_buffer = requested <= cash - sum(collateral)
    if only_buffer and isinstance(command, Withdraw | Transfer):
        return [add_cash, "--override REASON allows the buffer to be used"]
    return [add_cash]
