"""The recorder: one step after another, in real or in simulated time."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

from appliance.record import privacy
from appliance.record.begin import announcing, resume_night, start_night, was_long_away
from appliance.record.closing import close_night, tidy
from appliance.record.drift import drift_faults
from appliance.record.due import NS_PER_S, Due
from appliance.record.lookout import Lookout
from appliance.record.reporter import Reporter, Seen, status_of
from appliance.record.room import Room
from appliance.record.saver import Saver
from appliance.record.sensors import LeftOpen, announce_faults
from appliance.record.station import TICK_NS
from appliance.record.trouble import Trouble
from appliance.record.verbs import carry_out
from appliance.record.wallwatch import WallWatch
from appliance.settings import effective_config
from appliance.sit.evening import LONGEST_RESTART_TICKS, Evening
from appliance.store import commands, nights
from drivers.block import Block

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from appliance.record.running import RunningNight
    from appliance.record.source import Source
    from appliance.record.station import Station
    from appliance.store.nights import NightKind
    from appliance.store.status import Phase, Status
    from drivers.settings import DeviceFault

LOG = logging.getLogger(__name__)

COMMANDS_EVERY_NS = NS_PER_S // 4
CLOCK_EVERY_NS = 10 * NS_PER_S
ROOM_EVERY_NS = 120 * NS_PER_S


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
        self._shift = 0
        self._paused = False
        self._lookout = Lookout()
        self._trouble = Trouble()
        self._room = Room()
        self._reporter = Reporter(station.db)
        self._left_open = LeftOpen(station.db)
        self._saver = Saver(self._reporter)
        self._due = Due()
        self._wall_watch = WallWatch()
        self._data_version = -1
        self._evening = Evening(station)
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
    def sensors(self) -> Mapping[str, str]:
        """Device -> ok, starting, none, or the code of its fault."""
        return self._source.states

    @property
    def evening(self) -> Evening:
        """The evening test, where one is prepared or runs."""
        return self._evening

    @property
    def trouble(self) -> str | None:
        """What keeps the recorder from storing, in a plain sentence."""
        return self._trouble.text

    # -- the loop's work ---------------------------------------------------------------------

    def look_at_commands(self) -> None:
        """Look at the commands at the next step: one came through our own connection."""
        self._data_version = -1

    def step(self) -> None:
        """Do everything that is due: samples, database, commands, clock, lifecycle, status."""
        now_ns = self._station.clock.monotonic_ns()
        for block in self._source.take_blocks():
            self._take(block)
        if self._trouble.waits(now_ns):
            return
        try:
            self._write(now_ns)
        except sqlite3.Error as error:
            self._trouble.note(str(error), now_ns)
            if self._running is not None:
                self._running.drop_raw()  # everything else waits in memory
        else:
            self._trouble.clear()

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
        self._evening.night_begins()
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
        self._evening.finish()
        end_tick = running.finish()
        running.close_raw()
        told = self._evening.endings(self._station, reason)
        name = close_night(self._station, running, end_tick, reason, told)
        self._evening.ended()
        self._running, self._paused = None, False
        self._lookout.night_has_ended()
        LOG.info("night %s ended (%s)", name, reason)
        if running.night.kind in nights.SLEEP:
            now_ns = self._station.clock.monotonic_ns()
            self._note(drift_faults(self._station.db, running.detector.drift_db, now_ns))
        tidy(self._station)
        return name

    def pause(self, *, paused: bool) -> None:
        """Stop looking at the sleeper for a while, or go on; the time between is a gap.

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
        if self._running is not None:
            self._running.announcing = announcing(self._station)

    def _go_on(self, night: nights.Night) -> None:
        running = resume_night(self._station, night)
        if running is None:
            LOG.warning("night %s was interrupted for too long and is closed", night.name)
            return
        self._adopt(running, paused=night.state == "paused")
        if night.kind == "sit":
            self._evening.resume(self, running)
        if night.kind in nights.AWAKE and was_long_away(
            self._station, night, running, LONGEST_RESTART_TICKS
        ):
            LOG.warning("%s was interrupted and is over", night.name)
            self.end("power_cut")
            return
        LOG.warning("night %s goes on", night.name)

    def _adopt(self, running: RunningNight, *, paused: bool) -> None:
        self._running, self._paused = running, paused
        self._shift = round((self._station.origin_ns - running.night.origin_monotonic_ns) / TICK_NS)
        self._wall_watch = WallWatch()
        self._lookout.night_begins()
        self._saver.night_begins(self._station.clock.monotonic_ns())

    def _take(self, block: Block) -> None:
        if self._running is None:
            self._lookout.look(self._station, block)
            self._evening.look(block)
            return
        take = self._running.pass_over if self._paused else self._running.feed
        take(Block(block.first_tick + self._shift, block.samples))

    def _in_bed(self) -> bool | None:
        if self._running is not None:
            return None if self._paused else self._running.detector.live.in_bed
        return self._lookout.in_bed

    def _write(self, now_ns: int) -> None:
        """Do what needs the database."""
        running = self._running
        if running is not None:
            self._note(self._saver.save_raw(running, self._station, self._room))
        faults = self._source.take_faults()
        self._note(self._left_open.with_ends(faults, self._source.states, now_ns))
        if running is not None and self._due.is_due("clock", CLOCK_EVERY_NS, now_ns):
            self._wall_watch.look(self._station, running, now_ns)
        self._run_commands(now_ns)
        self._live_by_itself(now_ns)
        if self._due.is_due("room", ROOM_EVERY_NS, now_ns):
            self._note(self._room.check(self._station))
        self._saver.save(self._running, self._station, self._status, now_ns)

    def _note(self, noted: Sequence[DeviceFault]) -> None:
        """Store faults and announce them."""
        announce_faults(self._station, noted, self._running.night if self._running else None)

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
        if self._evening.lead(self, now_ns):
            return
        if self._running is None:
            if self._lookout.should_begin(self._station, now_ns):
                self.begin(reason="in_bed")
            return
        reason = self._lookout.should_end(self._station, now_ns, in_bed=self._in_bed())
        if reason is not None:
            self.end(reason)

    def _status(self) -> Status:
        now = Seen(self.phase, self._in_bed(), self._room.full, self._trouble.text)
        told = status_of(self._running, now, self._source.states, self._station.wall.utc())
        return replace(told, sit=self._evening.status(self._station))
