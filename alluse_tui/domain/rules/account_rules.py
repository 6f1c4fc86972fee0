"""Rules that can be judged on an account alone, without a command."""

from __future__ import annotations

from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.terms import Status, Tier
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.views import AccountView


def account_rules(account: AccountView, policy: Policy) -> tuple[Verdict, ...]:
    """The account's rules with their numbers."""
    status_rule = "suspended" if account.status is Status.SUSPENDED else "closed"
    rules = [
        Verdict(
            f"status.{status_rule}",
            account.status is Status.ACTIVE,
            f"the account is {account.status}",
        ),
        buffer_rule(account),
    ]
    if account.tier is Tier.GEN:
        rules.append(_fork_threshold(account, policy))
    if account.tier is Tier.COM:
        rules.append(Verdict("withdraw.com", True, "money never leaves Compounding"))
    return tuple(rules)


def buffer_rule(account: AccountView) -> Verdict:
    """Cash is at least the buffer."""
    ok = account.cash >= account.buffer
    sentence = f"cash {{}} {'covers' if ok else 'below'} the {{}} buffer"
    return Verdict("buffer.required", ok, sentence, (account.cash, account.buffer))


def _fork_threshold(account: AccountView, policy: Policy) -> Verdict:
    threshold = policy.fork_threshold_micros
    reached = account.surplus >= threshold
    sentence = f"surplus {{}} {'has reached' if reached else 'is below'} {{}}"
    values = (account.surplus, threshold)
    return Verdict("fork.threshold", reached, sentence, values, awaited=not reached)
