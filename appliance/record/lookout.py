"""Watches the bed while no night runs, and says when one should begin or end by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.record.due import NS_PER_S, Due
from appliance.record.lifecycle import AutoEnd, AutoStart
from appliance.record.station import bed_calibration, fresh_detector

if TYPE_CHECKING:
    from appliance.record.station import Station
    from detect.detector import Detector
    from drivers.block import Block

EVERY_NS = NS_PER_S


class Lookout:
    """Sees whether somebody is in bed without keeping anything of it."""

    def __init__(self) -> None:
        self._detector: Detector | None = None
        self._auto_start, self._auto_end = AutoStart.fresh(), AutoEnd.fresh()
        self._due = Due()

    def look(self, station: Station, block: Block) -> None:
        """Look at a block of a time in which no night runs."""
        if self._detector is None:
            _, calibration = bed_calibration(station.db)
            self._detector = fresh_detector(station.scale, calibration)
        self._detector.feed(block.first_tick, block.samples)
        self._detector.take_epochs()
        self._detector.take_gaps()

    @property
    def in_bed(self) -> bool | None:
        """Whether somebody is in bed; None while that is not known, or a night runs."""
        return None if self._detector is None else self._detector.live.in_bed

    def night_begins(self) -> None:
        """Stop looking: the night's own detector does, and says when it may end."""
        self._detector = None
        self._auto_end = AutoEnd.fresh()

    def night_has_ended(self) -> None:
        """Look out for the next night."""
        self._auto_start = AutoStart.fresh()

    def should_begin(self, station: Station, now_ns: int) -> bool:
        """Say, once a second, whether a night should begin now."""
        if not self._due.is_due("begin or end", EVERY_NS, now_ns):
            return False
        return self._auto_start.due(
            station.config.night, in_bed=self.in_bed, now_ns=now_ns, local=station.local_now()
        )

    def should_end(self, station: Station, now_ns: int, *, in_bed: bool | None) -> str | None:
        """Say, once a second, why the running night should end now, or None.

        Parameters
        ----------
        station : Station
            Its clocks and the owner's wishes.
        now_ns : int
            Monotonic clock.
        in_bed : bool or None
            What the night's detector says.
        """
        if not self._due.is_due("begin or end", EVERY_NS, now_ns):
            return None
        return self._auto_end.due(
            station.config.night, in_bed=in_bed, now_ns=now_ns, local=station.local_now()
        )
