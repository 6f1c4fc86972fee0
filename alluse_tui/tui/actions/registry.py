"""Every action once: its key, where it is, whether it is dangerous, why not now.

Bindings, the key bar, help, the palette, the check of a keymap and docs/keys.md are made from
this. Labels and help are in `texts`, what an action does in `action_handlers`; a list handles its
own keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from textual.binding import Binding

from alluse_tui.tui import texts
from alluse_tui.tui.actions import disabled_reasons as reasons
from alluse_tui.tui.actions.disabled_reasons import Reason, Situation
from alluse_tui.tui.screens import PAGES

EVERYWHERE = tuple(PAGES)
WITH_ACCOUNT = ("dashboard", "account", "alerts")
WITH_ALERT = ("dashboard", "alerts")
WITH_RECORD = ("dashboard", "account", "journal")

ACCOUNT, POSITION = texts.GROUP_ACCOUNT, texts.GROUP_POSITION
ALERT, GO = texts.GROUP_ALERT, texts.GROUP_GO
LIST, PROGRAM = texts.GROUP_LIST, texts.GROUP_PROGRAM
GROUPS = (ACCOUNT, POSITION, ALERT, GO, LIST, PROGRAM)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing an operator can do. `key` is empty where only the palette has it.

    `bar`: pages whose key bar shows it.
    """

    id: str
    key: str
    group: str
    label: str
    help: str
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


def _action(
    id: str,
    key: str,
    group: str,
    reason: Reason = reasons.always,
    *,
    pages: tuple[str, ...] = EVERYWHERE,
    bar: tuple[str, ...] = (),
    dangerous: bool = False,
) -> Action:
    text = texts.ACTIONS[id]
    return Action(id, key, group, text.label, text.help, reason, pages, bar, dangerous)


def _on_account(
    id: str, key: str, *, bar: tuple[str, ...] = ("account",), dangerous: bool = False
) -> Action:
    """An action that the domain judges by the account's figures."""
    return _action(
        id,
        key,
        ACCOUNT,
        reasons.on_account(id),
        pages=WITH_ACCOUNT,
        bar=bar,
        dangerous=dangerous,
    )


def _on_position(id: str, key: str) -> Action:
    """An action on the position under the cursor of the Account screen."""
    return _action(id, key, POSITION, reasons.on_position(id), pages=("account",), bar=("account",))


def _on_users(id: str, key: str, reason: Reason = reasons.administers) -> Action:
    return _action(id, key, ALERT, reason, pages=("users",), bar=("users",))


MONEY_BAR = ("dashboard", "account")
ANSWERING = (*WITH_RECORD, "alerts", "approvals", "settings", "market", "week")

