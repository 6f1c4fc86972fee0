"""A form with one field a line; Enter shows the plan of the command that the fields make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import ModalScreen, Screen
from textual.suggester import SuggestFromList
from textual.timer import Timer
from textual.widgets import Input, Label, Static

from alluse_tui.domain.commands import Command
from alluse_tui.domain.model.errors import AllUseError, BadInput, Denied, Pending
from alluse_tui.domain.views import Receipt, printable
from alluse_tui.tui import texts
from alluse_tui.tui.outcome import Outcome
from alluse_tui.tui.shell import UsesShell
from alluse_tui.tui.widgets.inked import as_title
from alluse_tui.tui.widgets.path_input import PathInput
from alluse_tui.tui.widgets.text_input import TextInput

Typed = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """One line to fill in. `choices` are offered while typing. `secret`: shown as dots.

    `is_path`: it names a file, and is completed. `replaced`: typing replaces the value.
    """

    name: str
    value: str = ""
    placeholder: str = ""
    choices: Sequence[str] = ()
    secret: bool = False
    is_path: bool = False
    replaced: bool = False


COUNT_SECONDS = 0.3
"""How often a form shows how much has been read."""

CHECK_DELAY_SECONDS = 0.25
"""How long nothing is typed before what was typed is checked."""

OWN_PASSWORD = "your own"
"""The field for the password of the user who fills in the form."""


class Form(UsesShell, ModalScreen[None]):
    """Fields, and the command that they make."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel"),
        Binding("down", "app.focus_next", "Next field", show=False),
        Binding("up", "app.focus_previous", "Previous field", show=False),
    ]

    class HintReady(Message):
        """The hint for what was typed at `turn`."""

        def __init__(self, turn: int, lines: list[str]) -> None:
            """One text a line."""
            super().__init__()
            self.turn, self.lines = turn, lines

    class CheckReady(Message):
        """The check of what was typed at `turn`."""

        def __init__(self, turn: int, lines: list[str]) -> None:
            """One text a line."""
            super().__init__()
            self.turn, self.lines = turn, lines

    def __init__(
        self,
        title: str,
        about: Sequence[str],
        fields: Sequence[Field],
        make: Callable[[Typed], Command] | None,
        hint: Callable[[Typed], list[str]] | None = None,
        *,
        check: Callable[[Typed], list[str]] | None = None,
        at_once: Callable[[Typed], str] | None = None,
        go: Callable[[Form, Typed], None] | None = None,
        after: Callable[[Receipt], None] | None = None,
    ) -> None:
        """`make` raises BadInput about a field. `hint`: lines below the fields, worked out in a
        thread. `check`: more lines, worked out in a thread too once nothing was typed for a moment.

        `at_once`: the command moves no money and can be undone, so no plan is shown; returns the
        status line. `go` starts what takes a while and ends with `ready`, `done`, `wrong` or
        `failed`. `after` gets the receipt.
        """
        super().__init__()
        self.heading, self._about, self._fields = title, about, list(fields)
        self._make, self._hint, self._go, self._at_once = make, hint, go, at_once
        self._check = check
        self._check_timer: Timer | None = None
        self._then = after
        self._waiting = False
        self._counter: Timer | None = None
        self._turn = 0

    def compose(self) -> ComposeResult:
        """One line a field."""
        with Vertical(id="dialog") as dialog:
            snapshot = self.shell.snapshot
            portfolio = ""
            if snapshot is not None and len(snapshot.names) > 1:
                portfolio = f" · {snapshot.portfolio.name}"
            dialog.border_title = as_title(f"{self.heading}{portfolio}")
            dialog.border_subtitle = self._key_hint
            if self._about:
                yield Static("\n".join(map(printable, self._about)), classes="about", markup=False)
            for field in self._fields:
                yield _row(field)
            yield Static("", id="hint", markup=False)
            yield Static("", id="check", markup=False)
            yield Static("", id="wrong", markup=False)

    @property
    def _key_hint(self) -> str:
        if any(field.is_path for field in self._fields):
            return texts.FORM_PATH_KEYS
        return texts.FORM_AT_ONCE if self._at_once else texts.FORM_KEYS

    def on_mount(self) -> None:
        """Start at the first field that is empty."""
        inputs = list(self.query(Input))
        next((i for i in inputs if not i.value), inputs[0]).focus()
        self._follow()

    @property
    def typed(self) -> Typed:
        """The values of the fields by name."""
        answers = {}
        for field in self._fields:
            value = self.query_one(f"#{_id(field.name)}", Input).value
            answers[field.name] = value if field.secret else value.strip()
        return answers

    @on(Input.Changed)
    def _follow(self) -> None:
        self.query_one("#wrong", Static).update("")
        self._turn += 1
        if self._hint is not None:
            self._work_out_hint(self._hint, self._turn, self.typed)
        if self._check is not None:
            if self._check_timer is not None:
                self._check_timer.stop()
            self._check_timer = self.set_timer(CHECK_DELAY_SECONDS, self._begin_check)

    def _begin_check(self) -> None:
        assert self._check is not None
        self._work_out_check(self._check, self._turn, self.typed)

    @work(thread=True, exclusive=True, group="check", description="check")
    def _work_out_check(self, check: Callable[[Typed], list[str]], turn: int, typed: Typed) -> None:
        """A check judges the whole account."""
        self.post_message(self.CheckReady(turn, check(typed)))

    @on(CheckReady)
    def _show_check(self, message: CheckReady) -> None:
        if message.turn == self._turn and not self._waiting:
            text = "\n".join(map(printable, message.lines))
            self.query_one("#check", Static).update(text)

    @work(thread=True, exclusive=True, group="hint", description="hint")
    def _work_out_hint(self, hint: Callable[[Typed], list[str]], turn: int, typed: Typed) -> None:
        """A hint may preview a plan, which reads files."""
        self.post_message(self.HintReady(turn, hint(typed)))

    @on(HintReady)
    def _show_hint(self, message: HintReady) -> None:
        if message.turn == self._turn and not self._waiting:
            text = "\n".join(map(printable, message.lines))
            self.query_one("#hint", Static).update(text)

    @on(PathInput.Listed)
    def _list_paths(self, message: PathInput.Listed) -> None:
        if not self._waiting:
            self.query_one("#hint", Static).update("\n".join(message.lines))

    @on(Input.Submitted)
    def submit(self) -> None:
        """Show the plan, or say what is wrong and where."""
        if self._waiting:
            return
        try:
            if self._go is not None:
                self._wait_for(self._go)
                return
            assert self._make is not None
            command = self._make(self.typed)
        except BadInput as error:
            self.failed(error)
            return
        if self._at_once:
            self._waiting = True
            status = f"{self._at_once(self.typed)}{texts.UNDO_HINT}"
            self.shell.submit(command, status, lambda _: self.done(), self.wrong)
        else:
            self.shell.propose(command, self._after)

    def _wait_for(self, go: Callable[[Form, Typed], None]) -> None:
        """Keep the form, with what was typed, until `go` has ended."""
        go(self, self.typed)
        self._waiting = True
        secret = any(field.secret for field in self._fields)
        self.query_one("#hint", Static).update(texts.FORM_WORKING if secret else texts.FORM_READING)
        if not secret:
            self._counter = self.set_interval(COUNT_SECONDS, self._show_count)

    def _show_count(self) -> None:
        """Show how many rows have been read so far."""
        job = self.shell.jobs.current
        if self._waiting and job is not None and job.done:
            text = texts.FORM_READ_SO_FAR.format(rows=job.done)
            self.query_one("#hint", Static).update(text)

    def ready(self, plan: Screen[Outcome]) -> None:
        """Show the plan of what was read, unless the form was left meanwhile."""
        self._stop_waiting()
        if self.is_current:
            self.shell.push_screen(plan, self._after)

    def done(self) -> None:
        """Close: it was done without a plan."""
        self.shell.session.note_change()
        self.close()

    def close(self) -> None:
        """Close: what was asked for has been shown or done."""
        self._stop_waiting()
        if self.is_current:
            self.dismiss()

    def _stop_waiting(self) -> None:
        self._waiting = False
        if self._counter is not None:
            self._counter.stop()
        if self.is_attached:
            self.query_one("#hint", Static).update("")

    def wrong(self, why: str) -> None:
        """Say what cannot be used."""
        self._stop_waiting()
        if self.is_attached:
            self.query_one("#wrong", Static).update(f"✗ {printable(why)}")

    def failed(self, error: AllUseError) -> None:
        """Say what is wrong, and move the cursor to the field that it is about."""
        if self.is_attached:
            if isinstance(error, Denied) and any(field.secret for field in self._fields):
                self._ask_own_password()
            elif isinstance(error, BadInput):
                self._focus(error.path.casefold())
        self.wrong(str(error))

    def _ask_own_password(self) -> None:
        """Focus the field for the user's own password, emptied; add it where it is missing."""
        if all(field.name != OWN_PASSWORD for field in self._fields):
            field = Field(OWN_PASSWORD, placeholder=texts.OWN_PASSWORD, secret=True)
            self._fields.append(field)
            self.query_one("#dialog").mount(_row(field), before="#hint")
            self.call_after_refresh(self._focus, OWN_PASSWORD)
            return
        with self.prevent(Input.Changed):
            self.query_one(f"#{_id(OWN_PASSWORD)}", Input).value = ""
        self._focus(OWN_PASSWORD)

    def _focus(self, name: str) -> None:
        if any(field.name == name for field in self._fields):
            self.query_one(f"#{_id(name)}", Input).focus()

    def _after(self, outcome: Receipt | Pending | None) -> None:
        """Close once it is done or proposed; stay with what was typed when it was cancelled."""
        if outcome is not None:
            self.dismiss()
            if self._then is not None and isinstance(outcome, Receipt):
                self._then(outcome)

    def action_cancel(self) -> None:
        """Leave; nothing is done."""
        if self._waiting:
            self.shell.jobs.stop()
        self.dismiss()


def _row(field: Field) -> Horizontal:
    examples = ", ".join(field.choices[:6])
    kind = PathInput if field.is_path else TextInput
    return Horizontal(
        Label(field.name, markup=False),
        kind(
            field.value,
            placeholder=printable(field.placeholder or examples),
            suggester=SuggestFromList(field.choices) if field.choices else None,
            id=_id(field.name),
            select_on_focus=field.replaced,
            password=field.secret,
        ),
        classes="field",
    )


def _id(name: str) -> str:
    return f"field-{name.replace(' ', '-')}"
