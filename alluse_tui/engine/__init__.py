"""Use-cases: one door in, for every face (engine.md).

Names are loaded when they are first used: a command that only reads loads no rules.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alluse_tui.domain.derived.possible import possible
    from alluse_tui.engine.auth.key_store import KeyStore, key_in
    from alluse_tui.engine.clock import Clock, FixedClock, SystemClock, new_york
    from alluse_tui.engine.engine import LocalEngine
    from alluse_tui.engine.notices import Notice
    from alluse_tui.engine.operations.checkpoints import checkpoints_in
    from alluse_tui.engine.operations.first_run import check_new_book
    from alluse_tui.engine.operations.verification import Check, Verification
    from alluse_tui.engine.read.import_report import ImportReport, import_report
    from alluse_tui.engine.read.policy_files import policy_from, policy_problems, settings_of
    from alluse_tui.engine.read.record_text import is_security, security_text
    from alluse_tui.engine.read.record_views import record_view, span_text
    from alluse_tui.engine.record_decoding import Record
    from alluse_tui.security.sessions import IDLE_NS

_HOME = {
    "Check": "operations.verification",
    "IDLE_NS": "auth.logins",
    "Clock": "clock",
    "FixedClock": "clock",
    "ImportReport": "read.import_report",
    "KeyStore": "auth.key_store",
    "LocalEngine": "engine",
    "Notice": "notices",
    "Record": "record_decoding",
    "SystemClock": "clock",
    "Verification": "operations.verification",
    "check_new_book": "operations.first_run",
    "checkpoints_in": "operations.checkpoints",
    "import_report": "read.import_report",
    "is_security": "read.record_text",
    "key_in": "auth.key_store",
    "new_york": "clock",
    "policy_from": "read.policy_files",
    "policy_problems": "read.policy_files",
    "possible": "read.queries",
    "record_view": "read.record_views",
    "security_text": "read.record_text",
    "settings_of": "read.policy_files",
    "span_text": "read.record_views",
}

__all__ = [
    "IDLE_NS",
    "Check",
    "Clock",
    "FixedClock",
    "ImportReport",
    "KeyStore",
    "LocalEngine",
    "Notice",
    "Record",
    "SystemClock",
    "Verification",
    "check_new_book",
    "checkpoints_in",
    "import_report",
    "is_security",
    "key_in",
    "new_york",
    "policy_from",
    "policy_problems",
    "possible",
    "record_view",
    "security_text",
    "settings_of",
    "span_text",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
