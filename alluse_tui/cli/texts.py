"""Texts of the command line: the help of options, and messages that several commands share.

The help of each command is its docstring; `alluse_tui.cli.reference` renders all of them on one
page. Help is one imperative clause or a noun phrase, as in git and gh; messages say what is wrong,
then what to do.
"""

from __future__ import annotations

APPROVE_AMOUNT = "Confirm your own proposal after its cooling-off period: type its amount."
AS_OF = "Show the accounts as of the end of that day."
CONFIRMED_COMMANDS = (
    "Without a terminal nothing is asked: withdraw, transfer, fork, merge, reinvest, undo, close, "
    "import, approve, restore, recover and open --from then need --yes, and so do a trade that "
    "breaks a rule and any fact above the limit limits.outsized. All other commands act at once; "
    "--dry-run shows their plan."
)
CURRENCY = "Currency (default: the portfolio's)."
DATE = "Effective date in New York (default: today)."
DB = (
    "Path of the journal (default: $ALLUSE_DB, or alluse/alluse.journal in the XDG data directory)."
)
DRY_RUN = "Show the plan without recording anything."
EXIT_CODES = (
    "Exit codes: 0 done; 1 internal error; 2 bad input or usage; 3 refused by a rule; 4 integrity "
    "check failed, or quarantined; 5 not logged in or not allowed; 6 store busy or unavailable, or "
    "the plan changed (try again); 7 recorded, waiting for approval; 8 the book differs from a "
    "statement."
)
JSON = "Print one JSON document."
JSON_LINES = "Print one JSON document per line (NDJSON)."
KEY = "Idempotency key; repeating a command with the same key does nothing."
NEW_PASSWORD_FILE = "File whose first line is the new password ('-': stdin)."
NOTE = "Note to store with the record."
NO_MOUSE = "Leave the mouse to the terminal, so that it can select and copy text."
OVERRIDE = "Allow the buffer to be used; the reason is recorded."
OWN_PASSWORD_FILE = (
    "File whose first line is your password, for commands that ask for it again ('-': stdin)."
)
PASSWORD_FILE = "File whose first line is your password ('-': stdin)."
PORTFOLIO = "Portfolio to use (default: $ALLUSE_PORTFOLIO)."
READ_ONLY = "Open the dashboard read-only, and refuse every command that writes."
ACCEPT_CLOCK = "Accept a system clock more than ten days ahead of the newest record."
ROLE = "Role of the user; may be repeated. One of: {roles}."
TIER = "List only accounts of this tier."
YES = "Answer yes to every question."

NOTHING_DONE = "nothing was done"
NOT_RECORDED = "dry run: nothing was recorded"
NOTHING_DUE = "nothing is due"
NEEDS_YES = "required for {command} without a terminal"
NEEDS_TERMINAL = "required without a terminal"
READ_ONLY_REFUSAL = "--read-only refuses `{command}`, which writes; run it without --read-only"
RECORDED = "recorded as #{seq}"
IMPORT_PORTFOLIO = "{name}:"
NO_PROPOSALS = "no proposals are pending"
NO_RATE = "note: no exchange rate for {currencies}; not included in the figures"
DID_YOU_MEAN = "did you mean `alluse {name}`?"
RENAMED = "`alluse {old}` is now `alluse {new}`"

REFERENCE_HEAD = (
    "# Command-line reference",
    "",
    "Generated from the program by `make docs`; do not edit. `alluse COMMAND --help` prints the",
    "same text.",
    "",
)
SHARED_OPTIONS = (
    "Every command that reads or writes a book takes `--db`, `--json` and `--portfolio`. The other "
    "options belong to commands that record something."
)

CASH_FACTS = {
    "premium": "Record option premium received.",
    "fee": "Record a fee paid; negative for a refund.",
    "interest": "Record interest received; negative if paid.",
    "dividend": "Record a dividend received.",
    "tax": "Record tax paid; negative for a refund.",
    "opening": "Record opening cash; negative if owed.",
}

