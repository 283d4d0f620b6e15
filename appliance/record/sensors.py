"""What the acquisition says of its devices, as faults in the database and as words on the page."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from appliance.record.events import Event, event, store_events
from appliance.store import faults
from appliance.store.connect import transaction
from drivers.channels import DEVICES
from drivers.settings import DeviceFault

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from appliance.record.station import Station
    from appliance.store.nights import Night
    from appliance.store.status import SensorState

LOG = logging.getLogger(__name__)

MOMENTARY = frozenset({"overrun"})
"""Over as soon as it is noticed: written down, never open."""

LOST = frozenset({"lost", "stuck", "restarted", "corrupt", "refused", "scale"})


def sensor_state(state: str) -> SensorState:
    """Return the page's word for an acquisition's device state."""
    if state in {"ok", "starting"}:
        return "ok" if state == "ok" else "starting"
    return "lost" if state in LOST else "absent"


def sensor_states(states: Mapping[str, str]) -> dict[str, SensorState]:
    """Return the page's words for all devices that are fitted."""
    return {device: sensor_state(state) for device, state in states.items() if state != "none"}


class LeftOpen:
    """Sensor faults that an earlier run of the program left open.

    Parameters
    ----------
    db : sqlite3.Connection
        Of all nights.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        found = faults.open_faults(db)
        self._open = {(f.device, f.code) for f in found if f.device in DEVICES}

    def with_ends(
        self, noted: Iterable[DeviceFault], states: Mapping[str, str], now_ns: int
    ) -> list[DeviceFault]:
        """Return what is noted, and the end of what an earlier run left open and is not so.

        Parameters
        ----------
        noted : iterable of DeviceFault
            From the acquisition: what it speaks of is its own affair from now on.
        states : mapping
            Device to the acquisition's word for it.
        now_ns : int
            CLOCK_MONOTONIC.
        """
        told = list(noted)
        if not self._open:
            return told
        self._open -= {(fault.device, fault.code) for fault in told}
        over = {x for x in self._open if states.get(x[0], "none") in ("ok", "none")}
        self._open -= over
        ends = (DeviceFault(d, code, f"{d}: well again", True, now_ns) for d, code in sorted(over))
        return [*told, *ends]


def announce_faults(station: Station, noted: Sequence[DeviceFault], night: Night | None) -> None:
    """Log faults and their ends, store them and let them be announced.

    Parameters
    ----------
    station : Station
        The recorder's surroundings.
    noted : sequence of DeviceFault
        Oldest first.
    night : Night or None
        The running night.
    """
    if not noted:
        return
    for fault in noted:
        LOG.warning("%s: %s%s", fault.device, fault.text, " (over)" if fault.cleared else "")
    with transaction(station.db):
        events = note_faults(station.db, noted, night, station.known_utc(), station.zone())
        store_events(station.db, events, station.wall.utc(), None)


def note_faults(
    db: sqlite3.Connection,
    noted: Iterable[DeviceFault],
    night: Night | None,
    utc: float | None,
    zone: str,
) -> list[Event]:
    """Store faults and their ends; return the events to announce.

    Parameters
    ----------
    db : sqlite3.Connection
        Writable.
    noted : iterable of DeviceFault
        From the acquisition, oldest first.
    night : Night or None
        The running night.
    utc : float or None
        Now.
    zone : str
        IANA name.
    """
    told = []
    for fault in noted:
        if fault.cleared:
            told += [
                _event("fault_cleared", old.id, old.device, old.code, old.text, night, utc, zone)
                for old in faults.clear_fault(db, fault.device, fault.code, utc)
            ]
            continue
        number = faults.open_fault(
            db, fault.device, fault.code, fault.text,
            night_id=night.id if night else None, started_utc=utc,
        )  # fmt: skip
        if fault.code in MOMENTARY:
            faults.clear_fault(db, fault.device, fault.code, utc)
        elif number is not None:
            told.append(
                _event("fault", number, fault.device, fault.code, fault.text, night, utc, zone)
            )
    return told


def _event(
    event_type: str, number: int, device: str, code: str, text: str,
    night: Night | None, utc: float | None, zone: str,
) -> Event:  # fmt: skip
    unique = f"f{number}-{'end' if event_type == 'fault_cleared' else 'start'}"
    return event(
        event_type, unique, night, utc, zone, lasting=True, device=device, code=code, text=text
    )
