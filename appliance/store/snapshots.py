"""Snapshots: the detector's state, to go on after a crash."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.store.connect import transaction

if TYPE_CHECKING:
    import sqlite3


@dataclass(frozen=True, slots=True)
class Snapshot:
    """State of the detector after all samples before `tick`."""

    tick: int
    version: str
    state: bytes


def put(db: sqlite3.Connection, night_id: int, snapshot: Snapshot) -> None:
    """Replace the snapshot of a night."""
    with transaction(db):
        db.execute(
            "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?)",
            (night_id, snapshot.tick, snapshot.version, zlib.compress(snapshot.state)),
        )


def get(db: sqlite3.Connection, night_id: int) -> Snapshot | None:
    """Return the snapshot of a night, or None."""
    row = db.execute(
        "SELECT tick, version, state FROM snapshots WHERE night_id = ?", (night_id,)
    ).fetchone()
    return None if row is None else Snapshot(row[0], row[1], zlib.decompress(row[2]))


def delete(db: sqlite3.Connection, night_id: int) -> None:
    """Forget the snapshot of a night that is over."""
    with transaction(db):
        db.execute("DELETE FROM snapshots WHERE night_id = ?", (night_id,))
