"""Four eyes: which plans need a second person, and when a proposal can be carried out."""

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
"""A proposal that nobody answers lasts so long (engine.md); its cooling off comes before that."""

SECOND_PERSON = "second person"
COOLING_OFF = "cooling off"


def mode(book: Book) -> str:
    """Who checks whom, from how many there are: a second person as soon as there is one."""
    there = sum(not user.disabled for user in book.users.values())
    return SECOND_PERSON if there > 1 else COOLING_OFF


def needed(book: Book, made: Plan) -> str:
    """What the plan needs before it is carried out; empty: nothing."""
    home = book.portfolios.get(made.portfolio)
    if home is None:
        return ""
    found = mode(book)
    if found == COOLING_OFF and home.policy.approval_alone != ALONE_COOLING_OFF:
        return ""
    if is_listed(home.policy, made.command.NAME, made.events):
        return "" if 0 < moved_micros(made) <= home.policy.approval_above_micros else found
    limit = home.policy.approval_facts_above_micros
    return found if limit and _fact_micros(made) > limit else ""


def is_listed(policy: Policy, command: str, events: Iterable[Event]) -> bool:
    """Whether the policy wants a second person for it; what changes the policy is policy."""
    listed = policy.approval_commands
    return command in listed or (
        "policy" in listed and any(isinstance(e, SettingChanged) for e in events)
    )


def moved_micros(made: Plan) -> int:
    """The most by which the plan changes any account's equity or free cash."""
    return most_moved(made.view.accounts)


def proposed_micros(made: Plan) -> int:
    """What a proposal of the plan says that it moves: of facts, what the limit is for."""
    return _fact_micros(made) or moved_micros(made)


def _fact_micros(made: Plan) -> int:
    return fact_micros(
        made.command.NAME, made.portfolio, made.events, made.before, made.after, made.today
    )


def command_of(approval: Approval) -> Command:
    """The command that was proposed."""
    return command_from_plain(COMMANDS[approval.command], approval.content)


def about(command: Command, portfolio: str) -> str:
    """What a command in that portfolio is about, as it would be typed."""
    if isinstance(command, (Post, Import)):
        code = command.account.removeprefix(f"{portfolio}/")
        return f"{code} {fact_words(command)}".strip()
    content = command.content()
    changes = content.pop("changes", [])
    said = [
        plain(v) if k in ("amount", "deposit") else str(v).removeprefix(f"{portfolio}/")
        for k, v in content.items()
        if v and k not in ("note", "portfolio")
    ]
    return " ".join([*said, *(f"{path} {text}" for path, text in changes)])


def content_of(command: Command) -> dict[str, Any]:
    """The whole command as plain data, for `command_of`."""
    return command_to_plain(command)


def waiting_like(book: Book, command: Command, portfolio: str, now_ns: int) -> Iterator[Approval]:
    """Proposals of the same command about the same, however it was spelled and noted."""
    for one in book.approvals.values():
        same = (one.command, one.portfolio) == (command.NAME, portfolio) and one.waits(now_ns)
        if same and _about(command_of(one)) == _about(command):
            yield one


def pending_approval(book: Book, number: int, now_ns: int) -> Approval:
    """The proposal of that number that waits. Raises BadInput."""
    found = book.approvals.get(str(number))
    if found is None:
        waiting = sorted(a.seq for a in book.approvals.values() if a.waits(now_ns))
        known = ", ".join(map(str, waiting)) or "none waits"
        raise BadInput("ID", number, f"is no proposal that waits: {known}")
    return found


def answerable(
    book: Book, approval: Approval, actor: str, now_ns: int, typed_micros: int | None
) -> list[Verdict]:
    """The rules of saying yes, but for the plan's own."""
    waits = approval.waits(now_ns)
    rules = [
        Verdict("approval.waiting", waits, f"#{approval.seq} waits" if waits else
                f"#{approval.seq} was not answered within 24 hours: propose it again"),
    ]  # fmt: skip
    own = approval.by == actor
    if mode(book) == SECOND_PERSON:
        said = f"{approval.by} proposed it: {'somebody else approves' if own else actor + ' may'}"
        return [*rules, Verdict("approval.second_person", not own, said)]
    minutes = max(0, -(-(ready_ns(book, approval) - now_ns) // MINUTE_NS))
    said = f"can be confirmed in {minutes} min" if minutes else "slept over"
    rules.append(Verdict("approval.cooling_off", minutes == 0, said))
    if not approval.micros:
        return rules
    same = typed_micros == approval.micros
    said = f"type its amount to confirm it: --amount {plain(approval.micros)}"
    return [*rules, Verdict("approval.amount", same, "its amount was typed" if same else said)]


def ready_ns(book: Book, approval: Approval) -> int:
    """When whoever is alone can confirm it, also if it was for a second person who left since."""
    policy = book.portfolios[approval.portfolio].policy
    if approval.ready_ns or policy.approval_alone != ALONE_COOLING_OFF:
        return approval.ready_ns
    return approval.asked_ns + policy.approval_delay_minutes * MINUTE_NS


def nobody_to_ask(book: Book, by: str) -> bool:
    """Whether no one but `by` may approve."""
    return not any(
        Role.APPROVER in user.roles and not user.disabled and user.name != by
        for user in book.users.values()
    )


def _about(command: Command) -> dict[str, Any]:
    """What is asked for: 'Main/gen-1' and 'gen-1' are the same in a portfolio."""
    content = {k: v for k, v in command.content().items() if k not in ("note", "portfolio")}
    for name in ("account", "source", "target"):
        if name in content:
            content[name] = content[name].rpartition("/")[2]
    return content
