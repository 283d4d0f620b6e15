"""Bus faults, brown-outs, overruns: what is lost is known, nothing else is, nothing is false."""

import errno

import numpy as np
import pytest

from drivers.acquisition import DeviceSettings
from drivers.simulated.adapter import BCM2835, DESIGNWARE, I2C_GPIO

MPU = (
    DeviceSettings("left", "mpu6050", 1, 0x68),
    DeviceSettings("right", "lsm6dso", 1, 0x6B),
    DeviceSettings("strip", "ads1115", 1, 0x48),
)


def worst_error_ms(box, *, after_s=5.0):
    worst = 0.0
    for column in range(13):
        t_s, errors = box.time_errors_ms(column)
        worst = max(worst, np.nanmax(np.abs(errors[t_s > after_s])))
    return worst


def mpu_box(make_box, **changes):
    """A box whose left ankle sensor is an MPU-6050."""
    from drivers.simulated.mpu6050 import SimulatedMPU6050

    box = make_box(settings=MPU, **changes)
    ankle = box.rig.chips["left"]._fifo._tap._source
    box.rig.replace("left", SimulatedMPU6050(box.rig.world, ankle, noise_g=0.0005), 0x68)
    return box


@pytest.mark.parametrize("profile", [BCM2835, DESIGNWARE, I2C_GPIO], ids=lambda p: p.name)
@pytest.mark.parametrize("baud_hz", [400_000, 100_000])
def test_every_adapter_and_speed_brings_everything(make_box, profile, baud_hz):
    box = make_box(profile=profile, baud_hz=baud_hz)
    box.run(20.0)
    assert not box.missing[100:].any()
    assert worst_error_ms(box) < 6.0
    assert box.faults == []


@pytest.mark.parametrize(("baud_hz", "most"), [(400_000, 0.12), (100_000, 0.45)])
def test_the_bus_is_free_most_of_the_time(make_box, baud_hz, most):
    box = make_box(baud_hz=baud_hz)
    box.run(1.0)
    busy_before = box.rig.adapters[1].busy_ns
    box.run(20.0)
    assert (box.rig.adapters[1].busy_ns - busy_before) / 20e9 < most


@pytest.mark.parametrize("device", ["left", "right", "strip"])
def test_single_refused_transfers_lose_only_what_was_in_them(make_box, device):
    """A failed FIFO burst takes its words with it: at most 32 words are 15 samples."""
    box = make_box()
    box.run(6.0)
    faults = 0
    for after in range(1, 400, 13):
        box.rig.nack_after(device, after)
        box.run(0.37)
        faults += 1
    box.run(1.0)
    column = {"left": 0, "right": 6, "strip": 12}[device]
    lost = box.missing[300:, column].sum()
    assert lost <= faults * (4 if device == "strip" else 17)
    others = [c for c in (0, 6, 12) if c != column]
    assert not box.missing[300:, others].any()
    assert worst_error_ms(box) < 6.0
    assert all(code == "overrun" for code, _ in box.fault_codes(device))


def test_flipped_bits_never_move_the_time_line(make_box):
    box = make_box()
    box.run(5.0)
    flipping = box.rig.flip_bits("left", 0.0005, seed=3)
    box.run(60.0)
    box.rig.flip_bits("left", 0.0)
    box.run(3.0)
    assert flipping.flipped > 30
    t_s, errors = box.time_errors_ms(1)
    wrong = np.abs(errors[t_s > 5]) > 6.0
    assert wrong.sum() < 4 * flipping.flipped
    assert box.missing[300:, 0].sum() < 6 * flipping.flipped
    assert not box.missing[300:, 6:].any()
    assert np.nanmax(np.abs(errors[t_s > 67])) < 6.0


def test_a_brown_out_is_noticed_and_the_neighbours_are_looked_at(make_box):
    box = make_box()
    box.run(5.0)
    for device in ("left", "strip"):
        box.rig.power_cycle(device)
    box.run(4.0)
    for column, device in ((0, "left"), (12, "strip")):
        missing = np.flatnonzero(box.missing[100:, column]) + 100
        assert (np.diff(missing) == 1).all()
        assert 480 <= missing[0] <= 510
        assert missing[-1] < 560
        assert box.fault_codes(device) == [("restarted", False), ("restarted", True)]
    assert not box.missing[100:, 6:12].any()
    assert worst_error_ms(box) < 6.0


