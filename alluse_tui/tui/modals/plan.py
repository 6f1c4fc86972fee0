"""The plan, before it happens: each account before and after, each rule, and Cancel focused."""

from __future__ import annotations

import secrets
import time
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

from alluse_tui.domain.commands import Command, Post, Undo, amount
from alluse_tui.domain.commands.user_commands import Approve
from alluse_tui.domain.model.errors import AllUseError, BadInput, Conflict, Denied, Pending, Refused
from alluse_tui.domain.views import PlanView, Receipt, grouped
from alluse_tui.tui.modals.plan_lines import error_lines, four_eyes, plan_lines, rule_lines
from alluse_tui.tui.outcome import Outcome
from alluse_tui.tui.shell import UsesShell
from alluse_tui.tui.widgets.inked import Listing, Piece, as_title
from alluse_tui.tui.widgets.text_input import TextInput

LOOK_SECONDS = 0.5
"""A plan that has just changed cannot be agreed to for so long."""


class PlanScreen(UsesShell, ModalScreen[Outcome]):
    """Plan → preview → confirm → commit, for any command; ends with what came of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel"),
        Binding("y", "confirm", "Do it now"),
        Binding("n", "note", "A note"),
        Binding("left,right", "app.focus_next", "Other button", show=False),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("pageup", "scroll(-10)", "Page up", show=False),
        Binding("pagedown", "scroll(10)", "Page down", show=False),
    ]

    class Planned(Message):
        """The plan as the book is now, or why there is none."""

        def __init__(
            self,
            turn: int,
            command: Command,
            plan: PlanView | None,
            error: AllUseError | None,
            seq: int,
            *,
            secret: bool = False,
        ) -> None:
            """Either a plan or an error, made on record `seq`; `turn`: which asking it answers.

            `secret`: the password is asked for again.
            """
            super().__init__()
            self.turn, self.seq, self.secret = turn, seq, secret
            self.command, self.plan, self.error = command, plan, error

    class Committed(Message):
        """What became of the command."""

        def __init__(self, receipt: Receipt | None, error: AllUseError | None) -> None:
            """One of them is None."""
            super().__init__()
            self.receipt = receipt
            self.error = error

    def __init__(self, command: Command) -> None:
        """The command gets a key of its own, so that it can never be committed twice."""
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
        self._committing = False
        self._noted = False

    def compose(self) -> ComposeResult:
        """The figures, then the buttons."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = self._command.NAME.capitalize()
            with VerticalScroll(id="plan", can_focus=False):
                yield Listing("working out the plan …")
            yield Static("", id="more", markup=False)
            yield TextInput(id="asked")
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("y  Do it now", id="confirm", compact=True)
                yield Static("", id="hint", markup=False)

    def on_mount(self) -> None:
        """Nothing is agreed to yet."""
        self.query_one("#confirm", Button).display = False
        self.query_one("#asked", Input).display = False
        self.query_one("#cancel").focus()
        self.watch(self.query_one("#plan"), "scroll_y", self._say_more, init=False)
        self._ask_plan()

    def hears(self, event: Key | Paste) -> bool:
        """Whether it came after the plan was shown: what is typed ahead agrees to nothing."""
        leaving = isinstance(event, Key) and event.key == "escape"
        return leaving or event.time > self._shown_s

    def moved(self) -> None:
        """The book moved while this was open."""
        if not self._committing:
            self._ask_plan()

    def _ask_plan(self) -> None:
        self._turn += 1
        self.make_plan(self._turn, self._command)

    @work(thread=True, exclusive=True, group="plan", description="plan")
    def make_plan(self, turn: int, command: Command) -> None:
        """Ask the engine, off the event loop. What is only outsized is planned as agreed to."""
        engine = self.shell.engine
        try:
            try:
                plan = engine.commands.preview(command)
            except Refused as error:
                if not (isinstance(command, Post) and only_outsized(error)):
                    raise
                command = replace(command, confirmed=True)
                plan = engine.commands.preview(command)
            if command.date is not None and command.date > engine.today:  # a preview looks ahead
                raise Refused([replace(r, awaited=False) for r in plan.rules])
            if isinstance(command, Undo) and not command.seq:  # whatever is done meanwhile
                command = replace(command, seq=engine.commands.undo_target(command))
            secret = engine.auth.logins.needs_step_up(command)
            self.post_message(self.Planned(turn, command, plan, None, engine.seq, secret=secret))
        except AllUseError as error:
            self.post_message(self.Planned(turn, command, None, error, engine.seq))

    @on(Planned)
    def show_plan(self, message: Planned) -> None:
        """Draw the plan; a plan that changed since it was shown says what did and asks again."""
        if message.turn != self._turn:
            return  # a newer one is being made
        before, self._plan = self._plan, message.plan
        self._command = message.command
        lines: list[list[Piece]] = []
        noted, self._noted = self._noted, False
        if before is not None and not same(before, message.plan, noted=noted):
            lines += [[("▲ changed since shown: ", "warn"), (changes(before, message.plan), "")]]
            lines += [[("", "")]]
            self._changed_s = time.monotonic()
            self._stop_asking()
        if self._denied:
            lines += [[("✗ ", "bad"), (self._denied, "strong")], [("", "")]]
        if message.plan is not None:
            self._code = message.plan.confirm_code
            self._secret = message.secret
            lines += four_eyes(message.plan, self.shell.snapshot)
            lines += plan_lines(message.plan, self.shell.snapshot)
            answering = isinstance(self._command, Approve)
            does = "Propose it" if message.plan.approval else "Do it now"
            does = "Approve it" if answering else does
            self.query_one("#confirm", Button).label = f"y  {does}"
            self._frame(f"plan {message.plan.digest[:8]} on #{message.seq}")
        elif isinstance(message.error, Refused):
            lines += [[("refused", "bad")], [("", "")], *rule_lines(message.error.reasons)]
        elif message.error is not None:
            lines += error_lines(str(message.error))
        if message.plan is None:
            self.query_one("#dialog").border_subtitle = ""
        self.query_one(Listing).show(lines)
        self.query_one("#confirm", Button).display = message.plan is not None
        self._shown_s = min(self._shown_s, time.monotonic())
        self.call_after_refresh(self._hint)

    def _frame(self, said: str) -> None:
        home = self._plan.portfolio if self._plan is not None else ""
        snapshot = self.shell.snapshot
        several = snapshot is not None and len(snapshot.names) > 1
        what = self._command.NAME.capitalize()
        if self._plan is not None and self._plan.command != self._command.NAME:
            what += f" {self._plan.command}"  # what was proposed
        named = f"{what}{f' in {home}' if several else ''}"
        dialog = self.query_one("#dialog")
        dialog.border_title = as_title(named)
        dialog.border_subtitle = said

    def _hint(self) -> None:
        """What may be pressed."""
        self._say_more()
        waits = self._plan is not None and bool(self._plan.approval)
        undone = "" if waits or self._command.traits.no_undo else "   u undoes it"
        can = "" if self._plan is None else f"n note{undone}"
        self.query_one("#hint", Static).update(can)

    def _say_more(self) -> None:
        """How many lines of the plan are out of snapshot, and which way."""
        plan = self.query_one("#plan", VerticalScroll)
        above = round(plan.scroll_y)
        below = plan.max_scroll_y - above
        said = [
            f"{arrow} {count} more line{'s' if count > 1 else ''} {where}"
            for arrow, count, where in (("↑", above, "above"), ("↓", below, "below"))
            if count > 0
        ]
        more = self.query_one("#more", Static)
        more.set_class(below > 0, "below")
        more.update(" · ".join(said))

    def action_scroll(self, lines: int) -> None:
        """Through a plan that is longer than the screen."""
        self.query_one("#plan").scroll_relative(y=lines, animate=False)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        """One step back: out of what is asked, or away; a commit cannot be called back."""
        if self._asking:
            self._stop_asking()
        elif not self._committing:
            self.dismiss(None)

    @on(Button.Pressed, "#confirm")
    def action_confirm(self) -> None:
        """Commit the very plan that is shown, once; the largest ones ask for the code first."""
        if self._plan is None or self._committing:
            return
        width, height = self.app.size
        if width < 80 or height < 24:  # nobody agrees to what cannot be seen
            self._warn(f"needs 80×24 to confirm, this is {width}×{height}")
        elif time.monotonic() - self._changed_s < LOOK_SECONDS:
            self._warn("the plan has just changed: look, then y")
        elif self._code and not self._plan.approval:
            self._ask("code", f"type {self._code} and Enter: this is one of the largest acts")
        else:
            self._code_given()

    def _code_given(self) -> None:
        if self._cooling:
            self._ask("amount", "it was cooling off: type the amount that it moves, and Enter")
        else:
            self._amount_given()

    def _amount_given(self) -> None:
        if self._secret:
            self._ask("password", "your password, and Enter")
        else:
            self._commit()

    @property
    def _cooling(self) -> bool:
        """Whether this confirms one's own proposal, which takes its amount."""
        snapshot = self.shell.snapshot
        return (
            isinstance(self._command, Approve)
            and snapshot is not None
            and any(a.id == self._command.approval and a.own for a in snapshot.approvals)
        )

    def action_note(self) -> None:
        """Words that are kept with the record."""
        if self._plan is not None and not self._committing:
            self._ask("note", "a note, kept with the record; Enter")
            self.query_one("#asked", Input).value = self._command.note

    @on(Input.Submitted)
    def answered(self, message: Input.Submitted) -> None:
        """The code, or the note."""
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
            self._warn(f"that is not {self._code}")

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

    def _ask(self, what: str, words: str) -> None:
        asked = self.query_one("#asked", Input)
        self._asking, asked.placeholder, asked.value = what, words, ""
        asked.password = what == "password"
        asked.display = True
        asked.focus()

    def _stop_asking(self) -> None:
        self._asking = ""
        asked = self.query_one("#asked", Input)
        asked.value, asked.display = "", False
        self.query_one("#cancel").focus()

    def _warn(self, words: str) -> None:
        self.query_one("#hint", Static).update(f"▲ {words}")

    def _commit(self, password: str = "") -> None:
        assert self._plan is not None
        self._committing, self._denied = True, ""
        self.commit(self._command, self._plan.digest, password)

    @work(thread=True, group="commit", description="commit")
    def commit(self, command: Command, digest: str, password: str) -> None:
        """Hand it to the engine, off the event loop."""
        try:
            receipt = self.shell.engine.commands.submit(command, expect=digest, password=password)
            self.post_message(self.Committed(receipt, None))
        except AllUseError as error:
            self.post_message(self.Committed(None, error))

    @on(Committed)
    def close_or_ask_again(self, message: Committed) -> None:
        """Done, or the new plan, or why not."""
        self._committing = False
        if message.receipt is not None:
            name, seq = self._command.NAME, message.receipt.seq
            self.dismiss(message.receipt)
            back = "" if self._command.traits.no_undo else "; u takes it back"
            self.shell.show_status(f"{name} recorded as #{seq}{back}")
        elif isinstance(message.error, Pending):
            self.dismiss(message.error)
            proposed = f"{self._command.NAME} proposed as #{message.error.approval}"
            self.shell.show_status(f"{proposed}: not done until it is approved (4)")
        elif isinstance(message.error, Conflict):
            self._ask_plan()
        elif isinstance(message.error, Denied):
            self._denied = str(message.error)
            self._ask_plan()
        else:
            self.post_message(
                self.Planned(self._turn, self._command, None, message.error, self.shell.engine.seq)
            )


def only_outsized(error: Refused) -> bool:
    """Whether the only thing in the way is that somebody must say it is really so large."""
    return all(r.ok or r.rule == "amount.outsized" for r in error.reasons)


def same(before: PlanView, after: PlanView | None, *, noted: bool) -> bool:
    """Whether that is the plan that was shown; `noted`: a note of one's own is no change."""
    if after is None or after.digest == before.digest:
        return after is not None
    return noted and replace(after, digest=before.digest) == before


def changes(before: PlanView, after: PlanView | None) -> str:
    """What is not as it was shown, in a few words."""
    if after is None:
        return "it is refused now"
    was = {a.code: b.equity if b is not None else 0 for b, a in before.accounts}
    moved = [
        f"{a.code} {grouped(was[a.code])} → {grouped(b.equity if b is not None else 0)}"
        for b, a in after.accounts
        if a.code in was and was[a.code] != (b.equity if b is not None else 0)
    ]
    return ", ".join(moved) or "look again"
