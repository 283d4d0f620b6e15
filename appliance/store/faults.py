"""Faults of sensors, disk, clock and database, and when they went away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.store.connect import transaction

if TYPE_CHECKING:
    import sqlite3


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; `text` is a plain sentence."""

    id: int
    device: str
    code: str
    text: str
    night_id: int | None
    started_utc: float | None
    cleared_utc: float | None
    cleared: bool


def _fault(row: sqlite3.Row) -> Fault:
    values = dict(row)
    values["cleared"] = bool(values["cleared"])
    return Fault(**values)


def open_fault(
    db: sqlite3.Connection,
    device: str,
    code: str,
    text: str,
    *,
    night_id: int | None,
    started_utc: float | None,
) -> int | None:
    """Write down a fault; None when the same one is open already, else its id."""
    with transaction(db):
        known = db.execute(
            "SELECT id FROM faults WHERE device = ? AND code = ? AND cleared = 0", (device, code)
        ).fetchone()
        if known is not None:
            return None
        cursor = db.execute(
            "INSERT INTO faults (device, code, text, night_id, started_utc) VALUES (?, ?, ?, ?, ?)",
            (device, code, text, night_id, started_utc),
        )
        return int(cursor.lastrowid or 0)


def clear_fault(
    db: sqlite3.Connection, device: str, code: str | None, cleared_utc: float | None
) -> list[Fault]:
    """Close the open faults of a device (of one code, or None: all); return what was closed."""
    with transaction(db):
        rows = db.execute(
            "SELECT * FROM faults WHERE device = ? AND (code = ? OR ? IS NULL) AND cleared = 0",
            (device, code, code),
        ).fetchall()
        db.executemany(
            "UPDATE faults SET cleared = 1, cleared_utc = ? WHERE id = ?",
            [(cleared_utc, row["id"]) for row in rows],
        )
    return [_fault(row) for row in rows]


def open_faults(db: sqlite3.Connection) -> list[Fault]:
    """Return the faults that are not cleared, oldest first."""
    rows = db.execute("SELECT * FROM faults WHERE cleared = 0 ORDER BY id")
    return [_fault(row) for row in rows]


def night_faults(db: sqlite3.Connection, night_id: int) -> list[Fault]:
    """Return the faults of a night, oldest first."""
    rows = db.execute("SELECT * FROM faults WHERE night_id = ? ORDER BY id", (night_id,))
    return [_fault(row) for row in rows]
