"""Every text of the screens that is not a rule's sentence or an event's, in one place to edit.

A name in braces is filled in when the text is shown. Rules have their sentences in the domain,
events theirs in `event_text.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class ActionText(NamedTuple):
    """The label of an action (1 to 3 words) and its help: one imperative clause."""

    label: str
    help: str


ACTIONS: Mapping[str, ActionText] = {
    "fork": ActionText("Fork", "Open a new account with half of the surplus"),
    "merge": ActionText("Merge", "Merge a grown fork into Compounding"),
    "reinvest": ActionText("Reinvest", "Set aside the quarter's income"),
    "deposit": ActionText("Deposit", "Bring money into the account"),
    "withdraw": ActionText("Withdraw", "Take money out of the account"),
    "transfer": ActionText("Transfer", "Move money to another account"),
    "post": ActionText("Post", "Post a premium, fee, dividend, mark …"),
    "trade": ActionText("Trade", "Record a trade in shares or options"),
    "roll": ActionText("Roll", "Roll the option into a new one"),
    "close_position": ActionText("Close out", "Buy back or sell the position"),
    "expire": ActionText("Expire", "Record that the option expired"),
    "assign": ActionText("Assign", "Record an assignment or exercise"),
    "stress": ActionText("Stress", "Show the account if prices fell or rose"),
    "mark": ActionText("Mark", "Record the position's price"),
    "adjust": ActionText("Adjust", "Record a split, rename or new deliverable"),
    "edit": ActionText("Edit", "Change the account's name and notes"),
    "open": ActionText("Open", "Open an account under this one"),
    "release": ActionText("Release", "Return earmarked money to cash"),
    "suspend": ActionText("Suspend", "Stop all decisions on the account"),
    "activate": ActionText("Activate", "Reactivate the account"),
    "pause": ActionText("Pause", "Pause trading in the account"),
    "resume": ActionText("Resume", "Resume trading in the account"),
    "pause_all": ActionText("Pause all", "Pause trading in every account"),
    "resume_all": ActionText("Resume all", "Resume trading in the portfolio"),
    "close": ActionText("Close", "Close the empty account; its history is kept"),
    "answer": ActionText("Resolve", "Resolve the alert, or open the selected row"),
    "ack": ActionText("Ack", "Acknowledge the alert"),
    "snooze": ActionText("Snooze", "Hide this alert until a date"),
    "approve": ActionText("Approve", "Review the proposal's plan and approve it"),
    "reject": ActionText("Reject", "Reject the proposal, or withdraw your own"),
    "add_user": ActionText("Add user", "Add a user"),
    "roles": ActionText("Roles", "Change the user's roles"),
    "password": ActionText("Password", "Change your own or the user's password"),
    "disable": ActionText("Disable", "Disable or re-enable the user"),
    "undo_record": ActionText("Undo this", "Undo the selected record"),
    "undo": ActionText("Undo", "Undo your last change"),
    "previous": ActionText("Previous", "Show the previous account"),
    "next": ActionText("Next", "Show the next account"),
    "portfolio": ActionText("Portfolio", "Show the next portfolio"),
    "income_group": ActionText("Sum by", "Sum up by year, symbol, week or month"),
    "income_view": ActionText("View", "Show the cash view or the closed view"),
    "week_before": ActionText("Week before", "Show the week before"),
    "week_after": ActionText("Week after", "Show the week after"),
    "palette": ActionText("Go", "Find an action, screen or account by name"),
    "back": ActionText("Back", "Clear the filter, or return to the dashboard"),
    "find": ActionText("Find", "Show only rows that contain these words"),
    "sort": ActionText("Sort", "Sort by the next column"),
    "reverse": ActionText("Reverse", "Reverse the sort order"),
    "columns": ActionText("Columns", "Choose which columns to show"),
    "copy": ActionText("Copy", "Copy the rows as text"),
    "copy_csv": ActionText("Copy CSV", "Copy the rows as CSV"),
    "collapse": ActionText("Collapse", "Collapse or expand the branch"),
    "closed": ActionText("Closed", "Show or hide closed and merged accounts"),
    "import": ActionText("Import", "Import a broker's statement"),
    "morning": ActionText("Morning", "Morning close: import, compare, show today"),
    "import_reports": ActionText("Import reports", "Show the reports of recorded imports"),
    "reconcile": ActionText("Reconcile", "Compare an account with a broker's statement"),
    "explain": ActionText("Explain", "Explain a difference from a broker's statement"),
    "verify": ActionText("Verify", "Check every record, balance and file"),
    "rebuild": ActionText("Rebuild", "Rebuild the DuckDB file"),
    "simulate": ActionText("Simulate", "Simulate ten years under this policy"),
    "stop": ActionText("Stop", "Stop the running job"),
    "lock": ActionText("Lock", "Lock the screen; unlocking needs your password"),
    "login": ActionText("Log in", "Log in as another user"),
    "theme": ActionText("Theme", "Switch to the next theme"),
    "help": ActionText("Help", "Show all keys"),
    "quit": ActionText("Quit", "Leave the program; everything is saved"),
}
"""By the action's id in the registry."""

