"""Settings changed on the page ("night.auto_end"), and private values ("web.password_hash")."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from appliance.store.connect import transaction

if TYPE_CHECKING:
    import sqlite3


def get(db: sqlite3.Connection, key: str, default: Any = None) -> Any:  # noqa: ANN401 - JSON
    """Return the value under a key, or `default`."""
    row = db.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
    return default if row is None else json.loads(row["value"])


def put(db: sqlite3.Connection, key: str, value: Any, updated_utc: float) -> None:  # noqa: ANN401
    """Store a value that JSON can hold."""
    with transaction(db):
        db.execute(
            "INSERT INTO settings VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
            " SET value = excluded.value, updated_utc = excluded.updated_utc",
            (key, json.dumps(value), updated_utc),
        )


def delete(db: sqlite3.Connection, key: str) -> None:
    """Forget a value: the configuration file counts again."""
    with transaction(db):
        db.execute("DELETE FROM settings WHERE key = ?", (key,))


def load_all(db: sqlite3.Connection) -> dict[str, Any]:
    """Return all settings."""
    rows = db.execute("SELECT key, value FROM settings ORDER BY key")
    return {row["key"]: json.loads(row["value"]) for row in rows}
