"""Every action once: its key, its words, whether it is dangerous, and why it is not possible now.

Bindings, the key bar and help are made from this.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.binding import Binding

from alluse_tui.domain.views import AccountView, Tier
from alluse_tui.tui.sight import Sight


@dataclass(frozen=True, slots=True)
class Situation:
    """What an action is judged on: what is shown, and the account the cursor is on."""

    sight: Sight | None
    account: AccountView | None


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
    Action("undo", "u", "u", "Undo", "Take back your newest act", _writable, dangerous=True),
    Action("portfolio", "p", "p", "Portfolio", "Show the next portfolio", _several),
    Action("help", "question_mark", "?", "Help", "Show every key", _always),
    Action("quit", "q", "q", "Quit", "Leave; everything is already on disk", _always),
)

BY_ID = {action.id: action for action in ACTIONS}
