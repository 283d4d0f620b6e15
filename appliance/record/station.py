"""What the recorder works with, and the small questions it asks of it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from appliance.record.wall import local_time, zone_name
from appliance.store import calibrations
from appliance.store.anchors import PLAUSIBLE_UTC
from detect.calibration import BedCalibration
from detect.detector import Detector

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime
    from pathlib import Path

    from appliance.config import Config
    from appliance.record.wall import Wall
    from appliance.store.nights import Night
    from drivers.channels import NightScale
    from drivers.settings import Clock

TICK_NS = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """The recorder's surroundings.

    Attributes
    ----------
    db : sqlite3.Connection
        Writable, used by the recorder's thread only.
    state_dir : Path
        Holds `recordings/`.
    config : Config
        The owner's file; settings changed on the page are layered over it by the recorder.
    clock : Clock
        CLOCK_MONOTONIC, or a simulated one.
    wall : Wall
        Civil time.
    origin_ns : int
        Tick 0 of the acquisition on `clock`.
    scale : NightScale
        Of the acquisition's samples.
    simulated : bool
        Whether the sleepers are.
    """

    db: sqlite3.Connection
    state_dir: Path
    config: Config
    clock: Clock
    wall: Wall
    origin_ns: int
    scale: NightScale
    simulated: bool = False

    def now_tick(self) -> int:
        """Return the acquisition's tick of this moment."""
        return (self.clock.monotonic_ns() - self.origin_ns) // TICK_NS

    def zone(self) -> str:
        """Return the IANA name of the local time zone."""
        return zone_name(self.config.device.time_zone)

    def known_utc(self) -> float | None:
        """Return Unix seconds, or None while the clock was not set."""
        utc = self.wall.utc()
        return utc if utc >= PLAUSIBLE_UTC else None

    def local_now(self) -> datetime | None:
        """Return the local time, or None while the clock was not set."""
        utc = self.known_utc()
        return None if utc is None else local_time(utc, self.zone())


def choose_origin(night: Night | None, boot_id: str, now_ns: int) -> int:
    """Return where the acquisition's tick 0 should lie on the monotonic clock [ns].

    Parameters
    ----------
    night : Night or None
        A night that was running when the recorder ended; of this boot, its ticks go on exactly.
    boot_id : str
        This boot.
    now_ns : int
        The monotonic clock.
    """
    if night is None or night.boot_id != boot_id:
        return now_ns
    return night.origin_monotonic_ns + (now_ns - night.origin_monotonic_ns) // TICK_NS * TICK_NS


def bed_calibration(db: sqlite3.Connection) -> tuple[int | None, BedCalibration | None]:
    """Return the newest calibration with its id; (None, None) before the first."""
    newest = calibrations.newest(db)
    if newest is None:
        return None, None
    known = {f.name for f in fields(BedCalibration)}
    values = {key: value for key, value in newest[2].items() if key in known}
    return newest[0], BedCalibration(**values)


def fresh_detector(scale: NightScale, calibration: BedCalibration | None) -> Detector:
    """Return a detector that has seen nothing."""
    return Detector(np.array(scale.gains()), np.array(scale.offsets()), calibration)
