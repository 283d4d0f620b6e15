"""MPU-6050: registers by hand, the simulated chip by its register map, and the two together."""

import struct

import numpy as np
import pytest

import drivers.mpu6050 as driver
from drivers.bus import DeviceError, Registers
from drivers.mpu6050 import MPU6050
from drivers.simulated.adapter import Adapter
from drivers.simulated.clock import VirtualClock
from drivers.simulated.kernel import SimulatedKernel
from drivers.simulated.mpu6050 import SimulatedMPU6050
from drivers.simulated.signal import World

S = 1_000_000_000

LINUX_NAMES = {
    # drivers/iio/imu/inv_mpu6050/inv_mpu_iio.h: name, address or bit
    "INV_MPU6050_REG_SAMPLE_RATE_DIV": (0x19, "_SMPLRT_DIV"),
    "INV_MPU6050_REG_CONFIG": (0x1A, "_CONFIG"),
    "INV_MPU6050_REG_GYRO_CONFIG": (0x1B, "_GYRO_CONFIG"),
    "INV_MPU6050_REG_ACCEL_CONFIG": (0x1C, "_ACCEL_CONFIG"),
    "INV_MPU6050_REG_FIFO_EN": (0x23, "_FIFO_EN"),
    "INV_MPU6050_REG_INT_STATUS": (0x3A, "_INT_STATUS"),
    "INV_MPU6050_REG_RAW_ACCEL": (0x3B, "_ACCEL_OUT"),
    "INV_MPU6050_REG_RAW_GYRO": (0x43, "_GYRO_OUT"),
    "INV_MPU6050_REG_USER_CTRL": (0x6A, "_USER_CTRL"),
    "INV_MPU6050_REG_PWR_MGMT_1": (0x6B, "_PWR_MGMT_1"),
    "INV_MPU6050_REG_PWR_MGMT_2": (0x6C, "_PWR_MGMT_2"),
    "INV_MPU6050_REG_FIFO_COUNT_H": (0x72, "_FIFO_COUNT"),
    "INV_MPU6050_REG_FIFO_R_W": (0x74, "_FIFO_R_W"),
    "INV_MPU6050_REG_WHOAMI": (0x75, "_WHO_AM_I"),
    "INV_MPU6050_BIT_FIFO_OVERFLOW_INT": (0x10, "_OVERFLOW"),
    "INV_MPU6050_BIT_FIFO_RST": (0x04, "_FIFO_RESET"),
    "INV_MPU6050_BIT_FIFO_EN": (0x40, "_FIFO_ON"),
    "INV_MPU6050_BIT_H_RESET": (0x80, "_DEVICE_RESET"),
    "INV_MPU6050_CLK_PLL": (0x01, "_PLL_GYRO_X"),
}


class Steady:
    def sample(self, t_s):
        return np.tile([0.5, 0.0, 1.0, 25.0, 0.0, -50.0], (len(t_s), 1))


class Bench:
    """One simulated chip on a bus of its own, spoken to with and without the driver."""

    def __init__(self, **options):
        self.clock = VirtualClock(5 * S)
        world = World(self.clock, self.clock.now_ns)
        options = {"noise_g": 0.0, "noise_dps": 0.0} | options
        self.chip = SimulatedMPU6050(world, Steady(), **options)
        adapter = Adapter(self.clock)
        adapter.chips[0x68] = self.chip
        bus = SimulatedKernel({1: adapter}).open_bus(1)
        self.registers = Registers(bus, 0x68)
        self.driver = MPU6050(bus, 0x68, accel_range_g=4, gyro_range_dps=500)

    def get(self, register, count=1):
        return self.registers.read(register, count)

    def put(self, register, *values):
        self.registers.write(register, *values)

    def finish(self, steps):
        for pause_ns in steps:
            self.wait(pause_ns / 1e9)

    def wait(self, seconds):
        self.clock.sleep_until(self.clock.now_ns + int(seconds * S))

    def stream_by_hand(self):
        self.put(0x6B, 0x01)
        self.put(0x1A, 0x03)
        self.put(0x19, 0x09)
        self.put(0x1C, 0x08)
        self.put(0x1B, 0x08)
        self.put(0x6A, 0x40)
        self.put(0x23, 0x78)

    def level(self):
        return int.from_bytes(self.get(0x72, 2), "big")


@pytest.mark.parametrize("name", LINUX_NAMES)
def test_constants_are_those_of_linux(name):
    value, ours = LINUX_NAMES[name]
    assert getattr(driver, ours) == value


def test_the_start_leaves_the_registers_worked_out_by_hand():
    bench = Bench()
    bench.finish(bench.driver.start())
    expected = {
        0x19: 9,  # 1 kHz / (1 + 9) = 100 Hz
        0x1A: 0b00_000_011,  # 42 Hz low pass
        0x1B: 0b000_01_000,  # 500 deg/s
        0x1C: 0b000_01_000,  # 4 g
        0x23: 0b0_111_1_000,  # gyroscope and accelerometer into the FIFO
        0x6A: 0b0100_0000,
        0x6B: 0b0000_0001,  # awake, clock from the gyroscope
    }
    assert {a: bench.get(a)[0] for a in expected} == expected


