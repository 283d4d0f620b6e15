"""A bed that no longer answers as it was calibrated: another mattress, or a strip that moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.store import faults
from detect.parameters import DRIFT_DB
from drivers.settings import DeviceFault

if TYPE_CHECKING:
    import sqlite3

DEVICE, CODE = "bed", "drift"


def drift_faults(db: sqlite3.Connection, drift_db: float | None, now_ns: int) -> list[DeviceFault]:
    """Return the news of a night's end: the bed has changed, or answers as calibrated again.

    Parameters
    ----------
    db : sqlite3.Connection
        Knows whether the fault is open.
    drift_db : float or None
        `Detector.drift_db` of the whole night; None: too few clear kicks to say.
    now_ns : int
        CLOCK_MONOTONIC.
    """
    if drift_db is None:
        return []
    if abs(drift_db) > DRIFT_DB:
        less = "less" if drift_db > 0 else "more"
        text = (
            f"the strip feels the patient's kicks {abs(drift_db):.0f} dB {less} than when the bed"
            " was calibrated: another mattress, or the strip has moved? Please calibrate again"
        )
        return [DeviceFault(DEVICE, CODE, text, False, now_ns)]
    if not any((f.device, f.code) == (DEVICE, CODE) for f in faults.open_faults(db)):
        return []
    return [DeviceFault(DEVICE, CODE, "the bed answers as calibrated", True, now_ns)]


def calibrated_again(db: sqlite3.Connection, now_utc: float) -> None:
    """End the fault: what was learnt just now is how the bed answers."""
    faults.clear_fault(db, DEVICE, CODE, now_utc)
