"""Room on the card: what is free, and which raw signals may go."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from appliance.store import nights
from appliance.store.raw import RawError, raw_path, remove_raw

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from appliance.config import Storage
    from appliance.store.nights import Night

BYTES_PER_MB = 1_000_000
SECONDS_PER_DAY = 86400.0


def free_mb(state_dir: Path) -> float:
    """Return the free space beside the nights [MB]."""
    return shutil.disk_usage(state_dir).free / BYTES_PER_MB


def _forget_raw(db: sqlite3.Connection, state_dir: Path, night: Night) -> None:
    if night.recording is not None:
        remove_raw(state_dir, night.recording)
        nights.set_recording(db, night.id, None)


def delete_old_raw(
    db: sqlite3.Connection, state_dir: Path, storage: Storage, now_utc: float
) -> list[str]:
    """Delete raw signals older than the owner keeps them; return the nights' names.

    Movements and summaries stay for ever.
    """
    oldest_utc = now_utc - storage.keep_raw_days * SECONDS_PER_DAY
    gone = [
        night
        for night in nights.list_nights(db)
        if night.state == "closed"
        and night.recording is not None
        and night.start_utc is not None
        and night.start_utc < oldest_utc
    ]
    for night in gone:
        _forget_raw(db, state_dir, night)
    return [night.name for night in gone]


def make_room(db: sqlite3.Connection, state_dir: Path, storage: Storage) -> list[str]:
    """Delete the oldest raw signals until `min_free_mb` are free; return the nights' names.

    The night that runs is not touched.
    """
    gone = []
    for night in reversed(nights.list_nights(db)):
        if free_mb(state_dir) >= storage.min_free_mb:
            break
        if night.state == "closed" and night.recording is not None:
            _forget_raw(db, state_dir, night)
            gone.append(night.name)
    return gone


def raw_bytes(state_dir: Path, night: Night) -> int | None:
    """Return the size of a night's raw signals [bytes], or None when there are none."""
    if night.recording is None:
        return None
    try:
        return raw_path(state_dir, night.recording).stat().st_size
    except (OSError, RawError):
        return None
