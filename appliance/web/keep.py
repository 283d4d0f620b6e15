"""`web.db`: sessions, shares, keys and counted summaries. Losing it costs a login, no night.

Apart from `plms.db`, so that a backup of the nights carries no session.
"""

from __future__ import annotations

import secrets
import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SCHEMA = """
CREATE TABLE keys (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
);
CREATE TABLE shares (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL,
    code_hash   BLOB NOT NULL UNIQUE,
    created_utc REAL NOT NULL
);
CREATE TABLE sessions (
    id            INTEGER PRIMARY KEY,
    kind          TEXT NOT NULL,                 -- browser, program
    role          TEXT NOT NULL,                 -- owner, partner
    label         TEXT NOT NULL,                 -- "Chrome on Android", a program's name
    token_hash    BLOB NOT NULL UNIQUE,
    previous_hash BLOB,                          -- good for a minute after a rotation
    password_mark BLOB NOT NULL,                 -- a changed password ends every session
    share_id      INTEGER REFERENCES shares(id) ON DELETE CASCADE,
    created_utc   REAL NOT NULL,
    used_utc      REAL NOT NULL,
    rotated_utc   REAL NOT NULL,
    expires_utc   REAL                           -- NULL: until revoked
);
CREATE TABLE summaries (                         -- counted once, found by their source
    night       TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    body        TEXT NOT NULL
);
"""
_VERSION = 1


def open_keep(state_dir: Path) -> sqlite3.Connection:
    """Open `web.db`, creating it (readable by the owner only) where it is missing.

    Raises
    ------
    sqlite3.Error
        When the file cannot be opened or is no database.
    """
    path = state_dir / "web.db"
    if not path.exists():
        path.touch(mode=0o600)
    db = sqlite3.connect(path, timeout=5.0, isolation_level=None)
    try:
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA synchronous = NORMAL")
        if db.execute("PRAGMA user_version").fetchone()[0] < _VERSION:
            _create(db)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _create(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("BEGIN IMMEDIATE")
    if db.execute("PRAGMA user_version").fetchone()[0] < _VERSION:  # another thread was faster
        for statement in filter(str.strip, _SCHEMA.split(";\n")):
            db.execute(statement)
        db.execute("INSERT INTO keys (name, value) VALUES ('csrf', ?)", (secrets.token_bytes(32),))
        db.execute(f"PRAGMA user_version = {_VERSION}")
    db.execute("COMMIT")


def csrf_key(db: sqlite3.Connection) -> bytes:
    """Return the key that signs form tokens; it outlives a restart, so open forms do too."""
    row = db.execute("SELECT value FROM keys WHERE name = 'csrf'").fetchone()
    return bytes(row["value"])


def forget_night(db: sqlite3.Connection, name: str) -> None:
    """Forget, for good, what was counted of a night that is deleted."""
    db.execute("PRAGMA secure_delete = ON")
    db.execute("DELETE FROM summaries WHERE night = ?", (name,))
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
