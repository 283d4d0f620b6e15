"""The nights: one row a recording."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from appliance.store.connect import transaction
from appliance.store.erase import erasing
from appliance.store.packs import pack_night
from appliance.store.raw import remove_raw
from appliance.store.rows import rows_of_night
from detect.movement import EPOCH_TICKS
from drivers.channels import NightScale, PhysicalRange

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

NightKind = Literal["night", "nap", "sit", "calibration"]
"""A sit is an evening test; a calibration the guided sitting that teaches the device one bed."""
SLEEP: tuple[NightKind, ...] = ("night", "nap")
AWAKE: tuple[NightKind, ...] = ("sit", "calibration")
IS_SLEEP = f"kind IN ({', '.join(map(repr, SLEEP))})"
"""The same as SQL."""
NightState = Literal["recording", "paused", "closed"]

EVENING_SHIFT = timedelta(hours=12)
"""A night that begins before noon belongs to the evening before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """One recording; see the comments of the table for each field."""

    id: int
    name: str
    kind: NightKind
    state: NightState
    start_utc: float | None
    time_zone: str
    boot_id: str
    origin_monotonic_ns: int
    end_tick: int | None
    end_reason: str | None
    lights_off_tick: int | None
    lights_on_tick: int | None
    private: bool
    simulated: bool
    scale: NightScale
    detector: str
    calibration_id: int | None
    software: str
    recording: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNight:
    """What must be known to begin a night."""

    name: str
    kind: NightKind = "night"
    start_utc: float | None
    time_zone: str
    boot_id: str
    origin_monotonic_ns: int
    private: bool = False
    simulated: bool = False
    scale: NightScale
    detector: str
    calibration_id: int | None = None
    software: str
    recording: str | None = None


_END_TICK = (
    "CASE WHEN state = 'closed' THEN end_tick ELSE MAX(end_tick, COALESCE("
    f"(SELECT (epoch + 1) * {EPOCH_TICKS} FROM epochs WHERE {rows_of_night('nights.id')}"
    " ORDER BY id DESC LIMIT 1), 0)) END AS end_tick"
)
"""Of a night that runs, the end of its last epoch: no row is written to say how far it is."""
SELECT = (
    "SELECT "
    + ", ".join(_END_TICK if f.name == "end_tick" else f.name for f in fields(Night))
    + " FROM nights"
)


def scale_to_json(scale: NightScale) -> str:
    """Write a scale as JSON."""
    pairs = {"accel": scale.accel, "gyro": scale.gyro, "strip": scale.strip}
    return json.dumps({key: [r.minimum, r.maximum] for key, r in pairs.items()})


def scale_from_json(text: str) -> NightScale:
    """Read a scale written by `scale_to_json`."""
    body = json.loads(text)
    return NightScale(
        accel=PhysicalRange(*body["accel"]),
        gyro=PhysicalRange(*body["gyro"]),
        strip=PhysicalRange(*body["strip"]),
    )


def evening_date(local: datetime) -> str:
    """Return the date of the evening a local time belongs to, "2026-01-05"."""
    return (local - EVENING_SHIFT).date().isoformat()


def free_name(db: sqlite3.Connection, local: datetime, kind: NightKind) -> str:
    """Return a name nobody has: the date, with "-nap" for a nap, "-2" for the second, and so on.

    A nap is named by its own day, all else by its evening: a test belongs to the night after it.
    """
    if kind == "nap":
        stem = f"{local.date().isoformat()}-nap"
    else:
        stem = evening_date(local) + ("" if kind == "night" else f"-{kind}")
    name, number = stem, 1
    while find_night(db, name) is not None:
        number += 1
        name = f"{stem}-{number}"
    return name


def _night(row: sqlite3.Row) -> Night:
    values = dict(row)
    values["scale"] = scale_from_json(values["scale"])
    values["private"] = bool(values["private"])
    values["simulated"] = bool(values["simulated"])
    return Night(**values)


def create_night(db: sqlite3.Connection, new: NewNight) -> Night:
    """Begin a night.

    Raises
    ------
    sqlite3.IntegrityError
        When the name is taken.
    """
    with transaction(db):
        cursor = db.execute(
            "INSERT INTO nights (name, kind, state, start_utc, time_zone, boot_id,"
            " origin_monotonic_ns, end_tick, private, simulated, scale, detector,"
            " calibration_id, software, recording)"
            " VALUES (?, ?, 'recording', ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?)",
            (
                new.name, new.kind, new.start_utc, new.time_zone, new.boot_id,
                new.origin_monotonic_ns, new.private, new.simulated, scale_to_json(new.scale),
                new.detector, new.calibration_id, new.software, new.recording,
            ),
        )  # fmt: skip
        night_id = int(cursor.lastrowid or 0)
    return get_night(db, night_id)


def get_night(db: sqlite3.Connection, night_id: int) -> Night:
    """Return the night with this id.

    Raises
    ------
    KeyError
        When there is none.
    """
    row = db.execute(f"{SELECT} WHERE id = ?", (night_id,)).fetchone()
    if row is None:
        raise KeyError(night_id)
    return _night(row)


