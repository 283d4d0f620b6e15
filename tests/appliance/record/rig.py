"""A recorder in simulated time, fed with the samples of a simulated bed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np

from appliance.config import Config, Device
from appliance.record.recorder import Recorder
from appliance.record.station import TICK_NS, Station, choose_origin
from appliance.record.wall import SimulatedWall
from appliance.settings import config_with
from appliance.store.connect import open_database
from appliance.store.nights import current_night
from drivers.block import Block
from drivers.channels import NightScale
from drivers.simulated.bed import SCENARIOS, Bed, bed_block
from drivers.simulated.clock import VirtualClock

EVENING_UTC = 1_767_650_400.0
"""2026-01-05 22:00 UTC, 23:00 in Berlin."""
BERLIN = Config(device=Device(time_zone="Europe/Berlin"))


@cache
def bed_samples(scenario: str = "demo", seed: int = 3, minutes: int = 20) -> np.ndarray:
    """Return int16[n, 13] of a simulated bed; kicks from about minute 10 on."""
    bed = Bed(SCENARIOS[scenario], seed)
    return np.concatenate([bed_block(bed, 6000 * minute, 6000) for minute in range(minutes)])


@dataclass
class Sensors:
    """Samples by the monotonic clock: row 0 was measured at `zero_ns`."""

    samples: np.ndarray
    clock: VirtualClock
    zero_ns: int
    origin_ns: int
    states: dict = field(default_factory=lambda: dict.fromkeys(("left", "right", "strip"), "ok"))
    faults: list = field(default_factory=list)
    taken: int = 0
    endless: bool = False

    def take_blocks(self):
        end = (self.clock.monotonic_ns() - self.origin_ns) // TICK_NS
        shift = (self.origin_ns - self.zero_ns) // TICK_NS
        if not self.endless:
            end = min(end, len(self.samples) - shift)
        if end <= self.taken:
            return []
        rows = np.arange(self.taken + shift, end + shift) % len(self.samples)
        block = Block(self.taken, self.samples[rows])
        self.taken = end
        return [block]

    def take_faults(self):
        faults, self.faults = self.faults, []
        return faults


class Rig:
    """Recorder, clocks and sensors on one state directory; `restart` is a new process."""

    def __init__(self, state_dir, samples, *, config=BERLIN, utc=EVENING_UTC, at_s=0.0, **changes):
        self.state_dir = state_dir
        self.config = config_with(
            config, {"storage.min_free_mb": 50, "mqtt.enabled": True, **changes}
        )
        self.samples = samples
        self.zero_ns = 5_000_000_000
        self.clock = VirtualClock(self.zero_ns + round(at_s * 1e9))
        self.wall = SimulatedWall(self.clock.monotonic_ns, utc + at_s, "boot-1")
        self.open()

    def open(self):
        self.db = open_database(self.state_dir)
        self.hands = open_database(self.state_dir)
        origin_ns = choose_origin(current_night(self.db), self.wall.boot_id, self.clock.now_ns)
        self.sensors = Sensors(self.samples, self.clock, self.zero_ns, origin_ns)
        station = Station(
            db=self.db, state_dir=self.state_dir, config=self.config, clock=self.clock,
            wall=self.wall, origin_ns=origin_ns, scale=NightScale(), simulated=True,
        )  # fmt: skip
        self.recorder = Recorder(station, self.sensors)

    def run(self, seconds, step_s=2.0):
        """Let time pass."""
        end_ns = self.clock.now_ns + round(seconds * 1e9)
        while self.clock.now_ns < end_ns:
            self.clock.sleep_until(min(self.clock.now_ns + round(step_s * 1e9), end_ns))
            self.recorder.step()

    def crash(self):
        """Lose the process: what was not committed is gone."""
        for db in (self.db, self.hands):
            db.close()
        if self.recorder.running is not None and self.recorder.running.raw is not None:
            self.recorder.running.raw._db.close()

    def reboot(self, away_s, boot_id="boot-2"):
        """Lose power for a while; the monotonic clock begins anew."""
        self.crash()
        rows = (self.clock.now_ns - self.zero_ns + round(away_s * 1e9)) // TICK_NS
        utc = self.wall.utc() + away_s
        self.clock = VirtualClock(2_000_000_000)
        self.zero_ns = self.clock.now_ns - rows * TICK_NS
        self.wall = SimulatedWall(self.clock.monotonic_ns, utc, boot_id)
        self.open()
