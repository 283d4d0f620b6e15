"""When the next kick comes: series with a log-normal rhythm, pauses between them, decline.

Published: intervals in series are log-normal with a mode at 15 to 30 s, geometric standard
deviation 1.36 to 1.66, a second peak at 2 to 4 s, and the rate declines across the night
(Ferri 2006; Sforza 2005; four real nights). Modelling: how rhythm wanders within a series, how
long series and pauses are, the 90-minute wave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drivers.simulated.bed.elements import LEFT, RIGHT

if TYPE_CHECKING:
    from drivers.simulated.bed.scenarios import Sleeper

NIGHT_S = 28800.0
HOUR_S = 3600.0
CYCLE_S = 5400.0
MEMORY = 0.5
"""Correlation of the logarithm of one interval with the next."""


def intensity(dials: Sleeper, t_s: float) -> float:
    """Return the rate at a time relative to the mean.

    Asleep it falls over the night, in waves of 90 min; awake it grows, and the mean is the first
    hour's.
    """
    if dials.growth_per_h is not None:
        g = dials.growth_per_h
        return float(np.exp(g * min(t_s / HOUR_S, 2.0)) * (g / (np.exp(g) - 1.0) if g else 1.0))
    d = dials.decline
    share = min(t_s / NIGHT_S, 1.0)
    level = np.exp(-d * share) * (d / (1.0 - np.exp(-d)) if d > 0.0 else 1.0)
    return float(level * (1.0 + 0.5 * np.cos(2.0 * np.pi * (t_s - 0.25 * CYCLE_S) / CYCLE_S)))


class SeriesRhythm:
    """The periodic process of one sleeper."""

    def __init__(self, dials: Sleeper, rng: np.random.Generator) -> None:
        self._dials = dials
        self._rng = rng
        self._left = 0
        self._log_mean = 0.0
        self._wander = 0.0
        self._alternating = False
        self._side = LEFT

    @property
    def running(self) -> bool:
        """Whether a series is on."""
        return self._left > 0

    def begin(self, kicks: int | None = None) -> None:
        """Start a series with its own tempo and habit of legs."""
        dials, rng = self._dials, self._rng
        self._left = kicks or 4 + int(rng.exponential(max(dials.series_kicks - 4.0, 0.5)))
        spread = np.log(dials.imi_gsd)
        self._log_mean = np.log(dials.imi_median_s) + rng.normal(0.0, 0.4 * spread)
        self._wander = rng.normal(0.0, 1.0)
        self._alternating = rng.random() < dials.alternating
        self._side = int(rng.integers(0, 2))

    def next_interval_s(self, t_s: float) -> float:
        """Return the time to the next kick, counting this one: an interval, or a pause."""
        self._left -= 1
        if self._left <= 0:
            self.begin()
            return self.pause_s(t_s)
        noise = self._rng.normal(0.0, np.sqrt(1.0 - MEMORY**2))
        self._wander = MEMORY * self._wander + noise
        spread = 0.9165 * np.log(self._dials.imi_gsd)
        interval = np.exp(self._log_mean + spread * self._wander)
        return float(np.clip(interval, self._dials.shortest_imi_s, 88.0))

    def pause_s(self, t_s: float) -> float:
        """Return a pause such that the mean rate comes out as asked."""
        dials = self._dials
        mean_imi = dials.imi_median_s * np.exp(0.5 * np.log(dials.imi_gsd) ** 2)
        rate = dials.plm_per_h * intensity(dials, t_s) / 3600.0
        mean = dials.series_kicks * max(1.0 / rate - mean_imi, 0.15 * mean_imi)
        return float(max(95.0, self._rng.exponential(mean)))

    def bodies(self) -> tuple[int, ...]:
        """Return which legs the next kick moves, leader first."""
        rng = self._rng
        if self._alternating:
            self._side = RIGHT if self._side == LEFT else LEFT
        elif rng.random() < 0.25:
            self._side = int(rng.integers(0, 2))
        if rng.random() < self._dials.both_legs:
            return (self._side, RIGHT if self._side == LEFT else LEFT)
        return (self._side,)
