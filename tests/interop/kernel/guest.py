"""Runs inside the emulated machine: our drivers and Linux's own over a real /dev/i2c-N."""

import pathlib
import sys
import time

import numpy as np

from drivers.acquisition import Acquisition, DeviceSettings
from drivers.bus import open_bus
from drivers.channels import MISSING, NightScale
from drivers.settings import ankle_chip, strip_chip
from drivers.simulated.adapter import I2C_GPIO, Adapter
from drivers.simulated.ads1115 import SimulatedADS1115
from drivers.simulated.clock import FollowingClock
from drivers.simulated.lsm6dso import SimulatedLSM6DSO
from drivers.simulated.mpu6050 import SimulatedMPU6050
from drivers.simulated.signal import World
from tests.interop.kernel.tiny_usb import TinyUsb

ACCEL_COUNTS_2G = (100, -2000, 16384)
GYRO_COUNTS_250 = (12, -345, 678)
STRIP_MV = 500.0
IIO = pathlib.Path("/sys/bus/iio/devices")


class Constant:
    """Nothing moves."""

    def __init__(self, *values):
        self.values = values

    def sample(self, t_s):
        return np.tile(self.values, (len(t_s), 1)).astype(float)


ANKLE = Constant(
    *(count * 0.061e-3 for count in ACCEL_COUNTS_2G),
    *(count * 8.75e-3 for count in GYRO_COUNTS_250),
)


def build(clock):
    world = World(clock, clock.monotonic_ns() - 10**9)
    adapter = Adapter(clock, I2C_GPIO)
    adapter.chips[0x6A] = SimulatedLSM6DSO(world, ANKLE, noise_g=0, noise_dps=0)
    adapter.chips[0x69] = SimulatedMPU6050(world, ANKLE, noise_g=0, noise_dps=0)
    adapter.chips[0x48] = SimulatedADS1115(world, Constant(STRIP_MV), noise_mv=0)
    return adapter


def wait_for(what, found, seconds=20.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(0.1)
    raise SystemExit(f"FAILED: {what} did not come")


def check(what, got, expected, tolerance):
    if abs(got - expected) > tolerance:
        raise SystemExit(f"FAILED: {what} is {got}, not {expected}")
    print(f"ok: {what} = {got}", flush=True)


def finish(steps, clock):
    for pause_ns in steps:
        clock.sleep_until(clock.monotonic_ns() + pause_ns)


def our_chips(number, clock):
    """Every driver once over real ioctls, and the acquisition on both ankles."""
    bus = open_bus(number)
    settings = (
        DeviceSettings("left", "lsm6dso", number, 0x6A),
        DeviceSettings("right", "mpu6050", number, 0x69),
    )
    for s in settings:
        chip = ankle_chip(bus, s)
        finish(chip.start(), clock)
        if chip.check() is not None:
            raise SystemExit(f"FAILED: {chip.name}: {chip.check()}")
        finish(chip.self_test(), clock)
        print(f"ok: {chip.name} keeps its settings and passes its self-test", flush=True)
    strip = strip_chip(bus, DeviceSettings("strip", "ads1115", number, 0x48))
    steps = strip.start()
    clock.sleep_until(clock.monotonic_ns() + next(steps))
    if strip.check() is not None:
        raise SystemExit(f"FAILED: {strip.name}: {strip.check()}")
    millivolts = int.from_bytes(strip.read(), "big", signed=True) * strip.mv_per_count
    check("ADS1115 over our driver [mV]", millivolts, STRIP_MV, 0.1)
    bus.close()

    scale = NightScale()
    acquisition = Acquisition(settings, open_bus, clock, scale, clock.monotonic_ns())
    end_ns = clock.monotonic_ns() + 30_000_000_000
    blocks = []
    present = np.zeros(13, dtype=int)
    # Timing under emulation means nothing: a second's worth of ticks from each will do.
    while present[[0, 6]].min() < 100 and clock.monotonic_ns() < end_ns:
        clock.sleep_until(min(loop.step() for loop in acquisition.loops))
        for block in acquisition.take_blocks():
            blocks.append(block.samples)
            present += (block.samples != MISSING).sum(axis=0)
    acquisition.close()
    counts = np.concatenate(blocks)
    wrong = [f for f in acquisition.take_faults() if f.code != "overrun"]
    if wrong or present[[0, 6]].min() < 100:
        raise SystemExit(f"FAILED: {present[[0, 6]]} ticks, {wrong}")
    print("ok: both ankles flow onto the time line", flush=True)
    physical = np.where(counts == MISSING, np.nan, counts) * np.array(scale.gains())
    for name, column in (("left", 2), ("right", 8)):
        check(
            f"gravity through our drivers, {name} [g]",
            float(np.nanmedian(physical[:, column])),
            0.9994,
            0.001,
        )


def kernel_chips(number):
    """Linux's own drivers probe the simulated chips."""
    new_device = pathlib.Path(f"/sys/bus/i2c/devices/i2c-{number}/new_device")
    new_device.write_text("lsm6dso 0x6a")
    new_device.write_text("ads1115 0x48")
    found = wait_for("st_lsm6dsx and ads1015", lambda: names() if len(names()) >= 3 else None)
    for kind, counts in (("accel", ACCEL_COUNTS_2G), ("gyro", GYRO_COUNTS_250)):
        folder = found[f"lsm6dso_{kind}"]
        word = "accel" if kind == "accel" else "anglvel"
        for axis, count in zip("xyz", counts, strict=True):
            raw = int((folder / f"in_{word}_{axis}_raw").read_text())
            check(f"st_lsm6dsx {kind} {axis}", raw, count, 1)
    raw = int((found["ads1015"] / "in_voltage0-voltage1_raw").read_text())
    scale = float((found["ads1015"] / "in_voltage0-voltage1_scale").read_text())
    check("ads1015 driver, AIN0-AIN1 [mV]", raw * scale, STRIP_MV, 0.2)


def names():
    return {(p / "name").read_text().strip(): p for p in IIO.glob("iio:device*")}


def main():
    clock = FollowingClock()
    TinyUsb(build(clock)).attach()
    node = wait_for("/dev/i2c-N", lambda: sorted(pathlib.Path("/dev").glob("i2c-*")))[-1]
    number = int(node.name.removeprefix("i2c-"))
    print(f"ok: {node} is there", flush=True)
    our_chips(number, clock)
    kernel_chips(number)


if __name__ == "__main__":
    sys.exit(main())
