"""Epochs: 30 s of movement of both sleepers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.store.connect import transaction
from appliance.store.rows import night_rows, row_number
from detect.movement import Epoch, records

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

COLUMNS = (
    "id, patient_moving_s, partner_moving_s, in_bed_s, usable_left_s, usable_right_s,"
    " usable_strip_s, activity_mg_s"
)


def add_epochs(
    db: sqlite3.Connection, night_id: int, epochs: Sequence[Epoch], *, private: bool = False
) -> None:
    """Store epochs; one that is there already stays (a replay after a crash repeats it).

    Parameters
    ----------
    db : sqlite3.Connection
        Writable.
    night_id : int
        The night.
    epochs : sequence of Epoch
        In any order.
    private : bool
        Leave out what the partner did.
    """
    rows: list[tuple[object, ...]] = [
        (row_number(night_id, epoch.index), *epoch[1:]) for epoch in epochs
    ]
    if private:
        rows = [(*row[:2], None, *row[3:]) for row in rows]
    with transaction(db):
        db.executemany(
            f"INSERT OR IGNORE INTO epochs ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )


def load_epochs(db: sqlite3.Connection, night_id: int) -> list[Epoch]:
    """Return a night's epochs in order (a private night's partner seconds as 0)."""
    cursor = db.cursor()
    cursor.row_factory = None
    rows = cursor.execute(
        "SELECT epoch, patient_moving_s, COALESCE(partner_moving_s, 0.0), in_bed_s, usable_left_s,"
        " usable_right_s, usable_strip_s, activity_mg_s"
        " FROM epochs WHERE id BETWEEN ? AND ? ORDER BY id",
        night_rows(night_id),
    )
    return list(records(Epoch, rows))
