"""The physical world a simulated chip senses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from drivers.simulated.clock import FollowingClock, VirtualClock

    HostClock = VirtualClock | FollowingClock


class Source(Protocol):
    """What a sensor is exposed to."""

    def sample(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the quantity at true times since the simulation began.

        Parameters
        ----------
        t_s : float64[n]
            Times [s], not earlier than those of the call before.

        Returns
        -------
        float64[n, k]
            k = 6 for an ankle (g, g, g, deg/s, deg/s, deg/s), k = 1 for the strip (mV).
        """


class Tap:
    """Lets a chip look again at the recent past, which a source need not remember.

    A chip computes a few seconds ahead; when its settings change it computes them anew.
    """

    def __init__(self, source: Source, channels: int) -> None:
        self._source = source
        self._t_s = np.empty(0)
        self._values = np.empty((0, channels))

    def sample(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the quantity at times that may reach back into the call before."""
        known_until = self._t_s[-1] if len(self._t_s) else -np.inf
        new = int(np.searchsorted(t_s, known_until, side="right"))
        if new == 0:
            self._t_s, self._values = t_s, self._source.sample(t_s)
            return self._values
        past = np.stack(
            [np.interp(t_s[:new], self._t_s, column) for column in self._values.T], axis=1
        )
        if new == len(t_s):
            return past
        fresh = self._source.sample(t_s[new:])
        self._t_s = np.concatenate((self._t_s, t_s[new:]))
        self._values = np.concatenate((self._values, fresh))
        return np.concatenate((past, fresh))


class World:
    """True time and the host clock, shared by all chips of a rig.

    Parameters
    ----------
    clock : VirtualClock or FollowingClock
        The host's CLOCK_MONOTONIC, which is true time here.
    origin_ns : int
        Its reading at true time 0.
    """

    def __init__(self, clock: HostClock, origin_ns: int) -> None:
        self.clock = clock
        self.origin_ns = origin_ns

    def now_s(self) -> float:
        """Return the true seconds since the simulation began."""
        return (self.clock.now_ns - self.origin_ns) * 1e-9
