"""Use cases behind seven doors: everything that the faces may import of the engine (engine.md).

Names are loaded on first use, so a command that only reads loads no rules.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alluse_tui.domain.derived.entry_text import (
        contract_text,
        fill_text,
        instrument_text,
        recorded_text,
    )
    from alluse_tui.domain.derived.possible import possible
    from alluse_tui.engine.auth.key_store import KeyStore, key_in
    from alluse_tui.engine.auth_doors import ApprovalDoor, AuthDoor, LoginDoor, UserDoor
    from alluse_tui.engine.clock import Clock, FixedClock, SystemClock, new_york
    from alluse_tui.engine.doors import (
        CheckpointDoor,
        CommandDoor,
        Engine,
        MarketDoor,
        OperationsDoor,
        PositionDoor,
        QueryDoor,
        StatementDoor,
    )
    from alluse_tui.engine.engine import LocalEngine
    from alluse_tui.engine.inbox.folder import inbox_folder
    from alluse_tui.engine.inbox.inbox import (
        FileState,
        Inbox,
        InboxFile,
        InboxStatement,
        PreparedImport,
    )
    from alluse_tui.engine.inbox.morning import MorningClose, Step, StepResult, Today
    from alluse_tui.engine.mapping_files import check_new_mapping, save_mapping
    from alluse_tui.engine.notices import Notice
    from alluse_tui.engine.operations.backup import is_plain_backup, make_backup, restore_backup
    from alluse_tui.engine.operations.checkpoints import checkpoints_in
    from alluse_tui.engine.operations.first_run import check_new_book
    from alluse_tui.engine.operations.recovery import (
        Dropped,
        RecordSummary,
        Report,
        adopt_recovered,
        recovered_copy,
    )
    from alluse_tui.engine.operations.verification import Check, Verification
    from alluse_tui.engine.read.entry_views import activity_text
    from alluse_tui.engine.read.import_report import ImportReport, import_reports
    from alluse_tui.engine.read.kept_imports import KeptImport, kept_imports, kept_summary
    from alluse_tui.engine.read.market_outlook import MarketOutlook
    from alluse_tui.engine.read.overview import Overview
    from alluse_tui.engine.read.policy_files import policy_from, policy_problems, settings_of
    from alluse_tui.engine.read.record_text import is_security, security_text
    from alluse_tui.engine.read.record_views import record_view, span_text
    from alluse_tui.engine.record_decoding import Record
    from alluse_tui.engine.simulation.demo import DemoClock, Ticker, compose_demo, demo_today
    from alluse_tui.engine.simulation.simulated_years import Year, simulate_years
    from alluse_tui.engine.simulation.weekly_premium import SPREAD_BPS, WEEKLY_BPS
    from alluse_tui.engine.statement_accounts import (
        accounts_of_statements,
        import_command,
        statement_to_compare,
        statements_by_portfolio,
        typed_mapping,
    )
    from alluse_tui.market.data.bar_files import ReadMarket
    from alluse_tui.market.old_system import ReadOldSystem, is_database, read_old_system
    from alluse_tui.market.statements import ReadStatement
    from alluse_tui.market.statements.reading_progress import reading_progress
    from alluse_tui.market.trading_calendar import NewYorkCalendar
    from alluse_tui.replica.export_formats import EXPORT_FORMATS
    from alluse_tui.security.age_files import AgeKey, age_key, is_age_file
    from alluse_tui.security.evidence import Checkpoint
    from alluse_tui.security.login_sessions import IDLE_NS

_MODULES = {
    "accounts_of_statements": "engine.statement_accounts",
    "import_command": "engine.statement_accounts",
    "activity_text": "engine.read.entry_views",
    "contract_text": "domain.derived.entry_text",
    "fill_text": "domain.derived.entry_text",
    "instrument_text": "domain.derived.entry_text",
    "recorded_text": "domain.derived.entry_text",
    "ApprovalDoor": "engine.auth_doors",
    "AuthDoor": "engine.auth_doors",
    "Check": "engine.operations.verification",
    "Checkpoint": "security.evidence",
    "CheckpointDoor": "engine.doors",
    "Clock": "engine.clock",
    "CommandDoor": "engine.doors",
    "DemoClock": "engine.simulation.demo",
    "Dropped": "engine.operations.recovery",
    "EXPORT_FORMATS": "replica.export_formats",
    "RecordSummary": "engine.operations.recovery",
    "Engine": "engine.doors",
    "FixedClock": "engine.clock",
    "NewYorkCalendar": "market.trading_calendar",
    "IDLE_NS": "security.login_sessions",
    "ImportReport": "engine.read.import_report",
    "AgeKey": "security.age_files",
    "KeptImport": "engine.read.kept_imports",
    "kept_imports": "engine.read.kept_imports",
    "kept_summary": "engine.read.kept_imports",
    "KeyStore": "engine.auth.key_store",
    "LocalEngine": "engine.engine",
    "LoginDoor": "engine.auth_doors",
    "MarketDoor": "engine.doors",
    "MarketOutlook": "engine.read.market_outlook",
    "Notice": "engine.notices",
    "OperationsDoor": "engine.doors",
    "Overview": "engine.read.overview",
    "PositionDoor": "engine.doors",
    "QueryDoor": "engine.doors",
    "ReadOldSystem": "market.old_system",
    "ReadStatement": "market.statements",
    "reading_progress": "market.statements.reading_progress",
    "ReadMarket": "market.data.bar_files",
    "Record": "engine.record_decoding",
    "Report": "engine.operations.recovery",
    "SystemClock": "engine.clock",
    "Ticker": "engine.simulation.demo",
    "UserDoor": "engine.auth_doors",
    "Verification": "engine.operations.verification",
    "SPREAD_BPS": "engine.simulation.weekly_premium",
    "WEEKLY_BPS": "engine.simulation.weekly_premium",
    "Year": "engine.simulation.simulated_years",
    "adopt_recovered": "engine.operations.recovery",
    "check_new_book": "engine.operations.first_run",
    "check_new_mapping": "engine.mapping_files",
    "checkpoints_in": "engine.operations.checkpoints",
    "compose_demo": "engine.simulation.demo",
    "import_reports": "engine.read.import_report",
    "is_plain_backup": "engine.operations.backup",
    "is_age_file": "security.age_files",
    "is_database": "market.old_system",
    "is_security": "engine.read.record_text",
    "key_in": "engine.auth.key_store",
    "age_key": "security.age_files",
    "make_backup": "engine.operations.backup",
    "new_york": "engine.clock",
    "policy_from": "engine.read.policy_files",
    "policy_problems": "engine.read.policy_files",
    "possible": "domain.derived.possible",
    "simulate_years": "engine.simulation.simulated_years",
    "record_view": "engine.read.record_views",
    "read_old_system": "market.old_system",
    "recovered_copy": "engine.operations.recovery",
    "restore_backup": "engine.operations.backup",
    "security_text": "engine.read.record_text",
    "save_mapping": "engine.mapping_files",
    "settings_of": "engine.read.policy_files",
    "span_text": "engine.read.record_views",
    "statement_to_compare": "engine.statement_accounts",
    "statements_by_portfolio": "engine.statement_accounts",
    "typed_mapping": "engine.statement_accounts",
    "demo_today": "engine.simulation.demo",
    "FileState": "engine.inbox.inbox",
    "Inbox": "engine.inbox.inbox",
    "InboxFile": "engine.inbox.inbox",
    "InboxStatement": "engine.inbox.inbox",
    "PreparedImport": "engine.inbox.inbox",
    "MorningClose": "engine.inbox.morning",
    "Step": "engine.inbox.morning",
    "StepResult": "engine.inbox.morning",
    "Today": "engine.inbox.morning",
    "inbox_folder": "engine.inbox.folder",
    "StatementDoor": "engine.doors",
}
"""Where each name is defined."""

__all__ = [
    "EXPORT_FORMATS",
    "IDLE_NS",
    "SPREAD_BPS",
    "WEEKLY_BPS",
    "AgeKey",
    "ApprovalDoor",
    "AuthDoor",
    "Check",
    "Checkpoint",
    "CheckpointDoor",
    "Clock",
    "CommandDoor",
    "DemoClock",
    "Dropped",
    "Engine",
    "FileState",
    "FixedClock",
    "ImportReport",
    "Inbox",
    "InboxFile",
    "InboxStatement",
    "KeptImport",
    "KeyStore",
    "LocalEngine",
    "LoginDoor",
    "MarketDoor",
    "MarketOutlook",
    "MorningClose",
    "NewYorkCalendar",
    "Notice",
    "OperationsDoor",
    "Overview",
    "PositionDoor",
    "PreparedImport",
    "QueryDoor",
    "ReadMarket",
    "ReadOldSystem",
    "ReadStatement",
    "Record",
    "RecordSummary",
    "Report",
    "StatementDoor",
    "Step",
    "StepResult",
    "SystemClock",
    "Ticker",
    "Today",
    "UserDoor",
    "Verification",
    "Year",
    "accounts_of_statements",
    "activity_text",
    "adopt_recovered",
    "age_key",
    "check_new_book",
    "check_new_mapping",
    "checkpoints_in",
    "compose_demo",
    "contract_text",
    "demo_today",
    "fill_text",
    "import_command",
    "import_reports",
    "inbox_folder",
    "instrument_text",
    "is_age_file",
    "is_database",
    "is_plain_backup",
    "is_security",
    "kept_imports",
    "kept_summary",
    "key_in",
    "make_backup",
    "new_york",
    "policy_from",
    "policy_problems",
    "possible",
    "read_old_system",
    "reading_progress",
    "record_view",
    "recorded_text",
    "recovered_copy",
    "restore_backup",
    "save_mapping",
    "security_text",
    "settings_of",
    "simulate_years",
    "span_text",
    "statement_to_compare",
    "statements_by_portfolio",
    "typed_mapping",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"alluse_tui.{_MODULES[name]}"), name)