def test_a_host_stall_of_5_s_is_a_gap_of_the_right_length_and_no_shift(make_box):
    box = make_box(options={"left": {"first_stamp": 2**32 - 300_000}})
    box.run(20.0)
    box.clock.sleep_until(box.clock.now_ns + 5_000_000_000)
    box.run(20.0)
    for column in (0, 6):
        missing = np.flatnonzero(box.missing[100:, column]) + 100
        assert (np.diff(missing) == 1).all()
        assert 240 < len(missing) < 330
        assert 1990 <= missing[0] <= 2005
    assert 495 <= box.missing[100:, 12].sum() <= 503
    assert worst_error_ms(box) < 5.0
    assert box.fault_codes("left") == [("overrun", False)]


def test_an_mpu6050_survives_an_overflow_with_its_framing(make_box):
    box = mpu_box(make_box)
    box.run(20.0)
    box.clock.sleep_until(box.clock.now_ns + 2_000_000_000)
    box.run(10.0)
    missing = np.flatnonzero(box.missing[100:, 0]) + 100
    assert (np.diff(missing) == 1).all()
    assert 1980 <= missing[0] <= 2005
    assert 195 <= len(missing) < 225
    assert worst_error_ms(box, after_s=10.0) < 6.0
    assert box.fault_codes("left")[-1] == ("overrun", False)


def test_a_refused_burst_of_an_mpu6050_restores_the_framing(make_box):
    box = mpu_box(make_box)
    box.run(10.0)
    for after in range(5, 150, 7):
        box.rig.nack_after("left", after)
        box.run(0.5)
    box.run(2.0)
    assert not box.missing[-100:, 0].any()
    assert worst_error_ms(box, after_s=8.0) < 9.0


def test_a_stuck_bus_is_lost_and_found_and_other_buses_go_on(make_box):
    settings = (
        DeviceSettings("left", "lsm6dso", 3, 0x6A),
        DeviceSettings("right", "lsm6dso", 1, 0x6B),
        DeviceSettings("strip", "ads1115", 1, 0x48),
    )
    places = {"left": (3, 0x6A), "right": (1, 0x6B), "strip": (1, 0x48)}
    box = make_box(settings=settings, places=places)
    box.run(5.0)
    box.rig.stick(3)
    before = box.rig.adapters[3].busy_ns
    box.acquisition.loops[1].step()
    assert box.rig.adapters[3].busy_ns - before <= 100_000_000
    box.run(3.0)
    assert box.acquisition.states["left"] == "stuck"
    assert box.acquisition.stuck_buses == {3}
    assert not box.missing[100:, 6:12].any()
    box.rig.release(3)
    box.run(4.0)
    assert box.acquisition.stuck_buses == frozenset()
    assert not box.missing[-150:].any()
    assert box.fault_codes("left") == [("stuck", False), ("stuck", True)]


def test_an_error_that_is_no_bus_fault_is_not_hidden(make_box):
    box = make_box()
    box.run(2.0)

    class Busy:
        def read(self, count):
            raise OSError(errno.EBUSY, "a kernel driver owns the address")

        write = read

    box.rig.adapters[1].chips[0x6A] = Busy()
    with pytest.raises(OSError, match="kernel driver"):
        box.run(1.0)


def test_the_wrong_identity_is_named(make_box):
    box = make_box(options={"left": {"identity": 0x6B}})
    box.run(2.0)
    refused = [f for f in box.faults if f.device == "left" and f.code == "refused"]
    assert "LSM6DSO at 0x6A: answers identity 0x6B, not 0x6C" in refused[0].text


def test_a_12_bit_converter_is_refused_by_name(make_box):
    box = make_box(options={"strip": {"low_bits": 4}})
    box.run(2.0)
    assert box.acquisition.states["strip"] == "refused"
    assert "ADS1015" in box.faults[0].text


