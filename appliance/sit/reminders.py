"""The reminder of a test that is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.record.begin import announcing
from appliance.record.events import store_events
from appliance.sit import events
from appliance.sit.due import due_hour
from appliance.store import settings

if TYPE_CHECKING:
    from appliance.record.station import Station

REMINDED = "evening_test.reminded"
"""Among the settings: the last reminder that was given."""


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
