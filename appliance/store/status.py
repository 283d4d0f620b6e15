"""Status: what the recorder last said of itself."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Literal

from appliance.store.connect import transaction

if TYPE_CHECKING:
    import sqlite3

Phase = Literal["idle", "recording", "paused"]
SensorState = Literal["ok", "lost", "absent", "starting"]
RawState = Literal["on", "off", "full"]

ALIVE_S = 150.0
"""The recorder writes its status at least every two minutes; older than this, it is not running."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The recorder's state; None is not known.

    Attributes
    ----------
    phase : str
        idle (no night), recording or paused.
    night : str or None
        Name of the running night.
    in_bed : bool or None
        Whether the patient lies in bed.
    series_active : bool
        Whether a periodic series is running.
    kicks_tonight, kicks_last_hour : int or None
        The patient's kicks of the running night; None while idle.
    sensors : dict
        Device (left, right, strip) -> ok, lost, absent or starting.
    newest_tick : int or None
        Newest tick of the running night that was looked at.
    raw : str
        on, off (by the owner's wish or a private night), full (stopped for want of space).
    message : str or None
        A plain sentence worth showing.
    updated : float
        Unix time of writing [s].
    """

    phase: Phase = "idle"
    night: str | None = None
    in_bed: bool | None = None
    series_active: bool = False
    kicks_tonight: int | None = None
    kicks_last_hour: int | None = None
    sensors: dict[str, SensorState] = field(default_factory=dict)
    newest_tick: int | None = None
    raw: RawState = "off"
    message: str | None = None
    updated: float = 0.0


def write(db: sqlite3.Connection, status: Status) -> None:
    """Replace the status."""
    body = asdict(status)
    updated = body.pop("updated")
    with transaction(db):
        db.execute(
            "INSERT INTO status VALUES (1, ?, ?) ON CONFLICT DO UPDATE"
            " SET body = excluded.body, updated_utc = excluded.updated_utc",
            (json.dumps(body, separators=(",", ":")), updated),
        )


def read(db: sqlite3.Connection) -> Status | None:
    """Return the status, or None when no recorder ever ran."""
    row = db.execute("SELECT body, updated_utc FROM status WHERE id = 1").fetchone()
    return None if row is None else Status(**json.loads(row[0]), updated=row[1])
