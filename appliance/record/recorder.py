"""The recorder: one step after another, in real or in simulated time."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from appliance.record import privacy
from appliance.record.begin import resume_night, start_night
from appliance.record.closing import close_night, tidy
from appliance.record.events import store_events
from appliance.record.lifecycle import AutoEnd, AutoStart
from appliance.record.reporter import Reporter, Seen, status_of
from appliance.record.room import Room
from appliance.record.sensors import note_faults
from appliance.record.station import TICK_NS, bed_calibration, fresh_detector
from appliance.record.verbs import carry_out
from appliance.record.wallwatch import WallWatch
from appliance.settings import effective_config
from appliance.store import anchors, commands, nights
from appliance.store.connect import transaction
from drivers.block import Block

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from appliance.record.running import RunningNight
    from appliance.record.station import Station
    from appliance.store.nights import NightKind
    from appliance.store.status import Phase, Status
    from detect.detector import Detector
    from drivers.settings import DeviceFault

LOG = logging.getLogger(__name__)

NS_PER_S = 1_000_000_000
COMMANDS_EVERY_NS = NS_PER_S // 4
CLOCK_EVERY_NS = 10 * NS_PER_S
EVENTS_EVERY_NS = 20 * NS_PER_S
"""Events that nobody waits for are stored together."""
STATUS_EVERY_NS = 20 * NS_PER_S
"""The number of kicks is told with a kick, but not more often than this."""
BATCH_EVERY_NS = 120 * NS_PER_S
"""Shorter than `status.ALIVE_S`: the batch is the sign of life."""
SNAPSHOT_EVERY_NS = 1800 * NS_PER_S
"""With raw signals the detector looks again at what came after its snapshot; it may be old."""
RETRY_NS = 2 * NS_PER_S


class Source(Protocol):
    """Where Blocks come from: `drivers.acquisition.Acquisition`, or a test's."""

    @property
    def states(self) -> Mapping[str, str]:
        """Device -> ok, starting, none, or the code of its fault."""
        ...

    def take_blocks(self) -> Sequence[Block]:
        """Return what was sampled since the last call, in order."""
        ...

    def take_faults(self) -> Sequence[DeviceFault]:
        """Return what went wrong, or right again, since the last call."""
        ...


