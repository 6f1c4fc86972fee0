"""Keys of scheduled acts: each names one act for ever (engine.md, Scheduler).

An undo does not free them: what a person took back is not done again by itself.
"""

from __future__ import annotations

from alluse_tui.domain.commands import Command
from alluse_tui.domain.model.book import Account

KINDS = ("fork", "merge", "reinvest")

BROKERS = "~"
"""With this begin the keys of brokers' rows."""


def fork_key(account: Account) -> str:
    """'fork:gen-1:2:1795363200000000000': the fork after the one at that time."""
    return f"fork:{account.code}:{account.forks + 1}:{account.forked_ns}"


def merge_key(account: Account) -> str:
    """'merge:gen-1.1': an account merges once."""
    return f"merge:{account.code}"


def reinvest_key(account: Account, quarter: str) -> str:
    """'reinvest:rev-1:2026Q4'."""
    return f"reinvest:{account.code}:{quarter}"


def is_job(key: str) -> bool:
    """Whether a key has the form of a scheduled act's."""
    return key.partition(":")[0] in KINDS


def is_reserved(command: Command) -> bool:
    """Whether the command's key would stand in the way of a broker's row, or of a scheduled act
    that it is not itself."""
    kind, _, rest = command.key.partition(":")
    if kind not in KINDS:
        return command.key.startswith(BROKERS)
    code = str(getattr(command, "account", "")).rpartition("/")[2]
    return (kind, rest.partition(":")[0]) != (command.NAME, code)
