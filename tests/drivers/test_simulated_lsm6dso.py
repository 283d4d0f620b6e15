"""The simulated LSM6DSO against the published behaviour, byte by byte, without our driver."""

import numpy as np
import pytest

from drivers.simulated.adapter import Nack
from drivers.simulated.clock import VirtualClock
from drivers.simulated.lsm6dso import SimulatedLSM6DSO
from drivers.simulated.oscillator import Oscillator
from drivers.simulated.signal import World

S = 1_000_000_000


class Steady:
    def sample(self, t_s):
        return np.tile([0.122, 0.0, 1.0, 1.75, 0.0, -3.5], (len(t_s), 1))


class Chip:
    def __init__(self, **options):
        self.clock = VirtualClock(S)
        self.chip = SimulatedLSM6DSO(
            World(self.clock, self.clock.now_ns), Steady(), noise_g=0.0, noise_dps=0.0, **options
        )

    def put(self, register, *values):
        self.chip.write(bytes((register, *values)))

    def get(self, register, count=1):
        self.chip.write(bytes((register,)))
        return self.chip.read(count)

    def wait(self, seconds):
        self.clock.sleep_until(self.clock.now_ns + int(seconds * S))

    def stream(self, mode=6):
        self.put(0x10, 0x48)
        self.put(0x11, 0x44)
        self.put(0x19, 0x20)
        self.put(0x09, 0x44)
        self.put(0x0A, 0x80 | mode)

    def level(self):
        low, high = self.get(0x3A, 2)
        return low | (high & 3) << 8, high


def test_reset_values():
    chip = Chip()
    assert {a: chip.get(a)[0] for a in (0x02, 0x0F, 0x12, 0x18, 0x10)} == {
        0x02: 0x3F, 0x0F: 0x6C, 0x12: 0x04, 0x18: 0xE0, 0x10: 0x00,
    }  # fmt: skip


def test_a_tag_read_alone_does_not_pop_but_the_seventh_byte_does():
    chip = Chip()
    chip.stream()
    chip.wait(0.5)
    before = chip.level()[0]
    assert chip.get(0x78) == chip.get(0x78)
    assert chip.level()[0] == before
    word = chip.get(0x78, 7)
    assert chip.level()[0] == before - 1
    assert chip.get(0x78, 7) != word


def test_a_burst_rolls_from_the_last_byte_to_the_tag():
    one, other = Chip(), Chip()
    for chip in (one, other):
        chip.stream()
        chip.wait(0.5)
    burst = one.get(0x78, 70)
    assert burst == b"".join(other.get(0x78, 7) for _ in range(10))


def test_slots_share_a_counter_and_tags_have_even_parity():
    chip = Chip()
    chip.stream()
    chip.wait(1.0)
    words = np.frombuffer(chip.get(0x78, 7 * 200), np.uint8).reshape(-1, 7)
    assert all(int(tag).bit_count() % 2 == 0 for tag in words[:, 0])
    counts = words[:, 0] >> 1 & 3
    steps = np.diff(counts.astype(int)) % 4
    assert set(steps) == {0, 1}
    sensors = words[:, 0] >> 3
    assert set(sensors) == {1, 2, 4}
    assert abs((sensors == 1).sum() - (sensors == 2).sum()) <= 1


def test_values_after_the_start_up_garbage():
    chip = Chip()
    chip.stream()
    chip.wait(0.5)
    words = np.frombuffer(chip.get(0x78, 7 * 60), np.uint8).reshape(-1, 7)
    accel = words[words[:, 0] >> 3 == 2][:, 1:].copy().view("<i2")
    gyro = words[words[:, 0] >> 3 == 1][:, 1:].copy().view("<i2")
    assert accel[0, 0] >= 0x7FFD
    assert accel[5].tolist() == [1000, 0, 8197]
    assert gyro[5].tolist() == [100, 0, -200]


def test_overrun_keeps_the_newest_512_words_and_latches_until_read():
    chip = Chip()
    chip.stream()
    chip.wait(5.0)
    level, flags = chip.level()
    assert level == 512
    assert flags & 0x48 == 0x48
    chip.get(0x78, 7 * 32)
    level, flags = chip.level()
    assert level == 480
    assert flags & 0x48 == 0


def test_fifo_mode_stops_when_full_and_bypass_clears():
    chip = Chip()
    chip.stream(mode=1)
    chip.wait(5.0)
    first = chip.get(0x78, 7)
    assert first[1:3] != b"\x00\x00"
    chip.wait(1.0)
    assert chip.level()[0] == 511
    chip.put(0x0A, 0x80)
    assert chip.level()[0] == 0


def test_stop_on_watermark_limits_the_depth():
    chip = Chip()
    chip.put(0x07, 60)
    chip.put(0x08, 0x80)
    chip.stream()
    chip.wait(3.0)
    level, flags = chip.level()
    assert level == 60
    assert flags & 0x80


def test_timestamps_step_384_a_slot_reset_and_wrap():
    chip = Chip(first_stamp=2**32 - 8_000)
    chip.stream()
    chip.wait(2.0)
    words = np.frombuffer(chip.get(0x78, 7 * 400), np.uint8).reshape(-1, 7)
    stamps = words[words[:, 0] >> 3 == 4][:, 1:5].copy().view("<u4")[:, 0].astype(np.int64)
    assert set(np.diff(stamps) % 2**32) == {8 * 384}
    assert stamps[0] > 2**31 > stamps[-1]
    chip.put(0x42, 0xAA)
    assert int.from_bytes(chip.get(0x40, 4), "little") < 10


def test_the_rate_is_the_oscillators():
    chip = Chip(oscillator=Oscillator(0.04))
    chip.stream()
    chip.wait(2.0)
    level, _ = chip.level()
    slots = 2.0 * 104.1667 * 1.04
    assert level == pytest.approx(slots * (2 + 1 / 8), abs=4)
    assert chip.get(0x63)[0] == 27


def test_a_reset_is_obeyed_but_not_acknowledged_while_the_fifo_holds_words():
    chip = Chip()
    chip.stream()
    chip.wait(0.5)
    with pytest.raises(Nack):
        chip.put(0x12, 0x01)
    assert chip.get(0x12)[0] & 0x01
    chip.wait(0.05)
    assert chip.get(0x12)[0] == 0x04
    assert chip.get(0x10)[0] == 0x00
    chip.put(0x12, 0x01)


def test_the_other_bank_hides_the_registers():
    chip = Chip()
    chip.put(0x01, 0x80)
    assert chip.get(0x0F)[0] != 0x6C
    chip.put(0x01, 0x00)
    assert chip.get(0x0F)[0] == 0x6C


def test_int1_is_a_level():
    chip = Chip()
    chip.put(0x07, 40)
    chip.put(0x0D, 0x08)
    chip.stream()
    assert not chip.chip.int1
    chip.wait(0.5)
    assert chip.chip.int1
    chip.get(0x78, 7 * 20)
    assert chip.chip.int1
    chip.get(0x78, 7 * 80)
    assert not chip.chip.int1


def test_reserved_and_read_only_bits_do_not_take():
    chip = Chip()
    chip.put(0x0F, 0x00)
    chip.put(0x10, 0xFF)
    assert chip.get(0x0F)[0] == 0x6C
    assert chip.get(0x10)[0] == 0xFE
