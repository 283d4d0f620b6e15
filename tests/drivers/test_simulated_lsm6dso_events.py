"""Wake-up, free-fall, the batch counter and refused settings of the simulated LSM6DSO, by hand."""

import numpy as np
import pytest

from drivers.simulated.clock import VirtualClock
from drivers.simulated.lsm6dso import SimulatedLSM6DSO
from drivers.simulated.lsm6dso_registers import NotSimulated
from drivers.simulated.signal import World

S = 1_000_000_000
WAKE_UP_SRC, ALL_INT_SRC, STATUS2 = 0x1B, 0x1A, 0x3B


class Story:
    """At rest on Z; at 1 s a jolt along X begins; from 2 s to 2.2 s it falls freely."""

    def __init__(self, jolt_g=0.0):
        self.jolt_g = jolt_g

    def sample(self, t_s):
        values = np.zeros((len(t_s), 6))
        values[:, 0] = np.where(t_s >= 1.0, self.jolt_g, 0.0)
        values[:, 2] = 1.0
        values[(t_s >= 2.0) & (t_s < 2.2), :3] = 0.1
        return values


class Chip:
    def __init__(self, source):
        self.clock = VirtualClock(S)
        world = World(self.clock, self.clock.now_ns)
        self.chip = SimulatedLSM6DSO(world, source, noise_g=0.0, noise_dps=0.0)

    def put(self, register, *values):
        self.chip.write(bytes((register, *values)))

    def get(self, register):
        self.chip.write(bytes((register,)))
        return self.chip.read(1)[0]

    def until(self, seconds):
        self.clock.sleep_until(S + int(seconds * S))

    def detect(self, *, latched, wake_ths=2, wake_dur=0, free_fall=0x33):
        """ST's examples: 417 Hz, 2 g, free-fall 6 samples below 312 mg, wake-up threshold 2."""
        self.put(0x10, 0x60)
        self.put(0x56, 0x01 if latched else 0x00)
        self.put(0x5B, wake_ths)
        self.put(0x5C, wake_dur << 5)
        self.put(0x5D, free_fall)
        self.put(0x58, 0x80)


@pytest.mark.parametrize(
    ("jolt_g", "ths", "wakes"),
    [
        (0.126, 2, True),  # half of it is 63 mg; 2 x 2 g / 64 is 62.5 mg
        (0.124, 2, False),
        (0.19, 3, True),
        (0.18, 3, False),
    ],
)
def test_a_jolt_wakes_above_its_threshold(jolt_g, ths, wakes):
    chip = Chip(Story(jolt_g))
    chip.detect(latched=True, wake_ths=ths)
    chip.until(0.5)
    assert chip.get(WAKE_UP_SRC) == 0x0C  # the start-up garbage
    chip.until(0.9)
    assert chip.get(WAKE_UP_SRC) == 0
    chip.until(1.5)
    assert chip.get(WAKE_UP_SRC) == (0x0C if wakes else 0)  # WU_IA and X
    assert chip.get(WAKE_UP_SRC) == 0


def test_a_flag_that_is_not_latched_goes_with_its_cause():
    chip = Chip(Story(0.5))
    chip.detect(latched=False)
    chip.until(1.5)
    assert chip.get(WAKE_UP_SRC) == 0


def test_one_steep_sample_is_too_short_for_a_duration():
    chip = Chip(Story(0.5))
    chip.detect(latched=True, wake_dur=1)
    chip.until(0.5)
    chip.get(WAKE_UP_SRC)
    chip.until(1.5)
    assert chip.get(WAKE_UP_SRC) == 0


def test_nothing_is_told_while_interrupts_are_off():
    chip = Chip(Story(0.5))
    chip.detect(latched=True)
    chip.put(0x58, 0x00)
    chip.until(1.5)
    assert chip.get(WAKE_UP_SRC) == 0


def test_a_free_fall_is_seen_and_routed_to_int1():
    chip = Chip(Story())
    chip.detect(latched=False)
    chip.put(0x5E, 0x10)
    chip.until(1.9)
    assert not chip.chip.int1
    chip.until(2.1)
    assert chip.chip.int1
    assert chip.get(ALL_INT_SRC) & 0x01
    assert chip.get(WAKE_UP_SRC) & 0x20
    chip.until(2.5)
    assert not chip.chip.int1


def test_a_fall_shorter_than_its_duration_is_none():
    """The fall lasts 200 ms; FF_DUR 63 is 151 ms at 417 Hz and 605 ms at 104 Hz."""
    chip = Chip(Story())
    chip.detect(latched=True, free_fall=0xFB)
    chip.put(0x5C, 0x80)
    chip.put(0x10, 0x40)
    chip.until(3.0)
    assert chip.get(WAKE_UP_SRC) & 0x20 == 0
    other = Chip(Story())
    other.detect(latched=True, free_fall=0xFB)
    other.put(0x5C, 0x80)
    other.until(3.0)
    assert other.get(WAKE_UP_SRC) & 0x20


def test_the_batch_counter_reaches_its_threshold_and_is_read_away():
    chip = Chip(Story())
    chip.put(0x0B, 0x00, 52)
    chip.put(0x10, 0x40)
    chip.put(0x09, 0x04)
    chip.put(0x0A, 0x06)
    chip.put(0x0D, 0x40)
    chip.until(0.4)
    assert not chip.get(STATUS2) & 0x10
    chip.until(0.6)
    assert chip.chip.int1
    assert chip.get(STATUS2) & 0x10
    assert not chip.get(STATUS2) & 0x10
    assert not chip.chip.int1
    chip.until(1.1)
    assert chip.get(STATUS2) & 0x10
    chip.until(1.4)
    chip.put(0x0B, 0x40)
    chip.until(1.8)
    assert not chip.get(STATUS2) & 0x10
    assert chip.get(0x0B) == 0x00


def test_compression_is_refused_not_imitated():
    chip = Chip(Story())
    with pytest.raises(NotSimulated, match="does not compress"):
        chip.put(0x08, 0x40)
