"""The outbox: events for the outside, kept until they were delivered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from appliance.store.connect import transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

KEPT_EVENTS = 5000
"""With nobody to deliver to, only the newest events are kept."""


@dataclass(frozen=True, slots=True)
class OutboxEvent:
    """An event that waits for delivery."""

    id: int
    event_type: str
    payload: dict[str, Any]
    created_utc: float
    expires_utc: float | None


def add_event(
    db: sqlite3.Connection,
    event_type: str,
    payload: dict[str, Any],
    *,
    created_utc: float,
    expires_utc: float | None,
) -> int:
    """Put an event into the outbox and return its number.

    Call it inside the transaction that stores what the event tells of: both are kept or neither.
    Numbers grow, and one that was delivered does not come back (AUTOINCREMENT would do the same,
    at the price of one more page a commit).
    """
    with transaction(db):
        newest = db.execute("SELECT MAX(id) FROM outbox").fetchone()[0] or 0
        number = max(int(newest) + 1, int(created_utc * 1000))
        db.execute(
            "INSERT INTO outbox (id, event_type, payload, created_utc, expires_utc)"
            " VALUES (?, ?, ?, ?, ?)",
            (
                number, event_type, json.dumps(payload, separators=(",", ":")), created_utc,
                expires_utc,
            ),
        )  # fmt: skip
    return number


def pending(db: sqlite3.Connection, limit: int = 100) -> list[OutboxEvent]:
    """Return the oldest events that wait."""
    rows = db.execute(
        "SELECT id, event_type, payload, created_utc, expires_utc FROM outbox ORDER BY id LIMIT ?",
        (limit,),
    )
    return [OutboxEvent(row[0], row[1], json.loads(row[2]), row[3], row[4]) for row in rows]


def delete(db: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Delete delivered (or expired) events.

    Not waited for unless one of them never expires: a power cut may bring back a row, and by the
    time the device runs again that event has expired or is minutes young, and carries its id.
    """
    numbers = [(i,) for i in ids]
    lasting = any(
        db.execute("SELECT 1 FROM outbox WHERE id = ? AND expires_utc IS NULL", number).fetchone()
        for number in numbers
    )
    with transaction(db, durable=lasting):
        db.executemany("DELETE FROM outbox WHERE id = ?", numbers)


def trim(db: sqlite3.Connection, now_utc: float) -> int:
    """Delete what has expired, and all but the newest `KEPT_EVENTS`; return how many."""
    with transaction(db):
        cursor = db.execute(
            "DELETE FROM outbox WHERE expires_utc < ? OR id <="
            " (SELECT id FROM outbox ORDER BY id DESC LIMIT 1 OFFSET ?)",
            (now_utc, KEPT_EVENTS),
        )
        return cursor.rowcount
