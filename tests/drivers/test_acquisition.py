"""The whole path: simulated chips under the real smbus2, drivers, time line, Blocks."""

import itertools

import numpy as np
import pytest

from drivers.acquisition import Acquisition, DeviceSettings
from drivers.bus import DeviceError
from drivers.channels import MISSING, NightScale

START_NS = 17_000_000_000
SCALE = NightScale()
LEFT = DeviceSettings("left", "lsm6dso", 1, 0x6A)


def test_every_channel_arrives_on_the_grid_in_its_unit(make_box):
    box = make_box()
    box.run(20.0)
    for column in range(13):
        t_s, error_ms = box.time_errors_ms(column)
        assert np.nanmax(np.abs(error_ms[t_s > 5])) < 4
    assert (box.counts[100:] != MISSING).all()
    assert box.faults == []
    assert set(box.acquisition.states.values()) == {"ok"}


def test_blocks_follow_each_other_and_are_at_most_250_ms_old(make_box):
    box = make_box()
    box.run(2.0)
    for _ in range(300):
        box.run(0.01)
        newest_ns = (
            START_NS + (box.blocks[-1].first_tick + len(box.blocks[-1].samples)) * 10_000_000
        )
        assert box.clock.now_ns - newest_ns < 250_000_000
    ticks = [(b.first_tick, b.first_tick + len(b.samples)) for b in box.blocks]
    assert ticks[0][0] == 0
    assert all(a[1] == b[0] for a, b in itertools.pairwise(ticks))


def test_a_pulled_plug_is_a_gap_and_the_others_go_on(make_box):
    box = make_box()
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


def test_blocks_go_on_when_every_device_is_gone(make_box):
    box = make_box()
    box.run(2.0)
    for device in ("left", "right", "strip"):
        box.rig.unplug(device)
    box.run(3.0)
    assert len(box.counts) >= 480
    assert (box.counts[210:] == MISSING).all()
    assert set(box.acquisition.states.values()) == {"lost"}


def test_two_devices_at_one_place_are_refused(make_box):
    twice = (LEFT, DeviceSettings("right", "lsm6dso", 1, 0x6A))
    box = make_box()
    with pytest.raises(DeviceError, match="left and right are both at 0x6A on bus 1"):
        Acquisition(twice, box.rig.open_bus, box.clock, SCALE, 0)


def test_a_bus_that_does_not_exist_is_named(make_box):
    box = make_box()
    with pytest.raises(DeviceError, match="/dev/i2c-7 does not exist"):
        Acquisition(
            (DeviceSettings("strip", "ads1115", 7, 0x48),), box.rig.open_bus, box.clock, SCALE, 0
        )
