"""LSM6DSO: registers by hand, FIFO words by hand, then properties against the simulated chip."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import drivers.lsm6dso as driver
from drivers.bus import DeviceError, Registers
from drivers.chip import Drain
from drivers.lsm6dso import LSM6DSO
from drivers.lsm6dso_fifo import WordDecoder
from drivers.simulated.adapter import Adapter
from drivers.simulated.clock import VirtualClock
from drivers.simulated.kernel import SimulatedKernel
from drivers.simulated.lsm6dso import SimulatedLSM6DSO
from drivers.simulated.signal import World

S = 1_000_000_000

LINUX_AND_ST_NAMES = {
    # lsm6dso_reg.h (STMicroelectronics) and drivers/iio/imu/st_lsm6dsx: name, address or value
    "LSM6DSO_FUNC_CFG_ACCESS": (0x01, "_FUNC_CFG_ACCESS"),
    "LSM6DSO_FIFO_CTRL1": (0x07, "_FIFO_CTRL1"),
    "LSM6DSO_FIFO_CTRL3": (0x09, "_FIFO_CTRL3"),
    "LSM6DSO_FIFO_CTRL4": (0x0A, "_FIFO_CTRL4"),
    "LSM6DSO_WHO_AM_I": (0x0F, "_WHO_AM_I"),
    "LSM6DSO_ID": (0x6C, "_IDENTITY"),
    "LSM6DSO_CTRL1_XL": (0x10, "_CTRL1_XL"),
    "LSM6DSO_CTRL2_G": (0x11, "_CTRL2_G"),
    "LSM6DSO_CTRL3_C": (0x12, "_CTRL3_C"),
    "LSM6DSO_CTRL5_C": (0x14, "_CTRL5_C"),
    "LSM6DSO_CTRL9_XL": (0x18, "_CTRL9_XL"),
    "LSM6DSO_CTRL10_C": (0x19, "_CTRL10_C"),
    "LSM6DSO_OUTX_L_G": (0x22, "_OUT_G"),
    "LSM6DSO_OUTX_L_A": (0x28, "_OUT_XL"),
    "LSM6DSO_FIFO_STATUS1": (0x3A, "_FIFO_STATUS1"),
    "LSM6DSO_TIMESTAMP2": (0x42, "_TIMESTAMP2"),
    "LSM6DSO_INTERNAL_FREQ_FINE": (0x63, "_FREQ_FINE"),
    "LSM6DSO_FIFO_DATA_OUT_TAG": (0x78, "_FIFO_TAG"),
}


class Steady:
    """Every channel constant."""

    def __init__(self, *values):
        self.values = values

    def sample(self, t_s):
        return np.tile(self.values, (len(t_s), 1)).astype(float)


class Bench:
    """One simulated chip on a bus of its own."""

    def __init__(self, source=None, **options):
        self.clock = VirtualClock(5 * S)
        self.world = World(self.clock, self.clock.now_ns)
        options = {"noise_g": 0.0, "noise_dps": 0.0} | options
        self.chip = SimulatedLSM6DSO(self.world, source or Steady(0, 0, 1, 0, 0, 0), **options)
        adapter = Adapter(self.clock)
        adapter.chips[0x6A] = self.chip
        self.bus = SimulatedKernel({1: adapter}).open_bus(1)
        self.registers = Registers(self.bus, 0x6A)
        self.driver = LSM6DSO(self.bus, 0x6A, accel_range_g=4, gyro_range_dps=500)

    def finish(self, steps):
        for pause_ns in steps:
            self.clock.sleep_until(self.clock.now_ns + pause_ns)

    def wait(self, seconds):
        self.clock.sleep_until(self.clock.now_ns + int(seconds * S))


@pytest.mark.parametrize("name", LINUX_AND_ST_NAMES)
def test_constants_are_those_of_st_and_linux(name):
    value, ours = LINUX_AND_ST_NAMES[name]
    assert getattr(driver, ours) == value


def test_the_start_leaves_the_registers_worked_out_by_hand():
    bench = Bench()
    bench.finish(bench.driver.start())
    expected = {
        0x01: 0b0000_0000,
        0x07: 0b0000_0000,
        0x08: 0b0000_0000,
        0x09: 0b0100_0100,  # BDR_GY 104 Hz, BDR_XL 104 Hz
        0x0A: 0b10_01_0_110,  # timestamp every 8, temperature 1.6 Hz, continuous
        0x10: 0b0100_10_0_0,  # 104 Hz, 4 g
        0x11: 0b0100_010_0,  # 104 Hz, 500 deg/s
        0x12: 0b0100_0100,  # BDU, IF_INC
        0x18: 0b1110_0010,  # I3C disabled
        0x19: 0b0010_0000,  # TIMESTAMP_EN
    }
    assert {a: bench.registers.read(a)[0] for a in expected} == expected


@pytest.mark.parametrize(
    ("accel_g", "bits", "mg"),
    [(2, 0b00, 0.061), (4, 0b10, 0.122), (8, 0b11, 0.244), (16, 0b01, 0.488)],
)
def test_accelerometer_ranges(accel_g, bits, mg):
    bench = Bench()
    chip = LSM6DSO(bench.bus, 0x6A, accel_range_g=accel_g, gyro_range_dps=500)
    bench.finish(chip.start())
    assert bench.registers.read(0x10)[0] >> 2 & 3 == bits
    assert chip.g_per_count == pytest.approx(mg / 1000)


@pytest.mark.parametrize(
    ("gyro_dps", "bits", "mdps"),
    [(250, 0b000, 8.75), (500, 0b010, 17.5), (1000, 0b100, 35.0), (2000, 0b110, 70.0)],
)
def test_gyroscope_ranges(gyro_dps, bits, mdps):
    bench = Bench()
    chip = LSM6DSO(bench.bus, 0x6A, accel_range_g=4, gyro_range_dps=gyro_dps)
    bench.finish(chip.start())
    assert bench.registers.read(0x11)[0] >> 1 & 7 == bits
    assert chip.dps_per_count == pytest.approx(mdps / 1000)


def tag(sensor, count):
    """A tag by the FIFO_Utility_Tool's rule: the eight bits have an even number of ones."""
    byte = sensor << 3 | count << 1
    return byte | (byte.bit_count() & 1)