def test_packets_decode_in_register_order():
    bench = Bench()
    bench.finish(bench.driver.start())
    bench.wait(0.205)
    count, lost = bench.driver.poll()
    assert (count, lost) == (20, False)
    decoder = bench.driver.decoder()
    from drivers.chip import Drain

    data = bench.driver.burst(16) + bench.driver.burst(4)
    samples = decoder.feed([Drain(0, 1000, data, False)])
    assert samples.index.tolist() == list(range(5, 19))
    assert samples.values[0] == pytest.approx([0.5, 0.0, 1.0, 25.0, 0.0, -50.0], abs=0.03)
    assert samples.newest == [19]
    after = decoder.feed([Drain(1000, 2000, data[:12], False)])
    assert (after.index.tolist(), after.newest) == ([19], [20])


def test_a_burst_cut_in_the_middle_gives_the_packets_before_the_cut():
    """By hand: 12 bytes a packet, the plug goes in byte 4 of the third; then it is in again."""
    from drivers.chip import Drain

    decoder = driver.PacketDecoder(1.0, 1.0)
    packet = struct.pack(">6h", 8192, 5, 6, 7, 8, 9)
    decoder.feed([Drain(0, 1, packet * 8, False)])
    cut = packet * 2 + packet[:4] + b"\xff" * 32
    samples = decoder.feed([Drain(2, 3, cut, False)])
    assert samples.index.tolist() == [7, 8, 9]
    assert (samples.values[:, 0] == 8192).all()
    samples = decoder.feed([Drain(4, 5, packet * 2, False)])
    assert samples.index.tolist() == [13]
    assert samples.newest == [14]


@pytest.mark.parametrize("value", [0x00, 0xFF])
def test_a_line_that_stays_where_it_is_is_complained_about(value):
    from drivers.chip import Drain

    decoder = driver.PacketDecoder(1.0, 1.0)
    for first in (b"", struct.pack(">6h", 1, 2, 3, 4, 5, 6)):
        samples = decoder.feed([Drain(0, 1, first + bytes((value,)) * 12 * 17, False)])
        assert not len(samples.index)
        assert "ones or zeros" in samples.complaint


def test_asleep_after_power_up_and_100_ms_of_reset():
    bench = Bench()
    assert bench.get(0x6B)[0] == 0x40
    bench.stream_by_hand()
    bench.put(0x6B, 0x80)
    assert bench.get(0x6B)[0] == 0x00
    bench.wait(0.11)
    assert bench.get(0x6B)[0] == 0x40
    bench.wait(1.0)
    assert bench.level() == 0


def test_the_ring_drops_its_oldest_bytes_and_loses_the_framing():
    bench = Bench()
    bench.stream_by_hand()
    bench.wait(2.0)
    assert bench.level() == 1024
    assert bench.get(0x3A)[0] & 0x10
    assert not bench.get(0x3A)[0] & 0x10
    first = np.frombuffer(bench.get(0x74, 12), ">i2")
    assert first.tolist() != [4096, 0, 8192, 1638, 0, -3275]


def test_an_empty_fifo_repeats_its_last_byte():
    bench = Bench()
    bench.stream_by_hand()
    bench.wait(0.055)
    data = bench.get(0x74, 12 * 5 + 6)
    assert data[60:] == data[59:60] * 6


def test_a_packet_by_hand():
    bench = Bench()
    bench.stream_by_hand()
    bench.wait(0.1)
    packet = np.frombuffer(bench.get(0x74, 12), ">i2")
    assert packet.tolist() == [4096, 0, 8192, 1638, 0, -3275]


@pytest.mark.parametrize("identity", [0x68, 0x70, 0x72, 0x98])
def test_clones_are_accepted(identity):
    bench = Bench(identity=identity)
    bench.finish(bench.driver.start())
    assert bench.driver.check() is None


def test_another_chip_is_refused_with_its_byte():
    bench = Bench(identity=0x6C)
    with pytest.raises(DeviceError, match="MPU-6050 at 0x68: answers identity 0x6C"):
        bench.finish(bench.driver.start())


def test_an_overflow_empties_the_fifo_at_once():
    bench = Bench()
    bench.finish(bench.driver.start())
    bench.wait(3.0)
    assert bench.driver.poll() == (0, True)
    bench.wait(0.105)
    count, lost = bench.driver.poll()
    assert (count, lost) == (10, False)
    packet = np.frombuffer(bench.driver.burst(1), ">i2")
    assert packet.tolist() == [4096, 0, 8192, 1638, 0, -3275]


def test_self_test_passes_and_fails():
    bench = Bench()
    bench.finish(bench.driver.self_test())
    dead = Bench(deflects=False)
    with pytest.raises(DeviceError, match="self-test of accel X moves 0 counts"):
        dead.finish(dead.driver.self_test())


def test_a_chip_without_power_for_a_moment_is_noticed():
    bench = Bench()
    bench.finish(bench.driver.start())
    bench.chip.power_cycle()
    assert "instead of" in bench.driver.check()


@pytest.mark.parametrize(
    ("register", "stays", "text"),
    [(0x6B, 0x80, "its reset does not end"), (0x6A, 0x04, "its FIFO reset does not end")],
)
def test_a_reset_that_does_not_end_is_given_up(monkeypatch, register, stays, text):
    bench = Bench()
    plain = SimulatedMPU6050._read_register

    def read(chip, address):
        return plain(chip, address) | (stays if address == register else 0)

    monkeypatch.setattr(SimulatedMPU6050, "_read_register", read)
    with pytest.raises(DeviceError, match=text):
        bench.finish(bench.driver.start())
