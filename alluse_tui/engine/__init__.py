"""Use-cases: one door in, for every face (30-engine).

Names are loaded when they are first used: a command that only reads loads no rules.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alluse_tui.engine.audit import is_security, security_words
    from alluse_tui.engine.clock import Clock, FixedClock, SystemClock, new_york
    from alluse_tui.engine.evidence import checkpoints_in
    from alluse_tui.engine.first_run import check_new_book
    from alluse_tui.engine.importing import ImportReport, import_report
    from alluse_tui.engine.keys import Keys, key_in
    from alluse_tui.engine.local import LocalEngine
    from alluse_tui.engine.notices import Notice
    from alluse_tui.engine.policies import policy_from, policy_problems, settings_of
    from alluse_tui.engine.reading import Record
    from alluse_tui.engine.verification import Check, Verification

_HOME = {
    "Check": "verification",
    "Clock": "clock",
    "FixedClock": "clock",
    "ImportReport": "importing",
    "Keys": "keys",
    "LocalEngine": "local",
    "Notice": "notices",
    "Record": "reading",
    "SystemClock": "clock",
    "Verification": "verification",
    "check_new_book": "first_run",
    "checkpoints_in": "evidence",
    "import_report": "importing",
    "is_security": "audit",
    "key_in": "keys",
    "new_york": "clock",
    "policy_from": "policies",
    "policy_problems": "policies",
    "security_words": "audit",
    "settings_of": "policies",
}

__all__ = [
    "Check",
    "Clock",
    "FixedClock",
    "ImportReport",
    "Keys",
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
    "security_words",
    "settings_of",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
