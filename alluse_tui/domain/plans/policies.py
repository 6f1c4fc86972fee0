"""Policy: change settings of a portfolio, or override them for one of its accounts."""

from __future__ import annotations

from collections.abc import Collection

from alluse_tui.domain.commands import PolicySet
from alluse_tui.domain.events.events import SettingChanged
from alluse_tui.domain.fold.apply import apply_all
from alluse_tui.domain.model.book import Account, Book, Portfolio
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.setting_forms import is_off
from alluse_tui.domain.model.settings import SETTINGS, Setting, policy_of, setting, unit
from alluse_tui.domain.model.terms import Tier
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, Plan, planned
from alluse_tui.domain.rules.shared_rules import ENDED, open_for_decisions

CUSTOM = "custom"
"""The strategy's name once a share has been set by hand."""

SHARES = tuple(f"tiers.{tier}.share" for tier in Tier)


NAMES = {"template": set(SETTINGS) - {"template", "strategy"}, "strategy": set(SHARES)}
"""Named presets and the settings that must be set together with them."""


def plan_policy_set(book: Book, command: PolicySet, context: Context) -> Plan:
    """Set each (path, text) of `command.changes`; empty text removes an account's override.

    Raises BadInput that names every value the changed policy would not allow.
    """
    if command.date is not None:
        allowed = "cannot be used with policy, which changes immediately"
        raise BadInput("--date", command.date, allowed)
    account = book.account(command.account, command.portfolio) if command.account else None
    portfolio = book.portfolio(account.portfolio if account else command.portfolio)
    rules = open_for_decisions(account) if account else []
    events, problems = list[SettingChanged](), _repeated(command.changes)
    for path, text in command.changes:
        try:
            changed = setting(path)
            _check_scope(changed, account, dict(command.changes).keys())
            value = "" if account and not text else changed.written(changed.read(path, text))
        except BadInput as error:
            problems.append((error.path, error.value, error.allowed))
            continue
        previous = account.settings.get(path, "") if account else changed.text(portfolio.policy)
        if value != previous:
            code = account.code if account else ""
            events.append(SettingChanged(portfolio.name, path, value, previous, code))
    if not problems:
        events += _custom_strategy(portfolio, command, events)
        problems = policy_problems(apply_all(book, events), portfolio.name, account)
    if problems:
        raise BadInput.of(problems)
    if not events:
        path, text = command.changes[0] if command.changes else ("policy", "")
        raise BadInput(path, text, "is already set")
    sentence = "; ".join(_change_text(event, portfolio) for event in events)
    rules.append(Verdict("policy.valid", True, sentence))
    return planned(book, command, portfolio.name, context, events, rules)


def _change_text(event: SettingChanged, portfolio: Portfolio) -> str:
    """'limits.buffer 5 % → 7 %'; an account without an override shows the portfolio's value."""

    def shown(text: str) -> str:
        value = text or SETTINGS[event.path].text(portfolio.policy)
        suffix = "" if is_off(value) else unit(event.path, portfolio.currency)
        return f"{value}{suffix and f' {suffix}'}{'' if text else f' ({portfolio.name})'}"

    return f"{event.path} {shown(event.previous)} → {shown(event.value)}"


def policy_problems(
    book: Book, portfolio: str, account: Account | None = None
) -> list[tuple[str, object, str]]:
    """(path, value, allowed) of everything not allowed in the policy or in open accounts' own.

    With an `account`, only that account's.
    """
    owner = book.portfolios[portfolio]
    problems = [] if account else owner.policy.problems()
    for other in book.accounts_of(portfolio):
        if not other.settings or other.status in ENDED:
            continue
        if account is None or other.code == account.code:
            prefix = "" if account else f"{other.code}: "
            problems += [(f"{prefix}{p}", v, a) for p, v, a in policy_of(other, owner).problems()]
    return problems


def _repeated(changes: tuple[tuple[str, str], ...]) -> list[tuple[str, object, str]]:
    paths = [path for path, _ in changes]
    return [(p, None, "is given twice") for p in dict.fromkeys(paths) if paths.count(p) > 1]


def _custom_strategy(
    portfolio: Portfolio, command: PolicySet, events: list[SettingChanged]
) -> list[SettingChanged]:
    """A share set by hand turns a named strategy into a custom one."""
    named = "strategy" in dict(command.changes) or portfolio.policy.strategy == CUSTOM
    if named or command.account or not any(e.path in SHARES for e in events):
        return []
    return [SettingChanged(portfolio.name, "strategy", CUSTOM, portfolio.policy.strategy)]


def _check_scope(changed: Setting, account: Account | None, paths: Collection[str]) -> None:
    """Raise BadInput unless the setting can be changed on this portfolio or account."""
    missing = NAMES.get(changed.path, set()) - set(paths)
    if missing and account is None:
        allowed = f"must be set together with all its settings, such as {min(missing)}"
        raise BadInput(changed.path, None, allowed)
    if account is None:
        return
    if not changed.own:
        allowed = "applies to the whole portfolio and cannot be set for an account"
        raise BadInput(changed.path, None, allowed)
    if changed.tier not in (None, account.tier):
        tier = account.tier.full_name
        allowed = f"does not apply to {account.code}, a {tier} account"
        raise BadInput(changed.path, None, allowed)
