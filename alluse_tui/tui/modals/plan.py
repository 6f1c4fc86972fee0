"""The plan of a command: accounts before and after, each rule, and Cancel focused."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from msgspec.structs import replace
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.events import Key, Paste
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from alluse_tui.domain.commands import Command, Post, Resume, Undo, amount
from alluse_tui.domain.commands.user_commands import Approve
from alluse_tui.domain.derived.stress import StressView
from alluse_tui.domain.model.errors import AllUseError, BadInput, Conflict, Denied, Pending, Refused
from alluse_tui.domain.views import PlanView, Receipt, Verdict, grouped
from alluse_tui.tui import texts
from alluse_tui.tui.modals.plan_lines import (
    error_lines,
    plan_lines,
    review_lines,
    rule_lines,
)
from alluse_tui.tui.outcome import Outcome
from alluse_tui.tui.shell import UsesShell
from alluse_tui.tui.widgets.inked import Listing, Piece, as_title
from alluse_tui.tui.widgets.text_input import TextInput

LOOK_SECONDS = 0.5
"""A plan that has just changed cannot be confirmed for so long."""

WIDTH_NEEDED, HEIGHT_NEEDED = 80, 24


class PlanScreen(UsesShell, ModalScreen[Outcome]):
    """Plan → preview → confirm → commit, for any command; ends with the outcome."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel"),
        Binding("y", "confirm", texts.CONFIRM),
        Binding("n", "note", "Note"),
        Binding("left,right", "app.focus_next", "Other button", show=False),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("pageup", "scroll(-10)", "Page up", show=False),
        Binding("pagedown", "scroll(10)", "Page down", show=False),
    ]

    class Planned(Message):
        """The plan on the book as it is now, or why there is none."""

        def __init__(
            self,
            turn: int,
            command: Command,
            plan: PlanView | None,
            error: AllUseError | None,
            seq: int,
            *,
            secret: bool = False,
            stress: Sequence[StressView] = (),
            details: list[list[Piece]] | None = None,
        ) -> None:
            """Either a plan or an error, made after record `seq`, for the request number `turn`.

            `secret`: the password is asked for again. `stress`: the account in scenarios.
            `details`: lines before those of the plan.
            """
            super().__init__()
            self.turn, self.seq, self.secret, self.stress = turn, seq, secret, stress
            self.details = details or []
            self.command, self.plan, self.error = command, plan, error

    class Recorded(Message):
        """A part of a large command has been recorded."""

        def __init__(self, done: int, total: int) -> None:
            """Events so far, and all of them."""
            super().__init__()
            self.done, self.total = done, total

    class Committed(Message):
        """The receipt of the command, or why it was not carried out."""

        def __init__(self, receipt: Receipt | None, error: AllUseError | None) -> None:
            """One of them is None."""
            super().__init__()
            self.receipt = receipt
            self.error = error

    def __init__(self, command: Command) -> None:
        """The command gets an idempotency key, so that it can never be committed twice."""
        super().__init__()
        self._command = replace(command, key=f"screen:{secrets.token_hex(8)}")
        self._plan: PlanView | None = None
        self._code = ""
        self._secret = False
        self._denied = ""
        self._turn = 0
        self._asking = ""
        self._changed_s = 0.0
        self._shown_s = float("inf")
        self._too_small = self._sure = False
        self._committing = False
        self._noted = False

    def compose(self) -> ComposeResult:
        """The figures, then the buttons."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = as_title(self._heading)
            with VerticalScroll(id="plan", can_focus=False):
                yield Listing(texts.PLANNING)
            yield Static("", id="more", markup=False)
            yield TextInput(id="asked")
            with Horizontal(id="buttons"):
                yield Button(texts.CANCEL, id="cancel", compact=True)
                yield Button(f"y  {texts.CONFIRM}", id="confirm", compact=True)
                yield Static("", id="hint", markup=False)

    @property
    def _heading(self) -> str:
        """'Explain difference'."""
        return self._command.NAME.replace("-", " ").capitalize()

    def on_mount(self) -> None:
        """Focus Cancel, and ask for the plan."""
        self.query_one("#confirm", Button).display = False
        self.query_one("#asked", Input).display = False
        self.query_one("#cancel").focus()
        self.watch(self.query_one("#plan"), "scroll_y", self._show_more, init=False)
        self._ask_plan()

    def on_resize(self) -> None:
        """Forget that the terminal was too small, once it is large enough."""
        if self._too_small and self._fits:
            self._hint()

    @property
    def _fits(self) -> bool:
        width, height = self.app.size
        return width >= WIDTH_NEEDED and height >= HEIGHT_NEEDED

    def hears(self, event: Key | Paste) -> bool:
        """Whether the key came after the plan was shown: keys typed ahead confirm nothing."""
        leaving = isinstance(event, Key) and event.key == "escape"
        return leaving or event.time > self._shown_s

    def moved(self) -> None:
        """Plan again: the book moved while this was open."""
        if not self._committing:
            self._ask_plan()

    def _ask_plan(self) -> None:
        self._turn += 1
        self.make_plan(self._turn, self._command)

    @work(thread=True, exclusive=True, group="plan", description="plan")
    def make_plan(self, turn: int, command: Command) -> None:
        """Ask the engine, off the event loop. An unusual fact is planned as confirmed."""
        engine = self.shell.engine
        try:
            try:
                plan = engine.commands.preview(command)
            except Refused as error:
                if not (isinstance(command, Post | Resume) and error.needs_confirmation):
                    raise
                command = replace(command, confirmed=True)
                plan = engine.commands.preview(command)
            if command.date is not None and command.date > engine.today:  # a preview may look ahead
                raise Refused(refused_until(plan, command.date, engine.today))
            if isinstance(command, Undo) and not command.seq:  # fixed, whatever is done meanwhile
                command = replace(command, seq=engine.commands.undo_target(command))
            secret = engine.auth.logins.needs_step_up(command)
            stress = self._stress_after(plan)
            details = self.details(plan)
            self.post_message(
                self.Planned(
                    turn,
                    command,
                    plan,
                    None,
                    engine.seq,
                    secret=secret,
                    stress=stress,
                    details=details,
                )
            )
        except AllUseError as error:
            self.post_message(self.Planned(turn, command, None, error, engine.seq))

    def details(self, plan: PlanView) -> list[list[Piece]]:
        """Lines to show before those of the plan; called off the event loop."""
        return []

    def _stress_after(self, plan: PlanView) -> tuple[StressView, ...]:
        """What the plan of an option trade would lead to; a plan is shown without it as well."""
        try:
            return self.shell.engine.positions.stress_after(plan)
        except AllUseError:
            return ()

    @on(Planned)
    def show_plan(self, message: Planned) -> None:
        """Draw the plan; one that changed since it was shown says what changed and asks again."""
        if message.turn != self._turn:
            return  # a newer one is on its way
        before, self._plan = self._plan, message.plan
        self._command = message.command
        lines: list[list[Piece]] = []
        noted, self._noted = self._noted, False
        if before is not None and not same(before, message.plan, noted=noted):
            lines += [[(f"▲ {texts.PLAN_CHANGED}", "warn"), (changes(before, message.plan), "")]]
            lines += [[("", "")]]
            self._changed_s = time.monotonic()
            self._sure = False
            self._stop_asking()
        if self._denied:
            lines += [[("✗ ", "bad"), (self._denied, "strong")], [("", "")]]
        if message.plan is not None:
            self._code = message.plan.confirm_code
            self._secret = message.secret
            lines += [*review_lines(message.plan), *message.details]
            lines += plan_lines(message.plan, self.shell.snapshot, message.stress)
            self.query_one("#confirm", Button).label = f"y  {self._confirm_label(message.plan)}"
            self._frame(message.seq)
        elif isinstance(message.error, Refused):
            lines += [[(texts.PLAN_REFUSED, "bad")], [("", "")], *rule_lines(message.error.reasons)]
        elif message.error is not None:
            lines += error_lines(str(message.error))
        if message.plan is None:
            self.query_one("#dialog").border_subtitle = ""
        self.query_one(Listing).show(lines)
        self.query_one("#confirm", Button).display = message.plan is not None
        self._shown_s = min(self._shown_s, time.monotonic())
        self.call_after_refresh(self._hint)

    def _confirm_label(self, plan: PlanView) -> str:
        if isinstance(self._command, Approve):
            return texts.APPROVE
        return texts.PROPOSE if plan.approval else texts.CONFIRM

    def _frame(self, seq: int) -> None:
        """The command in the title; the plan's digest and the newest record below."""
        assert self._plan is not None
        snapshot = self.shell.snapshot
        title = self._heading
        if self._plan.command != self._command.NAME:
            title += f" {self._plan.command}"  # the proposed command
        if snapshot is not None and len(snapshot.names) > 1:
            title = texts.PLAN_IN_PORTFOLIO.format(title=title, portfolio=self._plan.portfolio)
        dialog = self.query_one("#dialog")
        dialog.border_title = as_title(title)
        frame = texts.PLAN_FRAME if seq else texts.PLAN_FRAME_FIRST
        dialog.border_subtitle = frame.format(digest=self._plan.digest[:8], seq=seq)

    def _hint(self) -> None:
        """Show which keys may be pressed."""
        self._too_small = False
        self._show_more()
        text = ""
        if self._plan is not None:
            undo = not self._plan.approval and not self._command.traits.no_undo
            text = texts.PLAN_NOTE_KEY + (texts.PLAN_UNDO_KEY if undo else "")
        self.query_one("#hint", Static).update(text)

    def _show_more(self) -> None:
        """Show how many lines of the plan are out of sight, and which way."""
        plan = self.query_one("#plan", VerticalScroll)
        above = round(plan.scroll_y)
        below = plan.max_scroll_y - above
        counts = ((texts.MORE_ABOVE, above), (texts.MORE_BELOW, below))
        more = self.query_one("#more", Static)
        more.set_class(below > 0, "below")
        more.update(
            " · ".join(
                text.format(count=count, lines="line" if count == 1 else "lines")
                for text, count in counts
                if count > 0
            )
        )

    def action_scroll(self, lines: int) -> None:
        """Scroll a plan that is longer than the screen."""
        self.query_one("#plan").scroll_relative(y=lines, animate=False)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        """Leave the question, or the dialog; a commit that has begun cannot be stopped."""
        if self._asking:
            self._stop_asking()
        elif not self._committing:
            self.dismiss(None)

    @on(Button.Pressed, "#confirm")
    def action_confirm(self) -> None:
        """Commit the plan that is shown, once, after every question that it raises."""
        if self._plan is None or self._committing:
            return
        if not self._fits:  # nobody confirms what cannot be seen
            width, height = self.app.size
            self._warn(texts.PLAN_TOO_SMALL.format(width=width, height=height))
            self._too_small = True
        elif time.monotonic() - self._changed_s < LOOK_SECONDS:
            self._warn(texts.PLAN_JUST_CHANGED)
        elif asks_again(self._plan) and not self._sure:
            self._sure = True
            self._warn(texts.ASK_AGAIN)
        elif self._code and not self._plan.approval:
            self._ask("code", texts.ASK_CODE.format(code=self._code))
        else:
            self._code_given()

    def _code_given(self) -> None:
        if self._cooling:
            self._ask("amount", texts.ASK_AMOUNT)
        else:
            self._amount_given()

    def _amount_given(self) -> None:
        if self._secret:
            self._ask("password", texts.ASK_PASSWORD)
        else:
            self._commit()

    @property
    def _cooling(self) -> bool:
        """Whether this confirms the user's own proposal, for which the amount is asked."""
        snapshot = self.shell.snapshot
        return (
            isinstance(self._command, Approve)
            and snapshot is not None
            and any(a.id == self._command.approval and a.own for a in snapshot.approvals)
        )

    def action_note(self) -> None:
        """Ask for a note to keep with the record."""
        if self._plan is not None and not self._committing:
            self._ask("note", texts.ASK_NOTE)
            self.query_one("#asked", Input).value = self._command.note

    @on(Input.Submitted)
    def answered(self, message: Input.Submitted) -> None:
        """Take the answer to whatever was asked."""
        asked, typed = self._asking, message.value.strip()
        if asked == "note":
            self._stop_asking()
            self._command, self._noted = replace(self._command, note=typed), True
            self._ask_plan()
        elif asked == "password" and self._plan is not None:
            self._stop_asking()
            if message.value:
                self._commit(message.value)
        elif asked == "amount" and isinstance(self._command, Approve):
            self._take_amount(typed)
        elif asked == "code" and typed == self._code and self._plan is not None:
            self._stop_asking()
            self._code_given()
        else:
            self._warn(texts.WRONG_CODE.format(code=self._code))

    def _take_amount(self, typed: str) -> None:
        assert isinstance(self._command, Approve)
        try:
            micros = amount(typed)
        except BadInput as error:
            self._warn(str(error))
            return
        self._stop_asking()
        self._command = replace(self._command, amount=micros)
        self._amount_given()

    def _ask(self, question: str, text: str) -> None:
        asked = self.query_one("#asked", Input)
        self._asking, asked.placeholder, asked.value = question, text, ""
        asked.password = question == "password"
        asked.display = True
        asked.focus()

    def _stop_asking(self) -> None:
        self._asking = ""
        asked = self.query_one("#asked", Input)
        asked.value, asked.display = "", False
        self.query_one("#cancel").focus()

    def _warn(self, text: str) -> None:
        self.query_one("#hint", Static).update(f"▲ {text}")

    def _commit(self, password: str = "") -> None:
        assert self._plan is not None
        self._committing, self._denied = True, ""
        self.query_one("#hint", Static).update(texts.RECORDING)
        self.commit(self._command, self._plan.digest, password)

    @work(thread=True, group="commit", description="commit")
    def commit(self, command: Command, digest: str, password: str) -> None:
        """Submit it to the engine, off the event loop."""
        try:
            receipt = self.shell.engine.commands.submit(
                command, expect=digest, password=password, progress=self._recorded
            )
            self.post_message(self.Committed(receipt, None))
        except AllUseError as error:
            self.post_message(self.Committed(None, error))

    def _recorded(self, done: int, total: int) -> None:
        """Called in the thread that records, before each record."""
        if done:
            self.post_message(self.Recorded(done, total))

    @on(Recorded)
    def show_recorded(self, message: Recorded) -> None:
        """Show how far the recording is; it is undone as a whole if it fails."""
        text = texts.RECORDING_SO_FAR.format(done=message.done, total=message.total)
        self.query_one("#hint", Static).update(text)

    @on(Committed)
    def close_or_ask_again(self, message: Committed) -> None:
        """Close, or show the new plan, or why it was refused."""
        self._committing = False
        if message.receipt is not None:
            self.dismiss(message.receipt)
            self.shell.session.note_change()
            status = texts.RECORDED.format(command=self._command.NAME, seq=message.receipt.seq)
            hint = "" if self._command.traits.no_undo else texts.UNDO_HINT
            self.shell.show_status(f"{status}{hint}")
        elif isinstance(message.error, Pending):
            self.dismiss(message.error)
            name, approval = self._command.NAME, message.error.approval
            self.shell.show_status(texts.PROPOSED.format(command=name, approval=approval))
        elif isinstance(message.error, Conflict):
            self._ask_plan()
        elif isinstance(message.error, Denied):
            self._denied = str(message.error)
            self._ask_plan()
        else:
            self.post_message(
                self.Planned(self._turn, self._command, None, message.error, self.shell.engine.seq)
            )


