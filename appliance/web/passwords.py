"""The owner's password: scrypt, 32 MiB and three passes (docs/adr/0060)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from werkzeug.security import check_password_hash, generate_password_hash

from appliance.store import settings
from appliance.store.connect import transaction

if TYPE_CHECKING:
    import sqlite3

METHOD = "scrypt:32768:8:3"
"""N = 2^15, r = 8, p = 3: 32 MiB at a time, fit for a board with 512 MB."""
SHORTEST = 10
LONGEST = 200
PASSWORD_KEY = "web.password_hash"  # noqa: S105 - a key's name
CODE_KEY = "web.setup_code"


def stored_hash(db: sqlite3.Connection) -> str | None:
    """Return the stored hash, or None before set-up."""
    value = settings.get(db, PASSWORD_KEY, None)
    return value if isinstance(value, str) and value else None


def store_password(
    db: sqlite3.Connection, password: str, now_utc: float, method: str = METHOD
) -> None:
    """Store a new password and use up the one-time set-up code."""
    hashed = generate_password_hash(password, method=method)
    with transaction(db):
        settings.put(db, PASSWORD_KEY, hashed, now_utc)
        settings.delete(db, CODE_KEY)


def is_right(db: sqlite3.Connection, password: str) -> bool:
    """Check a password; takes about as long whether it is right or not."""
    stored = stored_hash(db)
    return stored is not None and check_password_hash(stored, password)


def setup_code(db: sqlite3.Connection) -> str | None:
    """Return the one-time code printed by the installer, or None where none is asked for."""
    value = settings.get(db, CODE_KEY, None)
    return value if isinstance(value, str) and value else None


def password_mark(db: sqlite3.Connection) -> bytes:
    """Return a mark of the present password; sessions that carry another mark have ended."""
    return hashlib.sha256((stored_hash(db) or "").encode()).digest()[:16]