GO_TO_PAGE = "Go to {title}"

GROUP_ACCOUNT = "The selected account"
GROUP_POSITION = "The selected position"
GROUP_ALERT = "The selected alert, proposal, user or record"
GROUP_GO = "Navigation"
GROUP_LIST = "In every list"
GROUP_PROGRAM = "The program"

# -- why an action is unavailable ----------------------------------------

NOT_LOADED = "nothing is loaded yet"
WRITING_REFUSED = "writing is refused: {why}"
NEEDS_ROLE = "{name} ({roles}) may not do this; it needs the {needed} role"
SELECT_ACCOUNT = "select an account first"
SELECT_ALERT = "select an alert first (Tab, or 3)"
SELECT_PROPOSAL = "select a proposal first (4)"
SELECT_RECORD = "select a record first (Tab)"
SELECT_USER = "select a user first"
SELECT_POSITION = "select a position first (2, then Tab to Positions)"
SHARES_CANNOT = {
    "expire": "shares cannot expire",
    "assign": "shares cannot be assigned",
    "roll": "shares cannot be rolled",
}
NOTHING_TO_OPEN = "there is nothing to open here"
NOTHING_TO_EXPLAIN = "{code} has no recorded difference from a statement to explain"
NOTHING_TO_UNDO = "you have nothing to undo"
ONE_PORTFOLIO = "there is only one portfolio"
PROPOSAL_EXPIRED = "#{id} expired: nobody approved it within 24 hours"
PROPOSAL_COOLING = "#{id} is still cooling off"
PROPOSAL_OWN = "you proposed this; someone else must approve it"
NO_SNOOZE = "{kind} stays until someone else acknowledges it"
ALREADY_PAUSED = "{name} is already paused {reason}"
NOT_PAUSED = "{name} is not paused"
JOB_RUNNING = "{job} running; X stops it"
NO_JOB = "no job is running"
NO_PASSWORD = "the lock needs a password: set one on the Users screen (9, then w)"
FIRST_PASSWORD = "set your own password before you add users: press w"

# -- status lines ----------------------------------------

ALREADY_ACKNOWLEDGED = "{kind} is already acknowledged"
ACKNOWLEDGED = "{kind} acknowledged"
PAUSED = "{name} is paused"
SNOOZED = "{kind} snoozed until {until}"
UNDO_HINT = "; u undoes it"
RECORDED = "{command} recorded as #{seq}"
PROPOSED = "{command} proposed as #{approval}; waiting for approval (press 4)"
LOGGED_IN = "logged in as {user}"
UNLOCKED = "unlocked"

# -- help and palette ----------------------------------------

HELP_TITLE = "Keys: {page}"
HELP_INTRO = (
    "Every change shows a plan first; y confirms, u undoes.",
    "Dimmed keys are unavailable: press one to see why.",
)
HELP_KEYS = "/ searches · ↑↓ PgUp PgDn Home End scroll · esc closes"
HELP_SEARCHING = "enter keeps the search · esc clears it"
HELP_NOTHING = "no key matches"
HELP_PALETTE = ": finds any action by name, including those without a key."
SEARCH_PLACEHOLDER = "words to search for"
MOVING = (
    ("↑ ↓  k j", "Row", "Move up or down one row"),
    ("PgUp PgDn", "Page", "Move up or down one page"),
    ("Home g", "First", "Go to the first row"),
    ("End G", "Last", "Go to the last row"),
    ("Tab", "Next list", "Go to the next list"),
)
NO_KEY = ":"
INTERRUPT_KEYS = (
    ("ctrl+c", "Quit hint", "Show which key quits"),
    ("ctrl+z", "Suspend", "Suspend the program; fg resumes it"),
)
QUIT_HINT = "{key} quits; everything is saved"

