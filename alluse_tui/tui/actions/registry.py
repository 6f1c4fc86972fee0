"""Every action once: its key, its words, where it is, whether it is dangerous, why not now.

Bindings, the key bar, help, the palette, the check of a keymap and docs/keys.md are made from
this. What an action does is in `doing`; a list's own keys are done by the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from textual.binding import Binding

from alluse_tui.tui.actions import disabled_reasons as reasons
from alluse_tui.tui.actions.disabled_reasons import Reason, Situation
from alluse_tui.tui.screens import PAGES

EVERYWHERE = tuple(PAGES)
WITH_ACCOUNT = ("dashboard", "account", "alerts")
IN_BAR = ("dashboard", "account")
WITH_ALERT = ("dashboard", "alerts")
WITH_RECORD = ("dashboard", "account", "journal")

ACCOUNT, ALERT, GO, LIST, PROGRAM = (
    "The account under the cursor",
    "The alert or record under the cursor",
    "Where to go",
    "In every list",
    "The program",
)
GROUPS = (ACCOUNT, ALERT, GO, LIST, PROGRAM)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing an operator can do. `key` is empty where only the palette has it.

    `bar`: pages in whose key bar it stands.
    """

    id: str
    key: str
    label: str
    help: str
    group: str
    disabled_reason: Reason = reasons.always
    pages: tuple[str, ...] = EVERYWHERE
    bar: tuple[str, ...] = ()
    dangerous: bool = False

    @property
    def binding(self) -> Binding:
        """The key that does it; without one, what a keymap can give a key to."""
        target = self.id if self.group == LIST else f"act('{self.id}')"
        key = self.key or f"no-key-{self.id}"  # no terminal sends that
        return Binding(key, target, self.help, show=False, id=f"alluse.{self.id}")


def _growing(id: str, key: str, label: str, help: str, reason: Reason) -> Action:
    return Action(id, key, label, help, ACCOUNT, reason, WITH_ACCOUNT, WITH_ACCOUNT, dangerous=True)


def _moving(id: str, key: str, label: str, help: str, reason: Reason) -> Action:
    return Action(
        id, key, label, help, ACCOUNT, reason, WITH_ACCOUNT, IN_BAR, dangerous=id != "deposit"
    )


def _about_account(
    id: str, key: str, label: str, help: str, reason: Reason, *, dangerous: bool = False
) -> Action:
    return Action(
        id, key, label, help, ACCOUNT, reason, WITH_ACCOUNT, ("account",), dangerous=dangerous
    )