ACTIONS = (
    _on_account("fork", "f", bar=WITH_ACCOUNT, dangerous=True),
    _on_account("merge", "m", bar=WITH_ACCOUNT, dangerous=True),
    _on_account("reinvest", "i", bar=WITH_ACCOUNT, dangerous=True),
    _on_account("deposit", "d", bar=MONEY_BAR),
    _on_account("withdraw", "w", bar=MONEY_BAR, dangerous=True),
    _on_account("transfer", "t", bar=MONEY_BAR, dangerous=True),
    _on_account("post", "n"),
    _action("trade", "b", ACCOUNT, reasons.on_account("post"), pages=WITH_ACCOUNT, bar=MONEY_BAR),
    _action("stress", "W", ACCOUNT, reasons.shown, pages=WITH_ACCOUNT, bar=("account",)),
    _on_account("edit", "e"),
    _on_account("open", "o"),
    _on_account("release", ""),
    _on_account("suspend", ""),
    _on_account("activate", ""),
    _on_account("close", "", dangerous=True),
    _on_account("pause", "P", bar=MONEY_BAR),
    _on_account("resume", ""),
    _action("pause_all", "", ACCOUNT, reasons.pausable),
    _action("resume_all", "", ACCOUNT, reasons.resumable),
    _on_position("close_position", "B"),
    _on_position("roll", "r"),
    _on_position("expire", "E"),
    _on_position("assign", "A"),
    _on_position("mark", "M"),
    _action("adjust", "J", POSITION, reasons.on_position("adjust"), pages=("account",)),
    _action(
        "answer",
        "enter",
        ALERT,
        reasons.answer,
        pages=ANSWERING,
        bar=("dashboard", "alerts", "approvals", "market"),
    ),
    _action("ack", "a", ALERT, reasons.alert, pages=WITH_ALERT, bar=("alerts",)),
    _action("snooze", "z", ALERT, reasons.snooze, pages=WITH_ALERT, bar=("alerts",)),
    _action("approve", "", ALERT, reasons.approvable, pages=("approvals",)),
    _action("reject", "r", ALERT, reasons.rejectable, pages=("approvals",), bar=("approvals",)),
    _on_users("add_user", "a", reasons.adds_users),
    _on_users("roles", "r"),
    _on_users("password", "w", reasons.always),
    _on_users("disable", "d"),
    _action(
        "undo_record",
        "U",
        ALERT,
        reasons.record,
        pages=WITH_RECORD,
        bar=("journal", "account"),
        dangerous=True,
    ),
    _action(
        "undo",
        "u",
        PROGRAM,
        reasons.undoable,
        bar=(*WITH_ACCOUNT, "journal", "settings"),
        dangerous=True,
    ),
    *(
        Action(f"page_{name}", page.key, GO, page.title, texts.GO_TO_PAGE.format(title=page.title))
        for name, page in PAGES.items()
    ),
    _action(
        "previous",
        "left_square_bracket",
        GO,
        reasons.account,
        pages=("account",),
        bar=("account",),
    ),
    _action(
        "next", "right_square_bracket", GO, reasons.account, pages=("account",), bar=("account",)
    ),
    _action("portfolio", "p", GO, reasons.several, bar=("dashboard",)),
    _action("income_group", "b", GO, pages=("income",), bar=("income",)),
    _action("income_view", "w", GO, pages=("income",), bar=("income",)),
    _action("week_before", "left_square_bracket", GO, pages=("week",), bar=("week",)),
    _action("week_after", "right_square_bracket", GO, pages=("week",), bar=("week",)),
    _action("palette", "colon", GO),
    _action("back", "escape", GO),
    _action("find", "slash", LIST, bar=EVERYWHERE),
    _action("sort", "s", LIST),
    _action("reverse", "S", LIST),
    _action("columns", "v", LIST),
    _action("copy", "c", LIST),
    _action("copy_csv", "C", LIST),
    _action("collapse", "space", LIST),
    _action("closed", "full_stop", LIST, pages=("dashboard",)),
    _action("import", "l", PROGRAM, reasons.writable),
    _action("morning", "I", PROGRAM, reasons.writable),
    _action("import_reports", "", PROGRAM, reasons.loaded),
    _action("reconcile", "", PROGRAM, reasons.loaded),
    _action("explain", "", ACCOUNT, reasons.explainable, pages=WITH_ACCOUNT),
    _action("verify", "V", PROGRAM, reasons.idle, bar=("journal",)),
    _action("rebuild", "R", PROGRAM, reasons.rebuildable, bar=("journal",)),
    _action("simulate", "x", PROGRAM, reasons.idle, bar=("reports",)),
    _action("stop", "X", PROGRAM, reasons.working),
    _action("lock", "L", PROGRAM, reasons.lockable, bar=("users",)),
    _action("login", "", PROGRAM),
    _action("theme", "T", PROGRAM, bar=("settings",)),
    _action("help", "question_mark", PROGRAM, bar=EVERYWHERE),
    _action("quit", "q", PROGRAM, bar=EVERYWHERE),
)

BY_ID = {action.id: action for action in ACTIONS}

RENAMED: Mapping[str, str] = {"record": "post", "fold": "collapse"}
"""Former ids, which a keymap may still have, and the present ones."""

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
    """The actions of that screen."""
    return tuple(action for action in ACTIONS if page in action.pages)


def key_of(action: Action, keymap: Mapping[str, str]) -> str:
    """The action's key under the operator's keymap (action id → key)."""
    return keymap.get(action.id, action.key)


__all__ = [
    "ACCOUNT",
    "ACTIONS",
    "BY_ID",
    "GROUPS",
    "LIST_KEYS",
    "PAGES",
    "POSITION",
    "Action",
    "Situation",
    "key_of",
]
