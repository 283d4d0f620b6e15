"""Calibrations: what the device learnt about this bed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from appliance.store.connect import transaction

if TYPE_CHECKING:
    import sqlite3


def add(db: sqlite3.Connection, values: dict[str, Any], created_utc: float) -> int:
    """Store a calibration and return its id; the newest one counts."""
    with transaction(db):
        cursor = db.execute(
            "INSERT INTO calibrations (created_utc, values_json) VALUES (?, ?)",
            (created_utc, json.dumps(values)),
        )
        return int(cursor.lastrowid or 0)


def newest(db: sqlite3.Connection) -> tuple[int, float, dict[str, Any]] | None:
    """Return (id, Unix time, values) of the calibration that counts, or None."""
    row = db.execute(
        "SELECT id, created_utc, values_json FROM calibrations ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return None if row is None else (row[0], row[1], json.loads(row[2]))


def get(db: sqlite3.Connection, calibration_id: int) -> dict[str, Any] | None:
    """Return the values of one calibration, or None."""
    row = db.execute(
        "SELECT values_json FROM calibrations WHERE id = ?", (calibration_id,)
    ).fetchone()
    return None if row is None else dict(json.loads(row[0]))
