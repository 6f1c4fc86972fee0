"""A plan in lines: each account before and after, each rule with its numbers, the postings."""

from __future__ import annotations

import textwrap

from alluse_tui.domain.views import AccountView, PlanView, Verdict, grouped, printable
from alluse_tui.tui.formatting import signed
from alluse_tui.tui.snapshot import Snapshot
from alluse_tui.tui.widgets.inked import Piece, fitted

POSTINGS_SHOWN = 8

TREE_AT_MOST = 60

WORDS = ("name", "notes", "status")
"""What a plan may change about an account besides its figures and its place."""

RULE_WIDTH, HALF_WIDTH = 66, 32


def four_eyes(plan: PlanView, snapshot: Snapshot | None) -> list[list[Piece]]:
    """Who checks this besides whoever does it."""
    if plan.approval == "cooling off":
        said = "a proposal: you confirm it after a while, typing its amount"
    elif plan.approval:
        said = "a proposal: somebody else approves it before anything is done"
    elif plan.unchecked:
        return [[("! one-person book: nobody else will check this", "dim")], [("", "")]]
    else:
        return []
    return [[("! ", "warn"), (said, "")], [("", "")]]


def plan_lines(plan: PlanView, snapshot: Snapshot | None = None) -> list[list[Piece]]:
    """Equity before, after and change of each account; the rules; postings; the new tree."""
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
        if before is not None:
            lines += word_lines(before, after)
        before_all, after_all = before_all + old, after_all + after.equity
    if len(plan.accounts) > 1:
        lines.append([
            (fitted("together", 12), "dim"), (f"{grouped(before_all):>18}", "dim"),
            (f"{grouped(after_all):>18}", "dim"),
            (f"{signed(after_all - before_all):>18}", "dim"),
        ])  # fmt: skip
    lines += [*([[("", "")]] if lines else []), *rule_lines(plan.rules)]
    if plan.entries:
        lines += [[("", "")], *posting_lines(plan)]
    if snapshot is not None and snapshot.portfolio.name == plan.portfolio and _reshapes(plan):
        lines += [[("", "")], [("accounts as they will stand", "dim")], *tree_lines(plan, snapshot)]
    return lines


def word_lines(before: AccountView, after: AccountView) -> list[list[Piece]]:
    """What is said of the account otherwise: its name, its notes, its status."""
    lines: list[list[Piece]] = []
    for what in WORDS:
        was, will = getattr(before, what), getattr(after, what)
        if was != will:
            said = printable(f"{was or '—'} → {will or '—'}")
            first, *more = textwrap.wrap(said, RULE_WIDTH - 12) or [""]
            lines += [
                [(fitted(f"  {what}", 12), "dim"), (first, "")],
                *([(" " * 12, ""), (rest, "")] for rest in more),
            ]
    return lines


def _reshapes(plan: PlanView) -> bool:
    """Whether the plan opens, ends or moves an account."""
    return any(
        before is None or (before.status, before.parent) != (after.status, after.parent)
        for before, after in plan.accounts
    )


def tree_lines(plan: PlanView, snapshot: Snapshot) -> list[list[Piece]]:
    """The accounts of the tiers that the plan touches, by descent, as they will stand."""
    changed = {after.code: (before, after) for before, after in plan.accounts}
    tiers = {after.tier for _, after in changed.values()}
    if len(snapshot.overview) > TREE_AT_MOST:
        return [[("too many accounts to draw here", "dim")]]
    then = {a.code: a for a in snapshot.accounts()} | {
        c: after for c, (_, after) in changed.items()
    }
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


def error_lines(said: str) -> list[list[Piece]]:
    """✗ and what is wrong, all of it."""
    first, *more = textwrap.wrap(printable(said), RULE_WIDTH) or [""]
    return [[("✗ ", "bad"), (first, "")], *([("  ", ""), (rest, "")] for rest in more)]


def rule_lines(rules: tuple[Verdict, ...]) -> list[list[Piece]]:
    """✓ or ✗, and why, with numbers; what stands in the way first, short ones two a line."""
    lines: list[list[Piece]] = []
    seen: set[tuple[bool, str]] = set()
    left = ""
    for rule in sorted(rules, key=_pressing):
        said = rule.worded(grouped)
        if (rule.ok, said) in seen:
            continue
        seen.add((rule.ok, said))
        ink = "dim" if rule.awaited else "good" if rule.ok else "bad"
        mark: Piece = (f"{rule.mark} ", ink)
        if left and rule.ok and len(said) <= HALF_WIDTH:
            lines[-1] += [(" " * (HALF_WIDTH + 1 - len(left)), ""), mark, (said, "")]
            left = ""
            continue
        first, *more = textwrap.wrap(said, RULE_WIDTH) or [""]
        lines += [[mark, (first, "")], *([("  ", ""), (rest, "")] for rest in more)]
        left = said if rule.ok and len(said) <= HALF_WIDTH else ""
    return lines


def _pressing(rule: Verdict) -> tuple[bool, bool, bool]:
    """What stands in the way, then what has numbers, then what is short, then plain dates."""
    return rule.ok, rule.rule.startswith("date."), len(rule.worded(grouped)) <= HALF_WIDTH
