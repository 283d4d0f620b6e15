"""The whole path: simulated chips under the real smbus2, drivers, time line, Blocks."""

import itertools

import numpy as np
import pytest

from drivers.acquisition import Acquisition, DeviceSettings
from drivers.bus import DeviceError
from drivers.channels import MISSING, NightScale
from drivers.simulated.clock import VirtualClock
from drivers.simulated.rig import SimulatedRig

SCALE = NightScale()
GAINS, OFFSETS = np.array(SCALE.gains()), np.array(SCALE.offsets())
S = 1_000_000_000
SETTINGS = (
    DeviceSettings("left", "lsm6dso", 1, 0x6A),
    DeviceSettings("right", "lsm6dso", 1, 0x6B),
    DeviceSettings("strip", "ads1115", 1, 0x48),
)


class Sine:
    """Each channel a sine of one frequency with its own amplitude."""

    def __init__(self, amplitudes, frequency_hz=0.5):
        self.amplitudes = np.array(amplitudes)
        self.frequency_hz = frequency_hz

    def sample(self, t_s):
        return np.sin(2 * np.pi * self.frequency_hz * t_s)[:, None] * self.amplitudes


class Box:
    """A rig with an acquisition on it, run in virtual time."""

    def __init__(self, **changes):
        self.clock = VirtualClock(17 * S)
        ankle = Sine((0.5, 0.3, 1.0, 50.0, 60.0, 70.0))
        arguments = {"left": ankle, "right": ankle, "strip": Sine((500.0,))} | changes
        self.rig = SimulatedRig(clock=self.clock, **arguments)
        self.acquisition = Acquisition(
            SETTINGS, self.rig.open_bus, self.clock, SCALE, self.clock.monotonic_ns()
        )
        self.blocks = []
        self.faults = []

    def run(self, seconds):
        end_ns = self.clock.now_ns + int(seconds * S)
        while self.clock.now_ns < end_ns:
            due_ns = min(loop.step() for loop in self.acquisition.loops)
            self.clock.sleep_until(min(due_ns, end_ns))
            self.blocks += self.acquisition.take_blocks()
            self.faults += self.acquisition.take_faults()

    @property
    def counts(self):
        return np.concatenate([b.samples for b in self.blocks])

    @property
    def physical(self):
        counts = self.counts.astype(float)
        counts[counts == MISSING] = np.nan
        return counts * GAINS + OFFSETS


def test_every_channel_arrives_on_the_grid_in_its_unit():
    box = Box()
    box.run(20.0)
    t_s = np.arange(len(box.counts)) / 100
    wave = np.sin(np.pi * t_s)
    for column, amplitude in enumerate((0.5, 0.3, 1.0, 50, 60, 70) * 2 + (500.0,)):
        error = box.physical[1000:, column] - amplitude * wave[1000:]
        assert np.nanmax(np.abs(error)) < 0.02 * amplitude
    assert (box.counts[100:] != MISSING).all()
    assert box.faults == []
    assert set(box.acquisition.states.values()) == {"ok"}


def test_blocks_follow_each_other_and_are_at_most_250_ms_old():
    box = Box()
    box.run(2.0)
    for _ in range(300):
        box.run(0.01)
        newest_ns = 17 * S + (box.blocks[-1].first_tick + len(box.blocks[-1].samples)) * 10_000_000
        assert box.clock.now_ns - newest_ns < 250_000_000
    ticks = [(b.first_tick, b.first_tick + len(b.samples)) for b in box.blocks]
    assert ticks[0][0] == 0
    assert all(a[1] == b[0] for a, b in itertools.pairwise(ticks))


def test_a_pulled_plug_is_a_gap_and_the_others_go_on():
    box = Box()
    box.run(5.0)
    box.rig.unplug("left")
    box.run(3.0)
    box.rig.plug("left")
    box.run(3.0)
    missing = box.counts[100:] == MISSING
    left = np.flatnonzero(missing[:, 0]) + 100
    assert 485 <= left[0] <= 502
    assert left[-1] < 880
    assert (np.diff(left) == 1).all()
    assert not missing[:, 6:].any()
    assert [(f.device, f.code, f.cleared) for f in box.faults] == [
        ("left", "lost", False),
        ("left", "lost", True),
    ]


def test_blocks_go_on_when_every_device_is_gone():
    box = Box()
    box.run(2.0)
    for device in ("left", "right", "strip"):
        box.rig.unplug(device)
    box.run(3.0)
    assert len(box.counts) >= 480
    assert (box.counts[210:] == MISSING).all()
    assert set(box.acquisition.states.values()) == {"lost"}


def test_two_devices_at_one_place_are_refused():
    twice = (SETTINGS[0], DeviceSettings("right", "lsm6dso", 1, 0x6A))
    box = Box()
    with pytest.raises(DeviceError, match="left and right are both at 0x6A on bus 1"):
        Acquisition(twice, box.rig.open_bus, box.clock, SCALE, 0)


def test_a_bus_that_does_not_exist_is_named():
    box = Box()
    with pytest.raises(DeviceError, match="/dev/i2c-7 does not exist"):
        Acquisition(
            (DeviceSettings("strip", "ads1115", 7, 0x48),), box.rig.open_bus, box.clock, SCALE, 0
        )
