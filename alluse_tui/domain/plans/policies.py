"""Policy: a setting changes for a portfolio, or for one account over it; from then on."""

from __future__ import annotations

from collections.abc import Collection

from alluse_tui.domain.commands import PolicySet
from alluse_tui.domain.events.events import SettingChanged
from alluse_tui.domain.fold.apply import apply_all
from alluse_tui.domain.model.book import Account, Book, Portfolio
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.settings import SETTINGS, Setting, is_off, policy_of, setting, unit
from alluse_tui.domain.model.terms import Tier
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, Plan, planned
from alluse_tui.domain.rules.shared_rules import ENDED, open_for_decisions

CUSTOM = "custom"
"""What the strategy is called once a share was set by hand."""

SHARES = tuple(f"tiers.{tier}.share" for tier in Tier)


NAMES = {"template": set(SETTINGS) - {"template", "strategy"}, "strategy": set(SHARES)}
"""What a name stands for: it is set together with all of that."""


def plan_policy_set(book: Book, command: PolicySet, context: Context) -> Plan:
    """Each (path, text) of `command.changes`; an account's empty text removes its own setting.

    Raises BadInput that names every bad value of the policy as it would be.
    """
    if command.date is not None:
        raise BadInput("--date", command.date, "is not for policy: it holds from now on")
    account = book.account(command.account, command.portfolio) if command.account else None
    home = book.portfolio(account.portfolio if account else command.portfolio)
    rules = open_for_decisions(account) if account else []
    events, problems = list[SettingChanged](), _repeated(command.changes)
    for path, text in command.changes:
        try:
            one = setting(path)
            _fits(one, account, dict(command.changes).keys())
            value = "" if account and not text else one.written(one.read(path, text))
        except BadInput as error:
            problems.append((error.path, error.value, error.allowed))
            continue
        previous = account.settings.get(path, "") if account else one.text(home.policy)
        if value != previous:
            code = account.code if account else ""
            events.append(SettingChanged(home.name, path, value, previous, code))
    if not problems:
        events += _now_custom(home, command, events)
        problems = policy_problems(apply_all(book, events), home.name, account)
    if problems:
        raise BadInput.of(problems)
    if not events:
        path, text = command.changes[0] if command.changes else ("policy", "")
        raise BadInput(path, text, "is what stands there already")
    rules.append(Verdict("policy.valid", True, "; ".join(_changed(e, home) for e in events)))
    return planned(book, command, home.name, context, events, rules)


def _changed(event: SettingChanged, home: Portfolio) -> str:
    """'limits.buffer 5 % → 7 %'; where an account has none of its own, the portfolio's."""

    def shown(text: str) -> str:
        said = text or SETTINGS[event.path].text(home.policy)
        counted = "" if is_off(said) else unit(event.path, home.currency)
        return f"{said}{f' {counted}' if counted else ''}{'' if text else f' ({home.name})'}"

    return f"{event.path} {shown(event.previous)} → {shown(event.value)}"


def policy_problems(
    book: Book, portfolio: str, account: Account | None = None
) -> list[tuple[str, object, str]]:
    """Everything not allowed in the portfolio's policy and in what open accounts make of it.

    With an `account`, only of that one's.
    """
    home = book.portfolios[portfolio]
    found = [] if account else home.policy.problems()
    for one in book.accounts_of(portfolio):
        if one.settings and one.status not in ENDED and (not account or one.code == account.code):
            name = "" if account else f"{one.code}: "
            found += [(f"{name}{p}", v, a) for p, v, a in policy_of(one, home).problems()]
    return found


def _repeated(changes: tuple[tuple[str, str], ...]) -> list[tuple[str, object, str]]:
    paths = [path for path, _ in changes]
    return [(p, None, "is named twice") for p in dict.fromkeys(paths) if paths.count(p) > 1]


def _now_custom(
    home: Portfolio, command: PolicySet, events: list[SettingChanged]
) -> list[SettingChanged]:
    """A share set by hand ends the strategy's name."""
    named = "strategy" in dict(command.changes) or home.policy.strategy == CUSTOM
    if named or command.account or not any(e.path in SHARES for e in events):
        return []
    return [SettingChanged(home.name, "strategy", CUSTOM, home.policy.strategy)]


def _fits(one: Setting, account: Account | None, paths: Collection[str]) -> None:
    missing = NAMES.get(one.path, set()) - set(paths)
    if missing and account is None:
        allowed = f"goes with all that it stands for, such as {min(missing)}"
        raise BadInput(one.path, None, allowed)
    if account is None:
        return
    if not one.own:
        raise BadInput(one.path, None, "is the portfolio's: an account cannot carry its own")
    if one.tier not in (None, account.tier):
        raise BadInput(one.path, None, f"is not for {account.code}, which is {account.tier}")
