"""The sentences of the screens: empty lists, explanations, titles. Columns have theirs beside them.

Forms, dialogs, help and the reasons why an action is disabled have theirs in other files.
"""

from __future__ import annotations

from alluse_tui.tui.widgets.inked import Piece

NO_ALERTS = "✓ no alerts"
NO_ACTIVITY = "no money has moved yet"
NO_RECENT_ACTIVITY = "no money has moved in the newest records"

# -- account ----------------------------------------

NO_ENTRIES = "no entries yet"
POSITIONS = "Positions · at cost until marked"
NO_POSITIONS = "no positions"
NO_RULES = "no rules apply"

# -- alerts ----------------------------------------

WHOLE_PORTFOLIO = "the whole portfolio"
WHOLE_BOOK = "the whole book"
SEEN = "acknowledged at this severity"
NOT_SEEN = "not acknowledged"

# -- approvals ----------------------------------------

NO_PROPOSALS = "✓ nothing is waiting for approval"

SINGLE_USER_APPROVALS: list[list[Piece]] = [
    [("Not set up: nobody else checks what the only user does", "strong")],
    [("Each action shows its plan with Cancel focused; ", ""), ("u", "due"), (" undoes it.", "")],
    [("8", "due"), (" Settings: set approval.alone to cooling_off to add a waiting time.", "")],
    [("9", "due"), (" Users: with two users, one proposes and the other approves.", "")],
]

HOW_APPROVALS_WORK: list[list[Piece]] = [
    [("One user proposes what moves money or changes rules; another approves it.", "")],
    [("A proposal expires after 24 hours, and only the plan that was shown is recorded.", "")],
    [("Settings approval.commands and approval.above decide what needs approval.", "dim")],
]

APPROVE_HINT = " shows the current plan; approving needs it to be unchanged"

# -- market ----------------------------------------

WEEK = "Week"
WEEK_OF = "Week of {monday:%a} {monday.day} {monday:%b %Y}"
NO_WEEK_REGIME = "The regime of this week is not known"
WEEK_TYPES = "Week types"
NO_WEEK_TYPES = "no account was open in that week"
MARKET_DATA = "Market data"
NO_REGIME = "not known: needs current bars of the benchmark"
NO_VIX = "not known: needs current bars of VIX"
NO_CHAINS = "alluse market chain FILE imports option chains, alluse market import FILE bars"
UNKNOWN = "—"
ATR_LEVELS = "ATR levels of short options"
STRIKES = "What {tier} {code} may sell · ● delta {low}–{high} · ↵ fills in the trade"

# -- reports ----------------------------------------

NO_MONTHS = "no complete month yet"
NO_BRANCHES = "no accounts yet"
NOT_SIMULATED = "not run yet: x simulates ten years under this policy, with made-up premiums"
SIMULATION = "Simulation"
SIMULATION_RESULT = "Simulation: made-up premiums, not a forecast"

# -- income ----------------------------------------

INCOME = "Income"
INCOME_BY = "Income by {group} · {view} view · {total} {currency}"
NO_INCOME = "no income yet"
LEFT_OUT = "Not included"
UNVALUED = "{amount} {currency} without an exchange rate"
UNKNOWN_GAIN = "the gain of {name} in {account}, whose cost is not known"
CYCLES = "Wheel cycles"
NO_CYCLES = "no cycles yet"

# -- journal ----------------------------------------

NO_RECORDS = "no records"
NOT_CHECKED = "not checked since the start: V checks every record, sum and file"

# -- settings ----------------------------------------

THEME_HINT = "T selects the next"
DEFAULT_KEYS = "defaults"
KEYS_HINT = "screen.toml changes them (docs/keys.md)"
NO_CONFIG_FILE = "none (defaults)"
VAULT_HINT = "alluse vault list shows the keys for personal data"

# -- users ----------------------------------------

NO_USERS = "no users yet"

ROLES: list[list[Piece]] = [
    [
        ("viewer ", "strong"),
        ("can only look · ", ""),
        ("operator ", "strong"),
        ("posts facts and proposes what moves money", ""),
    ],
    [
        ("approver ", "strong"),
        ("approves proposals of others · ", ""),
        ("auditor ", "strong"),
        ("sees logins", ""),
    ],
    [("admin ", "strong"), ("manages users, policy, keys and backups; other roles add more", "")],
]


def first_user(name: str) -> list[list[Piece]]:
    """What the only user of a book without users should know."""
    return [
        [(f"{name} is the only user, has no password and may do everything.", "")],
        [
            ("w", "due"),
            (" sets your password; then ", ""),
            ("a", "due"),
            (" adds other users.", ""),
        ],
        [("With two users, one can propose and the other approve.", "")],
    ]
