"""The diary: what the person noted in the evening and in the morning."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from appliance.store.connect import transaction

if TYPE_CHECKING:
    import sqlite3

DayPart = Literal["evening", "morning"]


def put(
    db: sqlite3.Connection, date: str, part: DayPart, answers: dict[str, Any], updated_utc: float
) -> None:
    """Replace the answers of one part of a day.

    Parameters
    ----------
    db : sqlite3.Connection
        Writable.
    date : str
        The evening's local date, "2026-01-05".
    part : {"evening", "morning"}
        Which questions were answered.
    answers : dict
        What JSON can hold.
    updated_utc : float
        Unix time [s].
    """
    if part not in ("evening", "morning"):
        raise ValueError(f"part {part!r}: evening or morning")
    with transaction(db):
        db.execute(
            f"INSERT INTO diary (date, {part}, updated_utc) VALUES (?, ?, ?)"
            f" ON CONFLICT DO UPDATE SET {part} = excluded.{part},"
            " updated_utc = excluded.updated_utc",
            (date, json.dumps(answers), updated_utc),
        )


def get(db: sqlite3.Connection, date: str) -> dict[DayPart, dict[str, Any]]:
    """Return the answers of a day; empty where nothing was noted."""
    row = db.execute("SELECT evening, morning FROM diary WHERE date = ?", (date,)).fetchone()
    if row is None:
        return {"evening": {}, "morning": {}}
    return {"evening": json.loads(row["evening"]), "morning": json.loads(row["morning"])}


def delete(db: sqlite3.Connection, date: str) -> None:
    """Delete what was noted on a day."""
    with transaction(db):
        db.execute("DELETE FROM diary WHERE date = ?", (date,))


def dates(db: sqlite3.Connection) -> list[str]:
    """Return the days with an entry, newest first."""
    return [row["date"] for row in db.execute("SELECT date FROM diary ORDER BY date DESC")]
