"""Deletion for good: the recording, and what the pages had counted of it."""

from __future__ import annotations

from appliance.store.nights import delete_night
from appliance.web.keep import forget_night
from appliance.web.services import keep, services, writable


def delete_for_good(name: str) -> bool:
    """Delete a recording and all that is kept of it; False: it still runs, and nothing is."""
    if not delete_night(writable(), name, services().state_dir):
        return False
    forget_night(keep(), name)
    return True
