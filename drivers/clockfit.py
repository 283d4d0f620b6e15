"""When was sample n taken? A line from sample numbers to the host's monotonic clock.

A chip has no clock the host can trust: its oscillator is several per cent off and drifts. But
each visit to its FIFO proves two things: the newest sample was taken before the fill level
had been read, and the next one had not been taken when the reading began. Delays only make
these bounds looser, never false, so over some seconds the tightest bounds pin the time of a
sample to a fraction of a millisecond, however the host stalls in between.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

_BIN_NS = 2_000_000_000
"""Bounds are collected over bins of this length."""
_EARLY_NS = 4_000_000_000
_EARLY_WIDTH_NS = 3_000_000
"""Before there is a bin: seconds fitted through the middles of bounds not wider than this."""
_WIDEST_NS = 1_000_000_000
"""Bounds that tell nothing."""
_MOST_SLIPS = 3
_MEMORY_NS = 240_000_000_000
"""The line is fitted to the bins of the last four minutes: 50 ppm/h bends it by 0.1 ms."""
_MOST_SLEW = 0.01
"""An error is worked off at no more than 1 % of time; time never steps."""
_MOST_RATE_ERROR = 0.14
"""No chip is 12 % off its label; a rate 12 % low is a period 13.6 % long."""
_SLIP = 0.6
"""Bounds that contradict each other, or the line, by more of a sample than this: lost count."""


class ClockFit:
    """Assigns a time to each sample of one unbroken run of sample numbers.

    Parameters
    ----------
    rate_hz : float
        First guess of the rate.
    doubt : float
        How far off the guess is (standard deviation, as a part of it): some visits close to
        each other say less about the rate than the label does.
    """

    def __init__(self, rate_hz: float, doubt: float = 0.02) -> None:
        self._nominal_ns = 1e9 / rate_hz
        self._belief = 1 / (12 * doubt * doubt)
        self.period_ns = self._nominal_ns
        self._assigned: tuple[float, float] | None = None
        self.slips = 0
        self._begin()

    def _begin(self) -> None:
        """Know nothing but the period."""
        self._guess_ns = self.period_ns
        self._line: tuple[float, float] | None = None
        self._early: list[tuple[float, float]] | None = []
        self._points: deque[tuple[float, float]] = deque()
        self._slips_in_a_row = 0
        self._low, self._high = -np.inf, np.inf
        self._bin_from = (0, 0)

    @property
    def rate_hz(self) -> float:
        """The chip's rate, as far as it is known."""
        return 1e9 / self.period_ns

    @property
    def ready(self) -> bool:
        """Whether times can be assigned at all."""
        return self._line is not None

    def observe(
        self, newest: Sequence[int], before_ns: Sequence[int], after_ns: Sequence[int]
    ) -> None:
        """Take in visits to the FIFO, oldest first."""
        for number, before, after in zip(newest, before_ns, after_ns, strict=True):
            if after - before > _WIDEST_NS:
                continue
            if self._early is not None:
                self._learn(self._early, number, before, after)
                continue
            line = self._line or (number, before)
            expected = line[1] + (number - line[0]) * self.period_ns
            self._low = max(self._low, before - expected - self.period_ns)
            self._high = min(self._high, after - expected)
            if before - self._bin_from[1] >= _BIN_NS:
                self._close_bin(number, before)

    def _learn(
        self, early: list[tuple[float, float]], number: int, before: int, after: int
    ) -> None:
        """Fit the first seconds through the middles of their bounds: the rate may be far off."""
        middle = (before - self.period_ns + after) / 2
        if early and after - before > _EARLY_WIDTH_NS:
            return
        early.append((float(number), middle))
        self._fit(early, self._belief)
        if middle - early[0][1] >= _EARLY_NS:
            centre = sum(n for n, _ in early) / len(early)
            self._points.append((centre, self._at(centre)))
            self._early = None
            self._bin_from = (number, before)

    def _at(self, number: float) -> float:
        """Return the time of a sample on the line."""
        line = self._line or (0.0, 0.0)
        return line[1] + (number - line[0]) * self.period_ns

    def _close_bin(self, number: int, now_ns: int) -> None:
        low, high = self._low, self._high
        centre = (self._bin_from[0] + number) / 2
        self._low, self._high = -np.inf, np.inf
        self._bin_from = (number, now_ns)
        offset = (low + high) / 2
        slip = _SLIP * self.period_ns
        if low > high + slip or abs(offset) > slip:
            self.slips += 1
            self._slips_in_a_row += 1
            if self._slips_in_a_row >= _MOST_SLIPS:
                self._begin()
            return
        self._slips_in_a_row = 0
        self._points.append((centre, self._at(centre) + offset))
        while self._points[-1][1] - self._points[0][1] > _MEMORY_NS:
            self._points.popleft()
        self._fit(self._points)

    def _fit(self, pairs: Iterable[tuple[float, float]], belief: float = 0.0) -> None:
        """Put the line through numbers and times.

        `belief` weighs the first guess of the rate as so many squared sample numbers would: a
        point's error is spread evenly over a period, whose variance is a twelfth.
        """
        points = np.array(list(pairs))
        last = points[-1]
        numbers, times = points[:, 0] - last[0], points[:, 1] - last[1]
        middle_number, middle_time = numbers.mean(), times.mean()
        from_middle = numbers - middle_number
        spread = float(from_middle @ from_middle) + belief
        if spread > 0:
            period = (float(from_middle @ times) + belief * self._guess_ns) / spread
            limit = _MOST_RATE_ERROR * self._nominal_ns
            self.period_ns = min(max(period, self._nominal_ns - limit), self._nominal_ns + limit)
        at_last = middle_time - middle_number * self.period_ns
        self._line = (float(last[0]), float(last[1] + at_last))

    def assign(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the times of samples [ns]; each is asked for once, in order, when `ready`."""
        last = float(numbers[-1])
        wanted = self._at(last)
        if self._assigned is None:
            period = self.period_ns
            start, start_ns = last, wanted
        else:
            start, start_ns = self._assigned
            period = (wanted - start_ns) / (last - start)
            slew = _MOST_SLEW * self.period_ns
            period = min(max(period, self.period_ns - slew), self.period_ns + slew)
        times = np.asarray(start_ns + (numbers - start) * period, dtype=np.float64)
        self._assigned = (last, float(times[-1]))
        return times
