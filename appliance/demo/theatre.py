"""The simulated bedroom: a bed with two sleepers, chips that feel it, and the real recorder.

In the first part the clock is a number and runs as fast as this computer can; when the night goes
on live, the same clock is moved in step with the real one.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from appliance.devices import device_settings, simulated_rig
from appliance.record.recorder import Recorder
from appliance.record.station import Station
from appliance.record.wall import SimulatedWall
from appliance.store import commands, settings
from appliance.store.connect import open_database
from drivers.acquisition import Acquisition
from drivers.channels import NightScale
from drivers.loop import VISIT_NS
from drivers.simulated.bed import SCENARIOS, Bed, Scenario
from drivers.simulated.clock import VirtualClock

if TYPE_CHECKING:
    import sqlite3
    import threading
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from appliance.config import Config
    from drivers.loop import BusLoop
    from drivers.simulated.rig import SimulatedRig
    from drivers.simulated.signal import Source

HOUR_S = 3600.0
BEDTIME_H = 22.75
LIGHTS_OFF_S = 12 * 60.0
"""The sleepers read for a while."""
CABLE_OUT = ("right", 5.5, 7 * 60.0)
"""Device, at which hour its plug is pulled, for how many seconds."""
LIVE_SERIES_S = 900.0
STORE_EVERY_NS = 5_000_000_000
"""Blocks of a few seconds: numpy's cost a call is shared by more samples."""
HURRIED_VISIT_NS = 100_000_000
"""A night simulated in a hurry leaves more in the FIFOs: fewer calls, the same samples."""
RAW_CHUNK = "storage.raw_chunk_s"
FAST_CHUNK_S = 60.0
"""A night that takes a minute need not be on the card every ten seconds of it."""
LIVE_STORE_EVERY_NS = 50_000_000


@dataclass(frozen=True, slots=True)
class Cue:
    """Something that happens in the simulated bedroom at a time of the night."""

    at_s: float
    do: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Theatre:
    """Everything a simulated night needs.

    Attributes
    ----------
    bed : Bed
        The sleepers, and the truth of what they did.
    rig : SimulatedRig
        The chips and their plugs.
    clock : VirtualClock
        CLOCK_MONOTONIC of this bedroom.
    wall : SimulatedWall
        Its clock on the wall.
    acquisition : Acquisition
        The shipped drivers.
    recorder : Recorder
        The shipped recorder.
    db, hands : sqlite3.Connection
        The recorder's, and that of the people who press buttons on the page.
    """

    bed: Bed
    rig: SimulatedRig
    clock: VirtualClock
    wall: SimulatedWall
    acquisition: Acquisition
    recorder: Recorder
    db: sqlite3.Connection
    hands: sqlite3.Connection
    begun_ns: int
    """When the bed's time began on `clock`."""

    def ask(self, verb: str, **args: int) -> None:
        """Ask the recorder for something, as the page does."""
        commands.submit(self.hands, verb, dict(args), "demo", self.wall.utc())

    def close(self) -> None:
        """Let go of everything; a running night stays open."""
        self.recorder.close()
        self.acquisition.close()
        self.db.close()
        self.hands.close()


def last_bedtime(now: datetime, hours: float) -> datetime:
    """Return the latest evening's bedtime after which a night of `hours` is over by now."""
    bedtime = now.replace(hour=int(BEDTIME_H), minute=int(BEDTIME_H % 1 * 60), second=0)
    bedtime = bedtime.replace(microsecond=0)
    while bedtime + timedelta(hours=hours) > now:
        bedtime -= timedelta(days=1)
    return bedtime


def open_theatre(state_dir: Path, config: Config, seed: int, hours: float) -> Theatre:
    """Make the bed, wire the chips and open the database.

    Parameters
    ----------
    state_dir : Path
        Where nights are kept.
    config : Config
        The owner's configuration.
    seed : int
        Of everything random.
    hours : float
        Length of the first night, after which a series of kicks runs on.
    """
    script = SCENARIOS["demo"]
    script = replace(
        script,
        unplugged=(),
        bathroom_s=tuple(s for s in script.bathroom_s if s < (hours - 0.5) * HOUR_S),
        forced_series=(script.forced_series[0], (hours * HOUR_S - 90.0, LIVE_SERIES_S)),
    )
    bedtime = last_bedtime(datetime.now().astimezone(), hours)
    return wire(state_dir, config, seed, script, bedtime)