def word(sensor, count, *values):
    return bytes((tag(sensor, count),)) + np.array(values, "<i2").tobytes()


def stamp(count, ticks):
    return bytes((tag(4, count),)) + ticks.to_bytes(4, "little") + bytes(2)


def slots(first, number, *, offset=0):
    """Words of slots as the chip makes them: the number of the slot in every value."""
    data = b""
    for slot in range(first, first + number):
        data += word(1, slot & 3, slot, -slot, 3)
        if slot % 8 == 0:
            data += stamp(slot & 3, (slot + 1) * 384 + offset & 0xFFFFFFFF)
        data += word(2, slot & 3, slot, 2 * slot, 100)
    return data


def drain(data, *, lost=False, at=0):
    return Drain(at, at + 1000, data, lost)


@pytest.mark.parametrize(
    ("sensor", "count", "byte"),
    [(1, 0, 0x09), (1, 1, 0x0A), (2, 0, 0x11), (2, 3, 0x17), (4, 2, 0x24), (3, 0, 0x18)],
)
def test_tags_by_hand(sensor, count, byte):
    assert tag(sensor, count) == byte


def test_words_decode_to_numbered_samples():
    decoder = WordDecoder(0.5, 2.0)
    samples = decoder.feed([drain(slots(0, 20))])
    assert samples.index.tolist() == list(range(12, 19))  # settling ends at 12, the last waits
    assert samples.values[0].tolist() == [6.0, 12.0, 50.0, 24.0, -24.0, 6.0]
    assert samples.newest == [19]
    assert samples.complaint is None


