"""`plms record` in real time: a thread for each bus, and one that turns Blocks into nights."""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from appliance import panel_requests
from appliance.devices import device_settings, simulated_rig
from appliance.notify import Notifier, Watchdog, watchdog_interval_s
from appliance.record.lock import StateLock
from appliance.record.recorder import Recorder
from appliance.record.station import Station, choose_origin, fresh_detector
from appliance.record.stuckbus import StuckBuses
from appliance.record.wall import SystemWall
from appliance.store.connect import open_database
from appliance.store.faults import open_fault
from appliance.store.nights import current_night
from appliance.store.repair import check_database
from drivers.acquisition import Acquisition
from drivers.bus import open_bus
from drivers.channels import CHANNELS, LEFT, RIGHT, STRIP, NightScale
from drivers.simulated.bed import SCENARIOS, Bed
from drivers.simulated.clock import FollowingClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.config import Config
    from appliance.panel import Panel
    from drivers.bus import I2CBus
    from drivers.loop import BusLoop
    from drivers.settings import Clock
    from drivers.simulated.signal import Source

LOG = logging.getLogger(__name__)

STEP_S = 0.05
LONGEST_SLEEP_NS = 500_000_000
"""A bus thread looks this often whether it should stop."""
RECORDER = "recorder"
PRIORITY = 5
"""SCHED_FIFO priority of a bus thread, where the system allows it."""


class ServiceError(Exception):
    """The recorder cannot go on; the text says why."""


class SystemClock:
    """CLOCK_MONOTONIC of this computer."""

    def monotonic_ns(self) -> int:
        """Return the time [ns]."""
        return time.monotonic_ns()

    def sleep_until(self, wanted_ns: int) -> None:
        """Sleep until a time."""
        left_ns = wanted_ns - time.monotonic_ns()
        if left_ns > 0:
            time.sleep(left_ns / 1e9)


@dataclass(frozen=True, slots=True)
class Hardware:
    """Where samples come from."""

    open_bus: Callable[[int], I2CBus]
    clock: Clock
    simulated: bool


def choose_hardware(config: Config, *, simulate: bool, seed: int) -> Hardware:
    """Return the real buses, or simulated chips under two simulated sleepers.

    Raises
    ------
    drivers.bus.DeviceError
        For a bus that cannot be opened, before anything was written.
    """
    if simulate or config.device.simulate:
        clock = FollowingClock()
        bed = Bed(SCENARIOS["demo"], seed)
        sources: dict[str, Source] = {LEFT: bed.left, RIGHT: bed.right, STRIP: bed.strip}
        rig = simulated_rig(config, clock, sources, seed)
        return Hardware(rig.open_bus, clock, simulated=True)
    for number in sorted({s.bus for s in device_settings(config) if s.chip != "none"}):
        open_bus(number).close()
    return Hardware(open_bus, SystemClock(), simulated=False)


class BusThread(threading.Thread):
    """The only owner of one bus."""

    def __init__(
        self, name: str, loop: BusLoop, clock: Clock, stop: threading.Event, watchdog: Watchdog
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.trouble: str | None = None
        self._loop = loop
        self._clock = clock
        self._ask_to_stop = stop
        self._watchdog = watchdog

    def run(self) -> None:
        """Serve the bus until asked to stop; an error that no retry mends stops everything."""
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
        except OSError:
            LOG.info("%s: no real-time priority", self.name)
        try:
            while not self._ask_to_stop.is_set():
                due_ns = self._loop.step()
                self._watchdog.beat(self.name)
                latest_ns = self._clock.monotonic_ns() + LONGEST_SLEEP_NS
                self._clock.sleep_until(min(due_ns, latest_ns))
        except OSError as error:
            self.trouble = f"{self.name}: {error}"
            self._ask_to_stop.set()


def _warm_up() -> None:
    """Compile the detector before anybody relies on it (seconds, where no cache is warm)."""
    detector = fresh_detector(NightScale(), None)
    detector.feed(0, np.zeros((100, len(CHANNELS)), np.int16))
    detector.snapshot()


def _check(state_dir: Path) -> str | None:
    sentence = check_database(state_dir)
    if sentence is not None:
        LOG.error("%s", sentence)
    return sentence


def run(state_dir: Path, config: Config, hardware: Hardware, stop: threading.Event) -> None:
    """Record until `stop` is set; a running night stays open and goes on at the next start.

    Parameters
    ----------
    state_dir : Path
        Folder of the nights.
    config : Config
        The owner's file.
    hardware : Hardware
        From `choose_hardware`.
    stop : threading.Event
        Set by a signal.

    Raises
    ------
    appliance.record.lock.LockedError, appliance.store.connect.DatabaseError,
    drivers.bus.DeviceError, ServiceError
        Each naming the thing.
    """
    notifier = Notifier.from_environment()
    wall = SystemWall()
    with ExitStack() as stack:
        lock = StateLock(state_dir)
        stack.callback(lock.close)
        damage = _check(state_dir)
        _warm_up()
        db = open_database(state_dir)
        stack.callback(db.close)
        if damage is not None:
            open_fault(db, "database", "damaged", damage, night_id=None, started_utc=wall.utc())
        now_ns = hardware.clock.monotonic_ns()
        origin_ns = choose_origin(current_night(db), wall.boot_id, now_ns)
        scale = NightScale()
        source = Acquisition(
            device_settings(config), hardware.open_bus, hardware.clock, scale, origin_ns
        )
        stack.callback(source.close)
        station = Station(
            db=db, state_dir=state_dir, config=config, clock=hardware.clock, wall=wall,
            origin_ns=origin_ns, scale=scale, simulated=hardware.simulated,
        )  # fmt: skip
        recorder = Recorder(station, source)
        stack.callback(recorder.close)
        panel = panel_requests.open_or_note(config.panel, db, wall.utc())
        if panel is not None:
            stack.callback(panel.close)
        names = [f"bus loop {number}" for number in range(len(source.loops))]
        watchdog = Watchdog(notifier, [RECORDER, *names], watchdog_interval_s())
        threads = [
            BusThread(name, loop, hardware.clock, stop, watchdog)
            for name, loop in zip(names, source.loops, strict=True)
        ]
        for thread in threads:
            thread.start()
        stack.callback(_end, threads, stop)
        notifier.ready("recording" if recorder.running else "waiting for the night")
        stuck = StuckBuses(state_dir)

        def report_stuck() -> None:
            stuck.look(source.stuck_buses, hardware.clock.monotonic_ns())

        _loop(recorder, panel, watchdog, stop, report_stuck)
        notifier.stopping()
        for thread in threads:
            if thread.trouble is not None:
                raise ServiceError(thread.trouble)


def _end(threads: list[BusThread], stop: threading.Event) -> None:
    stop.set()
    for thread in threads:
        thread.join(timeout=5.0)


def _loop(
    recorder: Recorder,
    panel: Panel | None,
    watchdog: Watchdog,
    stop: threading.Event,
    report_stuck: Callable[[], None],
) -> None:
    while not stop.is_set():
        recorder.step()
        report_stuck()
        if panel is not None:
            station = recorder.station
            asked = panel.step(recorder.phase, trouble=recorder.trouble is not None)
            if asked:
                panel_requests.carry_out(station.db, asked, station.wall.utc())
                recorder.look_at_commands()
        if recorder.trouble is None:
            watchdog.beat(RECORDER)
        watchdog.step()
        stop.wait(STEP_S)
    recorder.step()
