"""Every action once: its key, its words, whether it is dangerous, and why it is not possible now.

Bindings, the key bar and help are made from this.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.binding import Binding

from alluse_tui.domain.views import AccountView, AlertView, Tier, grouped
from alluse_tui.tui.sight import Sight


@dataclass(frozen=True, slots=True)
class Situation:
    """What an action is judged on: what is shown, the account and the alert under the cursor."""

    sight: Sight | None
    account: AccountView | None
    alert: AlertView | None = None


Reason = Callable[[Situation], str | None]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing an operator can do."""

    id: str
    key: str
    shown: str
    label: str
    help: str
    disabled_reason: Reason
    dangerous: bool = False

    @property
    def binding(self) -> Binding:
        """The key that does it."""
        return Binding(self.key, f"act('{self.id}')", self.help, id=f"alluse.{self.id}")


def _always(_: Situation) -> str | None:
    return None


def _writable(situation: Situation) -> str | None:
    if situation.sight is None:
        return "nothing is loaded yet"
    if situation.sight.refusing:
        return f"writing is refused: {situation.sight.refusing}"
    return None


def _account(situation: Situation) -> str | None:
    if found := _writable(situation):
        return found
    return "move the cursor to an account first" if situation.account is None else None


def _not_com(situation: Situation) -> str | None:
    if found := _account(situation):
        return found
    assert situation.account is not None
    if situation.account.tier is Tier.COM:
        return f"{situation.account.code} is Compounding: nothing ever leaves it"
    return None


def _fork(situation: Situation) -> str | None:
    if found := _account(situation):
        return found
    account = situation.account
    assert account is not None
    if account.tier is not Tier.GEN:
        return f"{account.code} is {account.tier.full_name}: only Generation forks"
    if account.surplus < account.fork_threshold:
        return f"surplus {grouped(account.surplus)} of {grouped(account.fork_threshold)}"
    return None


def _merge(situation: Situation) -> str | None:
    if found := _account(situation):
        return found
    account = situation.account
    assert account is not None
    if not account.forked_from:
        return f"{account.code} is no fork: it never merges"
    if account.equity < account.merge_threshold:
        return f"equity {grouped(account.equity)} of {grouped(account.merge_threshold)}"
    return None


def _reinvest(situation: Situation) -> str | None:
    if found := _account(situation):
        return found
    account = situation.account
    assert account is not None
    if account.tier is Tier.GEN:
        return f"{account.code} is Generation: Revenue and Compounding reinvest"
    return None


def _alert(situation: Situation) -> str | None:
    if found := _writable(situation):
        return found
    return "move to an alert first (Tab)" if situation.alert is None else None


def _answer(situation: Situation) -> str | None:
    if situation.alert is None:
        return "move to an alert first (Tab)"
    answer = BY_ID.get(situation.alert.action)
    if answer is None:
        return f"'{situation.alert.kind}' has no key that answers it"
    return answer.disabled_reason(situation)


def _several(situation: Situation) -> str | None:
    if situation.sight is None or len(situation.sight.names) < 2:
        return "there is only one portfolio"
    return None


ACTIONS = (
    Action("deposit", "d", "d", "Deposit", "Bring money into the account", _account),
    Action(
        "withdraw", "w", "w", "Withdraw", "Take money out of the account", _not_com, dangerous=True
    ),
    Action(
        "transfer", "t", "t", "Transfer", "Move money to another account", _not_com, dangerous=True
    ),
    Action("fork", "f", "f", "Fork", "Seed a new account with the surplus", _fork, dangerous=True),
    Action(
        "merge", "m", "m", "Merge", "Fold a grown fork into Compounding", _merge, dangerous=True
    ),
    Action(
        "reinvest",
        "i",
        "i",
        "Reinvest",
        "Set aside what the quarter earned",
        _reinvest,
        dangerous=True,
    ),
    Action("undo", "u", "u", "Undo", "Take back your newest act", _writable, dangerous=True),
    Action("answer", "enter", "↵", "Answer", "Do what answers the alert", _answer),
    Action("ack", "a", "a", "Seen", "Acknowledge the alert", _alert),
    Action("portfolio", "p", "p", "Portfolio", "Show the next portfolio", _several),
    Action("help", "question_mark", "?", "Help", "Show every key", _always),
    Action("quit", "q", "q", "Quit", "Leave; everything is already on disk", _always),
)

BY_ID = {action.id: action for action in ACTIONS}
