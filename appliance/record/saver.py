"""What is written when, so that a card lives long and a message is never ahead of it."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from appliance.record.due import NS_PER_S, Due
from appliance.store import anchors
from appliance.store.connect import transaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.record.reporter import Reporter
    from appliance.record.room import Room
    from appliance.record.running import RunningNight
    from appliance.record.station import Station
    from appliance.store.status import Status
    from drivers.settings import DeviceFault

BATCH_EVERY_NS = 120 * NS_PER_S
"""What nobody waits for is written together."""
STATUS_EVERY_NS = 60 * NS_PER_S
"""The number of kicks is told with a kick, but not more often than this."""
ALIVE_EVERY_NS = 20 * NS_PER_S
"""A batch tells it after this; two batches apart this stays under `status.ALIVE_S`."""
FIRST_SNAPSHOT_NS = 600 * NS_PER_S
SNAPSHOT_EVERY_NS = 7200 * NS_PER_S
"""With raw signals the detector looks again at what came after its snapshot; it may be old."""


class Saver:
    """Writes the running night and the recorder's status.

    Parameters
    ----------
    reporter : Reporter
        Writes the status.
    """

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._due = Due()

    def night_begins(self, now_ns: int) -> None:
        """Count the time to the first batch, and to the first snapshot, from now."""
        self._due.done("batch", now_ns)
        self._due.done("snapshot", now_ns - SNAPSHOT_EVERY_NS + FIRST_SNAPSHOT_NS)

    def save_raw(self, running: RunningNight, station: Station, room: Room) -> list[DeviceFault]:
        """Write a chunk of raw signals when it is full; return why they stop, if they do."""
        if running.raw is None:
            return []
        chunk_ticks = station.config.storage.raw_chunk_s / anchors.TICK_S
        if not room.full and running.raw.waiting_ticks < chunk_ticks:
            return []
        noted: list[DeviceFault] = []
        try:
            if not room.full:
                running.raw.commit()
                return []
        except sqlite3.Error as error:
            noted = room.stop(station, f"raw signals are no longer kept: {error}")
        running.drop_raw()
        return noted

    def save(
        self,
        running: RunningNight | None,
        station: Station,
        status: Callable[[], Status],
        now_ns: int,
    ) -> None:
        """Write what is due.

        Parameters
        ----------
        running : RunningNight or None
            The running night.
        station : Station
            Its database and clocks.
        status : callable
            Returns the recorder's status.
        now_ns : int
            Monotonic clock.

        Raises
        ------
        sqlite3.Error
            When it could not be stored; everything still waits.
        """
        batch = self._due.is_due("batch", BATCH_EVERY_NS, now_ns)
        if running is not None and batch:
            self._save_all(running, station, status(), now_ns)
        elif running is not None and running.waiting.urgent:
            self._save_found(running, station, status(), now_ns)
        elif batch or self._due.is_due("status", NS_PER_S, now_ns):
            self._reporter.tell(status(), due=batch)

    def _save_found(
        self, running: RunningNight, station: Station, status: Status, now_ns: int
    ) -> None:
        with transaction(station.db):
            due = self._due.is_due("kicks", STATUS_EVERY_NS, now_ns)
            self._reporter.tell(status, due=due)
            running.write_found((), station.wall.utc())
            if running.waiting.ends_series:  # so that a restart knows that it has ended
                running.write_progress(snapshot=False, exactly=True)
        if running.waiting.ends_series:
            running.waiting.progress_is_stored()
        running.waiting.found_is_stored()

    def _save_all(
        self, running: RunningNight, station: Station, status: Status, now_ns: int
    ) -> None:
        snapshot = self._due.is_due("snapshot", SNAPSHOT_EVERY_NS, now_ns)
        if snapshot and running.raw is not None:
            running.raw.commit()  # so that a replay finds no hole behind the snapshot
        # What a batch holds can be found again in the raw signals; only announcing needs the card.
        with transaction(station.db, durable=running.waiting.urgent):
            self._reporter.tell(status, due=self._due.is_due("kicks", ALIVE_EVERY_NS, now_ns))
            running.write_found((), station.wall.utc())
            running.write_progress(snapshot=snapshot, exactly=False)
        running.waiting.found_is_stored()
        running.waiting.progress_is_stored()
