"""People pull plugs: the recording goes on, and the gap is where the samples are not."""

import numpy as np
import pytest

from drivers.acquisition import DeviceSettings
from drivers.simulated.lsm6dso import SimulatedLSM6DSO
from drivers.simulated.mpu6050 import SimulatedMPU6050
from tests.drivers.conftest import ANKLE, Triangle

TWO_BUSES = (
    DeviceSettings("left", "lsm6dso", 3, 0x6A),
    DeviceSettings("right", "lsm6dso", 5, 0x6B),
    DeviceSettings("strip", "ads1115", 1, 0x48),
)
SOCKETS = {"left": (3, 0x6A), "right": (5, 0x6B), "strip": (1, 0x48)}
MPU_LEFT = (
    DeviceSettings("left", "mpu6050", 1, 0x68),
    DeviceSettings("right", "lsm6dso", 1, 0x6B),
    DeviceSettings("strip", "ads1115", 1, 0x48),
)
LOST_S = 0.055
"""Before a pull: 21.6 ms not yet read, a sample of 10.2 ms not certain, one not taken, a tick."""
FOUND_S = 0.7
"""After the plug is in again: looked for within 0.25 s; started in 0.06 s and 12 samples dropped,
or started in 0.16 s and 5 samples dropped (MPU-6050)."""


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
    assert pulled_tick - 10 <= first <= pulled_tick + 40
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
    assert -LOST_S < first / 100 - pulled_s <= 0.01
    assert 0.0 < end / 100 - back_s < FOUND_S
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


def test_on_one_shared_bus_swapped_plugs_change_nothing(make_box):
    """Both sockets are the same wire; the strap's address says which leg it is."""
    other = Triangle(-2.0, 1.0, 1.5, 300.0, 200.0, 100.0)
    box = make_box(right=other)
    box.run(5.0)
    box.rig.unplug("left")
    box.rig.unplug("right")
    box.run(1.0)
    box.rig.plug("right")
    box.rig.plug("left")
    box.run(6.0)
    assert not box.missing[-300:].any()
    left, right = box.physical[-300:, 0], box.physical[-300:, 6]
    assert np.abs(left).max() > 1.0
    assert np.abs(left + right).max() < 0.05
    for device in ("left", "right"):
        assert box.fault_codes(device) == [("lost", False), ("lost", True)]


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


class Hand:
    """Pulls plugs at any byte and remembers when."""

    def __init__(self, box):
        self.box = box
        self.pulled_s = 0.0
        let_go = box.rig.unplug

        def unplug(device):
            self.pulled_s = box.clock.now_ns / 1e9 - 17.0
            let_go(device)

        box.rig.unplug = unplug

    def pull(self, device, bytes_left, until_s=3.0):
        self.box.rig.unplug_after(device, bytes_left)
        self.pulled_s = 0.0
        for _ in range(int(until_s / 0.01)):
            self.box.run(0.01)
            if self.pulled_s:
                return self.pulled_s
        raise AssertionError("the bytes never came")


@pytest.mark.parametrize("baud_hz", [400_000, 100_000])
@pytest.mark.parametrize(
    ("device", "settings"), [("left", None), ("left", MPU_LEFT), ("right", None), ("strip", None)]
)
def test_pulled_at_random_the_gap_lies_where_no_samples_are(make_box, device, settings, baud_hz):
    """Ticks are recorded up to 55 ms before the pull and not after it, and all are right."""
    rng = np.random.default_rng([len(device), baud_hz])
    box = make_box(baud_hz=baud_hz, **({"settings": settings} if settings else {}))
    if settings:
        chip = SimulatedMPU6050(box.rig.world, ANKLE, noise_g=0.0005)
        box.rig.replace("left", chip, 0x68)
    column = {"left": 0, "right": 6, "strip": 12}[device]
    hand = Hand(box)
    box.run(6.0)
    gaps = []
    for _ in range(12):
        box.run(rng.uniform(1.0, 1.2))
        pulled_s = hand.pull(device, int(rng.integers(0, 200)))
        box.run(rng.uniform(0.3, 3.0))
        box.rig.plug(device)
        gaps.append((pulled_s, box.clock.now_ns / 1e9 - 17.0))
    box.run(3.0)
    missing = box.missing[:, column]
    edges = np.flatnonzero(np.diff(missing[300:].astype(int))) + 301
    assert len(edges) == 2 * len(gaps)
    for (first, end), (pulled_s, back_s) in zip(edges.reshape(-1, 2), gaps, strict=True):
        assert -LOST_S < first / 100 - pulled_s <= 0.01
        assert 0.0 < end / 100 - back_s < FOUND_S
    for each in range(13):
        assert worst_error_ms(box, each) < 7.0
    others = [c for c in (0, 6, 12) if c != column]
    assert not box.missing[300:, others].any()


@pytest.mark.parametrize("bytes_left", range(0, 60, 3))
def test_the_gap_begins_and_ends_within_20_ms_of_the_last_and_first_certain_sample(
    make_box, bytes_left
):
    """The truth is the chip's: which slots were read whole, and when they were sampled."""
    box = make_box()
    fifo = box.rig.chips["left"]._fifo
    box.run(6.0)
    hand = Hand(box)
    hand.pull("left", bytes_left)
    stream, whole = fifo._stream, 0
    while stream.words(whole + 1) <= fifo._read:
        whole += 1

    def sampled_s(slot):
        return fifo._oscillator.time_s(fifo._phase0_s + (slot + 1) / stream.rate_hz)

    # The newest slot may have been cut in two: it is dropped, and is the last whole one, or the
    # one after it of which some bytes came.
    certain_s = sampled_s(whole - 2), sampled_s(whole - 1)
    box.run(0.2)
    box.rig.plug("left")
    box.run(3.0)
    first, end, _ = gap_of(box, 0, start_tick=300)
    assert certain_s[0] - 0.015 < (first - 1) / 100 < certain_s[1] + 0.005
    assert -0.005 < end / 100 - sampled_s(12) < 0.02


@pytest.mark.parametrize("settings", [None, MPU_LEFT], ids=["lsm6dso", "mpu6050"])
def test_a_plug_that_bounces_while_the_chip_is_being_started_does_no_harm(make_box, settings):
    """Pulled again after any number of bytes of the start, forty times; then it stays in."""
    box = make_box(**({"settings": settings} if settings else {}))
    if settings:
        chip = SimulatedMPU6050(box.rig.world, ANKLE, noise_g=0.0005)
        box.rig.replace("left", chip, 0x68)
    box.run(6.0)
    for bytes_left in range(0, 120, 3):
        box.rig.unplug("left")
        box.run(0.05)
        box.rig.plug("left")
        box.rig.unplug_after("left", bytes_left)
        box.run(0.4)
    box.rig.plug("left")
    box.run(4.0)
    assert not box.missing[-300:].any()
    assert not box.missing[300:, 6:].any()
    for column in range(13):
        assert worst_error_ms(box, column) < 8.0
    codes = box.fault_codes("left")
    for code in {code for code, _ in codes} - {"overrun"}:
        assert codes.count((code, False)) == codes.count((code, True))
    assert "refused" not in dict(codes)