class Failing:
    """A chip whose transfers fail with an error number."""

    def __init__(self, number):
        self.number = number

    def read(self, count):
        raise OSError(self.number, "as told")

    write = read


@pytest.mark.parametrize(
    "number", [errno.ENXIO, errno.EREMOTEIO, errno.EIO, errno.ETIMEDOUT, errno.EAGAIN]
)
def test_every_bus_fault_is_retried_twice_then_the_chip_is_lost_and_found(make_box, number):
    box = make_box()
    box.run(3.0)
    chips = box.rig.adapters[1].chips
    for device, address in (("left", 0x6A), ("strip", 0x48)):
        good = chips[address]
        chips[address] = Failing(number)
        box.run(1.0)
        chips[address] = good
        box.run(2.0)
        code = "stuck" if number == errno.ETIMEDOUT else "lost"
        assert box.fault_codes(device) == [(code, False), (code, True)]
    assert not box.missing[-100:].any()
    assert not box.missing[100:, 6:12].any()


def test_an_mpu6050_on_the_slow_bus_with_wrong_clocks(make_box):
    box = mpu_box(make_box, baud_hz=100_000)
    box.run(30.0)
    assert not box.missing[300:].any()
    assert worst_error_ms(box, after_s=8.0) < 6.0


def test_a_lost_chip_on_a_bus_that_then_sticks_has_two_faults_and_both_end(make_box):
    box = make_box()
    box.run(3.0)
    box.rig.unplug("left")
    box.run(1.0)
    box.rig.stick(1)
    box.run(1.0)
    box.rig.release(1)
    box.run(1.0)
    box.rig.plug("left")
    box.run(2.0)
    left = box.fault_codes("left")
    assert left[:2] == [("lost", False), ("stuck", False)]
    assert sorted(left[2:]) == [("lost", True), ("stuck", True)]
    assert not box.missing[-100:].any()


@pytest.mark.parametrize("profile", [BCM2835, DESIGNWARE, I2C_GPIO], ids=lambda p: p.name)
def test_lost_arbitration_is_tried_again_at_once_and_costs_nothing(make_box, profile):
    """RP1 says EAGAIN, the others their own; two in a row are within the retries."""
    box = make_box(profile=profile)
    box.run(6.0)
    for transfers in (1, 2, 1, 2, 1, 2):
        box.rig.disturb(1, transfers)
        box.run(1.0)
    assert not box.missing[300:, :12].any()
    assert box.missing[300:, 12].sum() <= 18
    assert worst_error_ms(box) < 6.0
    assert box.faults == []


class Hanging:
    """A chip that stretches its clock until the adapter gives up; the others on the bus work."""

    def __init__(self, adapter):
        self.adapter = adapter

    def read(self, count):
        self.adapter.spend(self.adapter.timeout_ns)
        raise OSError(errno.ETIMEDOUT, "as told")

    write = read

    def power_cycle(self):
        """Goes on hanging."""


def test_a_hanging_chip_costs_its_neighbours_less_and_less(make_box):
    """300 ms to be given up; then a look after 0.25 s, 0.5 s, ... 32 s, 100 ms each."""
    box = make_box()
    box.run(6.0)
    good = box.rig.adapters[1].chips[0x6A]
    box.rig.adapters[1].chips[0x6A] = Hanging(box.rig.adapters[1])
    box.run(120.0)
    strip_lost = box.missing[600:, 12]
    assert strip_lost[:600].sum() < 100
    assert strip_lost[6000:].sum() < 35
    assert not box.missing[600:, 6:12].any()
    assert box.acquisition.states["left"] == "stuck"
    box.rig.adapters[1].chips[0x6A] = good
    box.run(35.0)
    assert not box.missing[-100:].any()
    assert box.fault_codes("left") == [("stuck", False), ("stuck", True)]


def test_settings_that_change_by_themselves_are_found_within_a_minute(make_box):
    """A glitch halves the scale, and nothing else shows it: the canary looks every minute."""
    box = make_box()
    box.run(6.0)
    box.rig.chips["left"].write(bytes((0x10, 0x40)))
    box.run(62.0)
    assert box.fault_codes("left") == [("restarted", False), ("restarted", True)]
    assert not box.missing[-100:].any()