PALETTE_TITLE = "Go to"
PALETTE_KEYS = "an action, a screen or an account · ↑↓ enter · esc closes"
PALETTE_PLACEHOLDER = "fork, journal, gen-1 …"
PALETTE_NOTHING = "nothing matches"

COLUMNS_TITLE = "Columns"
COLUMNS_KEYS = "space toggles · r resets · esc closes"

# -- plans ----------------------------------------

PLANNING = "working out the plan …"
CANCEL = "Cancel"
CONFIRM = "Do it now"
PROPOSE = "Propose it"
APPROVE = "Approve it"
PLAN_REFUSED = "refused"
PLAN_FRAME = "plan {digest} after record #{seq}"
PLAN_FRAME_FIRST = "plan {digest}"
PLAN_IN_PORTFOLIO = "{title} in {portfolio}"
PLAN_CHANGED = "changed since shown: "
PLAN_FUTURE = "effective date {date} is in the future; today is {today}"
PLAN_NOW_REFUSED = "it is refused now"
PLAN_LOOK_AGAIN = "look again"
PLAN_JUST_CHANGED = "just changed: check it, then press y"
PLAN_TOO_SMALL = "needs 80×24 to confirm, this is {width}×{height}"
PLAN_NOTE_KEY = "n note"
PLAN_UNDO_KEY = "   u undoes it"
MORE_ABOVE = "↑ {count} more {lines} above"
MORE_BELOW = "↓ {count} more {lines} below"
ASK_CODE = "large change: type {code} and press Enter to confirm"
ASK_AMOUNT = "type the amount of this proposal and press Enter"
ASK_PASSWORD = "type your password and press Enter"
ASK_NOTE = "a note to keep with the record; press Enter"
ASK_AGAIN = "sure? press y again to confirm"
WRONG_CODE = "that is not {code}"
SURE = ": sure?"

COOLING_OFF = "this becomes a proposal; after the cooling-off period, type its amount to confirm it"
SECOND_PERSON = "this becomes a proposal; someone else must approve it first"
UNCHECKED = "single-user book: nobody else checks this"

EQUITY, CASH, TOTAL = "equity", "cash", "total"
BEFORE, AFTER, CHANGE = "before", "after", "change"
TREE_HEADING = "accounts after this change"
TREE_TOO_LARGE = "too many accounts to show here"
TREE_NEW = "new"
EXTERNAL = "external ({account})"
MORE_POSTINGS = "… and {more:,} more postings in {entries:,} entries"

# -- forms ----------------------------------------

FORM_AT_ONCE = "enter saves · esc cancels"
FORM_PATH_KEYS = "enter reads the file · tab completes, then next field · esc cancels"
FORM_KEYS = "enter shows the plan · tab next field · esc cancels"
FORM_WORKING = "working …"
FORM_READING = "reading … esc stops it"
RECORDING = "recording …"
RECORDING_SO_FAR = "recording {done:,} of {total:,} …"
FORM_READ_SO_FAR = "{rows:,} rows read so far … esc stops it"