@given(
    cuts=st.lists(st.integers(1, 400), max_size=8),
    order=st.randoms(use_true_random=False),
)
def test_where_drains_are_cut_and_how_words_lie_in_a_slot_does_not_matter(cuts, order):
    words = []
    for slot in range(120):
        own = [slots(slot, 1)[i : i + 7] for i in range(0, len(slots(slot, 1)), 7)]
        order.shuffle(own)
        words += own
    whole = WordDecoder(1.0, 1.0).feed([drain(b"".join(words))])
    decoder = WordDecoder(1.0, 1.0)
    parts = []
    edges = [0, *sorted({c for c in cuts if c < len(words)}), len(words)]
    for first, end in itertools.pairwise(edges):
        parts.append(decoder.feed([drain(b"".join(words[first:end]))]))
    assert np.concatenate([p.index for p in parts]).tolist() == whole.index.tolist()
    assert (np.concatenate([p.values for p in parts]) == whole.values).all()
    assert parts[-1].newest[-1] == whole.newest[-1] == 119


@pytest.mark.parametrize("lost", [1, 2, 3, 4, 5, 8, 40, 4000])
def test_a_loss_flagged_by_the_chip_is_counted_by_its_timestamps(lost):
    decoder = WordDecoder(1.0, 1.0)
    decoder.feed([drain(slots(0, 41))])
    after = decoder.feed([drain(slots(41 + lost, 30), lost=True)])
    assert after.index.tolist() == list(range(41 + lost, 41 + lost + 29))
    assert after.values[:, 0].tolist() == after.index.tolist()


def test_the_timestamp_may_wrap_inside_a_loss():
    decoder = WordDecoder(1.0, 1.0)
    offset = 2**32 - 384 * 50
    decoder.feed([drain(slots(0, 41, offset=offset))])
    after = decoder.feed([drain(slots(100, 20, offset=offset), lost=True)])
    assert after.index.tolist() == list(range(100, 119))
    assert after.values[:, 0].tolist() == after.index.tolist()


def test_a_flipped_tag_bit_costs_its_sample_only():
    data = bytearray(slots(0, 40))
    position = data.index(word(2, 20 & 3, 20, 40, 100))
    data[position] ^= 0x10
    samples = WordDecoder(1.0, 1.0).feed([drain(bytes(data))])
    assert samples.index.tolist() == [i for i in range(12, 39) if i != 20]
    assert samples.complaint is None


def test_garbage_is_complained_about():
    samples = WordDecoder(1.0, 1.0).feed([drain(b"\xff" * 70)])
    assert "impossible tags" in samples.complaint


def test_uncounted_losses_are_found_by_the_timestamps():
    decoder = WordDecoder(1.0, 1.0)
    decoder.feed([drain(slots(0, 40))])
    samples = decoder.feed([drain(slots(44, 60))])
    assert "do not agree" in samples.complaint


def test_empty_words_are_nothing():
    samples = WordDecoder(1.0, 1.0).feed([drain(slots(0, 20) + bytes(21))])
    assert samples.index.tolist() == list(range(12, 19))
    assert samples.complaint is None


def test_the_driver_survives_a_stuck_bank_and_a_reset_that_is_not_acknowledged():
    bench = Bench()
    bench.finish(bench.driver.start())
    bench.registers.write(0x01, 0x40)
    bench.wait(1.0)
    bench.finish(bench.driver.start())
    assert bench.driver.check() is None
    bench.wait(0.5)
    level, lost = bench.driver.poll()
    assert (90 < level < 120, lost) == (True, False)


def test_a_chip_that_woke_up_with_int1_high_is_silent():
    bench = Bench(int1_high=lambda: True)
    with pytest.raises(OSError, match="Remote I/O"):
        bench.finish(bench.driver.start())


def test_self_test_passes_and_fails():
    bench = Bench()
    bench.finish(bench.driver.self_test())
    bench.finish(bench.driver.start())
    assert bench.driver.check() is None
    dead = Bench(deflects=False)
    with pytest.raises(DeviceError, match=r"self-test of X moves 0\.000 g"):
        dead.finish(dead.driver.self_test())


def test_a_reset_that_does_not_end_is_given_up(monkeypatch):
    bench = Bench()
    monkeypatch.setattr("drivers.simulated.lsm6dso.RESET_S", 1e9)
    with pytest.raises(DeviceError, match="its reset does not end"):
        bench.finish(bench.driver.start())
