"""Use-cases: one door in, for every face (30-engine)."""

from alluse_tui.engine.clock import Clock, FixedClock, SystemClock, new_york
from alluse_tui.engine.importing import ImportReport, import_report
from alluse_tui.engine.local import LocalEngine
from alluse_tui.engine.notices import Notice
from alluse_tui.engine.policies import policy_from, policy_problems, settings_of
from alluse_tui.engine.verification import Check, Verification

__all__ = [
    "Check",
    "Clock",
    "FixedClock",
    "ImportReport",
    "LocalEngine",
    "Notice",
    "SystemClock",
    "Verification",
    "import_report",
    "new_york",
    "policy_from",
    "policy_problems",
    "settings_of",
]
