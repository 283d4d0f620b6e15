"""Room for raw signals: they stop first, movements and summaries never."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.record import disk
from drivers.settings import DeviceFault

if TYPE_CHECKING:
    from appliance.record.station import Station


def _fault(station: Station, text: str, *, cleared: bool) -> DeviceFault:
    return DeviceFault("disk", "disk_full", text, cleared, station.clock.monotonic_ns())


class Room:
    """Remembers whether raw signals had to stop.

    Attributes
    ----------
    full : bool
        There is no room for raw signals.
    """

    def __init__(self) -> None:
        self.full = False

    def check(self, station: Station) -> list[DeviceFault]:
        """Look at the free space, delete the oldest raw signals if need be; return what changed."""
        storage = station.config.storage
        if disk.free_mb(station.state_dir) < storage.min_free_mb:
            disk.make_room(station.db, station.state_dir, storage)
        if disk.free_mb(station.state_dir) < storage.min_free_mb:
            return self.stop(
                station,
                f"less than {storage.min_free_mb} MB are free: raw signals are no longer kept,"
                " movements are",
            )
        if not self.full:
            return []
        self.full = False
        return [_fault(station, "there is room again", cleared=True)]

    def stop(self, station: Station, text: str) -> list[DeviceFault]:
        """Note that there is no room; return the fault when that is news."""
        if self.full:
            return []
        self.full = True
        return [_fault(station, text, cleared=False)]
