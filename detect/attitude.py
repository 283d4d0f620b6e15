"""Where gravity points at each ankle, second by second: what the posture is judged by.

A sensor is strapped on in any attitude, so a direction alone says nothing; what counts is the
angle to another one that the same sensor showed before.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import acos, degrees, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from detect.movement import TICKS_PER_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MISSING = -32768
ENOUGH_TICKS = TICKS_PER_S // 2
"""Samples that a second needs to be known."""
LEAST_G, MOST_G = 0.5, 1.5
"""The mean of a second's acceleration is gravity only between these [g]."""

Direction = tuple[float, float, float]
ACCEL = {"left": slice(0, 3), "right": slice(6, 9)}
"""Columns of a Block."""


class Second(NamedTuple):
    """One second: the direction of gravity in each sensor's own frame; None: not known."""

    at_s: int
    """Seconds since the recording began."""
    left: Direction | None
    right: Direction | None

    @property
    def known(self) -> tuple[Direction | None, Direction | None]:
        """Return both, the left first."""
        return self.left, self.right


def angle_deg(one: Direction, other: Direction) -> float:
    """Return the angle between two directions [deg]."""
    dot = sum(a * b for a, b in zip(one, other, strict=True))
    return degrees(acos(min(1.0, max(-1.0, dot))))


def mean_direction(directions: Sequence[Direction]) -> Direction | None:
    """Return the mean direction; None of none, or of opposite ones."""
    sums = tuple(sum(d[axis] for d in directions) for axis in range(3))
    return _unit(sums[0], sums[1], sums[2])


def _unit(x: float, y: float, z: float) -> Direction | None:
    size = sqrt(x * x + y * y + z * z)
    return (x / size, y / size, z / size) if size > 1e-9 else None


@dataclass(slots=True)
class _Open:
    """Sums of the second that is not over."""

    index: int
    sums: NDArray[np.int64]
    counts: NDArray[np.int64]


class Attitude:
    """Turns Blocks into seconds, the same however the stream is cut.

    Parameters
    ----------
    gains, offsets : float64[13]
        Physical value = count * gain + offset; g in the columns of the accelerometers.
    """

    def __init__(self, gains: Sequence[float], offsets: Sequence[float]) -> None:
        self._gains, self._offsets = tuple(gains), tuple(offsets)
        self._open: _Open | None = None

    def feed(self, first_tick: int, samples: NDArray[np.int16]) -> list[Second]:
        """Take a Block, int16[n, 13]; return the seconds that are over."""
        over: list[Second] = []
        row = 0
        while row < len(samples):
            index, within = divmod(first_tick + row, TICKS_PER_S)
            rows = samples[row : row + TICKS_PER_S - within]
            if self._open is None or self._open.index != index:
                over += self.flush()
                self._open = _Open(index, np.zeros((2, 3), np.int64), np.zeros(2, np.int64))
            self._add(self._open, rows)
            row += len(rows)
            if within + len(rows) == TICKS_PER_S:
                over += self.flush()
        return over

    def flush(self) -> list[Second]:
        """Close the second that is open."""
        if self._open is None:
            return []
        second, self._open = self._close(self._open), None
        return [second]

    @staticmethod
    def _add(second: _Open, rows: NDArray[np.int16]) -> None:
        for leg, columns in enumerate(ACCEL.values()):
            values = rows[:, columns]
            there = values[(values != MISSING).all(axis=1)]
            second.sums[leg] += there.sum(axis=0, dtype=np.int64)
            second.counts[leg] += len(there)

    def _close(self, second: _Open) -> Second:
        found: list[Direction | None] = []
        for leg, columns in enumerate(ACCEL.values()):
            count = int(second.counts[leg])
            if count < ENOUGH_TICKS:
                found.append(None)
                continue
            gains, offsets = self._gains[columns], self._offsets[columns]
            x, y, z = (
                int(total) / count * gain + offset
                for total, gain, offset in zip(second.sums[leg], gains, offsets, strict=True)
            )
            fits = LEAST_G <= sqrt(x * x + y * y + z * z) <= MOST_G
            found.append(_unit(x, y, z) if fits else None)
        return Second(second.index, found[0], found[1])