def refused_until(plan: PlanView, effective: date, today: date) -> list[Verdict]:
    """The plan's rules, where a preview of a future day becomes a refusal today."""
    sentence = texts.PLAN_FUTURE.format(date=effective, today=today)
    future = Verdict("date.future", False, sentence)
    return [future, *(r for r in plan.rules if r.rule != future.rule)]


def asks_again(plan: PlanView) -> bool:
    """Whether the plan records a fact that the user must confirm."""
    return any(rule.asks for rule in plan.rules)


def same(before: PlanView, after: PlanView | None, *, noted: bool) -> bool:
    """Whether `after` is the plan that was shown; `noted`: it may differ by the user's note."""
    if after is None or after.digest == before.digest:
        return after is not None
    return noted and replace(after, digest=before.digest) == before


def changes(before: PlanView, after: PlanView | None) -> str:
    """What differs from the plan that was shown, in a few words."""
    if after is None:
        return texts.PLAN_NOW_REFUSED
    old = {a.code: b.equity if b is not None else 0 for b, a in before.accounts}
    new = {a.code: b.equity if b is not None else 0 for b, a in after.accounts}
    moved = [
        f"{code} {grouped(old[code])} → {grouped(equity)}"
        for code, equity in new.items()
        if code in old and old[code] != equity
    ]
    return ", ".join(moved) or texts.PLAN_LOOK_AGAIN
