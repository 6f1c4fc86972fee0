"""Four-eyes rules: which plans need a second person, and when a proposal can be approved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from alluse_tui.domain.commands import Command, Import, Post
from alluse_tui.domain.commands.fact_codec import command_from_plain, command_to_plain, fact_words
from alluse_tui.domain.commands.registry import COMMANDS
from alluse_tui.domain.events.events import Event, SettingChanged
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import plain
from alluse_tui.domain.model.policy import ALONE_COOLING_OFF, Policy
from alluse_tui.domain.model.users import Approval, Role
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Plan
from alluse_tui.domain.rules.effects import fact_micros, most_moved

HOUR_NS = 3_600_000_000_000
MINUTE_NS = 60_000_000_000

EXPIRES_NS = 24 * HOUR_NS
"""How long a proposal stays open (engine.md); its cooling-off period ends before that."""

SECOND_PERSON = "second person"
COOLING_OFF = "cooling off"


def mode(book: Book) -> str:
    """How plans are checked: by a second person if there is one, else by a cooling-off period."""
    enabled_users = sum(not user.disabled for user in book.users.values())
    return SECOND_PERSON if enabled_users > 1 else COOLING_OFF


def needed(book: Book, plan: Plan) -> str:
    """The approval that the plan needs before it is carried out: a mode, or '' for none."""
    portfolio = book.portfolios.get(plan.portfolio)
    if portfolio is None:
        return ""
    policy, approval = portfolio.policy, mode(book)
    if approval == COOLING_OFF and policy.approval_alone != ALONE_COOLING_OFF:
        return ""
    if is_listed(policy, plan.command.NAME, plan.events):
        return "" if 0 < moved_micros(plan) <= policy.approval_above_micros else approval
    limit = policy.approval_facts_above_micros
    return approval if limit and _fact_micros(plan) > limit else ""


def is_listed(policy: Policy, command: str, events: Iterable[Event]) -> bool:
    """Whether the policy lists the command for approval; 'policy' covers any changed setting."""
    listed = policy.approval_commands
    return command in listed or (
        "policy" in listed and any(isinstance(e, SettingChanged) for e in events)
    )


def moved_micros(plan: Plan) -> int:
    """The largest change that the plan makes to any account's equity or free cash."""
    return most_moved(plan.view.accounts)


def proposed_micros(plan: Plan) -> int:
    """The amount shown on a proposal of the plan; for facts, the amount that the limit counts."""
    return _fact_micros(plan) or moved_micros(plan)


def _fact_micros(plan: Plan) -> int:
    return fact_micros(
        plan.command.NAME, plan.portfolio, plan.events, plan.before, plan.after, plan.today
    )


def command_of(approval: Approval) -> Command:
    """The proposed command."""
    return command_from_plain(COMMANDS[approval.command], approval.content)


def about(command: Command, portfolio: str) -> str:
    """The arguments of a command in that portfolio, as they would be typed."""
    if isinstance(command, (Post, Import)):
        named = [command.account]
        if isinstance(command, Import):
            named = [each.account for each in command.statements]
        code = ", ".join(account.removeprefix(f"{portfolio}/") for account in named)
        return f"{code} {fact_words(command)}".strip()
    content = command.content()
    changes = content.pop("changes", [])
    arguments = [
        plain(v) if k in ("amount", "deposit") else str(v).removeprefix(f"{portfolio}/")
        for k, v in content.items()
        if v and k not in ("note", "portfolio")
    ]
    return " ".join([*arguments, *(f"{path} {text}" for path, text in changes)])


def content_of(command: Command) -> dict[str, Any]:
    """The whole command as plain data, for `command_of`."""
    return command_to_plain(command)


def waiting_like(book: Book, command: Command, portfolio: str, now_ns: int) -> Iterator[Approval]:
    """Open proposals of the same command with the same arguments, notes aside."""
    for approval in book.approvals.values():
        same_command = (approval.command, approval.portfolio) == (command.NAME, portfolio)
        if not same_command or not approval.waits(now_ns):
            continue
        if _arguments(command_of(approval)) == _arguments(command):
            yield approval


def pending_approval(book: Book, number: int, now_ns: int) -> Approval:
    """The pending proposal of that number. Raises BadInput."""
    approval = book.approvals.get(str(number))
    if approval is None:
        open_numbers = sorted(a.seq for a in book.approvals.values() if a.waits(now_ns))
        listed = ", ".join(map(str, open_numbers))
        hint = f"open proposals: {listed}" if listed else "there are no open proposals"
        raise BadInput("ID", number, f"is not a pending proposal; {hint}")
    return approval


def answerable(
    book: Book, approval: Approval, actor: str, now_ns: int, typed_micros: int | None
) -> list[Verdict]:
    """Whether `actor` may approve the proposal now; the rules of its plan come on top."""
    is_open = approval.waits(now_ns)
    sentence = (
        f"proposal #{approval.seq} is open"
        if is_open
        else f"proposal #{approval.seq} expired after 24 hours: propose it again"
    )
    rules = [Verdict("approval.waiting", is_open, sentence)]
    if mode(book) == SECOND_PERSON:
        own = approval.by == actor
        approver = "someone else must approve" if own else f"{actor} may approve"
        sentence = f"proposed by {approval.by}; {approver}"
        return [*rules, Verdict("approval.second_person", not own, sentence)]
    minutes = max(0, -(-(ready_ns(book, approval) - now_ns) // MINUTE_NS))
    sentence = (
        f"cooling off: can be confirmed in {minutes} min"
        if minutes
        else "the cooling-off period is over"
    )
    rules.append(Verdict("approval.cooling_off", minutes == 0, sentence))
    if not approval.micros:
        return rules
    matches = typed_micros == approval.micros
    sentence = (
        "the typed amount matches"
        if matches
        else f"type the amount to confirm: --amount {plain(approval.micros)}"
    )
    return [*rules, Verdict("approval.amount", matches, sentence)]


def ready_ns(book: Book, approval: Approval) -> int:
    """When a single user can confirm it, even if a second person was required at first."""
    policy = book.portfolios[approval.portfolio].policy
    if approval.ready_ns or policy.approval_alone != ALONE_COOLING_OFF:
        return approval.ready_ns
    return approval.asked_ns + policy.approval_delay_minutes * MINUTE_NS


def nobody_to_ask(book: Book, by: str) -> bool:
    """Whether nobody other than `by` may approve."""
    return not any(
        Role.APPROVER in user.roles and not user.disabled and user.name != by
        for user in book.users.values()
    )


def _arguments(command: Command) -> dict[str, Any]:
    """The arguments, with 'Main/gen-1' and 'gen-1' treated as the same account."""
    content = {k: v for k, v in command.content().items() if k not in ("note", "portfolio")}
    for name in ("account", "source", "target"):
        if name in content:
            content[name] = content[name].rpartition("/")[2]
    return content
