"""The plan, before it happens: each account before and after, each rule, and Cancel focused."""

from __future__ import annotations

import secrets
import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button

from alluse_tui.domain.commands import Command
from alluse_tui.domain.errors import AllUseError, Conflict, Refused
from alluse_tui.domain.views import PlanView, Receipt, Verdict, grouped
from alluse_tui.tui.figures import signed
from alluse_tui.tui.sight import Sight
from alluse_tui.tui.widgets.drawn import Drawn, Piece, fitted

if TYPE_CHECKING:
    from alluse_tui.tui.app import AllUseApp

POSTINGS_SHOWN = 8
RULE_WIDTH = 66


class PlanTable(Drawn):
    """The plan's figures and rules, or the reasons of a refusal."""

    DEFAULT_CSS = """
    PlanTable { height: auto; }
    """

    def __init__(self) -> None:
        """Says that it is working until it is shown something."""
        super().__init__()
        self._lines: list[list[Piece]] = [[("working out the plan …", "dim")]]

    def show(self, lines: list[list[Piece]]) -> None:
        """Draw these lines."""
        self._lines = lines
        self.refresh(layout=True)

    def render(self) -> Text:
        """All lines."""
        width = self.content_size.width
        return Text("\n", no_wrap=True).join(self.line(pieces, width) for pieces in self._lines)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """A line each."""
        return len(self._lines)


