"""The retained payloads that tell of the present: state, alert, info.

Keys are a contract (docs/mqtt): a new one may be added, none may be renamed. Unknown is null.
"""

from __future__ import annotations

import json
import shutil
import time
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from appliance.store.status import ALIVE_S
from appliance.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.store.faults import Fault
    from appliance.store.status import SitStatus, Status

SCHEMA: Final = 1
CLOCK_WAS_SET_UTC: Final = 1_577_836_800.0
"""2020-01-01: earlier times were taken before the clock was set, and are not told."""
DEVICES: Final = ("left", "right", "strip")
SIT_KEYS: Final = (
    "phase", "night", "waits_for", "ends", "question_minute", "question_closes", "discomfort",
    "answered", "posture",
)  # fmt: skip


def dump(payload: dict[str, Any]) -> str:
    """Write a payload as JSON, without NaN."""
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def zone_of(name: str) -> tzinfo | None:
    """Return a time zone by its IANA name; None (the system's) when empty or unknown."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def iso_time(utc: float | None, zone: tzinfo | None) -> str | None:
    """Return Unix seconds as ISO 8601 with offset; None: unknown, or the clock was not set."""
    if utc is None or utc < CLOCK_WAS_SET_UTC:
        return None
    return datetime.fromtimestamp(utc, UTC).astimezone(zone).isoformat(timespec="seconds")


def rounded(figure: float | None, digits: int = 2) -> float | None:
    """Round a figure that may not have been measured."""
    return None if figure is None else round(figure, digits)


def sit_state(test: SitStatus | None, zone: tzinfo | None) -> dict[str, Any]:
    """Return how the evening test stands; `phase` is idle where there is none."""
    if test is None:
        return dict.fromkeys(SIT_KEYS) | {"phase": "idle", "answered": 0}
    return {
        "phase": test.state,
        "night": test.night,
        "waits_for": test.reason,
        "ends": iso_time(test.ends_utc, zone),
        "question_minute": test.open_minute,
        "question_closes": iso_time(test.closes_utc, zone),
        "discomfort": None
        if test.open_minute is None
        else dict(test.answers).get(test.open_minute),
        "answered": len(test.answers),
        "posture": test.posture,
    }


def state_payload(
    status: Status | None, *, private: bool, now_utc: float, zone: tzinfo | None
) -> dict[str, Any]:
    """Return what goes on now.

    Parameters
    ----------
    status : Status or None
        What the recorder last said of itself.
    private : bool
        Whether nothing of the partner is kept.
    now_utc : float
        Unix time [s].
    zone : tzinfo or None
        Of the times.
    """
    alive = status is not None and now_utc - status.updated < ALIVE_S
    body: dict[str, Any] = {
        "schema": SCHEMA,
        "time": iso_time(now_utc, zone),
        "recorder": "running" if alive else "stopped",
        "phase": "stopped",
        "night": None,
        "in_bed": None,
        "series_active": None,
        "kicks_tonight": None,
        "kicks_last_hour": None,
        "sensors": dict.fromkeys(DEVICES),
        "private": private,
        "kind": None,
        "sit": dict.fromkeys(SIT_KEYS),
    }
    if alive and status is not None:
        recording = status.phase != "idle"
        body |= {
            "phase": status.phase,
            "night": status.night,
            "in_bed": status.in_bed,
            "series_active": status.series_active,
            "kicks_tonight": status.kicks_tonight if recording else None,
            "kicks_last_hour": status.kicks_last_hour if recording else None,
            "sensors": {name: status.sensors.get(name) for name in DEVICES},
            "kind": status.kind,
            "sit": sit_state(status.sit, zone),
        }
    return body


def alert_payload(
    faults: Iterable[Fault], *, now_utc: float, zone: tzinfo | None
) -> dict[str, Any]:
    """Return everything that is wrong now."""
    alerts = [
        {
            "device": fault.device,
            "code": fault.code,
            "text": fault.text,
            "since": iso_time(fault.started_utc, zone),
        }
        for fault in faults
    ]
    return {
        "schema": SCHEMA,
        "time": iso_time(now_utc, zone),
        "problem": bool(alerts),
        "alerts": alerts,
    }


def boot_utc(now_utc: float) -> float:
    """Return when the computer was started [Unix s], to the minute (clocks are corrected)."""
    return round((now_utc - time.clock_gettime(time.CLOCK_BOOTTIME)) / 60.0) * 60.0


def cpu_temperature_c(root: Path = Path("/")) -> float | None:
    """Return the processor's temperature in whole degrees [deg C], or None."""
    try:
        text = (root / "sys/class/thermal/thermal_zone0/temp").read_text(encoding="ascii")
        return round(int(text) / 1000.0)
    except (OSError, ValueError):
        return None


def info_payload(
    *,
    state_dir: Path,
    hardware: str,
    url: str,
    latest_version: str | None,
    now_utc: float,
    zone: tzinfo | None,
) -> dict[str, Any]:
    """Return what the device says of itself.

    Parameters
    ----------
    state_dir : Path
        Its disk is looked at.
    hardware : str
        Model of the board.
    url : str
        Address of our page.
    latest_version : str or None
        Newest version the device was told of; None: it never asks the internet.
    now_utc : float
        Unix time [s].
    zone : tzinfo or None
        Of the times.
    """
    disk = shutil.disk_usage(state_dir)
    return {
        "schema": SCHEMA,
        "time": iso_time(now_utc, zone),
        "version": VERSION,
        "latest_version": latest_version,
        "hardware": hardware,
        "url": url,
        "last_boot": iso_time(boot_utc(now_utc), zone),
        "disk_free_percent": round(100.0 * disk.free / disk.total),
        "cpu_temperature_c": cpu_temperature_c(),
    }


def result_payload(
    result: dict[str, Any], *, now_utc: float, zone: tzinfo | None
) -> dict[str, Any]:
    """Return the answer to a command."""
    return {"schema": SCHEMA, "time": iso_time(now_utc, zone), **result}
