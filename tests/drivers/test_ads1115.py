"""ADS1115: configuration words by hand, the simulated chip's timing, and the two together."""

import numpy as np
import pytest

from drivers.ads1115 import ADS1115
from drivers.bus import DeviceError, Registers
from drivers.lines import WidthCheck
from drivers.simulated.adapter import Adapter
from drivers.simulated.ads1115 import SimulatedADS1115
from drivers.simulated.clock import VirtualClock
from drivers.simulated.kernel import SimulatedKernel
from drivers.simulated.oscillator import Oscillator
from drivers.simulated.signal import World

S = 1_000_000_000


class Ramp:
    """1000 mV/s through zero at the start: a value tells when it was taken."""

    def sample(self, t_s):
        return (t_s * 1000.0)[:, None] % 1200.0


class Steady:
    def __init__(self, millivolts):
        self.millivolts = millivolts

    def sample(self, t_s):
        return np.full((len(t_s), 1), self.millivolts)


class Bench:
    def __init__(self, source, range_mv=2048, **options):
        self.clock = VirtualClock(5 * S)
        self.world = World(self.clock, self.clock.now_ns)
        self.chip = SimulatedADS1115(self.world, source, **({"noise_mv": 0.0} | options))
        self.adapter = Adapter(self.clock)
        self.adapter.chips[0x48] = self.chip
        bus = SimulatedKernel({1: self.adapter}).open_bus(1)
        self.registers = Registers(bus, 0x48)
        self.driver = ADS1115(bus, 0x48, range_mv=range_mv)

    def wait(self, seconds):
        self.clock.sleep_until(self.clock.now_ns + int(seconds * S))

    def finish(self, steps):
        for pause_ns in steps:
            self.wait(pause_ns / 1e9)

    def word(self, register):
        return int.from_bytes(self.registers.read(register, 2), "big")

    def put(self, register, word):
        self.registers.write(register, word >> 8, word & 0xFF)


@pytest.mark.parametrize(
    ("range_mv", "config"),
    [
        (4096, 0b0_000_001_0_111_00011),
        (2048, 0b0_000_010_0_111_00011),
        (1024, 0b0_000_011_0_111_00011),
        (512, 0b0_000_100_0_111_00011),
        (256, 0b0_000_101_0_111_00011),
    ],
)
def test_configuration_words(range_mv, config):
    bench = Bench(Steady(1.10), range_mv)
    bench.finish(bench.driver.start())
    assert bench.word(1) & 0x7FFF == config
    assert bench.driver.mv_per_count == pytest.approx(range_mv / 32768)


@pytest.mark.parametrize("millivolts", [-1500.13, -0.19, 0.31, 700.07, 1649.9])
def test_millivolts_arrive(millivolts):
    bench = Bench(Steady(millivolts))
    bench.finish(bench.driver.start())
    bench.wait(0.01)
    got = int.from_bytes(bench.driver.read(), "big", signed=True) * bench.driver.mv_per_count
    assert got == pytest.approx(millivolts, abs=0.04)


def test_reset_values():
    bench = Bench(Steady(0))
    assert [bench.word(r) for r in range(4)] == [0x0000, 0x8583, 0x8000, 0x7FFF]


def test_a_result_appears_at_the_end_of_its_conversion_only():
    bench = Bench(Ramp())
    bench.put(1, 0x0483)  # continuous, A0-A1, 2.048 V, 128 SPS
    bench.registers.write(0)
    values = []
    for _ in range(200):
        bench.wait(0.001)
        values.append(bench.word(0))
    runs = np.diff(np.flatnonzero(np.diff(values)))
    assert set(runs) <= {6, 7, 8}
    assert np.mean(runs) * 1.1 == pytest.approx(1000 / 128, rel=0.2)


@pytest.mark.parametrize("error", [-0.09, 0.1])
def test_conversions_are_as_fast_as_the_oscillator(error):
    bench = Bench(Ramp(), oscillator=Oscillator(error))
    bench.put(1, 0x04E3)
    bench.registers.write(0)
    values = []
    for _ in range(3000):
        bench.wait(0.0001)
        values.append(bench.word(0))
    elapsed_s = (bench.clock.now_ns - 5 * S) / S
    changes = np.count_nonzero(np.diff(values))
    assert changes == pytest.approx(elapsed_s * 860 * (1 + error), rel=0.02)


