"""Samples with times of their own become int16 columns on the 100 Hz grid.

Knows nothing of I2C. Between two neighbouring samples the signal is a cubic through four of
them (Catmull and Rom, 1974); over a gap there is nothing, and nothing is what is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drivers.channels import MISSING, TICKS_PER_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from drivers.channels import PhysicalRange

TICK_NS = 1_000_000_000 // TICKS_PER_S
_KEPT = 3


class GridLine:
    """Resamples one device onto the grid.

    Parameters
    ----------
    ranges : sequence of PhysicalRange
        Scale of each of the device's k columns.
    origin_ns : int
        CLOCK_MONOTONIC at tick 0.
    first_tick : int
        Nothing is wanted before this tick.
    """

    def __init__(
        self, ranges: Sequence[PhysicalRange], origin_ns: int, first_tick: int = 0
    ) -> None:
        self._gain = np.array([r.gain for r in ranges])
        self._offset = np.array([r.offset for r in ranges])
        self._origin_ns = origin_ns
        self._next_tick = first_tick
        self._chunks: list[tuple[int, NDArray[np.int16]]] = []
        self._forget()

    @property
    def frontier(self) -> int:
        """First tick for which this device has delivered nothing yet."""
        return self._next_tick

    def break_off(self) -> None:
        """End the run at its last sample: the next one has nothing to do with those before."""
        if len(self._ticks) >= 2:
            end = int(np.floor(self._ticks[-1])) + 1
            self._resample(self._ticks, self._values, self._joined, end)
        self._forget()

    def _forget(self) -> None:
        self._ticks = np.empty(0)
        self._values = np.empty((0, len(self._gain)))
        self._joined = np.empty(0, dtype=bool)

    def add(
        self,
        times_ns: NDArray[np.float64],
        values: NDArray[np.float64],
        joined: NDArray[np.bool_],
    ) -> None:
        """Take in samples.

        Parameters
        ----------
        times_ns : float64[n]
            CLOCK_MONOTONIC of each sample, ascending.
        values : float64[n, k]
            Physical values.
        joined : bool[n]
            Whether nothing is missing between the sample before and this one.
        """
        ticks = np.concatenate((self._ticks, (times_ns - self._origin_ns) / TICK_NS))
        values = np.concatenate((self._values, values))
        joined = np.concatenate((self._joined, joined))
        if len(ticks) >= 2:
            # The last sample but one is the last that has both its neighbours.
            self._resample(ticks, values, joined, int(np.floor(ticks[-2])) + 1)
        self._ticks, self._values, self._joined = ticks[-_KEPT:], values[-_KEPT:], joined[-_KEPT:]

    def _resample(
        self,
        ticks: NDArray[np.float64],
        values: NDArray[np.float64],
        joined: NDArray[np.bool_],
        end: int,
    ) -> None:
        """Fill the grid up to, but not including, tick `end`."""
        first = max(self._next_tick, int(np.ceil(ticks[0])))
        if end <= first:
            return
        grid = np.arange(first, end)
        left = np.minimum(np.searchsorted(ticks, grid, side="right"), len(ticks) - 1) - 1
        counts = self._counts(_cubic(grid, left, ticks, values, joined))
        counts[~joined[left + 1]] = MISSING
        self._chunks.append((first, counts))
        self._next_tick = end

    def _counts(self, values: NDArray[np.float64]) -> NDArray[np.int16]:
        scaled = np.rint((values - self._offset) / self._gain)
        counts: NDArray[np.int16] = scaled.clip(MISSING + 1, -MISSING - 1).astype(np.int16)
        return counts

    def collect(self, out: NDArray[np.int16], first_tick: int) -> None:
        """Write what there is for the ticks of `out` (int16[n, k], from `first_tick` on)."""
        end_tick = first_tick + len(out)
        later = []
        for start, counts in self._chunks:
            low, high = max(start, first_tick), min(start + len(counts), end_tick)
            if high > low:
                out[low - first_tick : high - first_tick] = counts[low - start : high - start]
            if start + len(counts) > end_tick:
                later.append((start, counts))
        self._chunks = later
        self._next_tick = max(self._next_tick, end_tick)


def _cubic(
    grid: NDArray[np.int64],
    left: NDArray[np.int64],
    ticks: NDArray[np.float64],
    values: NDArray[np.float64],
    joined: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Catmull-Rom between samples `left` and `left + 1`; straight on where one has no neighbour."""
    right = left + 1
    last = len(ticks) - 1
    p1, p2 = values[left], values[right]
    has_p0 = (joined[left] & (left > 0))[:, None]
    after = np.minimum(right + 1, last)
    has_p3 = (joined[after] & (right < last))[:, None]
    p0 = np.where(has_p0, values[np.maximum(left - 1, 0)], 2 * p1 - p2)
    p3 = np.where(has_p3, values[after], 2 * p2 - p1)
    f = ((grid - ticks[left]) / (ticks[right] - ticks[left]))[:, None]
    smooth: NDArray[np.float64] = p1 + 0.5 * f * (
        p2 - p0 + f * (2 * p0 - 5 * p1 + 4 * p2 - p3 + f * (3 * (p1 - p2) + p3 - p0))
    )
    return smooth
