"""A private night: nothing of the bed partner is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.store.erase import erasing
from appliance.store.nights import get_night
from appliance.store.raw import remove_raw
from appliance.store.rows import night_rows

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from appliance.store.nights import Night


def make_private(db: sqlite3.Connection, night: Night, state_dir: Path) -> Night:
    """Take out of a night what is the partner's, or may be, and keep it out.

    Movements of others than the patient, the partner's seconds, the events that wait, and the raw
    signals (the strip feels both sleepers) are overwritten or deleted.
    """
    of_night = night_rows(night.id)
    with erasing(db):
        db.execute(
            "DELETE FROM corrections WHERE night_id = ? AND seq IN (SELECT seq FROM movements"
            " WHERE id BETWEEN ? AND ? AND owner != 'patient')",
            (night.id, *of_night),
        )
        db.execute(
            "DELETE FROM movements WHERE id BETWEEN ? AND ? AND owner != 'patient'", of_night
        )
        db.execute("UPDATE epochs SET partner_moving_s = NULL WHERE id BETWEEN ? AND ?", of_night)
        db.execute("DELETE FROM snapshots WHERE night_id = ?", (night.id,))
        db.execute(
            "DELETE FROM outbox WHERE json_extract(payload, '$.night') = ?"
            " AND event_type IN ('partner_movement', 'kick_moved_partner')",
            (night.name,),
        )
        db.execute("UPDATE nights SET private = 1, recording = NULL WHERE id = ?", (night.id,))
    if night.recording is not None:
        remove_raw(state_dir, night.recording)
    return get_night(db, night.id)
