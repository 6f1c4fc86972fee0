"""Lineage: who came from whom, and what each branch has grown to since its first dollar."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from alluse_tui.domain.views import AccountView, BranchView

Flows = Mapping[str, Mapping[str, int]]
"""Account code → 'capital', 'seed', 'net' → micros, as `flows.sql` has them."""


def branches(accounts: Iterable[AccountView], flows: Flows) -> tuple[BranchView, ...]:
    """The trees of one portfolio; a merged account stays where it was."""
    children: defaultdict[str, list[AccountView]] = defaultdict(list)
    for account in accounts:
        children[account.parent].append(account)

    def branch(account: AccountView) -> tuple[BranchView, int, int]:
        """The branch, its capital without its root's seed, and what forks and merges brought."""
        made = [branch(child) for child in children[account.code]]
        own = flows.get(account.code, {})
        outside = own.get("capital", 0) + sum(capital for _, capital, _ in made)
        net = own.get("net", 0) + sum(n for _, _, n in made)
        seed = own.get("seed", 0)
        below = tuple(b for b, _, _ in made)
        subtree = account.equity + sum(b.subtree for b in below)
        view = BranchView(account, subtree, outside + seed, seed - net, below)
        return view, outside, net

    return tuple(branch(root)[0] for root in children[""])
