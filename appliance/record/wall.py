"""The wall clock beside the monotonic one: what it shows, and whether to believe it."""

from __future__ import annotations

import ctypes
import os
import time
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
TIMESYNC_FLAG = Path("/run/systemd/timesync/synchronized")
LOCALTIME = Path("/etc/localtime")
STA_UNSYNC = 0x0040
"""adjtimex(2): the clock is not synchronised."""

TIMEX_WORDS = 32
STATUS_WORD = 5
"""`status` of struct timex, in longs: modes, offset, freq, maxerror, esterror, status."""


class Wall(Protocol):
    """Civil time."""

    boot_id: str

    def utc(self) -> float:
        """Return Unix seconds."""
        ...

    def synchronised(self) -> bool:
        """Say whether the clock was set by a time server."""
        ...


def _kernel_says_synchronised() -> bool:
    # modes = 0 reads only. A sandbox without clock calls answers -1: not known, so not trusted.
    buffer = (ctypes.c_long * TIMEX_WORDS)()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.adjtimex(ctypes.byref(buffer)) < 0:
        return False
    return not (buffer[STATUS_WORD] & 0xFFFFFFFF) & STA_UNSYNC


class SystemWall:
    """The clock of this computer."""

    def __init__(self) -> None:
        self.boot_id = BOOT_ID.read_text(encoding="ascii").strip() if BOOT_ID.exists() else "none"

    def utc(self) -> float:
        """Return Unix seconds."""
        return time.time()

    def synchronised(self) -> bool:
        """Ask systemd-timesyncd's flag, else the kernel."""
        return TIMESYNC_FLAG.exists() or _kernel_says_synchronised()


class SimulatedWall:
    """A clock on the wall that follows a simulated monotonic clock.

    Parameters
    ----------
    monotonic_ns : callable
        The monotonic clock.
    start_utc : float
        What the wall shows when the monotonic clock shows its present time [Unix s].
    boot_id : str
        Name of the simulated boot.
    """

    def __init__(
        self, monotonic_ns: Callable[[], int], start_utc: float, boot_id: str = "simulated"
    ) -> None:
        self.boot_id = boot_id
        self.set_by_server = True
        self._monotonic_ns = monotonic_ns
        self._offset_s = start_utc - monotonic_ns() / 1e9

    def utc(self) -> float:
        """Return Unix seconds."""
        return self._monotonic_ns() / 1e9 + self._offset_s

    def synchronised(self) -> bool:
        """Return what `set_by_server` says."""
        return self.set_by_server

    def step(self, seconds: float) -> None:
        """Set the clock forward (or back), as NTP or a person does."""
        self._offset_s += seconds


def zone_name(configured: str) -> str:
    """Return the IANA name of the local time zone: the configured one, else the system's.

    Parameters
    ----------
    configured : str
        `device.time_zone`; empty: the system's.
    """
    if configured:
        return configured
    target = str(LOCALTIME.readlink()) if LOCALTIME.is_symlink() else ""
    _, found, name = target.partition("zoneinfo/")
    return name if found else os.environ.get("TZ", "") or "UTC"


def zone_of(name: str) -> tzinfo:
    """Return a time zone by its IANA name; UTC when this system does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def local_time(utc: float, name: str) -> datetime:
    """Return the local time of a Unix time, in the zone of this name."""
    return datetime.fromtimestamp(utc, zone_of(name))