def find_night(db: sqlite3.Connection, name: str) -> Night | None:
    """Return the night of this name, or None."""
    row = db.execute(f"{SELECT} WHERE name = ?", (name,)).fetchone()
    return None if row is None else _night(row)


def current_night(db: sqlite3.Connection) -> Night | None:
    """Return the night that is being recorded or paused, or None."""
    row = db.execute(f"{SELECT} WHERE state != 'closed' ORDER BY id DESC LIMIT 1").fetchone()
    return None if row is None else _night(row)


def list_nights(db: sqlite3.Connection) -> list[Night]:
    """Return all nights, newest first."""
    return [_night(row) for row in db.execute(f"{SELECT} ORDER BY id DESC")]


def nights_of_kind(
    db: sqlite3.Connection, *kinds: NightKind, limit: int | None = None
) -> list[Night]:
    """Return the closed recordings of some kinds, newest first."""
    places = ", ".join("?" * len(kinds))
    rows = db.execute(
        f"{SELECT} WHERE state = 'closed' AND kind IN ({places}) ORDER BY id DESC LIMIT ?",
        (*kinds, -1 if limit is None else limit),
    )
    return [_night(row) for row in rows]


def last_closed_night(db: sqlite3.Connection) -> Night | None:
    """Return the night or nap that was closed last, or None."""
    return next(iter(closed_nights(db, 1)), None)


def last_closed_sit(db: sqlite3.Connection) -> Night | None:
    """Return the evening test that was closed last, or None."""
    return next(iter(nights_of_kind(db, "sit", limit=1)), None)


def closed_nights(db: sqlite3.Connection, limit: int) -> list[Night]:
    """Return the nights and naps that were closed last, newest first."""
    return nights_of_kind(db, *SLEEP, limit=limit)


def close_night(db: sqlite3.Connection, night_id: int, end_tick: int, reason: str) -> None:
    """End a night: its last tick and why it ended; with all that is stored of it, it is packed."""
    with transaction(db):
        db.execute(
            "UPDATE nights SET state = 'closed', end_tick = ?, end_reason = ? WHERE id = ?",
            (end_tick, reason, night_id),
        )
        pack_night(db, night_id)


def set_state(db: sqlite3.Connection, night_id: int, state: NightState) -> None:
    """Mark a night as recording or paused."""
    with transaction(db):
        db.execute("UPDATE nights SET state = ? WHERE id = ?", (state, night_id))


def set_progress(db: sqlite3.Connection, night_id: int, end_tick: int) -> None:
    """Write down to the tick how far the running night is known to be stored."""
    with transaction(db):
        db.execute("UPDATE nights SET end_tick = ? WHERE id = ?", (end_tick, night_id))


def set_origin(
    db: sqlite3.Connection, night_id: int, boot_id: str, origin_monotonic_ns: int
) -> None:
    """Say where tick 0 lies on the monotonic clock of another boot."""
    with transaction(db):
        db.execute(
            "UPDATE nights SET boot_id = ?, origin_monotonic_ns = ? WHERE id = ?",
            (boot_id, origin_monotonic_ns, night_id),
        )


def set_start(db: sqlite3.Connection, night_id: int, name: str, start_utc: float) -> None:
    """Correct when a night began (the clock was set later), and its name."""
    with transaction(db):
        db.execute(
            "UPDATE nights SET name = ?, start_utc = ? WHERE id = ?", (name, start_utc, night_id)
        )


def set_recording(db: sqlite3.Connection, night_id: int, recording: str | None) -> None:
    """Name the file of the raw signals, or None when there is none (any more)."""
    with transaction(db):
        db.execute("UPDATE nights SET recording = ? WHERE id = ?", (recording, night_id))


def set_lights(
    db: sqlite3.Connection, night_id: int, off_tick: int | None, on_tick: int | None
) -> None:
    """Set lights-off and lights-on; None means not marked."""
    with transaction(db):
        db.execute(
            "UPDATE nights SET lights_off_tick = ?, lights_on_tick = ? WHERE id = ?",
            (off_tick, on_tick, night_id),
        )


def delete_night(db: sqlite3.Connection, name: str, state_dir: Path) -> bool:
    """Delete a night for good: rows overwritten with zeros, raw signals removed.

    Parameters
    ----------
    db : sqlite3.Connection
        Writable.
    name : str
        The night's name.
    state_dir : Path
        Where `recordings/` is.

    Returns
    -------
    bool
        False when there is no such night, or it is still running.
    """
    night = find_night(db, name)
    if night is None or night.state != "closed":
        return False
    if night.recording is not None:
        remove_raw(state_dir, night.recording)
    with erasing(db):
        db.execute("DELETE FROM faults WHERE night_id = ?", (night.id,))
        db.execute("DELETE FROM outbox WHERE json_extract(payload, '$.night') = ?", (night.name,))
        db.execute("DELETE FROM nights WHERE id = ?", (night.id,))
    return True