class PlanScreen(ModalScreen[Receipt | None]):
    """Plan → preview → confirm → commit, for any command."""

    app: AllUseApp

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel"),
        Binding("y", "confirm", "Do it now"),
        Binding("left,right", "app.focus_next", "Other button", show=False),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
    ]

    class Planned(Message):
        """The plan as the book is now, or why there is none."""

        def __init__(self, plan: PlanView | None, error: AllUseError | None) -> None:
            """One of them is None."""
            super().__init__()
            self.plan = plan
            self.error = error

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
        self._committing = False

    def compose(self) -> ComposeResult:
        """The figures, then the buttons."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = self._command.NAME.capitalize()
            with VerticalScroll(id="plan", can_focus=False):
                yield PlanTable()
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("y  Do it now", id="confirm", compact=True)

    def on_mount(self) -> None:
        """Nothing is agreed to yet."""
        self.query_one("#confirm", Button).display = False
        self.query_one("#cancel").focus()
        self.make_plan()

    def moved(self) -> None:
        """The book moved while this was open."""
        if not self._committing:
            self.make_plan()

    @work(thread=True, exclusive=True, group="plan")
    def make_plan(self) -> None:
        """Ask the engine, off the event loop."""
        try:
            self.post_message(self.Planned(self.app.engine.preview(self._command), None))
        except AllUseError as error:
            self.post_message(self.Planned(None, error))

    @on(Planned)
    def show_plan(self, message: Planned) -> None:
        """Draw the plan; a plan that changed since it was shown says so and asks again."""
        changed = self._plan is not None and (
            message.plan is None or message.plan.digest != self._plan.digest
        )
        self._plan = message.plan
        lines: list[list[Piece]] = []
        if changed:
            lines += [[("▲ changed since shown: look again", "warn")], [("", "")]]
            self.query_one("#cancel").focus()
        if message.plan is not None:
            lines += plan_lines(message.plan, self.app.sight)
            self.query_one(
                "#dialog"
            ).border_subtitle = f"plan {message.plan.digest[:8]} on #{self.app.engine.seq}"
        elif isinstance(message.error, Refused):
            lines += [[("refused", "bad")], [("", "")], *rule_lines(message.error.reasons)]
        elif message.error is not None:
            lines += [[("✗ ", "bad"), (str(message.error), "")]]
        self.query_one(PlanTable).show(lines)
        self.query_one("#confirm", Button).display = message.plan is not None

    def action_scroll(self, lines: int) -> None:
        """Through a plan that is longer than the screen."""
        self.query_one("#plan").scroll_relative(y=lines, animate=False)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        """Back, nothing done; what is being committed cannot be called back."""
        if not self._committing:
            self.dismiss(None)

    @on(Button.Pressed, "#confirm")
    def action_confirm(self) -> None:
        """Commit the very plan that is shown, once."""
        if self._plan is None or self._committing:
            return
        width, height = self.app.size
        if width < 80 or height < 24:  # nobody agrees to what cannot be seen
            self.app.say(f"needs 80×24 to confirm, this is {width}×{height}", warning=True)
            return
        self._committing = True
        self.commit(self._plan.digest)

    @work(thread=True, group="commit")
    def commit(self, digest: str) -> None:
        """Hand it to the engine, off the event loop."""
        try:
            receipt = self.app.engine.submit(self._command, expect=digest)
            self.post_message(self.Committed(receipt, None))
        except AllUseError as error:
            self.post_message(self.Committed(None, error))

    @on(Committed)
    def close_or_ask_again(self, message: Committed) -> None:
        """Done, or the new plan, or why not."""
        self._committing = False
        if message.receipt is not None:
            self.app.say(f"{self._command.NAME} recorded as #{message.receipt.seq}")
            self.dismiss(message.receipt)
        elif isinstance(message.error, Conflict):
            self.make_plan()
        else:
            self.post_message(self.Planned(None, message.error))


def plan_lines(plan: PlanView, sight: Sight | None = None) -> list[list[Piece]]:
    """Equity before, after and change of each account; postings; the new tree; the rules."""
    lines: list[list[Piece]] = []
    if plan.accounts:
        lines.append([(f"{'equity':12}{'before':>18}{'after':>18}{'change':>18}", "dim")])
    before_all = after_all = 0
    for before, after in plan.accounts:
        old = before.equity if before is not None else 0
        shown = grouped(old) if before is not None else "—"
        change = after.equity - old
        ink = "good" if change > 0 else "bad" if change < 0 else "dim"
        lines.append([
            (fitted(after.code, 12), "strong"), (f"{shown:>18}", ""),
            (f"{grouped(after.equity):>18}", "strong"), (f"{signed(change):>18}", ink),
        ])  # fmt: skip
        cash = before.cash if before is not None else 0
        if (cash, after.cash) != (old, after.equity):
            lines.append([
                (fitted("  cash", 12), "dim"), (f"{grouped(cash):>18}", "dim"),
                (f"{grouped(after.cash):>18}", "dim"),
                (f"{signed(after.cash - cash):>18}", "dim"),
            ])  # fmt: skip
        before_all, after_all = before_all + old, after_all + after.equity
    if len(plan.accounts) > 1:
        lines.append([
            (fitted("together", 12), "dim"), (f"{grouped(before_all):>18}", "dim"),
            (f"{grouped(after_all):>18}", "dim"),
            (f"{signed(after_all - before_all):>18}", "dim"),
        ])  # fmt: skip
    if plan.entries:
        lines += [[("", "")], *posting_lines(plan)]
    if sight is not None and sight.portfolio.name == plan.portfolio and _reshapes(plan):
        lines += [[("", "")], [("accounts as they will stand", "dim")], *tree_lines(plan, sight)]
    return [*lines, *([[("", "")]] if lines else []), *rule_lines(plan.rules)]


def _reshapes(plan: PlanView) -> bool:
    """Whether the plan opens, ends or moves an account."""
    return any(
        before is None or (before.status, before.parent) != (after.status, after.parent)
        for before, after in plan.accounts
    )


def tree_lines(plan: PlanView, sight: Sight) -> list[list[Piece]]:
    """The accounts of the tiers that the plan touches, by descent, as they will stand."""
    changed = {after.code: (before, after) for before, after in plan.accounts}
    then = {a.code: a for a in sight.accounts} | {c: after for c, (_, after) in changed.items()}
    tiers = {after.tier for _, after in changed.values()}
    lines: list[list[Piece]] = []

    def add(parent: str, depth: int) -> None:
        for account in then.values():
            if account.parent != parent or account.tier not in tiers:
                continue
            was = changed.get(account.code)
            said = "" if account.status == "active" else str(account.status)
            said = "new" if was and was[0] is None else said
            lines.append([
                (fitted("  " * depth + account.code, 30), "strong" if was else "dim"),
                (f"{grouped(account.equity):>18}", "" if was else "dim"), (f"  {said}", "accent"),
            ])  # fmt: skip
            add(account.code, depth + 1)

    add("", 0)
    return lines


def posting_lines(plan: PlanView) -> list[list[Piece]]:
    """The postings, the first of them where there are many."""
    postings = [(e, p) for e in plan.entries for p in e.postings]
    lines: list[list[Piece]] = [
        [
            (fitted(e.kind, 12), "dim"),
            (fitted(f"{p.account} {p.bucket}".strip(), 32), ""),
            (f"{signed(p.micros):>18}", ""),
            (f" {p.currency}", "dim"),
        ]
        for e, p in postings[:POSTINGS_SHOWN]
    ]
    if len(postings) > POSTINGS_SHOWN:
        more = len(postings) - POSTINGS_SHOWN
        lines.append([(f"… and {more} more postings in {len(plan.entries)} entries", "dim")])
    return lines


def rule_lines(rules: tuple[Verdict, ...]) -> list[list[Piece]]:
    """✓ or ✗, and why, with numbers; what stands in the way first."""
    lines: list[list[Piece]] = []
    seen: set[tuple[bool, str]] = set()
    for rule in sorted(rules, key=lambda r: r.ok):
        said = rule.worded(grouped)
        if (rule.ok, said) in seen:
            continue
        seen.add((rule.ok, said))
        mark: Piece = ("✓ ", "good") if rule.ok else ("✗ ", "bad")
        first, *more = textwrap.wrap(said, RULE_WIDTH) or [""]
        lines += [[mark, (first, "")], *([("  ", ""), (rest, "")] for rest in more)]
    return lines
