"""What each action of the registry does. Called only when it is possible."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from textual.screen import Screen

from alluse_tui.domain.commands import (
    AcknowledgeAlert,
    Activate,
    Close,
    Command,
    Fork,
    Merge,
    Reinvest,
    Suspend,
    Undo,
)
from alluse_tui.domain.commands.user_commands import Approve, DisableUser, EnableUser, Reject
from alluse_tui.domain.views import UserView
from alluse_tui.tui.actions.disabled_reasons import ANSWERS, writable
from alluse_tui.tui.actions.registry import PAGES
from alluse_tui.tui.forms import account_forms as forms
from alluse_tui.tui.forms import user_forms as people
from alluse_tui.tui.modals.form import Form
from alluse_tui.tui.modals.help import HelpScreen
from alluse_tui.tui.modals.palette import Palette

if TYPE_CHECKING:
    from alluse_tui.tui.page import Page

Doing = Callable[["Page"], None]


def _propose(make: Callable[..., Command]) -> Doing:
    """The plan of a command on the account under the cursor."""

    def do(page: Page) -> None:
        assert page.account is not None
        page.app.propose(make(account=page.account.id))

    return do


def _form(make: Callable[[Page], Form]) -> Doing:
    return lambda page: page.app.fill_in(make(page))


def _modal(make: Callable[[Page], Screen[None]]) -> Doing:
    def do(page: Page) -> None:
        page.app.push_screen(make(page))

    return do


def _answer(page: Page) -> None:
    alert = page.alert
    if alert is None:
        page.open_it()
    elif alert.action == "approve":
        page.app.propose(Approve(approval=int(alert.id.rpartition(":")[2])))
    elif alert.action in ("transfer", "deposit") and alert.codes:
        if refusing := writable(page.situation):
            page.app.say(refusing, warning=True)
        else:
            page.app.fill_in(forms.answer(page))
    elif alert.action in ANSWERS:
        page.action_act(alert.action)
    else:
        page.app.select(alert.account)
        page.app.go("account")


def _ack(page: Page) -> None:
    alert = page.alert
    assert alert is not None
    if alert.acknowledged:
        page.app.say(f"{alert.kind} was seen already", warning=True)
    else:
        back = "" if alert.for_audit else "; u takes that back"
        page.app.carry_out(AcknowledgeAlert(alert=alert.id), f"{alert.kind} seen{back}")


def _reject(page: Page) -> None:
    approval = page.approval
    assert approval is not None
    page.app.propose(Reject(approval=approval.id))


def _on_user(make: Callable[[Page, UserView], Form]) -> Doing:
    """A form about the user under the cursor."""

    def do(page: Page) -> None:
        if page.user is None:
            page.app.say("move to a user first", warning=True)
        else:
            page.app.fill_in(make(page, page.user))

    return do


def _switch_user(page: Page) -> None:
    user = page.user
    if user is None:
        page.app.say("move to a user first", warning=True)
    elif user.disabled:
        page.app.propose(EnableUser(user=user.name))
    else:
        page.app.propose(DisableUser(user=user.name))


def _undo(page: Page) -> None:
    assert page.app.sight is not None
    page.app.propose(Undo(portfolio=page.app.sight.portfolio.name))


def _go(name: str) -> Doing:
    return lambda page: page.app.go(name)


def _back(page: Page) -> None:
    if not page.step_back() and page.NAME != "dashboard":
        page.app.go("dashboard")


HANDLERS: dict[str, Doing] = {
    "fork": _propose(Fork),
    "merge": _propose(Merge),
    "reinvest": _propose(Reinvest),
    "suspend": _propose(Suspend),
    "activate": _propose(Activate),
    "close": _propose(Close),
    "deposit": _form(partial(forms.movement, "deposit")),
    "withdraw": _form(partial(forms.movement, "withdraw")),
    "transfer": _form(partial(forms.movement, "transfer")),
    "record": _form(forms.record),
    "edit": _form(forms.edit),
    "open": _form(forms.open_account),
    "release": _form(forms.release),
    "answer": _answer,
    "ack": _ack,
    "snooze": _form(forms.snooze),
    "approve": lambda page: page.open_it(),
    "reject": _reject,
    "add_user": _form(people.add),
    "roles": _on_user(people.roles),
    "password": _form(people.password),
    "disable": _switch_user,
    "lock": lambda page: page.app.lock(),
    "login": lambda page: page.app.ask_login(),
    "undo_record": lambda page: page.app.propose(Undo(seq=page.record)),
    "undo": _undo,
    **{f"page_{name}": _go(name) for name in PAGES},
    "previous": lambda page: page.app.step(-1),
    "next": lambda page: page.app.step(1),
    "portfolio": lambda page: page.app.next_portfolio(),
    "palette": _modal(Palette),
    "back": _back,
    "import": _form(forms.statement),
    "verify": lambda page: page.app.verify(),
    "rebuild": lambda page: page.app.rebuild(),
    "simulate": lambda page: page.app.simulate(),
    "stop": lambda page: page.app.stop_work(),
    "theme": lambda page: page.app.next_theme(),
    "help": _modal(HelpScreen),
    "quit": lambda page: page.app.exit(),
}
