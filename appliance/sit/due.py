"""When a test of the repeated form is due. Pure; the page asks too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.record.lifecycle import HOURS_PER_DAY, hour_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

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
