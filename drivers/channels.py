"""The 13 channels of the 100 Hz time line: names, order, and the scale of their int16 samples.

Standard library only, so that the web process can use it without loading numpy.
The physical ranges are chosen so that both ends fit the 8 characters of an EDF header field;
gains are computed from those two numbers everywhere, so that a recording and its EDF export
decode to the same floats, bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass

TICKS_PER_S = 100
"""A tick is 10 ms of CLOCK_MONOTONIC since the night began."""

MISSING = -32768
"""The sample that says: nothing was measured here."""

CHANNELS = (
    "ACC-L X", "ACC-L Y", "ACC-L Z",
    "GYR-L X", "GYR-L Y", "GYR-L Z",
    "ACC-R X", "ACC-R Y", "ACC-R Z",
    "GYR-R X", "GYR-R Y", "GYR-R Z",
    "STRIP",
)  # fmt: skip
"""EDF labels, in Block column order."""

UNITS = ("g",) * 3 + ("deg/s",) * 3 + ("g",) * 3 + ("deg/s",) * 3 + ("mV",)

LEFT, RIGHT, STRIP = "left", "right", "strip"
DEVICES = (LEFT, RIGHT, STRIP)
COLUMNS = {LEFT: range(6), RIGHT: range(6, 12), STRIP: range(12, 13)}
"""Which Block columns a device fills."""


@dataclass(frozen=True, slots=True)
class PhysicalRange:
    """Physical values of the digital ends -32768 and 32767 of one channel."""

    minimum: float
    maximum: float

    @property
    def gain(self) -> float:
        """Physical units per count."""
        return (self.maximum - self.minimum) / 65535.0

    @property
    def offset(self) -> float:
        """Physical value of count 0."""
        return self.minimum + 32768.0 * self.gain


@dataclass(frozen=True, slots=True)
class NightScale:
    """The scale of one night's samples, fixed when the night begins.

    A chip swapped for one of another sensitivity is converted to this scale.
    """

    accel: PhysicalRange = PhysicalRange(-4.096, 4.095875)
    """[g], 0.125 mg per count"""
    gyro: PhysicalRange = PhysicalRange(-655.36, 655.34)
    """[deg/s], 0.02 deg/s per count"""
    strip: PhysicalRange = PhysicalRange(-2048.0, 2047.938)
    """[mV], 0.0625 mV per count"""

    def ranges(self) -> tuple[PhysicalRange, ...]:
        """Return the 13 ranges in Block column order."""
        leg = (self.accel,) * 3 + (self.gyro,) * 3
        return leg + leg + (self.strip,)

    def gains(self) -> tuple[float, ...]:
        """Return the 13 gains in Block column order [g, deg/s, mV per count]."""
        return tuple(r.gain for r in self.ranges())

    def offsets(self) -> tuple[float, ...]:
        """Return the 13 physical values of count 0 in Block column order."""
        return tuple(r.offset for r in self.ranges())
