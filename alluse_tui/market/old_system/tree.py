"""The tree of the old system's accounts, from three places that may contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from alluse_tui.domain.commands import OldAccount
from alluse_tui.market.old_system.database import Row
from alluse_tui.market.old_system.values import text_of

NAMED = 40
"""How many characters of its id an account without a name is called by."""


def forks_in(tables: Mapping[str, list[Row]]) -> Iterator[Row]:
    """The forks of the table `forking_history`, as relationships."""
    for row in tables.get("forking_history", []):
        yield {
            "parent_account_id": row.get("source_account_id"),
            "child_account_id": row.get("new_gen_acc_id"),
            "relationship_type": "fork",
        }


def in_order(
    accounts: list[OldAccount], relationships: list[Row]
) -> tuple[list[OldAccount], list[str]]:
    """The accounts, each after its parent, and remarks on parents that cannot be.

    A parent is the account's own, otherwise the account that it was forked from, otherwise the one
    in `relationships`, except merges. An account whose parent is missing, or
    that would be above itself, is at the top level.
    """
    by_id = {account.id: account for account in accounts}
    parents, forked = _related(relationships)
    remarks: list[str] = []
    placed: dict[str, OldAccount] = {}
    for account in accounts:
        source = account.forked_from or forked.get(account.id, "")
        parent = account.parent or source or parents.get(account.id, "")
        if parent and parent not in by_id:
            remarks.append(f"the account above {_called(account)} is missing")
            parent = ""
        source = source if source in by_id else ""
        placed[account.id] = replace(account, parent=parent, forked_from=source)
    for ident in placed:
        if _is_above_itself(ident, placed):
            called = _called(placed[ident])
            remarks.append(f"{called} is above itself: it is at the top level")
            placed[ident] = replace(placed[ident], parent="")
    return _parents_first(placed), remarks


def _called(account: OldAccount) -> str:
    return account.name or account.id[:NAMED]


def _related(relationships: list[Row]) -> tuple[dict[str, str], dict[str, str]]:
    """The parents by the child's id, and those of forks."""
    parents: dict[str, str] = {}
    forked: dict[str, str] = {}
    for row in relationships:
        kind = text_of(row.get("relationship_type")).lower()
        child = text_of(row.get("child_account_id"))
        parent = text_of(row.get("parent_account_id"))
        if child and parent and kind != "merge":
            parents.setdefault(child, parent)
            if kind == "fork":
                forked.setdefault(child, parent)
    return parents, forked


def _is_above_itself(ident: str, placed: dict[str, OldAccount]) -> bool:
    seen: set[str] = set()
    above = placed[ident].parent
    while above and above not in seen:
        if above == ident:
            return True
        seen.add(above)
        above = placed[above].parent
    return False


def _parents_first(placed: dict[str, OldAccount]) -> list[OldAccount]:
    ordered: dict[str, OldAccount] = {}
    for ident in placed:
        branch: list[str] = []
        while ident and ident not in ordered:
            branch.append(ident)
            ident = placed[ident].parent
        ordered.update((member, placed[member]) for member in reversed(branch))
    return list(ordered.values())