ACTIONS = (
    _growing("fork", "f", "Fork", "Seed a new account with the surplus", reasons.fork),
    _growing("merge", "m", "Merge", "Fold a grown fork into Compounding", reasons.merge),
    _growing("reinvest", "i", "Reinvest", "Set aside what the quarter earned", reasons.reinvest),
    _moving("deposit", "d", "Deposit", "Bring money into the account", reasons.open_account),
    _moving("withdraw", "w", "Withdraw", "Take money out of the account", reasons.not_com),
    _moving("transfer", "t", "Transfer", "Move money to another account", reasons.not_com),
    _about_account(
        "record", "n", "Record", "Record a premium, fee, interest, mark …", reasons.account
    ),
    _about_account("edit", "e", "Edit", "Change the account's name and notes", reasons.account),
    _about_account("open", "o", "Open", "Open an account under this one", reasons.open_account),
    _about_account(
        "release", "", "Release", "Give earmarked money back to cash", reasons.open_account
    ),
    _about_account("suspend", "", "Suspend", "Stop all decisions on the account", reasons.active),
    _about_account("activate", "", "Activate", "Let it take decisions again", reasons.suspended),
    _about_account(
        "close", "", "Close", "End the empty account; its history stays", reasons.open_account,
        dangerous=True,
    ),
    Action("answer", "enter", "Answer", "Do what answers the alert; open the account or record",
           ALERT, reasons.answer, (*WITH_RECORD, "alerts", "approvals", "settings"),
           ("dashboard", "alerts", "approvals")),
    Action("ack", "a", "Seen", "Acknowledge the alert", ALERT, reasons.alert, WITH_ALERT,
           ("alerts",)),
    Action("snooze", "z", "Snooze", "Not to hear of the alert before a day", ALERT, reasons.snooze,
           WITH_ALERT, ("alerts",)),
    Action("approve", "", "Approve", "See the plan of the proposal, and approve it", ALERT,
           reasons.answerable, ("approvals",)),
    Action("reject", "r", "Reject", "Say no to the proposal, or take back your own", ALERT,
           reasons.rejectable, ("approvals",), ("approvals",)),
    Action("add_user", "a", "Add", "Let somebody be at work", ALERT, reasons.administers,
           ("users",), ("users",)),
    Action("roles", "r", "Roles", "What the user may do", ALERT, reasons.administers,
           ("users",), ("users",)),
    Action("password", "w", "Password", "Another password, your own or the user's", ALERT,
           reasons.always, ("users",), ("users",)),
    Action("disable", "d", "Disable", "Let the user do nothing more, or be back", ALERT,
           reasons.administers, ("users",), ("users",)),
    Action("undo_record", "U", "Undo this", "Take back the record under the cursor", ALERT,
           reasons.record, WITH_RECORD, ("journal", "account"), dangerous=True),
    Action("undo", "u", "Undo", "Take back your newest act", PROGRAM, reasons.writable,
           EVERYWHERE, (*WITH_ACCOUNT, "journal", "settings"), dangerous=True),
    *(
        Action(f"page_{name}", page.key, page.title, f"Go to {page.title}", GO)
        for name, page in PAGES.items()
    ),
    Action("previous", "left_square_bracket", "Previous", "The account before this one", GO,
           reasons.account, ("account",), ("account",)),
    Action("next", "right_square_bracket", "Next", "The account after this one", GO,
           reasons.account, ("account",), ("account",)),
    Action("portfolio", "p", "Portfolio", "Show the next portfolio", GO, reasons.several,
           EVERYWHERE, ("dashboard",)),
    Action("palette", "colon", "Go", "Find an action, a screen or an account by name", GO),
    Action("back", "escape", "Back", "Clear a filter or a message; back to the dashboard", GO),
    Action("find", "slash", "Find", "Show only rows that have these words", LIST,
           bar=EVERYWHERE),
    Action("sort", "s", "Sort", "Sort by the next column", LIST),
    Action("reverse", "S", "Reverse", "Sort the other way round", LIST),
    Action("columns", "v", "Columns", "Choose the columns", LIST),
    Action("copy", "c", "Copy", "Copy the rows as text, through the terminal", LIST),
    Action("copy_csv", "C", "Copy CSV", "Copy the rows as CSV, through the terminal", LIST),
    Action("fold", "space", "Fold", "Open or close the branch under the cursor", LIST),
    Action("closed", "full_stop", "Closed", "Show or hide closed and merged accounts", LIST,
           pages=("dashboard",)),
    Action("import", "l", "Import", "Load a broker's statement", PROGRAM, reasons.writable),
    Action("verify", "V", "Verify", "Check every record, every sum and the file", PROGRAM,
           reasons.idle, EVERYWHERE, ("journal",)),
    Action("rebuild", "R", "Rebuild", "Build the file of history anew", PROGRAM,
           reasons.rebuildable, EVERYWHERE, ("journal",)),
    Action("simulate", "x", "Simulate", "Ten years by these rules, from a seed", PROGRAM,
           reasons.idle, EVERYWHERE, ("reports",)),
    Action("stop", "X", "Stop", "Stop the work that is under way", PROGRAM, reasons.working),
    Action("lock", "L", "Lock", "Lock the keys until your password; the view stays", PROGRAM,
           reasons.unlocked, EVERYWHERE, ("users",)),
    Action("login", "", "Log in", "Be another user", PROGRAM, reasons.always, EVERYWHERE),
    Action("theme", "T", "Theme", "The next theme", PROGRAM, reasons.always, EVERYWHERE,
           ("settings",)),
    Action("help", "question_mark", "Help", "Show every key", PROGRAM, bar=EVERYWHERE),
    Action("quit", "q", "Quit", "Leave; everything is already on disk", PROGRAM, bar=EVERYWHERE),
)  # fmt: skip

BY_ID = {action.id: action for action in ACTIONS}

LIST_KEYS = tuple(action for action in ACTIONS if action.group == LIST)

_SIGNS = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "full_stop": ".",
    "enter": "↵",
    "escape": "esc",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}


def shown_key(key: str) -> str:
    """A key as people read it: '?' for 'question_mark'."""
    return _SIGNS.get(key, key)


def of_page(page: str) -> tuple[Action, ...]:
    """What can be done on that screen."""
    return tuple(action for action in ACTIONS if page in action.pages)


def key_of(action: Action, keymap: Mapping[str, str]) -> str:
    """The action's key under the operator's keymap (action id → key)."""
    return keymap.get(action.id, action.key)


__all__ = ["ACTIONS", "BY_ID", "GROUPS", "LIST_KEYS", "PAGES", "Action", "Situation", "key_of"]
