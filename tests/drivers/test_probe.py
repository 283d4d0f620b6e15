"""What `plms doctor` is told about a sensor."""

import numpy as np
import pytest

from drivers.acquisition import DeviceSettings
from drivers.bus import DeviceError
from drivers.probe import examine_ankle, examine_strip
from drivers.settings import ankle_chip, strip_chip
from drivers.simulated.clock import VirtualClock
from drivers.simulated.mpu6050 import SimulatedMPU6050
from drivers.simulated.rig import SimulatedRig

LEFT = DeviceSettings("left", "lsm6dso", 1, 0x6A)
STRIP = DeviceSettings("strip", "ads1115", 1, 0x48)


class Rest:
    def sample(self, t_s):
        return np.tile([0.6, 0.0, 0.8, 0.0, 0.0, 0.0], (len(t_s), 1))


class Level:
    def __init__(self, millivolts, ripple=0.0):
        self.millivolts, self.ripple = millivolts, ripple

    def sample(self, t_s):
        return (self.millivolts + self.ripple * np.sin(20 * t_s))[:, None]


def rig(**changes):
    arguments = {"left": Rest(), "right": None, "strip": Level(3.0, 20.0)} | changes
    return SimulatedRig(clock=VirtualClock(10**9), **arguments)


def test_a_good_ankle():
    box = rig(options={"left": {"noise_g": 0.001, "noise_dps": 0.05}})
    health = examine_ankle(ankle_chip(box.open_bus(1), LEFT), box.clock)
    assert health.gravity_g == pytest.approx(1.0, abs=0.01)
    assert health.noise_mg == pytest.approx(1.0, rel=0.3)
    assert health.noise_dps == pytest.approx(0.05, rel=0.3)
    assert health.rate_hz == pytest.approx(104.1667 * 1.04, rel=0.01)


def test_a_good_mpu6050():
    box = rig()
    box.replace("left", SimulatedMPU6050(box.world, Rest()), 0x68)
    settings = DeviceSettings("left", "mpu6050", 1, 0x68)
    health = examine_ankle(ankle_chip(box.open_bus(1), settings), box.clock)
    assert health.gravity_g == pytest.approx(1.0, abs=0.01)
    assert health.rate_hz == pytest.approx(100.0, rel=0.02)


def test_a_broken_ankle_is_named():
    box = rig(options={"left": {"deflects": False}})
    with pytest.raises(DeviceError, match="self-test"):
        examine_ankle(ankle_chip(box.open_bus(1), LEFT), box.clock)


def test_an_ankle_that_sends_nothing_is_named(monkeypatch):
    box = rig()
    monkeypatch.setattr("drivers.lsm6dso.LSM6DSO.poll", lambda _: (0, False))
    with pytest.raises(DeviceError, match="LSM6DSO: started, but sends no samples"):
        examine_ankle(ankle_chip(box.open_bus(1), LEFT), box.clock)


@pytest.mark.parametrize(
    ("source", "at_rail", "silent"),
    [(Level(3.0, 20.0), False, False), (Level(1.0), False, True), (Level(9000.0), False, True)],
)
def test_strips(source, at_rail, silent):
    box = rig(strip=source)
    health = examine_strip(strip_chip(box.open_bus(1), STRIP), box.clock)
    assert (health.at_rail, health.silent) == (at_rail, silent)


def test_a_clamped_strip_is_at_the_rail():
    box = rig(strip=Level(9000.0))
    settings = DeviceSettings("strip", "ads1115", 1, 0x48, range_mv=1024)
    health = examine_strip(strip_chip(box.open_bus(1), settings), box.clock)
    assert health.at_rail
    assert health.mean_mv == pytest.approx(1024, abs=0.1)
