"""When a test of the repeated form is due, and the reminder of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.record.begin import announcing
from appliance.record.events import store_events
from appliance.record.lifecycle import HOURS_PER_DAY, hour_of
from appliance.sit import events
from appliance.store import settings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from appliance.record.station import Station

REMINDED = "evening_test.reminded"
"""Among the settings: the last reminder that was given."""

FOR_H = 0.25
"""A reminder that could not be given within a quarter of an hour is not given."""


def due_hour(hours: Iterable[float], local: datetime) -> float | None:
    """Return the hour whose test is due now, or None.

    Parameters
    ----------
    hours : iterable of float
        Local hours at which tests are due.
    local : datetime
        Now.
    """
    now = hour_of(local)
    return next((hour for hour in hours if (now - hour) % HOURS_PER_DAY < FOR_H), None)


def remind(station: Station) -> None:
    """Remind of the test that is due, once."""
    local = station.local_now()
    hour = None if local is None else due_hour(station.config.evening_test.remind_at_h, local)
    if local is None or hour is None:
        return
    mark = f"{local.date().isoformat()}-{hour:g}"
    if settings.get(station.db, REMINDED) == mark:
        return
    settings.put(station.db, REMINDED, mark, station.wall.utc())
    told = events.reminder(f"sit-due-{mark}", station.known_utc(), station.zone(), hour)
    store_events(station.db, [told], station.wall.utc(), announcing(station).expiry_s)
