"""Gravity as a scale check: a sensor at rest measures 1 g, or it is not what it says it is.

An LSM6DSO32 has the identity of an LSM6DSO and twice its full scale: set up alike it measures
0.5 g at rest. Nothing else tells the two apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WINDOW = 400
"""Samples judged together, about four seconds."""
_REST_G, _REST_DPS = 0.03, 3.0
"""Standard deviation below which the sensor is at rest."""
_LIGHTEST_G, _HEAVIEST_G = 0.75, 1.35
"""Zero-g offset and sensitivity of the worst good chip stay well inside."""
_WRONG_IN_A_ROW = 3


class GravityCheck:
    """Watches one ankle sensor, over all its restarts.

    Attributes
    ----------
    wrong : str or None
        Why its samples may not be used. Once it was found wrong, only gravity of 1 g at rest
        makes it trusted again.
    """

    def __init__(self) -> None:
        self.wrong: str | None = None
        self._window = np.empty((0, 6))
        self._wrong = 0

    def judge(self, values: NDArray[np.float64]) -> None:
        """Take in samples (float64[n, 6], g and deg/s)."""
        window = np.concatenate((self._window, values))
        if len(window) < _WINDOW:
            self._window = window
            return
        self._window = window[:0]
        spread = window.std(axis=0)
        if spread[:3].max() > _REST_G or spread[3:].max() > _REST_DPS:
            return
        mean = window[:, :3].mean(axis=0)
        gravity_g = float(np.sqrt(mean @ mean))
        if _LIGHTEST_G <= gravity_g <= _HEAVIEST_G:
            self._wrong = 0
            self.wrong = None
            return
        self._wrong += 1
        if self._wrong < _WRONG_IN_A_ROW:
            return
        self._wrong = 0
        self.wrong = (
            f"measures {gravity_g:.2f} g at rest instead of 1 g: an LSM6DSO32 (which this box "
            "cannot use) or a broken sensor"
        )
