"""The handler of each action in the registry. Called only when the action is available."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from textual.screen import Screen

from alluse_tui.domain.commands import (
    AcknowledgeAlert,
    Activate,
    Close,
    Command,
    Fork,
    Merge,
    Pause,
    Reinvest,
    Resume,
    Suspend,
    Undo,
)
from alluse_tui.domain.commands.user_commands import Approve, DisableUser, EnableUser, Reject
from alluse_tui.domain.views import UserView
from alluse_tui.tui import texts
from alluse_tui.tui.actions.disabled_reasons import ANSWERS, writable
from alluse_tui.tui.forms import (
    account_forms,
    import_form,
    reconcile_form,
    trade_forms,
    user_forms,
)
from alluse_tui.tui.forms.adjust_form import adjust
from alluse_tui.tui.modals.form import Form
from alluse_tui.tui.modals.help import HelpScreen
from alluse_tui.tui.modals.import_reports import ImportReportsScreen
from alluse_tui.tui.modals.morning import MorningScreen
from alluse_tui.tui.modals.palette import Palette
from alluse_tui.tui.modals.simulate import SimulateScreen
from alluse_tui.tui.modals.stress import StressScreen
from alluse_tui.tui.screens import PAGES
from alluse_tui.tui.shell import ActivePage

Handler = Callable[[ActivePage], None]


def _propose(make: Callable[..., Command]) -> Handler:
    """Show the plan of a command on the selected account."""

    def handle(page: ActivePage) -> None:
        assert page.account is not None
        page.shell.propose(make(account=page.account.id))

    return handle


def _form(make: Callable[[ActivePage], Form]) -> Handler:
    return lambda page: page.shell.push_screen(make(page))


def _modal(make: Callable[[ActivePage], Screen[None]]) -> Handler:
    def handle(page: ActivePage) -> None:
        page.shell.push_screen(make(page))

    return handle


def _resolve(page: ActivePage) -> None:
    alert = page.alert
    if alert is None:
        page.open_it()
    elif alert.action == "approve":
        page.shell.propose(Approve(approval=int(alert.id.rpartition(":")[2])))
    elif alert.action in ("transfer", "deposit") and alert.codes:
        if reason := writable(page.situation):
            page.shell.show_status(reason, warning=True)
        else:
            page.shell.push_screen(account_forms.answer(page))
    elif alert.action in ANSWERS:
        whole = alert.action == "resume" and not alert.account
        page.action_act("resume_all" if whole else ANSWERS[alert.action])
    else:
        page.shell.select(alert.account)
        page.shell.go("account")


def _acknowledge(page: ActivePage) -> None:
    alert = page.alert
    assert alert is not None
    if alert.acknowledged:
        status = texts.ALREADY_ACKNOWLEDGED.format(kind=alert.kind)
        page.shell.show_status(status, warning=True)
    else:
        status = texts.ACKNOWLEDGED.format(kind=alert.kind)
        status += "" if alert.for_audit else texts.UNDO_HINT
        session = page.shell.session
        command = AcknowledgeAlert(alert=alert.id)
        page.shell.submit(command, status, lambda _: session.note_change())


def _reject(page: ActivePage) -> None:
    approval = page.approval
    assert approval is not None
    page.shell.propose(Reject(approval=approval.id))


def _on_user(make: Callable[[ActivePage, UserView], Form]) -> Handler:
    """Show a form about the selected user."""

    def handle(page: ActivePage) -> None:
        if page.user is None:
            page.shell.show_status(texts.SELECT_USER, warning=True)
        else:
            page.shell.push_screen(make(page, page.user))

    return handle


def _switch_user(page: ActivePage) -> None:
    user = page.user
    if user is None:
        page.shell.show_status(texts.SELECT_USER, warning=True)
    elif user.disabled:
        page.shell.propose(EnableUser(user=user.name))
    else:
        page.shell.propose(DisableUser(user=user.name))


def _stress(page: ActivePage) -> None:
    assert page.account is not None
    page.shell.push_screen(StressScreen(page.account))


def _undo(page: ActivePage) -> None:
    assert page.shell.snapshot is not None
    page.shell.propose(Undo(portfolio=page.shell.snapshot.portfolio.name))


def _pause(page: ActivePage) -> None:
    """Pause the selected account at once: it stops the program only, and can be undone."""
    assert page.account is not None
    _pause_now(page, Pause(account=page.account.id), page.account.code)


def _pause_all(page: ActivePage) -> None:
    assert page.shell.snapshot is not None
    name = page.shell.snapshot.portfolio.name
    _pause_now(page, Pause(portfolio=name), name)


def _pause_now(page: ActivePage, command: Pause, name: str) -> None:
    session, status = page.shell.session, texts.PAUSED.format(name=name) + texts.UNDO_HINT
    page.shell.submit(command, status, lambda _: session.note_change())


def _resume_all(page: ActivePage) -> None:
    assert page.shell.snapshot is not None
    page.shell.propose(Resume(portfolio=page.shell.snapshot.portfolio.name))


def _simulate(page: ActivePage) -> None:
    snapshot = page.shell.snapshot
    assert snapshot is not None

    def answered(start: bool | None) -> None:
        if start:
            page.shell.jobs.simulate()

    page.shell.push_screen(SimulateScreen(snapshot.portfolio), answered)


def _go(name: str) -> Handler:
    return lambda page: page.shell.go(name)


def _back(page: ActivePage) -> None:
    if not page.step_back() and page.NAME != "dashboard":
        page.shell.go("dashboard")


HANDLERS: dict[str, Handler] = {
    "fork": _propose(Fork),
    "merge": _propose(Merge),
    "reinvest": _propose(Reinvest),
    "suspend": _propose(Suspend),
    "activate": _propose(Activate),
    "close": _propose(Close),
    "pause": _pause,
    "resume": _propose(Resume),
    "pause_all": _pause_all,
    "resume_all": _resume_all,
    "deposit": _form(partial(account_forms.movement, "deposit")),
    "withdraw": _form(partial(account_forms.movement, "withdraw")),
    "transfer": _form(partial(account_forms.movement, "transfer")),
    "post": _form(account_forms.post),
    "trade": _form(trade_forms.trade),
    "close_position": _form(trade_forms.close_position),
    "roll": _form(trade_forms.roll),
    "expire": _form(trade_forms.expire),
    "assign": _form(trade_forms.assign),
    "mark": _form(trade_forms.mark),
    "adjust": _form(adjust),
    "stress": _stress,
    "edit": _form(account_forms.edit),
    "open": _form(account_forms.open_account),
    "release": _form(account_forms.release),
    "answer": _resolve,
    "ack": _acknowledge,
    "snooze": _form(account_forms.snooze),
    "approve": lambda page: page.open_it(),
    "reject": _reject,
    "add_user": _form(user_forms.add),
    "roles": _on_user(user_forms.roles),
    "password": _form(user_forms.password),
    "disable": _switch_user,
    "lock": lambda page: page.shell.session.lock(),
    "login": lambda page: page.shell.session.ask_login(),
    "undo_record": lambda page: page.shell.propose(Undo(seq=page.record)),
    "undo": _undo,
    **{f"page_{name}": _go(name) for name in PAGES},
    "previous": lambda page: page.shell.step(-1),
    "next": lambda page: page.shell.step(1),
    "portfolio": lambda page: page.shell.next_portfolio(),
    "income_group": lambda page: page.switch("group"),
    "income_view": lambda page: page.switch("view"),
    "week_before": lambda page: page.switch("before"),
    "week_after": lambda page: page.switch("after"),
    "palette": _modal(Palette),
    "back": _back,
    "import": _form(import_form.statement),
    "import_reports": _modal(lambda _: ImportReportsScreen()),
    "morning": _modal(lambda _: MorningScreen()),
    "reconcile": _form(reconcile_form.reconcile),
    "explain": _form(reconcile_form.explain),
    "verify": lambda page: page.shell.jobs.verify(),
    "rebuild": lambda page: page.shell.jobs.rebuild(),
    "simulate": _simulate,
    "stop": lambda page: page.shell.jobs.stop(),
    "theme": lambda page: page.shell.next_theme(),
    "help": _modal(HelpScreen),
    "quit": lambda page: page.shell.exit(),
}
