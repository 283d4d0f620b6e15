"""A chip's own oscillator: off its label, and drifting with temperature."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Oscillator:
    """How many nominal seconds a chip counts by true time t.

    Attributes
    ----------
    error : float
        Relative rate error at t = 0 (+0.04: 4 % fast).
    drift_per_h : float
        Change of the relative rate in an hour (50e-6: 50 ppm an hour).
    """

    error: float = 0.0
    drift_per_h: float = 0.0

    def phase_s(self, t_s: float) -> float:
        """Nominal seconds counted at true time `t_s` [s]."""
        return (1.0 + self.error) * t_s + self.drift_per_h / 7200.0 * t_s * t_s

    def time_s(self, phase_s: float) -> float:
        """Return the true time at which `phase_s` nominal seconds are counted."""
        rate = 1.0 + self.error
        root = math.sqrt(rate * rate + self.drift_per_h / 1800.0 * phase_s)
        return 2.0 * phase_s / (rate + root)

    def times_s(self, phase_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """As `time_s`, for an array."""
        rate = 1.0 + self.error
        root = np.sqrt(rate * rate + self.drift_per_h / 1800.0 * phase_s)
        times: NDArray[np.float64] = 2.0 * phase_s / (rate + root)
        return times