# Options of single commands, in the order of the commands' files.
OPEN_TIER = "Tier of the new account."
OPEN_NAME = "Name of the new account (default: tier and number)."
OPEN_AMOUNT = "Opening cash, transferred from the account --from."
OPEN_FROM = "Account that --amount comes from."
OPEN_DEPOSIT = "Opening cash, deposited from outside."
EDIT_NAME = "New name."
PAUSE_WHY = "Reason to store with the pause."
ALERTS_ALL = "Include snoozed alerts."
SNOOZE_UNTIL = "Date on which the alert returns."
PASSPHRASE_FILE = "File whose first line is the passphrase."
IDENTITY = "File with age secret keys, which decrypt a backup."
BACKUP_PLAIN = "Write the backup unencrypted."
BACKUP_RECIPIENT = "Encrypt for this age public key; may be repeated."
CHECKPOINT_OUT = "Write to this new file instead of stdout."
CHECKPOINT_PUBLIC_KEY = "Print the public key that verifies checkpoints."
CHECKPOINT_NEW_KEY = "Create a new signing key to replace a missing one."
DEMO_HEADLESS = "Print the accounts of the demo book and exit."
REINVEST_AMOUNT = "Amount to reinvest (default: all income)."
IMPORT_FORMAT = "Format of FILE."
IMPORT_INTO = "Target account (remembered after the first import)."
IMPORT_MAP = "Account of a broker account, by its number or last three digits; repeatable."
IMPORT_MAPPING = "Mapping of a CSV of any layout: a saved name or a TOML file."
SAVE_MAPPING = "Save the mapping under NAME; files with the same header are then recognised."
MAPPING_SAVED = "mapping saved in {path}"
IMPORT_CURRENCY = "Base currency, if FILE does not give it."
MARKET_SYMBOL = "Symbol of the bars, such as AAPL."
MARKET_COLUMNS = "Name the file's columns, such as date=Date,close=Last."
MARKET_DATE = "cannot be used with market data, whose rows have their own dates"
MARKET_DAY = "Show the indicators of this day (default: today)."
ACCEPT_JUMPS = "Import prices that jump as in a split, if they really did."
NO_MARKET_DATA = "no market data is stored; `alluse market import FILE --symbol S` imports bars"
WEEK_DATE = "Show the week of this day (default: today)."
WEEK_ACCOUNT = "Show only this account."
WEEK_YEAR = "Compare the week types of this year with the expected ones."
WEEK_RETURN = "returns are the change of the unit value, the mean of the weeks of a type"
WEEKS_UNKNOWN = "note: the type of {count} is not known; `alluse week --date {day}` says why"
WEEKS_WITHOUT_RETURN = (
    "note: the return of {count} is not known: capital or an exchange rate is missing"
)
NO_WEEKS = "no account was open in a week of {year} that is over"
WEEK_OFF = "note: these settings are off, so they limit no trade: {settings}"
NO_WEEK = "no account was open in that week"
MARKET_UNCHANGED = "this data is already current; nothing was changed"
FILE_RESTORED = "this data is already current; its missing file was stored again"
RECONCILE_INTO = "Account to compare (default: the one with statements of the broker account)."
RECONCILE_ALL = "Include what agrees."
RECONCILE_RECORD = "Record what differs; it stays an alert until it is explained or agrees."
ONLY_WITH = "can only be used with --{flag}"
INBOX_ALL = "Include files that are done or have nothing new."
NO_INBOX = "there is no inbox yet: create {folder}, and put the broker's statements into it"
EMPTY_INBOX = "there is nothing in {folder}"
NOTHING_IN_INBOX = "nothing new in {folder}"
INBOX_LEFT_OUT = "note: left out: {count} done or with nothing new (--all lists them)"
INBOX_LATER = "note: left for later, until these are imported: {count} (--all lists them)"
MORNING_DIR = "Inbox (default: $ALLUSE_INBOX, inbox.toml, or inbox/ beside the journal)."
MORNING_YES = "alluse morning --yes"
FILE_LEFT = "left in the inbox"
FILE_WAITS = "needs a confirmation"
ASK_ACCOUNT = "Account of {whose} (empty: leave the file)"
INIT_NAME = "Name of the portfolio."
INIT_CAPITAL = "Opening capital; may be 0."
INIT_TEMPLATE = "Policy template."
INIT_STRATEGY = "Strategy, which overrides the template's shares of the tiers."
INIT_CURRENCY = "Currency of the portfolio."
INIT_ANYWAY = "Create a new book even if the journal is missing and an earlier copy of it is kept."
LOG_AFTER = "Show only records after number SEQ."
LOG_SINCE = "Show only records of this day (New York) and later."
LOG_LIMIT = "Show only the newest N records."
LOG_REVERSE = "Show the newest record first."
LOG_ACCOUNT = "Show only records about this account."
LOG_ACTOR = "Show only records of this user."
POLICY_SHOW_ACCOUNT = "Show the settings of this account."
POLICY_EXPLAIN = "Explain each setting and its allowed values."
POLICY_SET_ACCOUNT = "Change the setting for this account only."
MARK_POSITION = "Mark only this position; AMOUNT is its price per share."
TRADE_SIDE = "Buy or sell."
TRADE_PRICE = "Price per share."
DELTA = "Delta of the option sold, as 0.45 or 45; checked against the tier's band."
TRADE_TIME = "Time of the trade in New York; checked against the tier's entry hours."
CHECK_DATE = "Day of the trade, in New York (default: today); may be in the future."
CHECK_TIME = "Time of the trade in New York (default: now, if the day is today)."
CHECK_PRICE = "Price per share, which adds the premium to the cash."
CHECK_SUMMARY = "{failed} failed, {warned} not judged, {passed} passed; nothing was recorded"
CHECK_RIGHT = "Put or call."
STRIKES_EXPIRY = "List only options with this expiry."
STRIKES_VOLATILITY = "Assume this yearly volatility where no quote gives one."
NO_STRIKES = "no option has a delta in the tier's band or near it"
NO_ADHERENCE = "no trade was typed yet"
NO_BROKEN_RULE = "no rule was broken"
CONTRACTS = "Number of contracts."
NAMED_LOTS = "Records of the lots to close first, as `alluse lots` shows them."
SPLIT = "New shares for old shares, such as 3:2, or 1:10 for a reverse split."
RENAME = "New symbol."
DELIVERABLE = "Shares that one contract delivers from now on."
FRACTION_CASH = "Cash paid for a fraction of a share."
ADJUST_ALL = "Also adjust everything else held on the symbol of POSITION."
CLOSED_QUANTITY = "Number of shares or contracts (default: all)."
ROLL_PRICE = "Net price per share: positive for a credit, negative for a debit."
ROLL_CLOSE_PRICE = "Price per share at which the old option is closed (default: its carried value)."
CONVERSION_SOLD = "Amount sold."
CONVERSION_FROM = "Currency sold."
CONVERSION_BOUGHT = "Amount bought."
CONVERSION_TO = "Currency bought."
RATE_AGAINST = "Currency that the rate is quoted in."
RATE_RATE = "Units of --against per unit of CURRENCY."
SESSIONS_FROM = "First day (default: today)."
SESSIONS_TO = "Last day (default: six weeks in all)."
CLOSURE_REMOVE = "Remove the closure: the exchange is open on DAY after all."
SYMBOL = "Stock symbol, such as MSTR."
RIGHT = "Put or call; omit it for shares."
DIVIDEND_SYMBOL = "Stock that paid the dividend, so that it counts in its cycle."
STRIKE = "Strike of the option, per share."
EXPIRY = "Expiry of the option."
QUANTITY = "Number of shares or contracts."
FEES = "Total fees paid."
RECOVER_UNTIL = "Drop record SEQ and all later records."
RECOVER_KEEP_REST = "Also keep readable records after the damage; what is lost is marked as a gap."
RECOVER_DRY_RUN = "Show what would be kept without changing anything."
EXPORT_FORMAT = "File format."
FULL_NAME = "Full name; stored encrypted."
PASSWD_RESET = "Reset the last admin's forgotten password (journal owner only)."
VERIFY_CHECKPOINT = "Also check that the journal extends the checkpoints in FILE."
VERIFY_PUBLIC_KEY = "Public key to trust (default: this machine's)."
VERIFY_QUIET = "Print only failed checks."
LOT_METHOD = "Look by this lot method instead of the account's own (lots.method)."
LOTS_CLOSED = "Also list closed lots with their gains."
INCOME_BY = "Sum up by week, month, year or symbol."
INCOME_VIEW = "Count premium with its cash, or when the option is closed."
NO_INCOME = "no income yet"
NO_SYMBOL = "(account)"
INCOME_UNVALUED = "no exchange rate for {amount} {currency}; not included"
INCOME_UNKNOWN = "{account}: {why}; its gain is not included"
CYCLES_ALL = "List all closed cycles, not only the newest 20."
NO_CYCLES = "no cycles yet"
OLDER_CYCLES = "older closed cycles are left out; --all lists them"
NOT_KNOWN = "not known"
CYCLE_UNKNOWN = (
    "{account}: some of {symbol} was opened before the records begin, or restored by a recovery, "
    "so what its cycle realised is not known"
)
AT_COST = "at cost"
ESTIMATED = "estimated: {estimate}"
NO_POSITIONS = "nothing is held"
NO_LOTS = "{account} has no open lots"
UNKNOWN_COST = {
    "missing": "some of {name} was opened before the records begin, so its cost is not known",
    "recovered": "the cost of {name} is its carried value, since a recovery restored it",
}
"""Why the cost of a position is not known, by the origin of its lots."""
