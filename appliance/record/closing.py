"""The end of a night, and what is done after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.record import disk
from appliance.record.events import Event, event, store_events
from appliance.record.wall import local_time
from appliance.store import anchors, commands, nights, outbox, packs, snapshots
from appliance.store.connect import transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from appliance.record.running import RunningNight
    from appliance.record.station import Station
    from appliance.store.nights import Night

SAME_START_S = 1.0


def true_start(station: Station, night: Night) -> Night:
    """Correct the start, and the name, of a night that began before the clock was set."""
    start_utc = anchors.utc_of_tick(station.db, night, 0)
    near = night.start_utc is not None and start_utc is not None
    if start_utc is None or (near and abs(start_utc - (night.start_utc or 0.0)) < SAME_START_S):
        return nights.get_night(station.db, night.id)
    local = local_time(start_utc, night.time_zone)
    name = night.name
    if night.kind != "nap" and not name.startswith(nights.evening_date(local)):
        name = nights.free_name(station.db, local, night.kind)
    nights.set_start(station.db, night.id, name, start_utc)
    return nights.get_night(station.db, night.id)


def close_night(
    station: Station,
    running: RunningNight,
    end_tick: int,
    reason: str,
    told: Callable[[Night], Sequence[Event]] | None = None,
) -> str:
    """Write down the end of a night with all that still waits; return its name.

    Parameters
    ----------
    station : Station
        The recorder's surroundings.
    running : RunningNight
        The night.
    end_tick : int
        Its end.
    reason : str
        Why it ends.
    told : callable, optional
        What else to announce of it, once it is stored.

    Raises
    ------
    sqlite3.Error
        When it could not be stored; nothing of it then is, and it can be tried again.
    """
    with transaction(station.db):
        running.night = true_start(station, running.night)
        night = running.night
        events = [
            event(
                event_type,
                unique,
                night,
                running.utc_of(end_tick),
                station.zone(),
                lasting=True,
                reason=reason,
                duration_s=end_tick * anchors.TICK_S,
            )
            for event_type, unique in (("night_ended", "end"), ("night_ready", "ready"))
            if night.kind in nights.SLEEP
        ]
        running.write_found(events, station.wall.utc())
        running.write_progress(snapshot=False, exactly=False)
        nights.close_night(station.db, night.id, end_tick, reason)
        snapshots.delete(station.db, night.id)
        if told is not None:
            more = told(nights.get_night(station.db, night.id))
            expiry_s = running.announcing.expiry_s
            store_events(station.db, more, station.wall.utc(), expiry_s)
    running.waiting.found_is_stored()
    running.waiting.progress_is_stored()
    return night.name


def tidy(station: Station) -> None:
    """Delete old raw signals, events and commands, pack nights, empty the write-ahead log."""
    utc = station.known_utc()
    if utc is not None:
        disk.delete_old_raw(station.db, station.state_dir, station.config.storage, utc)
        outbox.trim(station.db, utc)
        commands.trim(station.db, utc)
    packs.pack_missing(station.db)
    station.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
