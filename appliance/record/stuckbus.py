"""Tells the system that a bus is stuck; freeing it takes rights that the recorder does not have.

The file `bus-stuck-N` in the state directory asks for it. Who acts on it, if anybody, is a unit
that the owner enables (ADR 0014).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LOG = logging.getLogger(__name__)
PATIENCE_NS = 10_000_000_000
"""A plug that is put in again may free the bus by itself."""
AGAIN_NS = 600_000_000_000
"""Freeing it stops the recorder for some seconds: not more often than this."""


class StuckBuses:
    """Remembers since when each bus is stuck, and when it was last reported.

    Parameters
    ----------
    state_dir : Path
        Where the files go; what an earlier run left there is removed.
    """

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._since_ns: dict[int, int] = {}
        self._told_ns: dict[int, int] = {}
        for file in state_dir.glob("bus-stuck-*"):
            file.unlink(missing_ok=True)

    def look(self, stuck: Iterable[int], now_ns: int) -> None:
        """Report buses that have been stuck for long; take back the report of those that move.

        Parameters
        ----------
        stuck : iterable of int
            Bus numbers.
        now_ns : int
            CLOCK_MONOTONIC.
        """
        stuck = set(stuck)
        for number in self._since_ns.keys() - stuck:
            del self._since_ns[number]
            self._file(number).unlink(missing_ok=True)
        for number in stuck:
            since_ns = self._since_ns.setdefault(number, now_ns)
            told_ns = self._told_ns.get(number, now_ns - AGAIN_NS)
            if now_ns - since_ns >= PATIENCE_NS and now_ns - told_ns >= AGAIN_NS:
                self._told_ns[number] = now_ns
                self._tell(number)

    def _tell(self, number: int) -> None:
        LOG.error("bus %d is stuck: a chip holds its data line", number)
        try:
            self._file(number).touch()
        except OSError as error:
            LOG.error("%s cannot be written: %s", self._file(number), error.strerror)

    def _file(self, number: int) -> Path:
        return self._state_dir / f"bus-stuck-{number}"