MOVEMENT_TITLES: Mapping[str, str] = {
    "deposit": "Deposit into {code}",
    "withdraw": "Withdraw from {code}",
    "transfer": "Transfer from {code}",
}
RESOLVE_TITLE = "Transfer: {kind}"
POST_TITLE = "Post to {code}"
TIME_EXAMPLE = "HH:MM in New York; optional"
CHECK_MORE = "{count} more {word}"
CHECK_FAILS = "failed"
CHECK_UNKNOWN = "not judged"
CHECK_HOLDS = "{count} rules hold"
CHECK_HOLDS_ONE = "1 rule holds"
TRADE_TITLE = "Trade in {code}"
EXPIRE_TITLE = "Expire {name}"
ASSIGN_TITLE = "Assign {name}"
EXERCISE_TITLE = "Exercise {name}"
BUY_BACK_TITLE = "Buy back {name}"
SELL_TITLE = "Sell {name}"
ROLL_TITLE = "Roll {name}"
STRESS_TITLE = "Stress test of {code}"
MARK_TITLE = "Mark {name}"
ADJUST_TITLE = "Adjust {symbol}"
EDIT_TITLE = "Edit {code}"
OPEN_TITLE = "Open an account under {code}"
RELEASE_TITLE = "Release in {code}"
SNOOZE_TITLE = "Snooze"
SETTING_TITLE = "Set {path}"
IMPORT_TITLE = "Import a statement"
RECONCILE_TITLE = "Reconcile with a statement"
EXPLAIN_TITLE = "Explain a difference of {code}"
RECONCILED_TITLE = "{account} and the statement of {day}"
ADD_USER_TITLE = "Add a user"
ROLES_TITLE = "Roles of {user}"
PASSWORD_TITLE = "Password of {user}"

