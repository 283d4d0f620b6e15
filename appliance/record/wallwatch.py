"""Watch the clock on the wall while a night runs: a step becomes a new anchor, nothing else."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from appliance.record.begin import add_anchor
from appliance.record.station import TICK_NS
from appliance.store import anchors
from appliance.store.connect import transaction

if TYPE_CHECKING:
    from appliance.record.running import RunningNight
    from appliance.record.station import Station

LOG = logging.getLogger(__name__)

NS_PER_S = 1_000_000_000
STEP_S = 0.05
"""A smaller change of the wall clock is no step, and is not written down."""


class WallWatch:
    """Remembers how the wall clock stood to the monotonic one."""

    def __init__(self) -> None:
        self._told: tuple[float, bool] | None = None

    def look(self, station: Station, running: RunningNight, now_ns: int) -> None:
        """Compare the clocks; write an anchor when the wall clock was set, or first trusted.

        Parameters
        ----------
        station : Station
            The clocks.
        running : RunningNight
            Gets the anchor, and the time of its ticks corrected.
        now_ns : int
            The monotonic clock.
        """
        offset_s = station.wall.utc() - now_ns / NS_PER_S
        synchronised = station.wall.synchronised()
        before = self._told or (offset_s, synchronised)
        if abs(before[0] - offset_s) < STEP_S and (before[1] or not synchronised):
            self._told = (before[0], synchronised)
            return
        tick = max((now_ns - running.night.origin_monotonic_ns) // TICK_NS, 0)
        with transaction(station.db):
            add_anchor(station, running.night, tick)
        running.utc_of_zero = anchors.utc_of_tick(station.db, running.night, tick)
        if running.utc_of_zero is not None:
            running.utc_of_zero -= tick * anchors.TICK_S
        self._told = (offset_s, synchronised)
        LOG.warning("the clock on the wall was set by %+.1f s", offset_s - before[0])
