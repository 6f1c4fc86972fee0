"""A plan in lines: each account before and after, each rule with its numbers, the postings."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from alluse_tui.domain.derived.stress import StressView
from alluse_tui.domain.views import AccountView, PlanView, Verdict, grouped, printable
from alluse_tui.tui import texts
from alluse_tui.tui.formatting import account_text, signed
from alluse_tui.tui.snapshot import Snapshot
from alluse_tui.tui.stress_lines import stress_lines
from alluse_tui.tui.widgets.inked import Piece, fitted

Lines = list[list[Piece]]

POSTINGS_SHOWN = 8

TREE_AT_MOST = 60

DETAILS = ("name", "notes", "status")
"""What a plan may change about an account besides its figures and its place."""

RULE_WIDTH, HALF_WIDTH = 66, 32


def review_lines(plan: PlanView) -> Lines:
    """Who checks the plan besides the user."""
    if plan.approval:
        cools_off = plan.approval == "cooling off"
        text = texts.COOLING_OFF if cools_off else texts.SECOND_PERSON
        first, *more = textwrap.wrap(text, RULE_WIDTH)
        return [[("! ", "warn"), (first, "")], *_continued(more), [("", "")]]
    if plan.unchecked:
        return [[(f"! {texts.UNCHECKED}", "dim")], [("", "")]]
    return []


def plan_lines(
    plan: PlanView, snapshot: Snapshot | None = None, stress: Sequence[StressView] = ()
) -> Lines:
    """Equity before, after and change of each account; the rules; postings; the new tree.

    `stress`: the account in scenarios, which are shown below the rules.
    """
    lines = account_lines(plan)
    lines += [*([[("", "")]] if lines else []), *rule_lines(plan.rules)]
    if stress:
        lines += [[("", "")], *stress_lines(stress)]
    if plan.entries:
        lines += [[("", "")], *posting_lines(plan)]
    if snapshot is not None and snapshot.portfolio.name == plan.portfolio and _reshapes(plan):
        lines += [[("", "")], [(texts.TREE_HEADING, "dim")], *tree_lines(plan, snapshot)]
    return lines


def account_lines(plan: PlanView) -> Lines:
    """A table of the accounts that the plan touches, with their total."""
    if not plan.accounts:
        return []
    heading = f"{texts.EQUITY:12}{texts.BEFORE:>18}{texts.AFTER:>18}{texts.CHANGE:>18}"
    lines: Lines = [[(heading, "dim")]]
    total_before = total_after = 0
    for before, after in plan.accounts:
        old = before.equity if before is not None else 0
        change = after.equity - old
        lines.append(
            [
                (fitted(after.code, 12), "strong"),
                (f"{grouped(old) if before is not None else '—':>18}", ""),
                (f"{grouped(after.equity):>18}", "strong"),
                (f"{signed(change):>18}", "good" if change > 0 else "bad" if change < 0 else "dim"),
            ]
        )
        cash = before.cash if before is not None else 0
        if (cash, after.cash) != (old, after.equity):
            lines.append(_dim_figures(f"  {texts.CASH}", cash, after.cash))
        if before is not None:
            lines += detail_lines(before, after)
        total_before, total_after = total_before + old, total_after + after.equity
    if len(plan.accounts) > 1:
        lines.append(_dim_figures(texts.TOTAL, total_before, total_after))
    return lines


def _dim_figures(label: str, before: int, after: int) -> list[Piece]:
    figures = (grouped(before), grouped(after), signed(after - before))
    return [(fitted(label, 12), "dim"), *((f"{figure:>18}", "dim") for figure in figures)]


def detail_lines(before: AccountView, after: AccountView) -> Lines:
    """What changes about the account besides figures: its name, its notes, its status."""
    lines: Lines = []
    for name in DETAILS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            text = printable(f"{old or '—'} → {new or '—'}")
            first, *more = textwrap.wrap(text, RULE_WIDTH - 12) or [""]
            lines += [
                [(fitted(f"  {name}", 12), "dim"), (first, "")],
                *_continued(more, " " * 12),
            ]
    return lines


def _continued(rest: list[str], indent: str = "  ") -> Lines:
    return [[(indent, ""), (text, "")] for text in rest]


def _reshapes(plan: PlanView) -> bool:
    """Whether the plan opens, ends or moves an account."""
    return any(
        before is None or (before.status, before.parent) != (after.status, after.parent)
        for before, after in plan.accounts
    )


def tree_lines(plan: PlanView, snapshot: Snapshot) -> Lines:
    """The accounts of the tiers that the plan touches, by descent, as they will be."""
    if len(snapshot.overview) > TREE_AT_MOST:
        return [[(texts.TREE_TOO_LARGE, "dim")]]
    changed = {after.code: (before, after) for before, after in plan.accounts}
    tiers = {after.tier for _, after in changed.values()}
    accounts = {a.code: a for a in snapshot.accounts()}
    accounts |= {code: after for code, (_, after) in changed.items()}
    lines: Lines = []

    def add(parent: str, depth: int) -> None:
        for account in accounts.values():
            if account.parent != parent or account.tier not in tiers:
                continue
            change = changed.get(account.code)
            label = "" if account.status == "active" else str(account.status)
            label = texts.TREE_NEW if change and change[0] is None else label
            lines.append(
                [
                    (fitted("  " * depth + account.code, 30), "strong" if change else "dim"),
                    (f"{grouped(account.equity):>18}", "" if change else "dim"),
                    (f"  {label}", "accent"),
                ]
            )
            add(account.code, depth + 1)

    add("", 0)
    return lines


def posting_lines(plan: PlanView) -> Lines:
    """The postings, the first of them where there are many."""
    postings = [(entry, p) for entry in plan.entries for p in entry.postings]
    lines: Lines = [
        [
            (fitted(entry.kind, 12), "dim"),
            (fitted(f"{account_text(p.account)} {p.bucket}".strip(), 32), ""),
            (f"{signed(p.micros):>18}", ""),
            (f" {p.currency}", "dim"),
        ]
        for entry, p in postings[:POSTINGS_SHOWN]
    ]
    more = len(postings) - POSTINGS_SHOWN
    if more > 0:
        text = texts.MORE_POSTINGS.format(more=more, entries=len(plan.entries))
        lines.append([(text, "dim")])
    return lines


def error_lines(error: str) -> Lines:
    """✗ and what is wrong, all of it."""
    first, *more = textwrap.wrap(printable(error), RULE_WIDTH) or [""]
    return [[("✗ ", "bad"), (first, "")], *_continued(more)]


def rule_lines(rules: tuple[Verdict, ...]) -> Lines:
    """Each rule's mark and sentence; failed ones first, short ones two a line.

    A date that is in order is left out.
    """
    lines: Lines = []
    seen: set[tuple[bool, str]] = set()
    left = ""
    for rule in sorted(rules, key=_pressing):
        sentence = rule.worded(grouped)
        if (rule.ok, sentence) in seen or (rule.ok and rule.rule.startswith("date.")):
            continue
        seen.add((rule.ok, sentence))
        short = rule.ok and not rule.asks and len(sentence) <= HALF_WIDTH
        mark = _mark(rule)
        if left and short:
            lines[-1] += [(" " * (HALF_WIDTH + 1 - len(left)), ""), mark, (sentence, "")]
            left = ""
            continue
        if rule.asks:
            sentence = f"{sentence.rpartition(':')[0]}{texts.SURE}"
        first, *more = textwrap.wrap(sentence, RULE_WIDTH) or [""]
        lines += [[mark, (first, "")], *_continued(more)]
        left = sentence if short else ""
    return lines


def _mark(rule: Verdict) -> Piece:
    if rule.asks:
        return "! ", "warn"
    is_open = rule.awaited or rule.unknown
    return f"{rule.mark} ", "dim" if is_open else "good" if rule.ok else "bad"


def _pressing(rule: Verdict) -> tuple[bool, bool, bool]:
    """Failed rules, then questions, then those with numbers, then short ones."""
    is_short = len(rule.worded(grouped)) <= HALF_WIDTH
    return rule.ok, not rule.asks, is_short
