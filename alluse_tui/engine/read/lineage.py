"""The tree of accounts by descent, with the growth of each branch since its first deposit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from alluse_tui.domain.views import AccountView, BranchView

Flows = Mapping[str, Mapping[str, int]]
"""Account code → 'capital', 'seed', 'net' → micros, as `flows.sql` has them."""


def branches(accounts: Iterable[AccountView], flows: Flows) -> tuple[BranchView, ...]:
    """The trees of one portfolio; a merged account keeps its place."""
    children: defaultdict[str, list[AccountView]] = defaultdict(list)
    for account in accounts:
        children[account.parent].append(account)

    def branch(account: AccountView) -> tuple[BranchView, int, int]:
        """The branch, its capital without the root's seed, and its net gain by forks and merges."""
        below = [branch(child) for child in children[account.code]]
        own = flows.get(account.code, {})
        outside = own.get("capital", 0) + sum(capital for _, capital, _ in below)
        net = own.get("net", 0) + sum(n for _, _, n in below)
        seed = own.get("seed", 0)
        children_views = tuple(view for view, _, _ in below)
        subtree = account.equity + sum(view.subtree for view in children_views)
        view = BranchView(account, subtree, outside + seed, seed - net, children_views)
        return view, outside, net

    return tuple(branch(root)[0] for root in children[""])
