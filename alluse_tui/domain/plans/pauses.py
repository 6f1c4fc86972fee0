"""Pause and resume: whether new positions may be opened (rules.md, Pause)."""

from __future__ import annotations

from collections.abc import Iterator

from alluse_tui.domain.commands import NoteVix, Resume
from alluse_tui.domain.commands import Pause as PauseTrading
from alluse_tui.domain.derived.breakers import (
    SAFE,
    accounts_to_pause,
    breaker_to_trip,
    known_vix,
    reached_sentence,
)
from alluse_tui.domain.events.safety_events import TradingPaused, TradingResumed, VixNoted
from alluse_tui.domain.model.book import Account, Book, account_id
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.pause import Pause
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.model.vix import Vix
from alluse_tui.domain.plan import Context, Plan, planned
from alluse_tui.domain.rules.resume_rules import listed, resume_rules, vix_rule
from alluse_tui.domain.rules.shared_rules import ENDED, not_in_future, open_for_facts, undated

WHY_LIMIT = 200

MOST_VIX = 20_000
"""The largest VIX that is accepted, in hundredths."""


def plan_pause(book: Book, command: PauseTrading, context: Context) -> Plan:
    """Pause trading in an account or in the portfolio; nothing that happened is refused by it."""
    undated(command)
    if len(command.why) > WHY_LIMIT or not command.why.isprintable():
        raise BadInput("--why", command.why, f"must be at most {WHY_LIMIT} printable characters")
    portfolio, account = _scope(book, command)
    if command.breaker:
        return _plan_breaker(book, command, portfolio, context)
    code = account.code if account else ""
    pause = pause_of(book, portfolio, code)
    sentence = f"{code or portfolio} is not paused"
    if pause is not None:
        sentence = f"{code or portfolio} is already paused {pause.reason}"
    rules = [open_for_facts(account)] if account else []
    rules.append(Verdict("pause.active", pause is None, sentence))
    event = TradingPaused(portfolio, code, context.actor, context.now_ns, command.why)
    return planned(book, command, portfolio, context, [event], rules)


def _plan_breaker(book: Book, command: PauseTrading, portfolio: str, context: Context) -> Plan:
    """Pause what a circuit breaker has reached: the portfolio, or each of its accounts."""
    breaker, why = breaker_to_trip(book, portfolio, context.today)
    if breaker != command.breaker or command.account:
        rule = Verdict("vix.breaker", False, f"{command.breaker} pauses nothing now")
        return planned(book, command, portfolio, context, [], [rule])
    vix, owner = known_vix(book, context.today), book.portfolios[portfolio]
    assert vix is not None
    reasons = {"": why}
    if breaker == SAFE:
        reasons = {
            account.code: reached_sentence(policy_of(account, owner), SAFE, vix)
            for account in accounts_to_pause(book, portfolio, vix)
        }
    events = [
        TradingPaused(portfolio, code, context.actor, context.now_ns, reason, breaker)
        for code, reason in reasons.items()
    ]
    paused = listed([*reasons]) or portfolio
    rules = [Verdict("vix.breaker", True, f"{why} and pauses {paused}", setting=breaker)]
    return planned(book, command, portfolio, context, events, rules)


def plan_note_vix(book: Book, command: NoteVix, context: Context) -> Plan:
    """Note a value of VIX, unless a newer one is known; it belongs to the book."""
    if not 0 < command.hundredths <= MOST_VIX:
        value = f"{command.hundredths / 100:g}"
        raise BadInput("VALUE", value, f"must be above 0 and at most {MOST_VIX / 100:g}")
    vix, known = Vix(command.hundredths, command.day, command.stored), book.vix
    newest = known is None or command.day >= known.day
    sentence = "it is the newest value" if newest else f"{known and known.text} is newer"
    rules = [not_in_future(command.day, context), Verdict("vix.newest", newest, sentence)]
    return planned(book, command, "", context, [VixNoted(vix, known)], rules)


def plan_resume(book: Book, command: Resume, context: Context) -> Plan:
    """End a pause, after checking what is open; whatever is asks for confirmation."""
    undated(command)
    portfolio, account = _scope(book, command)
    code = account.code if account else ""
    pause = pause_of(book, portfolio, code)
    rules = [open_for_facts(account)] if account else []
    if pause is None:
        rules.append(Verdict("resume.paused", False, f"{code or portfolio} is not paused"))
        return planned(book, command, portfolio, context, [], rules)
    accounts = [account] if account else [*_open_accounts(book, portfolio)]
    checks = resume_rules(book, accounts, confirmed=command.confirmed, context=context)
    owner = book.portfolios[portfolio]
    policy = policy_of(account, owner) if account else owner.policy
    rules += [
        Verdict("resume.paused", True, f"{code or portfolio} was paused {pause.reason}"),
        *checks,
        *vix_rule(book, policy, confirmed=command.confirmed, context=context),
        *_still_paused(book, portfolio, account, accounts),
    ]
    event = TradingResumed(portfolio, code, pause)
    return planned(book, command, portfolio, context, [event], rules)


def _scope(book: Book, command: PauseTrading | Resume) -> tuple[str, Account | None]:
    """The portfolio's name, and the account unless all of them are meant. Raises BadInput."""
    if not command.account:
        return book.portfolio(command.portfolio).name, None
    account = book.account(command.account, command.portfolio)
    return account.portfolio, account


def pause_of(book: Book, portfolio: str, code: str) -> Pause | None:
    """The account's own pause, or that of the portfolio for an empty code."""
    if not code:
        return book.portfolios[portfolio].pause
    return book.accounts[account_id(portfolio, code)].pause


def _open_accounts(book: Book, portfolio: str) -> Iterator[Account]:
    return (a for a in book.accounts_of(portfolio) if a.status not in ENDED)


def _still_paused(
    book: Book, portfolio: str, account: Account | None, accounts: list[Account]
) -> Iterator[Verdict]:
    """What stays paused for a reason of its own."""
    whole = book.portfolios[portfolio].pause
    if account is not None and whole is not None:
        sentence = f"{account.code} stays paused, because {portfolio} is paused {whole.reason}"
        yield Verdict("resume.rest", True, sentence)
    elif account is None and (codes := [a.code for a in accounts if a.pause is not None]):
        sentence = f"paused on their own, and resumed on their own: {listed(codes)}"
        yield Verdict("resume.rest", True, sentence)


def pause_reversed(event: TradingPaused | TradingResumed) -> TradingPaused | TradingResumed:
    """The event that undoes it."""
    if isinstance(event, TradingResumed):
        return event.paused_again
    return TradingResumed(event.portfolio, event.account, event.pause)


def pause_unchanged(book: Book, event: TradingPaused | TradingResumed) -> Iterator[Verdict]:
    """Whether an undo may reverse it: the pause has not changed, and no circuit breaker made it."""
    name = event.account or event.portfolio
    given = event.pause if isinstance(event, TradingPaused) else None
    same = pause_of(book, event.portfolio, event.account) == given
    state = "is as it was left" if same else "has changed since"
    yield Verdict("undo.pause", same, f"the pause of {name} {state}")
    if given is not None and given.breaker:
        sentence = f"a circuit breaker paused {name}: resume it instead, which checks what is open"
        yield Verdict("undo.pause", False, sentence)
