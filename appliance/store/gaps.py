"""Gaps: stretches without usable samples of one device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.store.connect import transaction
from detect.movement import Gap

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence


def add_gaps(db: sqlite3.Connection, night_id: int, gaps: Sequence[Gap]) -> None:
    """Store gaps; one with the same device and start keeps the later end."""
    with transaction(db):
        db.executemany(
            "INSERT INTO gaps VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
            " SET end_tick = MAX(end_tick, excluded.end_tick)",
            [(night_id, gap.device, gap.start_tick, gap.end_tick) for gap in gaps],
        )


def load_gaps(db: sqlite3.Connection, night_id: int) -> list[Gap]:
    """Return a night's gaps by start."""
    rows = db.execute(
        "SELECT device, start_tick, end_tick FROM gaps WHERE night_id = ?"
        " ORDER BY start_tick, device",
        (night_id,),
    )
    return [Gap(*row) for row in rows]
