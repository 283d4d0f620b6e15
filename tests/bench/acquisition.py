"""What reading the sensors costs: bus time, calls, and CPU time without the simulator's share.

`make bench-drivers`. The default set-up (two LSM6DSO and the strip on one bus) runs in virtual
time. All of the simulator happens inside the simulated ioctl, so the thread's CPU time in there,
and what measuring it costs, is taken off; what is left is the drivers and smbus2. The kernel's own
work on a real bus, and sleeping, are not in it.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from drivers.acquisition import Acquisition, DeviceSettings
from drivers.bus import open_bus
from drivers.channels import NightScale
from drivers.simulated.clock import VirtualClock
from drivers.simulated.kernel import _bind_smbus2
from drivers.simulated.rig import SimulatedRig

SETTINGS = (
    DeviceSettings("left", "lsm6dso", 1, 0x6A),
    DeviceSettings("right", "lsm6dso", 1, 0x6B),
    DeviceSettings("strip", "ads1115", 1, 0x48),
)
S = 1_000_000_000
TAKE_EVERY_NS = S // 20
"""As often as `plms record` takes Blocks."""


class Still:
    """An ankle at rest, or a strip with a heart on it."""

    def __init__(self, channels):
        self.channels = channels

    def sample(self, t_s):
        values = np.zeros((len(t_s), self.channels))
        values[:, min(2, self.channels - 1)] = 1.0 + 0.01 * np.sin(30.0 * t_s)
        return values


class Meter:
    """Adds up the CPU time spent inside the simulated ioctl."""

    def __init__(self, ioctl):
        self._ioctl = ioctl
        self.spent_ns = self.calls = 0

    def __call__(self, fd, request, argument):
        begin_ns = time.thread_time_ns()
        try:
            return self._ioctl(fd, request, argument)
        finally:
            self.spent_ns += time.thread_time_ns() - begin_ns
            self.calls += 1


def own_cost_ns():
    """Return what a metered call costs by itself: all of it, and what the meter sees of it."""
    meter = Meter(lambda fd, request, argument: 0)
    begin_ns = time.thread_time_ns()
    for _ in range(200_000):
        meter(0, 0, 0)
    all_ns = time.thread_time_ns() - begin_ns
    return all_ns / 200_000, meter.spent_ns / 200_000


def measure(hours, baud_hz, visit_ms):
    """Run for a while; return figures by name."""
    clock = VirtualClock(S)
    rig = SimulatedRig(Still(6), Still(6), Still(1), clock, baud_hz=baud_hz)
    meter = Meter(rig.kernel.ioctl)
    acquisition = Acquisition(SETTINGS, metered(rig, meter), clock, NightScale(), clock.now_ns)
    acquisition.visit_every(visit_ms * 1_000_000)
    (loop,) = acquisition.loops
    end_ns = clock.now_ns + int(hours * 3600 * S)
    take_ns = loop_ns = taken_ns = 0
    calls, busy_ns = meter.calls, rig.adapters[1].busy_ns
    spent_ns = meter.spent_ns
    while clock.now_ns < end_ns:
        begin_ns = time.thread_time_ns()
        while clock.now_ns < take_ns:
            clock.sleep_until(loop.step())
        middle_ns = time.thread_time_ns()
        acquisition.take_blocks()
        taken_ns += time.thread_time_ns() - middle_ns
        loop_ns += middle_ns - begin_ns
        take_ns = clock.now_ns + TAKE_EVERY_NS
    calls = meter.calls - calls
    whole_ns, seen_ns = own_cost_ns()
    simulator_ns = meter.spent_ns - spent_ns - calls * seen_ns
    drivers_ns = loop_ns - (meter.spent_ns - spent_ns) - calls * (whole_ns - seen_ns)
    return {
        "bus": (rig.adapters[1].busy_ns - busy_ns) / (hours * 3600 * S),
        "transfers/s": calls / (hours * 3600),
        "drivers": drivers_ns / S / hours,
        "simulator": simulator_ns / S / hours,
        "time line": taken_ns / S / hours,
    }


def metered(rig, meter):
    """The shipped way to open a bus, on smbus2's own code with the metered ioctl."""
    kernel = rig.kernel
    smbus = _bind_smbus2(meter, kernel._open_path, kernel._close)
    return lambda number: open_bus(number, opener=smbus, ioctl=meter, lock=kernel._lock)


def main():
    hours = float(sys.argv[1]) if len(sys.argv) > 1 else 0.25
    print("visit  bus kHz  bus time  transfers/s  CPU s per recorded hour: drivers, time line")
    for visit_ms in (20, 40, 100):
        for baud_hz in (400_000, 100_000):
            runs = [measure(hours, baud_hz, visit_ms) for _ in range(3)]
            best = min(runs, key=lambda run: run["drivers"])
            line = min(run["time line"] for run in runs)
            print(
                f"{visit_ms:3d} ms  {baud_hz // 1000:7d}  {best['bus']:8.2%}  "
                f"{best['transfers/s']:11.0f}  {best['drivers']:32.2f}, {line:.2f}"
            )


if __name__ == "__main__":
    main()