def wire(state_dir: Path, config: Config, seed: int, script: Scenario, start: datetime) -> Theatre:
    """Put a script into a bed, chips into the script, and a recorder on the chips.

    Parameters
    ----------
    state_dir : Path
        Where nights are kept.
    config : Config
        The owner's configuration.
    seed : int
        Of everything random.
    script : Scenario
        What the sleepers do.
    start : datetime
        What the clock on the wall shows first.
    """
    bed = Bed(script, seed)
    clock = VirtualClock()
    sources: dict[str, Source] = {"left": bed.left, "right": bed.right, "strip": bed.strip}
    rig = simulated_rig(config, clock, sources, seed)
    scale = NightScale()
    origin_ns = clock.monotonic_ns()
    acquisition = Acquisition(device_settings(config), rig.open_bus, clock, scale, origin_ns)
    wall = SimulatedWall(clock.monotonic_ns, start.timestamp())
    db = open_database(state_dir)
    station = Station(
        db=db,
        state_dir=state_dir,
        config=config,
        clock=clock,
        wall=wall,
        origin_ns=origin_ns,
        scale=scale,
        simulated=True,
    )
    hands = open_database(state_dir)
    settings.put(hands, RAW_CHUNK, FAST_CHUNK_S, wall.utc())
    recorder = Recorder(station, acquisition)
    return Theatre(bed, rig, clock, wall, acquisition, recorder, db, hands, origin_ns)


def in_turn(loops: Sequence[BusLoop]) -> Callable[[], int]:
    """Return the step of all buses together; simulated time needs no threads."""
    if len(loops) == 1:
        return loops[0].step
    return lambda: min(loop.step() for loop in loops)


def _cues(theatre: Theatre, hours: float) -> list[Cue]:
    device, pulled_h, away_s = CABLE_OUT
    cues = [
        Cue(LIGHTS_OFF_S, lambda: theatre.ask("lights_off")),
        Cue(pulled_h * HOUR_S, lambda: theatre.rig.unplug(device)),
        Cue(pulled_h * HOUR_S + away_s, lambda: theatre.rig.plug(device)),
    ]
    return [cue for cue in cues if cue.at_s < hours * HOUR_S - 60.0]


def play_night(theatre: Theatre, hours: float, progress: Callable[[int], object]) -> str:
    """Record one night as fast as this computer can, and return its name.

    Parameters
    ----------
    theatre : Theatre
        The bedroom.
    hours : float
        How long the night is.
    progress : callable
        Told how many minutes of the night have passed since the last call.
    """
    clock, recorder = theatre.clock, theatre.recorder
    theatre.acquisition.visit_every(HURRIED_VISIT_NS)
    step, sleep_until = in_turn(theatre.acquisition.loops), clock.sleep_until
    theatre.db.execute("PRAGMA synchronous = OFF")
    name = recorder.begin(reason="demo", kind="night")
    start_ns = clock.now_ns
    end_ns = start_ns + int(hours * HOUR_S * 1e9)
    cues = _cues(theatre, hours)
    minute_ns = start_ns
    while clock.now_ns < end_ns:
        until_ns = clock.now_ns + STORE_EVERY_NS
        while clock.now_ns < until_ns:
            sleep_until(step())
        recorder.step()
        while cues and clock.now_ns - start_ns >= cues[0].at_s * 1e9:
            cues.pop(0).do()
        minutes = (clock.now_ns - minute_ns) // 60_000_000_000
        if minutes:
            minute_ns += minutes * 60_000_000_000
            progress(minutes)
    recorder.end("demo")
    return name


def go_live(theatre: Theatre, stop: threading.Event) -> None:
    """Let the bedroom go on in real time, as a new night, until `stop` is set.

    Parameters
    ----------
    theatre : Theatre
        The bedroom, its first night over.
    stop : threading.Event
        Ends it; the night is closed then.
    """
    clock, recorder = theatre.clock, theatre.recorder
    step = in_turn(theatre.acquisition.loops)
    theatre.acquisition.visit_every(VISIT_NS)
    theatre.db.execute("PRAGMA synchronous = FULL")
    theatre.wall.step(time.time() - theatre.wall.utc())
    settings.delete(theatre.hands, RAW_CHUNK)
    recorder.begin(reason="demo", kind="night")
    behind_ns = time.monotonic_ns() - clock.now_ns
    stored_ns = clock.now_ns
    while not stop.is_set():
        due_ns = step()
        if clock.now_ns - stored_ns >= LIVE_STORE_EVERY_NS:
            stored_ns = clock.now_ns
            recorder.step()
        wait_s = (due_ns + behind_ns - time.monotonic_ns()) / 1e9
        if wait_s > 0:
            stop.wait(wait_s)
        clock.sleep_until(max(due_ns, time.monotonic_ns() - behind_ns))
    recorder.end("demo")
