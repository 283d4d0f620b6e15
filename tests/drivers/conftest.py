"""A simulated box in virtual time, for the tests of the drivers."""

import numpy as np
import pytest

from drivers.acquisition import Acquisition, DeviceSettings
from drivers.channels import MISSING, NightScale
from drivers.simulated.clock import VirtualClock
from drivers.simulated.rig import SimulatedRig

SCALE = NightScale()
GAINS, OFFSETS = np.array(SCALE.gains()), np.array(SCALE.offsets())
S = 1_000_000_000
START_NS = 17 * S
SETTINGS = (
    DeviceSettings("left", "lsm6dso", 1, 0x6A),
    DeviceSettings("right", "lsm6dso", 1, 0x6B),
    DeviceSettings("strip", "ads1115", 1, 0x48),
)


class Triangle:
    """Each channel a triangle wave of 4 s, from -1 to 1 times its own amplitude.

    Its slope is known everywhere but at the corners, so a wrong value is a wrong time.
    """

    def __init__(self, *amplitudes):
        self.amplitudes = np.array(amplitudes)

    def wave(self, t_s):
        return 1.0 - np.abs((t_s + 1.0) % 4.0 - 2.0)

    def sample(self, t_s):
        return self.wave(t_s)[:, None] * self.amplitudes


class Rest:
    """An ankle that lies still: gravity on one axis."""

    def sample(self, t_s):
        return np.tile([0.0, 0.0, 1.0, 0.0, 0.0, 0.0], (len(t_s), 1))


ANKLE = Triangle(2.0, 1.0, 1.5, 300.0, 200.0, 100.0)
STRIP = Triangle(1000.0)


class Box:
    """A rig with an acquisition on it, run in virtual time."""

    def __init__(self, *, settings=SETTINGS, clock=None, origin_ns=None, **changes):
        self.clock = clock or VirtualClock(START_NS)
        arguments = {"left": ANKLE, "right": ANKLE, "strip": STRIP} | changes
        self.rig = SimulatedRig(clock=self.clock, **arguments)
        self.acquisition = Acquisition(
            settings,
            self.rig.open_bus,
            self.clock,
            SCALE,
            START_NS if origin_ns is None else origin_ns,
        )
        self.blocks = []
        self.faults = []
        self.due_ns = [0] * len(self.acquisition.loops)

    def run(self, seconds, take_every_s=0.05):
        end_ns = self.clock.now_ns + int(seconds * S)
        take_ns = self.clock.now_ns
        loops = self.acquisition.loops
        while self.clock.now_ns < end_ns:
            for number, loop in enumerate(loops):
                if self.clock.now_ns >= self.due_ns[number]:
                    self.due_ns[number] = loop.step()
            self.clock.sleep_until(min(*self.due_ns, end_ns, end_ns))
            if self.clock.now_ns >= take_ns:
                take_ns = self.clock.now_ns + int(take_every_s * S)
                self.take()
        self.take()

    def take(self):
        self.blocks += self.acquisition.take_blocks()
        self.faults += self.acquisition.take_faults()

    @property
    def counts(self):
        return np.concatenate([b.samples for b in self.blocks])

    @property
    def missing(self):
        return self.counts == MISSING

    @property
    def ticks(self):
        return np.concatenate(
            [b.first_tick + np.arange(len(b.samples), dtype=np.int64) for b in self.blocks]
        )

    @property
    def physical(self):
        counts = self.counts.astype(float)
        counts[counts == MISSING] = np.nan
        return counts * GAINS + OFFSETS

    def fault_codes(self, device):
        return [(f.code, f.cleared) for f in self.faults if f.device == device]

    def time_errors_ms(self, column):
        """Return how wrong each present sample is placed in time, away from corners [ms]."""
        amplitude = (*ANKLE.amplitudes, *ANKLE.amplitudes, *STRIP.amplitudes)[column]
        t_s = self.ticks / 100
        slope_sign = np.where((t_s + 1.0) % 4.0 < 2.0, 1.0, -1.0)
        corner = np.abs((t_s + 1.0) % 2.0 - 1.0) > 0.9
        error_s = (self.physical[:, column] / amplitude - ANKLE.wave(t_s)) * slope_sign
        return t_s, np.where(corner, np.nan, error_s * 1000)


@pytest.fixture
def make_box():
    return Box
