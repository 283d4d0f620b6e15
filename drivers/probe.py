"""A closer look at one sensor: self-test, rest, noise and rate, for `plms doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from drivers.bus import DeviceError
from drivers.chip import MS, Drain

if TYPE_CHECKING:
    from drivers.chip import Clock, FifoChip, Steps, StripChip

_VISIT_NS = 50 * MS
_READ_NS = 10 * MS
_QUIET_COUNTS = 1.5
_RAIL_SHARE = 0.98
_CONVERTER_COUNTS = 32768


@dataclass(frozen=True, slots=True)
class AnkleHealth:
    """What an ankle sensor shows while nobody moves it."""

    gravity_g: float
    """Length of the mean acceleration; 1 at rest."""
    noise_mg: float
    """Noise of the noisiest axis, from sample to sample, so that a slow turn is none [mg]."""
    noise_dps: float
    """The same for rotation [deg/s]."""
    rate_hz: float
    """Samples a second by the host's clock."""


@dataclass(frozen=True, slots=True)
class StripHealth:
    """What the strip shows."""

    mean_mv: float
    noise_mv: float
    """Standard deviation [mV]."""
    at_rail: bool
    """Stuck at an end of the range: clamped or shorted."""
    silent: bool
    """Nothing but the converter's own noise: the film is not connected, or the bed is empty."""


def wait_out(steps: Steps, clock: Clock) -> None:
    """Do a procedure with its pauses."""
    for pause_ns in steps:
        clock.sleep_until(clock.monotonic_ns() + pause_ns)


def examine_ankle(chip: FifoChip, clock: Clock, seconds: float = 3.0) -> AnkleHealth:
    """Self-test a sensor, start it and watch it for some seconds.

    Raises
    ------
    DeviceError
        When the self-test fails, another chip answers or nothing comes.
    OSError
        When the bus fails.
    """
    wait_out(chip.self_test(), clock)
    wait_out(chip.start(), clock)
    decoder = chip.decoder()
    begin_ns = clock.monotonic_ns()
    drains = []
    after_ns = begin_ns
    while after_ns < begin_ns + int(seconds * 1e9):
        clock.sleep_until(after_ns + _VISIT_NS)
        before_ns = clock.monotonic_ns()
        waiting, lost = chip.poll()
        after_ns = clock.monotonic_ns()
        data = b""
        while waiting > 0:
            units = min(waiting, chip.burst_units)
            data += chip.burst(units)
            waiting -= units
        drains.append(Drain(before_ns, after_ns, data, lost))
    samples = decoder.feed(drains)
    if len(samples.newest) < 2 or len(samples.values) < 2:
        raise DeviceError(f"{chip.name}: started, but sends no samples: replace the sensor")
    mean = samples.values[:, :3].mean(axis=0)
    noise = np.diff(samples.values, axis=0).std(axis=0) / np.sqrt(2.0)
    span_s = (samples.after_ns[-1] - samples.after_ns[0]) / 1e9
    return AnkleHealth(
        gravity_g=float(np.sqrt(mean @ mean)),
        noise_mg=float(noise[:3].max() * 1000),
        noise_dps=float(noise[3:].max()),
        rate_hz=(samples.newest[-1] - samples.newest[0]) / span_s,
    )


def examine_strip(chip: StripChip, clock: Clock, seconds: float = 3.0) -> StripHealth:
    """Start the converter and watch the strip for some seconds.

    Raises
    ------
    DeviceError
        When the converter does not keep its settings.
    OSError
        When the bus fails.
    """
    wait_out(chip.start(), clock)
    counts = []
    for _ in range(int(seconds * 1e9) // _READ_NS):
        clock.sleep_until(clock.monotonic_ns() + _READ_NS)
        counts.append(int.from_bytes(chip.read(), "big", signed=True))
    mean = float(np.mean(counts))
    spread = float(np.std(counts))
    return StripHealth(
        mean_mv=mean * chip.mv_per_count,
        noise_mv=spread * chip.mv_per_count,
        at_rail=abs(mean) > _RAIL_SHARE * _CONVERTER_COUNTS,
        silent=spread < _QUIET_COUNTS,
    )
