"""A form: a line a field; Enter goes on to the plan, which is where anything is agreed to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label, Static

from alluse_tui.domain.commands import Command
from alluse_tui.domain.model.errors import BadInput, Pending
from alluse_tui.domain.views import Receipt, printable
from alluse_tui.tui.shell import UsesShell
from alluse_tui.tui.widgets.inked import as_title
from alluse_tui.tui.widgets.text_input import TextInput

Typed = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """One line to fill in. `choices` are offered while typing. `secret`: it is not shown."""

    name: str
    value: str = ""
    placeholder: str = ""
    choices: Sequence[str] = ()
    secret: bool = False


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

    def __init__(
        self,
        title: str,
        about: Sequence[str],
        fields: Sequence[Field],
        make: Callable[[Typed], Command] | None,
        hint: Callable[[Typed], list[str]] | None = None,
        *,
        at_once: Callable[[Typed], str] | None = None,
        go: Callable[[Form, Typed], None] | None = None,
        after: Callable[[Receipt], None] | None = None,
    ) -> None:
        """`make` raises BadInput about a field. `hint`: lines that follow
        what is typed, worked out in a thread.

        `at_once`: moves no money and can be undone, so no plan is shown; says what was done. `go`
        begins what makes the command, which takes a while; it calls `ready` or `wrong`. `after`
        hears the receipt.
        """
        super().__init__()
        self.heading, self._about, self._fields = title, about, fields
        self._make, self._hint, self._go, self._at_once = make, hint, go, at_once
        self._then = after
        self._waiting = False
        self._turn = 0

    def compose(self) -> ComposeResult:
        """One line a field."""
        with Vertical(id="dialog") as dialog:
            snapshot = self.shell.snapshot
            portfolio = ""
            if snapshot is not None and len(snapshot.names) > 1:
                portfolio = f" · {snapshot.portfolio.name}"
            dialog.border_title = as_title(f"{self.heading}{portfolio}")
            dialog.border_subtitle = (
                "enter does it · esc cancels" if self._at_once else
                "enter goes on · tab next field · esc cancels"
            )  # fmt: skip
            if self._about:
                yield Static("\n".join(map(printable, self._about)), classes="about", markup=False)
            for field in self._fields:
                with Horizontal(classes="field"):
                    yield Label(field.name, markup=False)
                    shown = ", ".join(field.choices[:6])
                    yield TextInput(
                        field.value,
                        placeholder=printable(field.placeholder or shown),
                        suggester=SuggestFromList(field.choices) if field.choices else None,
                        id=_id(field),
                        select_on_focus=False,
                        password=field.secret,
                    )
            yield Static("", id="hint", markup=False)
            yield Static("", id="wrong", markup=False)

    def on_mount(self) -> None:
        """Start at the first field that is empty."""
        inputs = list(self.query(Input))
        next((i for i in inputs if not i.value), inputs[0]).focus()
        self._follow()

    @property
    def typed(self) -> Typed:
        """What stands in the fields."""
        found = {}
        for field in self._fields:
            value = self.query_one(f"#{_id(field)}", Input).value
            found[field.name] = value if field.secret else value.strip()
        return found

    @on(Input.Changed)
    def _follow(self) -> None:
        """A new attempt."""
        self.query_one("#wrong", Static).update("")
        if self._hint is not None:
            self._turn += 1
            self._work_out_hint(self._hint, self._turn, self.typed)

    @work(thread=True, exclusive=True, group="hint", description="hint")
    def _work_out_hint(self, hint: Callable[[Typed], list[str]], turn: int, typed: Typed) -> None:
        """A hint may preview a plan, which reads files."""
        self.post_message(self.HintReady(turn, hint(typed)))

    @on(HintReady)
    def _show_hint(self, message: HintReady) -> None:
        if message.turn == self._turn and not self._waiting:
            text = "\n".join(map(printable, message.lines))
            self.query_one("#hint", Static).update(text)

    @on(Input.Submitted)
    def go_on(self) -> None:
        """To the plan, or say what is wrong and where."""
        if self._waiting:
            return
        try:
            if self._go is not None:
                self._wait_for(self._go)
                return
            assert self._make is not None
            command = self._make(self.typed)
        except BadInput as error:
            self.wrong(str(error))
            return
        if self._at_once:
            self._waiting = True
            status = f"{self._at_once(self.typed)}; u takes that back"
            self.shell.submit(command, status, lambda _: self.done(), self.wrong)
        else:
            self.shell.propose(command, self._after)

    def _wait_for(self, go: Callable[[Form, Typed], None]) -> None:
        """The form stays, with what was typed, until it is known what comes of it."""
        go(self, self.typed)
        self._waiting = True
        said = "a moment …" if any(f.secret for f in self._fields) else "reading … esc stops it"
        self.query_one("#hint", Static).update(said)

    def ready(self, command: Command) -> None:
        """What was read makes this command: on to its plan, unless somebody left meanwhile."""
        self._stop_waiting()
        if self.is_current:
            self.shell.propose(command, self._after)

    def done(self) -> None:
        """It was done without a plan: there is nothing more to ask."""
        self._stop_waiting()
        if self.is_current:
            self.dismiss()

    def _stop_waiting(self) -> None:
        self._waiting = False
        if self.is_attached:
            self.query_one("#hint", Static).update("")

    def wrong(self, why: str) -> None:
        """Say what cannot be used."""
        self._stop_waiting()
        if not self.is_attached:
            return
        self.query_one("#wrong", Static).update(f"✗ {printable(why)}")

    def _after(self, outcome: Receipt | Pending | None) -> None:
        """Done or proposed, or back to what was typed."""
        if outcome is not None:
            self.dismiss()
            if self._then is not None and isinstance(outcome, Receipt):
                self._then(outcome)

    def action_cancel(self) -> None:
        """Back, nothing done."""
        if self._waiting:
            self.shell.jobs.stop()
        self.dismiss()


def _id(field: Field) -> str:
    return f"field-{field.name.replace(' ', '-')}"