ACCOUNT_FIGURES = "equity {equity}   cash {cash}   available {available}"
EARMARKS = "contracts {contracts}   LEAPS {leaps}"
TAXES_EARMARK = "   taxes {taxes}"
AMOUNT_EXAMPLE = "such as 12,500.00 or 250k"
OPTIONAL = "optional"
TRADE_HINT = (
    "+ buys, - sells; end with @ and the price per share:",
    "-1 AAPL 27Nov26 190p @1.45   +100 AAPL @191.20",
)
SELL, BUY = "Sell", "Buy"
STRESS = "if"
AVAILABLE = "available"
STRESS_READING = "working out the scenarios …"
STRESS_KEYS = "nothing is recorded · ↑↓ more · esc closes"
ESTIMATED = "estimated: {estimate}"
MARKED_VALUE = "value {before} → {after}"
COLLATERAL_ADDED = ", collateral {amount}"
DELTA_EXAMPLE = "optional, such as 0.45"
PRICE_EXAMPLE = "per share, such as 0.15"
NEW_OPTION_EXAMPLE = "such as 4Dec26 185p"
NET_PRICE_EXAMPLE = "net per share: 0.35 for a credit, -0.35 for a debit"
CLOSE_PRICE_EXAMPLE = "of the old option, per share; empty: at its carried value"
ROLL_HINT = "the old option is closed at its carried value; cash changes by the net price"
LOTS_EXAMPLE = "optional: records of the lots to close, such as 12,15"
SPLIT_EXAMPLE = "new:old shares, such as 3:2"
RENAME_EXAMPLE = "new symbol"
DELIVERABLE_EXAMPLE = "shares per contract"
FRACTION_EXAMPLE = "paid for a fraction of a share"
ADJUST_HINT = "adjusts the shares and all options on them"
ADJUST_OPTION_HINT = "all: everything on the symbol; this: only this option"
OVERRIDE_EXAMPLE = "reason, only to go below the buffer"
WHICH_ACCOUNT_GIVES = "which account does it come from?"
DIVIDEND_SYMBOL_EXAMPLE = "of a dividend: what paid it, such as AAPL"
SYMBOL_OF_DIVIDEND = "is only for a dividend"
KIND_EXAMPLE = "premium, fee, interest …"
DATE_OR_TODAY = "YYYY-MM-DD; empty for today"
DATE_EXAMPLE = "YYYY-MM-DD"
EMPTY_FOR_NOW = "optional; empty opens it with 0.00"
FROM_EXAMPLE = "an account; leave empty to deposit new money"
ONE_OF = "must be one of: {choices}"
CHOICES = "one of: {choices}"
KIND_HINT = "{kind}: {text}"
KINDS: Mapping[str, str] = {
    "premium": "option premium received",
    "fee": "positive if paid, negative if refunded",
    "interest": "positive if received, negative if paid",
    "dividend": "dividend received",
    "tax": "positive if paid, negative if refunded",
    "opening": "cash from before this book; negative if owed",
    "mark": "current value of the positions",
}
SETTING_NOW = "now {value}"
SETTING_ALLOWED = "allowed: {allowed}"
IMPORT_ABOUT = "rows that were already imported are skipped"
IMPORT_FILE = "statement.xml"
IMPORT_INTO = "an account, or 567=gen-1 890=rev-1; remembered"
IMPORT_CURRENCY = "base currency, if the file does not give it"
IMPORT_NO_FILE = "type the path of a statement"
MORNING_TITLE = "Morning close"
MORNING_READING = "looking in the inbox …"
MORNING_WORKING = "working … esc stops after this step"
MORNING_FILE = "reading {file} …"
MORNING_COMPARING = "comparing …"
MORNING_AGREES = "agrees with the broker"
MORNING_DIFFERS = "differences remain: their causes are above"
MORNING_UNCOMPARED = "nothing to compare with the broker"
MORNING_STOPPED = "stopped: {why}"
MORNING_LEFT = "left in the inbox"
MORNING_UNUSUAL = "you are asked because {why}"
MORNING_MORE = "and {count} more (press 3)"
NEW_STATEMENTS = "{count} new statement{s}: {key}"
IMPORT_PLAN_TITLE = "Import {file}"
ACCOUNT_TITLE = "Account of {file}"
ACCOUNT_ABOUT = "esc leaves the file in the inbox"
IMPORT_KNOWN = "the statements of this broker account belong to {known}, so {account} is not used"
IMPORT_ELSEWHERE = "earlier statements of this broker account are in {known}"
IMPORT_HEAD = (
    "{imported:,} new into {account}, {duplicates:,} already recorded, {ignored:,} ignored"
)
IMPORT_AGREES = "agrees with the file on {day}: {of} of {of} figures"
IMPORT_DIFFERS = "differs from the file on {day}: {count} of {of} figures"
IMPORT_CAUSES = "Reconcile names the likely causes, once this is recorded"
IMPORT_NOT_COMPARED = "not compared: {why}"
IMPORT_SAME_ACCOUNT = "several broker accounts of the file go into this account"
IMPORT_OF_BROKER = "broker account {digits} into {account}"
IMPORT_IGNORED = "ignored rows"
IMPORT_FIRST_LINE = "line {line:,}"
IMPORT_HEAD_OLDER = "{imported:,} new into {account}; the record has no other counts"
IMPORT_UNDONE = "undone"
IMPORTS_TITLE = "Import reports"
IMPORTS_KEYS = "enter shows the report · esc closes"
NO_IMPORTS = "no statement was imported yet: l imports one"
IMPORT_REPORT_TITLE = "Import into {account} up to {day}"
TEXT_KEYS = "↑↓ more · esc closes"
IMPORT_REPORT_READING = "reading …"
PATH_WAITING = "the folder does not answer yet"
PATH_PROBLEM = "this folder: {problem}"
PATH_MORE = "and {more:,} more"
PATH_PARTIAL = "and more than {more:,} more; type more of the name"
PATH_CUT = "only the first files were looked at; type the whole name"
RECONCILE_ABOUT = "cash and quantities on the statement's last day"
RECONCILE_INTO = "an account, if it has no statement yet"
RECONCILE_READING = "comparing …"
RECONCILE_KEYS = "not recorded yet · r records it · ↑↓ more · esc closes"
RECONCILED = "agrees with the statement of {day}"
EXPLAINED = "{title}: explained by {by}: {why}"
EXPLAIN_HINT = "counts for this difference only; if it changes, explain it again"
EXPLAIN_ITEM = "choose a difference: {items}"
EXPLAIN_WHY = "type the reason"
WHY_EXAMPLE = "such as: February fee, booked on the 2nd"

ROLES_ABOUT = "roles: one or more of {roles}"
ROLES_NEEDED = "must be one or more of: {roles}"
USER_NAME_EXAMPLE = "system account, or another login name"
ROLES_EXAMPLE = "operator, approver"
FULL_NAME_EXAMPLE = "optional; stored encrypted"
NEW_USER_PASSWORD = "the new user's, at least 15 characters"
NEW_PASSWORD = "at least 15 characters"
OWN_PASSWORD = "your password"
OWN_PASSWORD_NEEDED = "type your own password to confirm"
PASSWORDS_DIFFER = "does not match the new password"
LOGGED_OUT_EVERYWHERE = "This logs the user out everywhere."

