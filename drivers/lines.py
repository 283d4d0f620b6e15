"""From what a bus loop collected to samples on the grid, one line a device."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drivers.clockfit import ClockFit
from drivers.gravity import GravityCheck

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from drivers.chip import Decoder, Drain, Samples
    from drivers.timeline import GridLine

_NO_SAMPLE = -2
_DOUBT_AFTER_A_LOSS = 0.001
"""The rate of the same chip a moment ago, perhaps learnt for seconds only."""
_LATEST_READ_NS = 5_000_000
"""A strip read that took longer than this cannot be placed on the time line."""
_LOW_BITS, _ENOUGH_VALUES = 0x0F, 8
"""Eight different values without low bits are chance once in 16 to the eighth."""
_WIDEST_STEP_NS = 17_500_000
"""Strip reads further apart than this have a missing one between them."""


class AnkleLine:
    """Decodes, times and resamples one ankle sensor."""

    def __init__(self, grid: GridLine) -> None:
        self.grid = grid
        self.flowing = False
        self._decoder: Decoder | None = None
        self._fit = ClockFit(1.0)
        self._last = _NO_SAMPLE
        self.gravity = GravityCheck()

    def start(self, decoder: Decoder, rate_hz: float) -> None:
        """Begin a run: a chip has just been started."""
        self.stop()
        self._decoder = decoder
        self._fit = ClockFit(rate_hz)
        self._last = _NO_SAMPLE

    def stop(self) -> None:
        """End the run; what the plug may have cut in two is dropped."""
        self.flowing = False
        self._decoder = None
        self.grid.break_off()

    def take(self, drains: Sequence[Drain]) -> str | None:
        """Take in drains; return why the chip must be started again, or None."""
        if self._decoder is None or not drains:
            return None
        if self._decoder.counts_losses:
            return self._take_run(self._decoder.feed(drains))
        complaint = None
        first = 0
        for i, drain in enumerate(drains):
            if drain.lost:
                complaint = self._take_run(self._decoder.feed(drains[first:i])) or complaint
                first = i
                self._begin_new_run()
        return self._take_run(self._decoder.feed(drains[first:])) or complaint

    def _begin_new_run(self) -> None:
        """Forget the sample numbers after a loss nobody counted, but not the chip's rate."""
        self._fit = ClockFit(self._fit.rate_hz, _DOUBT_AFTER_A_LOSS)
        self._last = _NO_SAMPLE
        self.grid.break_off()

    def _take_run(self, samples: Samples) -> str | None:
        fit = self._fit
        fit.observe(samples.newest, samples.before_ns, samples.after_ns)
        if not len(samples.index) or not fit.ready:
            return samples.complaint
        times_ns = fit.assign(samples.index)
        joined = np.diff(samples.index, prepend=self._last) == 1
        self._last = int(samples.index[-1])
        self.gravity.judge(samples.values)
        self.flowing = self.gravity.wrong is None
        if self.flowing:
            self.grid.add(times_ns, samples.values, joined)
        else:
            self.grid.break_off()
        return samples.complaint


class StripLine:
    """Times and resamples the strip, whose samples are stamped by the host as it reads them."""

    def __init__(self, grid: GridLine) -> None:
        self.grid = grid
        self.flowing = False
        self._mv_per_count = 0.0
        self._age_ns = 0
        self._last_ns = -np.inf
        self._width = WidthCheck()

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

    def take(self, reads: Sequence[tuple[int, int, bytes]]) -> str | None:
        """Take in reads: host time before and after, and the two bytes.

        Returns why the converter cannot be used, or None.
        """
        if not reads:
            return None
        before, after, data = zip(*reads, strict=True)
        before_ns, after_ns = np.array(before), np.array(after)
        counts = np.frombuffer(b"".join(data), dtype=">i2")
        wrong = self._width.judge(counts)
        if wrong:
            return wrong
        prompt = after_ns - before_ns <= _LATEST_READ_NS
        times_ns = ((before_ns + after_ns) / 2 - self._age_ns)[prompt]
        if not len(times_ns):
            return None
        joined = np.diff(times_ns, prepend=self._last_ns) <= _WIDEST_STEP_NS
        self._last_ns = times_ns[-1]
        millivolts = counts[prompt].astype(np.float64)[:, None] * self._mv_per_count
        self.grid.add(times_ns, millivolts, joined)
        self.flowing = True
        return None


class WidthCheck:
    """Tells an ADS1015, whose low four bits are always 0, from an ADS1115 at rest."""

    def __init__(self) -> None:
        self._wide = False
        self._values: set[int] = set()

    def judge(self, counts: NDArray[np.int16]) -> str | None:
        """Look at conversions until one uses the low bits; return what is wrong, or None."""
        if not self._wide:
            self._wide = bool((counts & _LOW_BITS).any())
            self._values.update(counts.tolist())
        if self._wide or len(self._values) < _ENOUGH_VALUES:
            return None
        return "the low four bits never move: an ADS1015 (12 bits); this strip needs an ADS1115"
