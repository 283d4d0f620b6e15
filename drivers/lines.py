"""From what a bus loop collected to samples on the grid, one line a device."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drivers.clockfit import ClockFit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.chip import Decoder, Drain
    from drivers.timeline import GridLine

_LATEST_READ_NS = 5_000_000
"""A strip read that took longer than this cannot be placed on the time line."""
_WIDEST_STEP_NS = 17_500_000
"""Strip reads further apart than this have a missing one between them."""


class AnkleLine:
    """Decodes, times and resamples one ankle sensor."""

    def __init__(self, grid: GridLine) -> None:
        self.grid = grid
        self.flowing = False
        self._decoder: Decoder | None = None
        self._fit: ClockFit | None = None
        self._last = -1

    def start(self, decoder: Decoder, rate_hz: float) -> None:
        """Begin a run: a chip has just been started."""
        self.stop()
        self._decoder = decoder
        self._fit = ClockFit(rate_hz)
        self._last = -1

    def stop(self) -> None:
        """End the run; samples not yet complete are dropped."""
        self.flowing = False
        self._decoder = None
        self.grid.break_off()

    def take(self, drains: Sequence[Drain]) -> str | None:
        """Take in drains; return why the chip must be started again, or None."""
        if self._decoder is None or self._fit is None or not drains:
            return None
        samples = self._decoder.feed(drains)
        self._fit.observe(samples.newest, samples.before_ns, samples.after_ns)
        if len(samples.index):
            times_ns = self._fit.assign(samples.index)
            joined = np.diff(samples.index, prepend=self._last) == 1
            self._last = int(samples.index[-1])
            self.grid.add(times_ns, samples.values, joined)
            self.flowing = True
        return samples.complaint


class StripLine:
    """Times and resamples the strip, whose samples are stamped by the host as it reads them."""

    def __init__(self, grid: GridLine) -> None:
        self.grid = grid
        self.flowing = False
        self._mv_per_count = 0.0
        self._age_ns = 0
        self._last_ns = -np.inf

    def start(self, mv_per_count: float, age_ns: int) -> None:
        """Begin a run: the converter has just been started."""
        self.stop()
        self._mv_per_count = mv_per_count
        self._age_ns = age_ns
        self._last_ns = -np.inf

    def stop(self) -> None:
        """End the run."""
        self.flowing = False
        self.grid.break_off()

    def take(self, reads: Sequence[tuple[int, int, bytes]]) -> None:
        """Take in reads: host time before and after, and the two bytes."""
        if not reads:
            return
        before, after, data = zip(*reads, strict=True)
        before_ns, after_ns = np.array(before), np.array(after)
        counts = np.frombuffer(b"".join(data), dtype=">i2")
        prompt = after_ns - before_ns <= _LATEST_READ_NS
        times_ns = ((before_ns + after_ns) / 2 - self._age_ns)[prompt]
        if not len(times_ns):
            return
        joined = np.diff(times_ns, prepend=self._last_ns) <= _WIDEST_STEP_NS
        self._last_ns = times_ns[-1]
        millivolts = counts[prompt].astype(np.float64)[:, None] * self._mv_per_count
        self.grid.add(times_ns, millivolts, joined)
        self.flowing = True
