"""People pull plugs: the recording goes on, and the gap is where the samples are not."""

import numpy as np
import pytest

from drivers.acquisition import DeviceSettings
from drivers.simulated.lsm6dso import SimulatedLSM6DSO
from drivers.simulated.mpu6050 import SimulatedMPU6050

TWO_BUSES = (
    DeviceSettings("left", "lsm6dso", 3, 0x6A),
    DeviceSettings("right", "lsm6dso", 5, 0x6B),
    DeviceSettings("strip", "ads1115", 1, 0x48),
)
SOCKETS = {"left": (3, 0x6A), "right": (5, 0x6B), "strip": (1, 0x48)}


def gap_of(box, column, start_tick=0):
    ticks = np.flatnonzero(box.missing[start_tick:, column]) + start_tick
    return (int(ticks[0]), int(ticks[-1]) + 1, len(ticks)) if len(ticks) else None


def worst_error_ms(box, column, *, after_s=5.0):
    t_s, errors = box.time_errors_ms(column)
    return np.nanmax(np.abs(errors[t_s > after_s]))


@pytest.mark.parametrize("bytes_left", [0, 1, 2, 3, 4, 9, 10, 57, 58, 59, 64, 65, 66, 100, 160])
def test_a_plug_pulled_at_any_byte_leaves_no_false_sample(make_box, bytes_left):
    box = make_box()
    box.run(6.0)
    pulled_tick = len(box.counts)
    box.rig.unplug_after("left", bytes_left)
    box.run(3.0)
    box.rig.plug("left")
    box.run(3.0)
    first, end, count = gap_of(box, 0, start_tick=100)
    assert count == end - first
    assert pulled_tick - 25 <= first <= pulled_tick + 40
    for column in range(13):
        assert worst_error_ms(box, column) < 6.0
    assert not box.missing[100:, 6:].any()
    assert box.fault_codes("left") == [("lost", False), ("lost", True)]


@pytest.mark.parametrize("away_s", [0.5, 3.0, 3 * 3600.0])
def test_the_gap_is_as_long_as_the_plug_was_out(make_box, away_s):
    box = make_box()
    box.run(5.0)
    pulled_s = (box.clock.now_ns - 17_000_000_000) / 1e9
    box.rig.unplug("right")
    if away_s > 60:
        box.acquisition.loops[0].step()
        box.clock.sleep_until(box.clock.now_ns + int(away_s * 1e9))
    else:
        box.run(away_s)
    back_s = (box.clock.now_ns - 17_000_000_000) / 1e9
    box.rig.plug("right")
    box.run(5.0)
    first, end, count = gap_of(box, 6, start_tick=100)
    assert count == end - first
    assert -0.15 < first / 100 - pulled_s <= 0.02
    assert 0.0 < end / 100 - back_s < 1.6
    assert worst_error_ms(box, 6) < 6.0


def test_straps_swapped_between_two_sockets_are_recorded_by_strap_and_reported(make_box):
    box = make_box(settings=TWO_BUSES, places=SOCKETS)
    box.run(5.0)
    box.rig.unplug("left")
    box.rig.unplug("right")
    box.run(1.0)
    box.rig.plug("left", bus=5)
    box.rig.plug("right", bus=3)
    box.run(6.0)
    assert ("swapped", False) in box.fault_codes("left")
    assert ("swapped", False) in box.fault_codes("right")
    assert not box.missing[-300:].any()
    assert worst_error_ms(box, 0) < 6.0
    assert set(box.acquisition.states.values()) == {"ok"}


def test_another_supported_chip_in_the_same_socket_is_used(make_box):
    box = make_box()
    box.run(4.0)
    ankle = box.rig.chips["left"]._fifo._tap._source
    chip = SimulatedMPU6050(box.rig.world, ankle, noise_g=0.0005)
    box.rig.replace("left", chip, 0x68)
    box.run(6.0)
    assert not box.missing[-300:].any()
    assert worst_error_ms(box, 0, after_s=8.0) < 6.0
    assert box.fault_codes("left") == [("lost", False), ("lost", True)]


def test_a_chip_of_twice_the_range_is_caught_by_gravity(make_box):
    class Rest:
        def sample(self, t_s):
            return np.tile([0.0, 0.0, 1.0, 0.0, 0.0, 0.0], (len(t_s), 1))

    box = make_box(left=Rest(), options={"left": {"full_scale_factor": 2}})
    box.run(30.0)
    assert box.fault_codes("left") == [("scale", False)]
    assert "0.50 g at rest" in box.faults[-1].text
    assert box.acquisition.states["left"] == "scale"
    assert box.missing[-500:, 0].all()
    box.rig.replace("left", SimulatedLSM6DSO(box.rig.world, Rest()), 0x6A)
    box.run(20.0)
    assert box.fault_codes("left")[-1] == ("scale", True)
    assert not box.missing[-500:, 0].any()


def test_a_device_that_was_never_there_is_missing_and_reported_once(make_box):
    box = make_box(left=None)
    box.run(12.0)
    assert box.missing[:, :6].all()
    assert not box.missing[100:, 6:].any()
    assert box.fault_codes("left") == [("absent", False)]
    assert box.acquisition.states["left"] == "absent"
    assert "LSM6DSO at 0x6A on bus 1" in box.faults[0].text
