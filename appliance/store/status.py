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
SitState = Literal["edge", "stretch", "running", "asking"]

ALIVE_S = 150.0
"""The recorder writes its status at least every two minutes; older than this, it is not running."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SitStatus:
    """The evening test that is being prepared, runs, or has just ended.

    Attributes
    ----------
    state : str
        edge (guided start: feet on the floor), stretch (legs on the bed), running, or asking (the
        hour is over, the last question is open).
    night : str or None
        Name of the recording; None while it is prepared.
    reason : str or None
        What is waited for, a plain sentence; while it is prepared.
    started_utc, ends_utc : float or None
        Unix times [s]; None while it is prepared.
    open_minute : int or None
        Minute of the question that is open.
    closes_utc : float or None
        When it closes.
    answers : tuple of (minute, discomfort)
        By minute.
    posture : str
        unknown, in, out, standing.
    posture_checked : bool
        Whether upright is known, so that the tilt can be judged.
    """

    state: SitState
    night: str | None = None
    reason: str | None = None
    started_utc: float | None = None
    ends_utc: float | None = None
    open_minute: int | None = None
    closes_utc: float | None = None
    answers: tuple[tuple[int, int], ...] = ()
    posture: str = "unknown"
    posture_checked: bool = False


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
    kind : str or None
        What the running recording is: night, nap, sit, calibration.
    sit : SitStatus or None
        The evening test; None: there is none.
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
    kind: str | None = None
    sit: SitStatus | None = None
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
    if row is None:
        return None
    body = json.loads(row[0])
    sit = body.pop("sit", None)
    if sit is not None:
        answers = tuple((minute, discomfort) for minute, discomfort in sit.pop("answers"))
        body["sit"] = SitStatus(**sit, answers=answers)
    return Status(**body, updated=row[1])