def test_the_age_of_a_value_is_what_the_driver_says():
    bench = Bench(Ramp(), oscillator=Oscillator(0.013))
    bench.finish(bench.driver.start())
    ages = []
    for step in range(400):
        bench.wait(0.0013 + step * 1e-6)
        now_s = (bench.clock.now_ns - 5 * S) / S
        millivolts = int.from_bytes(bench.driver.read(), "big", signed=True) / 16
        ages.append((now_s * 1000 - millivolts) % 1200.0)
    assert np.mean(ages) == pytest.approx(bench.driver.age_ns / 1e6, abs=0.1)


def test_full_scale_clips():
    bench = Bench(Steady(1600.0), range_mv=512)
    bench.put(1, 0x08E3)
    bench.wait(0.01)
    bench.registers.write(0)
    assert bench.word(0) == 0x7FFF


def test_single_ended_inputs_cannot_go_below_ground():
    bench = Bench(Steady(-5000.0))
    bench.put(1, 0x44E3)  # AIN0 against ground
    bench.wait(0.01)
    assert bench.word(0) == 0


def test_single_shot_and_its_busy_bit():
    bench = Bench(Steady(1000.0))
    assert bench.word(1) & 0x8000
    bench.put(1, 0x8583)
    assert not bench.word(1) & 0x8000
    assert bench.word(0) == 0
    bench.wait(0.01)
    assert bench.word(1) & 0x8000
    assert bench.word(0) == 16000


def test_settings_that_are_not_kept_are_named():
    bench = Bench(Steady(1.1))
    steps = bench.driver.start()
    next(steps)
    bench.chip.power_cycle()
    with pytest.raises(DeviceError, match="ADS1115 at 0x48: keeps configuration 0x0583"):
        next(steps)


def test_a_12_bit_converter_is_told_from_one_at_rest():
    rest, narrow, wide = WidthCheck(), WidthCheck(), WidthCheck()
    assert rest.judge(np.full(1000, 0x1230, np.int16)) is None
    assert "an ADS1015" in narrow.judge(np.arange(0, 160, 16, dtype=np.int16))
    assert wide.judge(np.array([*range(0, 160, 16), 3], dtype=np.int16)) is None


READY = (0x02, 0x00, 0x00), (0x03, 0x80, 0x00)


def test_the_ready_pin_pulses_low_at_the_end_of_each_conversion():
    """250 a second, 10 % slow: 225 pulses; config word 0x04A0 of the data sheet's RDY mode."""
    bench = Bench(Steady(500.0), oscillator=Oscillator(-0.1))
    for message in (*READY, (0x01, 0x04, 0xA0)):
        bench.chip.write(bytes(message))
    bench.wait(0.1)
    now_s = bench.world.now_s()
    edges = bench.chip.ready_edges_s(now_s, now_s + 1.0)
    assert len(edges) == 225
    assert np.diff(edges) == pytest.approx(1 / 225)
    bench.wait(edges[0] - now_s + 1e-6)
    assert not bench.chip.alert_rdy
    bench.wait(20e-6)
    assert bench.chip.alert_rdy


def test_a_value_is_new_after_each_ready_edge():
    bench = Bench(Ramp())
    for message in (*READY, (0x01, 0x04, 0xA0), (0x00,)):
        bench.chip.write(bytes(message))
    bench.wait(0.1)
    values = []
    for edge_s in bench.chip.ready_edges_s(bench.world.now_s(), bench.world.now_s() + 0.2):
        bench.wait(edge_s - bench.world.now_s() + 1e-6)
        values.append(bench.chip.read(2))
        bench.wait(0.0005)
        assert bench.chip.read(2) == values[-1]
    assert len(set(values)) == len(values)
    assert len(values) == pytest.approx(50, abs=1)


@pytest.mark.parametrize(
    "messages",
    [
        ((0x01, 0x04, 0xA0),),  # thresholds as after reset
        (*READY, (0x01, 0x04, 0xA3)),  # comparator off
    ],
)
def test_without_its_three_settings_the_pin_stays_high(messages):
    bench = Bench(Steady(500.0))
    for message in messages:
        bench.chip.write(bytes(message))
    bench.wait(0.1)
    assert len(bench.chip.ready_edges_s(0.0, 1.0)) == 0
    assert bench.chip.alert_rdy


def test_in_single_shot_the_pin_says_done():
    bench = Bench(Steady(500.0))
    for message in (*READY, (0x01, 0x85, 0x80)):
        bench.chip.write(bytes(message))
    assert bench.chip.alert_rdy
    bench.wait(0.02)
    assert not bench.chip.alert_rdy
