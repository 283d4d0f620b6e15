"""Plugs go out and in at random while everybody lies still: the detector must see no movement."""

import numpy as np
import pytest

from detect.detector import Detector
from drivers.acquisition import DeviceSettings
from drivers.channels import NightScale
from drivers.simulated.mpu6050 import SimulatedMPU6050
from tests.drivers.conftest import Box

MPU = (
    DeviceSettings("left", "mpu6050", 1, 0x68),
    DeviceSettings("right", "mpu6050", 1, 0x69),
    DeviceSettings("strip", "ads1115", 1, 0x48),
)
PLACES = {"lsm6dso": ((1, 0x6A), (1, 0x6B)), "mpu6050": ((1, 0x68), (1, 0x69))}
SCALE = NightScale()


class Limb:
    """A leg that lies still, in another position after each time given."""

    def __init__(self, seed, turns_s):
        down = np.random.default_rng(seed).standard_normal((len(turns_s) + 1, 3))
        self._down = down / np.linalg.norm(down, axis=1)[:, None]
        self._turns_s = turns_s

    def sample(self, t_s):
        down = self._down[np.searchsorted(self._turns_s, t_s)]
        return np.hstack((down, np.zeros_like(down)))


class Heart:
    """The strip of a bed in which somebody lies still."""

    def sample(self, t_s):
        return (3.0 * np.sin(2 * np.pi * 0.25 * t_s) + np.sin(2 * np.pi * 5.0 * t_s))[:, None]


def movements_of(box):
    detector = Detector(np.array(SCALE.gains()), np.array(SCALE.offsets()))
    found = []
    for block in box.blocks:
        found += detector.feed(block.first_tick, block.samples)
    return found + detector.finish(), detector.take_gaps()


def lying_still(chip, turns_s):
    """A box whose two ankles carry `chip`, somebody in the bed who lies still but at `turns_s`."""
    limbs = {device: Limb(len(device), turns_s[device]) for device in ("left", "right")}
    settings = {} if chip == "lsm6dso" else {"settings": MPU}
    box = Box(**limbs, strip=Heart(), **settings)
    if chip == "mpu6050":
        for (device, limb), (_, address) in zip(limbs.items(), PLACES[chip], strict=True):
            box.rig.replace(device, SimulatedMPU6050(box.rig.world, limb), address)
    return box, limbs


def run_until(box, t_s):
    box.run(t_s - (box.clock.now_ns / 1e9 - 17.0))


@pytest.mark.parametrize("chip", ["lsm6dso", "mpu6050"])
def test_no_edge_of_any_gap_is_a_movement(chip):
    rng = np.random.default_rng(11)
    turns = [(60.0 + 8.0 * i, rng.choice(["left", "right", "strip"])) for i in range(40)]
    turns_s = {d: [t for t, device in turns if device == d] for d in ("left", "right")}
    box, _ = lying_still(chip, turns_s)
    for turn_s, device in turns:
        run_until(box, turn_s - rng.uniform(0.3, 3.0))
        box.rig.unplug_after(device, int(rng.integers(0, 120)))
        run_until(box, turn_s + rng.uniform(0.05, 3.0))
        box.rig.plug(device)
    box.run(10.0)
    movements, gaps = movements_of(box)
    assert movements == []
    assert len(gaps) >= len(turns)


def test_no_edge_is_a_movement_after_an_hour_nor_with_the_other_chip():
    box, limbs = lying_still("lsm6dso", {"left": [1000.0], "right": []})
    box.run(60.0)
    box.rig.unplug_after("left", 31)
    box.run(1.0)
    box.clock.sleep_until(box.clock.now_ns + 3600 * 10**9)
    box.rig.plug("left")
    box.run(60.0)
    box.rig.replace("left", SimulatedMPU6050(box.rig.world, limbs["left"]), 0x68)
    box.run(60.0)
    movements, gaps = movements_of(box)
    assert movements == []
    assert not box.missing[-1000:].any()
    assert len(gaps) >= 2