SIMULATE_TITLE = "Simulate ten years"
SIMULATE_ABOUT = """\
Ten years from today for a new portfolio of {equity} {currency}
under the policy of {portfolio}. Nothing is recorded; the result is
on the Reports screen (6).

Assumptions
  Weekly results are made up: on average {generation} of equity for
  Generation, {revenue} for Revenue and {compounding} for Compounding,
  give or take {spread}.
  Due forks, merges and reinvestments are carried out.
  There are no deposits, withdrawals, taxes or crashes.

It shows what the rules do with steady income; it is not a forecast."""
SIMULATE_KEYS = "y starts · esc cancels"
START = "Start"

# -- login and lock ----------------------------------------

LOGIN_TITLE = "Log in"
LOGIN_ABOUT = "log in as another user on this screen"
LOGIN_REQUIRED = "{name} is not logged in, and only users may see this book"
LOCKED_TITLE = "Locked"
LOCKED_ABOUT = "{name} locked the screen or was idle for 10 minutes"
CHECKING_PASSWORD = "checking …"
PASSWORD_KEYS = "enter · esc cancels"
PASSWORD_KEYS_LEAVING = "enter · esc quits"

# -- first run ----------------------------------------

WELCOME = """\
ALL-USE runs option-premium accounts by rule.

There is no book yet at
  {path}
and none is created until you confirm its plan.

  n   new portfolio: enter its name and capital, and see the split
  d   demo: a throw-away book with two years of history
  q   quit

From another machine?  alluse restore BACKUP   or   alluse --db PATH"""

BOOK_MISSING = """\
{problem}

  d   demo: a throw-away book with two years of history
  q   quit"""

NEW_PORTFOLIO_TITLE = "New portfolio"
CAPITAL_EXAMPLE = "such as 250,000 or 250k"
TEMPLATE_CHOICES = "templates: {templates}"
CAPITAL_HINT = "the capital is split over the three tiers; 0 opens them empty"
SPLIT_LINE = "{tier:<12}{code:<6} {bar} {equity:>15}  buffer {buffer:>13}"

# -- a record ----------------------------------------

RECORD_TITLE = "Record {seq}"
RECORD_READING = "reading …"
RECORD_KEYS = "↓ more · r {other} · esc closes"
RECORD_IN_WORDS = "in words"
RECORD_STORED = "as stored"
RECORD_PART = "#{seq}, part {part} of {parts}"
RECORD_TIMES = "{local} New York, {utc} UTC"
RECORD_COMMAND = "{command} in {portfolio}"
RECORD_TRUNCATED = "… {count:,} characters in all: alluse log --json"

# -- a position ----------------------------------------

POSITION_TITLE = "{name} in {account}"
POSITION_READING = "reading …"
POSITION_KEYS = "↓ more · esc closes"
POSITION_RECORD_KEYS = "↓ more · r record {seq} · esc closes"
POSITION_ENDED = "Nothing is held any more."
POSITION_FIGURES: Mapping[str, str] = {
    "held": "held",
    "days": "days to expiry",
    "cost": "cost",
    "basis": "basis",
    "value": "value",
    "mark": "mark",
    "unrealised": "unrealised gain",
    "realised": "realised gain",
    "collateral": "collateral",
    "contract": "contract id",
}
MARK_ON = "{price} on {day}"
NEVER_MARKED = "at cost, never marked"
OPEN_LOTS = "Open lots"
CLOSED_LOTS = "Closed lots"
ROLLS = "Rolls"

# -- screen.toml ----------------------------------------

CANNOT_READ = "cannot be read: {why}"
NOT_TOML = "is not valid TOML: {why}"
TOO_DEEP = "is not valid TOML: nested too deeply"
TRUE_OR_FALSE = "must be true or false"
KEYS_TABLE = 'must be a table such as fork = "F"'
NOT_A_KEY = "must be a key such as F or ctrl+f"
TAKEN_BY_TERMINALS = "is taken by terminals; choose another"
MOVES_CURSOR = "moves the cursor; choose another"
SAME_KEY = "is also the key of '{other}'"
RENAMED_ACTION = "this action is now called '{name}'; change the name in the file"
UNKNOWN_NAME = "is not known; {hint}"
DID_YOU_MEAN = "did you mean '{name}'?"
KNOWN_NAMES = "known: {names}"
