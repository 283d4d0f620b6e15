"""Clocks for simulated hardware: one that is only a number, one that follows the real clock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class VirtualClock:
    """A host clock that moves only when somebody sleeps or a transfer takes bus time.

    Parameters
    ----------
    start_ns : int
        CLOCK_MONOTONIC at the beginning.
    lateness_ns : callable, optional
        By how much the next sleep ends late [ns]: jitter and stalls of the host.
    hold_up_ns : callable, optional
        By how much the host is held up between a transfer and its return to the program [ns].
    """

    def __init__(
        self,
        start_ns: int = 0,
        *,
        lateness_ns: Callable[[], int] | None = None,
        hold_up_ns: Callable[[], int] | None = None,
    ) -> None:
        self.now_ns = start_ns
        self._lateness_ns = lateness_ns
        self._hold_up_ns = hold_up_ns

    def monotonic_ns(self) -> int:
        """Return the time [ns]."""
        return self.now_ns

    def sleep_until(self, wanted_ns: int) -> None:
        """Jump to a time; return at once when it has passed."""
        if self._lateness_ns is not None:
            wanted_ns += self._lateness_ns()
        if wanted_ns > self.now_ns:
            self.now_ns = wanted_ns

    def spend(self, duration_ns: int) -> None:
        """Let a transfer on a bus take its time."""
        self.now_ns += duration_ns
        if self._hold_up_ns is not None:
            self.now_ns += self._hold_up_ns()


class FollowingClock:
    """The real monotonic clock plus an offset: a simulated night that goes on live.

    Parameters
    ----------
    now_ns : int, optional
        The time to begin at, such as the end of a virtual night; without it no offset.
    """

    def __init__(self, now_ns: int | None = None) -> None:
        self._offset_ns = 0 if now_ns is None else now_ns - time.monotonic_ns()

    @property
    def now_ns(self) -> int:
        """The time [ns]."""
        return time.monotonic_ns() + self._offset_ns

    def monotonic_ns(self) -> int:
        """Return the time [ns]."""
        return time.monotonic_ns() + self._offset_ns

    def sleep_until(self, wanted_ns: int) -> None:
        """Sleep until a time of this clock."""
        left_ns = wanted_ns - self.monotonic_ns()
        if left_ns > 0:
            time.sleep(left_ns / 1e9)

    def spend(self, duration_ns: int) -> None:
        """Ignore bus time: the real clock runs by itself."""