class Due:
    """When each thing was done last [ns of the monotonic clock]."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def is_due(self, name: str, every_ns: int, now_ns: int) -> bool:
        """Say whether a thing is due, and if so take it as done now."""
        last = self._last.get(name)
        if last is not None and now_ns - last < every_ns:
            return False
        self._last[name] = now_ns
        return True

    def done(self, name: str, now_ns: int) -> None:
        """Take a thing as done now."""
        self._last[name] = now_ns


class Recorder:
    """Turns Blocks into nights. Not thread-safe: one thread calls it.

    A night that a crash or a power cut interrupted goes on at once.

    Parameters
    ----------
    station : Station
        Database, clocks, configuration.
    source : Source
        The sensors.
    """

    def __init__(self, station: Station, source: Source) -> None:
        self._station = station
        self._file_config = station.config
        self._source = source
        self._running: RunningNight | None = None
        self._idle: Detector | None = None
        self._shift = 0
        self._paused = False
        self._trouble: str | None = None
        self._retry_from_ns: int | None = None
        self._auto_start, self._auto_end = AutoStart.fresh(), AutoEnd.fresh()
        self._room = Room()
        self._reporter = Reporter(station.db)
        self._due = Due()
        self._wall_watch = WallWatch()
        self._data_version = -1
        self._load_config()
        left_open = nights.current_night(station.db)
        if left_open is not None:
            self._go_on(left_open)

    # -- what others may ask -----------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        """Idle, recording or paused."""
        if self._running is None:
            return "idle"
        return "paused" if self._paused else "recording"

    @property
    def night_name(self) -> str | None:
        """Name of the running night."""
        return None if self._running is None else self._running.night.name

    @property
    def running(self) -> RunningNight | None:
        """The running night."""
        return self._running

    @property
    def station(self) -> Station:
        """The surroundings, with the configuration that counts."""
        return self._station

    @property
    def trouble(self) -> str | None:
        """What keeps the recorder from storing, in a plain sentence."""
        return self._trouble

    # -- the loop's work ---------------------------------------------------------------------

    def look_at_commands(self) -> None:
        """Look at the commands at the next step: one came through our own connection."""
        self._data_version = -1

    def step(self) -> None:
        """Do everything that is due: samples, database, commands, clock, lifecycle, status."""
        now_ns = self._station.clock.monotonic_ns()
        for block in self._source.take_blocks():
            self._take(block)
        if self._retry_from_ns is not None and now_ns < self._retry_from_ns:
            return
        try:
            self._write_raw()
            self._note(self._source.take_faults())
            if self._running and self._due.is_due("clock", CLOCK_EVERY_NS, now_ns):
                self._wall_watch.look(self._station, self._running, now_ns)
            self._run_commands(now_ns)
            self._live_by_itself(now_ns)
            self._store(now_ns)
        except sqlite3.Error as error:
            self._note_trouble(str(error), now_ns)
        else:
            self._clear_trouble()

    def close(self) -> None:
        """Store everything and let go; a running night stays open and goes on at the next start."""
        try:
            if self._running is not None:
                if self._running.raw is not None:
                    self._running.raw.commit()
                self._running.store_all(self._station.wall.utc(), snapshot=True)
            self._reporter.tell(self._status(), due=True)
        except sqlite3.Error as error:
            LOG.error("the end could not be stored: %s", error)
        if self._running is not None:
            self._running.close_raw()

    # -- the verbs ---------------------------------------------------------------------------

    def begin(self, *, reason: str, kind: NightKind | None = None, private: bool = False) -> str:
        """Begin a night and return its name; the caller has made sure that none runs."""
        config = self._station.config
        self._note(self._room.check(self._station))
        running = start_night(
            self._station,
            kind=kind,
            private=private or config.night.private,
            keep_raw=config.storage.keep_raw and not self._room.full,
            reason=reason,
        )
        self._adopt(running, paused=False)
        running.store(self._station.wall.utc())
        LOG.info("night %s begins (%s)", running.night.name, reason)
        return running.night.name

    def end(self, reason: str) -> str:
        """End the running night and return its name.

        Raises
        ------
        ValueError
            When none runs.
        sqlite3.Error
            When its end could not be stored: it still runs.
        """
        running = self._needed()
        end_tick = running.finish()
        running.close_raw()
        name = close_night(self._station, running, end_tick, reason)
        self._running, self._paused = None, False
        self._auto_start = AutoStart.fresh()
        LOG.info("night %s ended (%s)", name, reason)
        tidy(self._station)
        return name

    def pause(self, *, paused: bool) -> None:
        """Stop looking and storing for a while, or go on; the time between is a gap.

        Raises
        ------
        ValueError
            When no night runs.
        """
        running = self._needed()
        running.store_all(self._station.wall.utc(), snapshot=False)
        state: nights.NightState = "paused" if paused else "recording"
        nights.set_state(self._station.db, running.night.id, state)
        self._paused = paused

    def make_private(self) -> None:
        """Forget what is stored of the partner in the running night, and store no more of it.

        Raises
        ------
        ValueError
            When no night runs.
        """
        running = self._needed()
        running.store_all(self._station.wall.utc(), snapshot=False)
        running.close_raw()
        running.night = privacy.make_private(
            self._station.db, running.night, self._station.state_dir
        )

    # -- inside ------------------------------------------------------------------------------

    def _needed(self) -> RunningNight:
        if self._running is None:
            raise ValueError("no night is running")
        return self._running

    def _load_config(self) -> None:
        config = effective_config(self._station.db, self._file_config)
        self._station = replace(self._station, config=config)

    def _go_on(self, night: nights.Night) -> None:
        running = resume_night(self._station, night)
        if running is None:
            LOG.warning("night %s was interrupted for too long and is closed", night.name)
            return
        self._adopt(running, paused=night.state == "paused")
        LOG.warning("night %s goes on", night.name)

    def _adopt(self, running: RunningNight, *, paused: bool) -> None:
        self._running, self._paused, self._idle = running, paused, None
        self._shift = round((self._station.origin_ns - running.night.origin_monotonic_ns) / TICK_NS)
        self._auto_end = AutoEnd.fresh()
        self._wall_watch = WallWatch()
        now_ns = self._station.clock.monotonic_ns()
        for name in ("batch", "snapshot"):
            self._due.done(name, now_ns)

    def _take(self, block: Block) -> None:
        if self._running is None:
            if self._idle is None:
                _, calibration = bed_calibration(self._station.db)
                self._idle = fresh_detector(self._station.scale, calibration)
            self._idle.feed(block.first_tick, block.samples)
            self._idle.take_epochs()
            self._idle.take_gaps()
        elif not self._paused:
            self._running.feed(Block(block.first_tick + self._shift, block.samples))

    def _in_bed(self) -> bool | None:
        if self._running is not None:
            return None if self._paused else self._running.detector.live.in_bed
        return None if self._idle is None else self._idle.live.in_bed

    def _note(self, noted: Sequence[DeviceFault]) -> None:
        """Store faults and announce them."""
        if not noted:
            return
        for fault in noted:
            LOG.warning("%s: %s%s", fault.device, fault.text, " (over)" if fault.cleared else "")
        station = self._station
        night = self._running.night if self._running else None
        with transaction(station.db):
            events = note_faults(station.db, noted, night, station.known_utc(), station.zone())
            expiry_s = float(station.config.mqtt.event_expiry_s)
            store_events(station.db, events, station.wall.utc(), expiry_s)

    def _run_commands(self, now_ns: int) -> None:
        if not self._due.is_due("commands", COMMANDS_EVERY_NS, now_ns):
            return
        db = self._station.db
        version = db.execute("PRAGMA data_version").fetchone()[0]
        if version == self._data_version:
            return
        self._load_config()
        for command in commands.take_pending(db):
            ok, result = carry_out(self, command.verb, command.args, command.source)
            LOG.info("%s asks %s: %s", command.source, command.verb, result)
            commands.finish(db, command.id, ok=ok, result=result, done_utc=self._station.wall.utc())
        self._data_version = version

    def _live_by_itself(self, now_ns: int) -> None:
        if not self._due.is_due("lifecycle", NS_PER_S, now_ns):
            return
        settings, local = self._station.config.night, self._station.local_now()
        in_bed = self._in_bed()
        if self._running is None:
            if self._auto_start.due(settings, in_bed=in_bed, now_ns=now_ns, local=local):
                self.begin(reason="in_bed")
            return
        reason = self._auto_end.due(settings, in_bed=in_bed, now_ns=now_ns, local=local)
        if reason is not None:
            self.end(reason)

    def _write_raw(self) -> None:
        running = self._running
        if running is None or running.raw is None:
            return
        chunk_ticks = self._station.config.storage.raw_chunk_s / anchors.TICK_S
        if not self._room.full and running.raw.waiting_ticks < chunk_ticks:
            return
        try:
            if not self._room.full:
                running.raw.commit()
                return
        except sqlite3.Error as error:
            text = f"raw signals are no longer kept: {error}"
            self._note(self._room.stop(self._station, text))
        running.drop_raw()

    def _store(self, now_ns: int) -> None:
        running = self._running
        utc = self._station.wall.utc()
        batch = self._due.is_due("batch", BATCH_EVERY_NS, now_ns)
        if batch:
            self._note(self._room.check(self._station))
        if running is None or not (batch or self._must_store(running, now_ns)):
            if batch or self._due.is_due("status", NS_PER_S, now_ns):
                self._reporter.tell(self._status(), due=batch)
            return
        if not batch:
            with transaction(self._station.db):
                status_due = self._due.is_due("status_with_kick", STATUS_EVERY_NS, now_ns)
                self._reporter.tell(self._status(), due=status_due)
                running.write_found((), utc)
            running.found_is_stored()
            return
        snapshot = self._due.is_due("snapshot", SNAPSHOT_EVERY_NS, now_ns)
        if snapshot and running.raw is not None:
            running.raw.commit()  # so that a replay finds no hole behind the snapshot
        # What a batch holds can be found again in the raw signals; only announcing needs the card.
        with transaction(self._station.db, durable=running.announces):
            self._reporter.tell(self._status(), due=True)
            running.write_found((), utc)
            running.write_progress(snapshot=snapshot)
        running.found_is_stored()
        running.progress_is_stored()

    def _must_store(self, running: RunningNight, now_ns: int) -> bool:
        if running.urgent:
            self._due.done("events", now_ns)
            return True
        return running.announces and self._due.is_due("events", EVENTS_EVERY_NS, now_ns)

    def _status(self) -> Status:
        now = Seen(self.phase, self._in_bed(), self._room.full, self._trouble)
        return status_of(self._running, now, self._source.states, self._station.wall.utc())

    def _note_trouble(self, text: str, now_ns: int) -> None:
        """Keep everything in memory when storing failed, give up raw, and try again soon."""
        self._retry_from_ns = now_ns + RETRY_NS
        if self._trouble is None:
            LOG.error("the database cannot be written: %s; trying again", text)
        self._trouble = f"the database cannot be written: {text}"
        if self._running is not None:
            self._running.drop_raw()

    def _clear_trouble(self) -> None:
        self._retry_from_ns = None
        if self._trouble is not None:
            LOG.warning("the database can be written again")
            self._trouble = None
