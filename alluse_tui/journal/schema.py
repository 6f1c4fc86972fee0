"""The tables of a journal file."""

FILE_FORMAT = 4
"""The highest `min_writer` of a file to which this program may write.

1: the state has its schema only. 2: it also has the record that it follows; receipts are checked.
3: sessions have a separate table. 4: a digest covers all rows of the state.
"""

SESSIONS = """CREATE TABLE IF NOT EXISTS session(
        id TEXT PRIMARY KEY,
        user TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        uid INTEGER NOT NULL,
        created_ns INTEGER NOT NULL,
        seen_ns INTEGER NOT NULL,
        revoked_ns INTEGER NOT NULL
    ) WITHOUT ROWID"""
"""Login sessions (security/login_sessions.py), which are not part of the records."""

TOUCH_SESSION = """UPDATE session SET seen_ns = ?
    WHERE id = ? AND revoked_ns = 0 AND seen_ns > ? AND seen_ns < ?"""

TABLES = (
    """CREATE TABLE meta(
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE record(
        seq INTEGER PRIMARY KEY,
        recorded_ns INTEGER NOT NULL,
        actor TEXT NOT NULL,
        body TEXT NOT NULL,
        prev BLOB NOT NULL,
        hash BLOB NOT NULL
    )""",
    """CREATE TABLE state(
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (kind, id)
    ) WITHOUT ROWID""",
    """CREATE TABLE key_use(
        portfolio TEXT NOT NULL,
        key TEXT NOT NULL,
        seq INTEGER NOT NULL,
        content TEXT NOT NULL,
        receipt TEXT NOT NULL,
        PRIMARY KEY (portfolio, key)
    ) WITHOUT ROWID""",
    SESSIONS,
)
