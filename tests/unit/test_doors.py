"""The doors of the engine: small enough to implement again, and implemented by the local engine.

That the types fit as well is checked by mypy, at the end of `engine/doors.py`.
"""

from __future__ import annotations

import inspect
from typing import Any, Protocol

import pytest

from alluse_tui.engine import LocalEngine, auth_doors, doors
from alluse_tui.engine.auth.approvals import Approvals
from alluse_tui.engine.auth.logins import Logins
from alluse_tui.engine.auth.users import Users
from alluse_tui.engine.doors import DOOR_LIMIT
from alluse_tui.engine.engine import Auth
from alluse_tui.engine.market_data import MarketData
from alluse_tui.engine.operations.checkpoints import Checkpoints
from alluse_tui.engine.operations.operations import Operations
from alluse_tui.engine.read.position_queries import PositionQueries
from alluse_tui.engine.read.queries import Queries
from alluse_tui.engine.read.statement_queries import StatementQueries
from alluse_tui.engine.write.commands import Commands

IMPLEMENTED_BY: dict[str, type] = {
    "ApprovalDoor": Approvals,
    "AuthDoor": Auth,
    "CheckpointDoor": Checkpoints,
    "CommandDoor": Commands,
    "Engine": LocalEngine,
    "LoginDoor": Logins,
    "MarketDoor": MarketData,
    "OperationsDoor": Operations,
    "PositionDoor": PositionQueries,
    "QueryDoor": Queries,
    "StatementDoor": StatementQueries,
    "UserDoor": Users,
}
PROTOCOLS = {
    name: kind
    for name, kind in (vars(doors) | vars(auth_doors)).items()
    if isinstance(kind, type) and kind is not Protocol and getattr(kind, "_is_protocol", False)
}
BUILT_WITH = {
    "Auth": {"logins", "users", "approvals"},
    "LocalEngine": {"core", "commands", "queries"},
}
"""Attributes that an instance gets from its constructor."""


def public(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


def members(kind: type) -> set[str]:
    return public(kind) | BUILT_WITH.get(kind.__name__, set())


def parameters(member: Any) -> list[tuple[str, Any, Any]]:
    return [(p.name, p.kind, p.default) for p in inspect.signature(member).parameters.values()]


def test_every_protocol_is_implemented() -> None:
    assert PROTOCOLS.keys() == IMPLEMENTED_BY.keys()


@pytest.mark.parametrize("name", sorted(IMPLEMENTED_BY))
def test_no_door_has_more_members_than_somebody_would_implement_again(name: str) -> None:
    assert len(public(PROTOCOLS[name])) <= DOOR_LIMIT
    if name != "Engine":
        assert len(members(IMPLEMENTED_BY[name])) <= DOOR_LIMIT


@pytest.mark.parametrize("name", sorted(IMPLEMENTED_BY))
def test_the_local_engine_implements_each_door(name: str) -> None:
    protocol, kind = PROTOCOLS[name], IMPLEMENTED_BY[name]
    assert public(protocol) - members(kind) == set()
    for member in public(protocol):
        if inspect.isfunction(wanted := inspect.getattr_static(protocol, member)):
            assert parameters(wanted) == parameters(inspect.getattr_static(kind, member)), member
