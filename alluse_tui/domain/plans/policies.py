"""Policy: a setting changes for a portfolio, or for one account over it; from then on."""

from __future__ import annotations

from collections.abc import Mapping

from alluse_tui.domain.book import Account, Book
from alluse_tui.domain.commands import PolicySet
from alluse_tui.domain.errors import BadInput
from alluse_tui.domain.events import SettingChanged
from alluse_tui.domain.plan import Context, Plan, planned
from alluse_tui.domain.plans.rules import open_for_facts
from alluse_tui.domain.policy import Policy
from alluse_tui.domain.settings import Setting, policy_of, setting
from alluse_tui.domain.verdict import Verdict

CUSTOM = "custom"
"""What the strategy is called once a share was set by hand."""


def plan_policy_set(book: Book, command: PolicySet, context: Context) -> Plan:
    """Each (path, text) of `command.changes`; an account's empty text removes its own setting.

    Raises BadInput that names every bad value of the policy as it would be.
    """
    if command.date is not None:
        raise BadInput("--date", command.date, "is not for policy: it holds from now on")
    account = book.account(command.account, command.portfolio) if command.account else None
    home = book.portfolio(account.portfolio if account else command.portfolio)
    stands = policy_of(account, home) if account else home.policy
    changes = dict(command.changes)
    if account is None and _shares(changes) and "strategy" not in changes:
        changes["strategy"] = CUSTOM
    policy, events = stands, list[SettingChanged]()
    for path, text in changes.items():
        one = setting(path)
        _fits(one, account)
        if account is not None and not text:
            value = ""
            policy = one.put(policy, one.values(home.policy))
        else:
            policy = one.put(policy, one.read(path, text))
            value = one.text(policy)
        previous = account.settings.get(path, "") if account else one.text(home.policy)
        if value != previous:
            code = account.code if account else ""
            events.append(SettingChanged(home.name, path, value, previous, code))
    problems = policy.problems() + _left_bad(book, home.name, policy if account is None else None)
    if problems:
        raise BadInput.of(problems)
    if not events:
        path, text = command.changes[0] if command.changes else ("policy", "")
        raise BadInput(path, text, "is what stands there already")
    said = "; ".join(f"{e.path} {e.previous or '—'} → {e.value or '—'}" for e in events)
    rules = [Verdict("policy.valid", True, said.replace("{", "{{").replace("}", "}}"))]
    if account is not None:
        rules.append(open_for_facts(account))
    return planned(book, command, home.name, context, events, rules)


def _shares(changes: Mapping[str, str]) -> bool:
    return any(path.endswith(".share") for path in changes)


def _fits(one: Setting, account: Account | None) -> None:
    if account is None:
        return
    if not one.own:
        raise BadInput(one.path, None, "is the portfolio's: an account cannot carry its own")
    if one.tier not in (None, account.tier):
        raise BadInput(one.path, None, f"is not for {account.code}, which is {account.tier}")


def _left_bad(book: Book, portfolio: str, policy: Policy | None) -> list[tuple[str, object, str]]:
    """What the new policy would make of accounts that carry settings of their own."""
    found: list[tuple[str, object, str]] = []
    if policy is None:
        return found
    for account in book.accounts_of(portfolio):
        own = policy
        for path, text in account.settings.items():
            one = setting(path)
            own = one.put(own, one.read(path, text))
        if account.settings:
            found += [(f"{account.code}: {p}", v, a) for p, v, a in own.problems()]
    return found
