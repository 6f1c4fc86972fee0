"""What the rules say of an account as it stands, whether or not anybody acts."""

from __future__ import annotations

from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.terms import Status, Tier
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.views import AccountView


def account_rules(account: AccountView, policy: Policy) -> tuple[Verdict, ...]:
    """Each rule that can be judged without a command, with its numbers."""
    rules = [
        Verdict(
            "status.suspended" if account.status is Status.SUSPENDED else "status.closed",
            account.status is Status.ACTIVE,
            f"the account is {account.status}",
        ),
        Verdict(
            "buffer.required",
            account.cash >= account.buffer,
            "cash {} of {} buffer",
            (account.cash, account.buffer),
        ),
    ]
    if account.tier is Tier.GEN:
        threshold = policy.fork_threshold_micros
        reached = account.surplus >= threshold
        values = (account.surplus, threshold)
        rules.append(
            Verdict("fork.threshold", reached, "surplus {} of {}", values, awaited=not reached)
        )
    if account.tier is Tier.COM:
        rules.append(Verdict("withdraw.com", True, "nothing ever leaves Compounding"))
    return tuple(rules)
