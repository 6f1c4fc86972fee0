"""What to do after a refusal, where there is an obvious next step."""

from __future__ import annotations

from alluse_tui.domain.commands import Command, Transfer, Withdraw
from alluse_tui.domain.model.errors import Refused
from alluse_tui.domain.views import Verdict

STEPS = {
    "close.com": "`alluse open PORTFOLIO --tier com` opens another",
    "date.before": "leave --date out",
    "date.future": "leave --date out (--dry-run looks ahead)",
    "fork.cash": "sell what it is invested in, or --override REASON where only the buffer is short",
    "fork.com": "`alluse activate` or `open` a Compounding account",
    "fork.tier": "only Generation accounts fork",
    "key.content": "another --key",
    "merge.com": "`alluse activate` or `open` a Compounding account",
    "reinvest.available": "a smaller --amount, or --override REASON where only the buffer is short",
    "reinvest.tier": "only Revenue and Compounding accounts reinvest",
    "status.suspended": "`alluse activate` lets it decide again",
    "undo.nothing": "`alluse log` lists every record, `alluse undo SEQ` takes one back",
}
"""By rule; a rule whose own sentence says what to do has none."""


def advise(error: Refused, command: Command) -> None:
    """Adds each next step to the refusal of `command` as a note."""
    failed = [r for r in error.reasons if not r.ok]
    for step in dict.fromkeys(step for r in failed for step in _steps(r, command)):
        error.add_note(step)


def _steps(rule: Verdict, command: Command) -> list[str]:
    if rule.rule != "buffer.available":
        return [STEPS[rule.rule]] if rule.rule in STEPS else []
    more = "`alluse transfer` or `deposit` brings more in"
    wanted, _, cash, _ = rule.values
    only_buffer = isinstance(wanted, int) and isinstance(cash, int) and wanted <= cash
    if only_buffer and isinstance(command, Withdraw | Transfer):
        return [more, "--override REASON uses the buffer"]
    return [more]
