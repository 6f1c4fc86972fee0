"""Idempotency keys of scheduled jobs, each used once and never again (engine.md, Scheduler).

An undo does not free them, so the scheduler never repeats what a person undid.
"""

from __future__ import annotations

from alluse_tui.domain.commands import Command
from alluse_tui.domain.model.book import Account
from alluse_tui.domain.model.vix import Vix

KINDS = ("fork", "merge", "reinvest", "pause")

BROKERS = "~"
"""Prefix of the keys of broker rows."""


def fork_key(account: Account) -> str:
    """'fork:gen-1:2:1795363200000000000': the second fork, after one at that time."""
    return f"fork:{account.code}:{account.forks + 1}:{account.forked_ns}"


def merge_key(account: Account) -> str:
    """'merge:gen-1.1': an account merges only once."""
    return f"merge:{account.code}"


def reinvest_key(account: Account, quarter: str) -> str:
    """'reinvest:rev-1:2026Q4'."""
    return f"reinvest:{account.code}:{quarter}"


def breaker_key(breaker: str, vix: Vix) -> str:
    """'pause::breakers.vix_safe:2026-11-30:6600': once for each value of VIX."""
    return f"pause::{breaker}:{vix.day}:{vix.hundredths}"


def is_job(key: str) -> bool:
    """Whether the key has the form of a scheduled job's key."""
    return key.partition(":")[0] in KINDS


def is_reserved(command: Command) -> bool:
    """Whether the key is in a namespace reserved for broker rows or other scheduled jobs."""
    kind, _, rest = command.key.partition(":")
    if kind not in KINDS:
        return command.key.startswith(BROKERS)
    code = str(getattr(command, "account", "")).rpartition("/")[2]
    return (kind, rest.partition(":")[0]) != (command.NAME, code)
