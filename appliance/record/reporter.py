"""The recorder's status in the database: at once when somebody waits for it, else once a minute."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from appliance.record.sensors import sensor_states
from appliance.store import status
from appliance.store.connect import transaction
from appliance.store.nights import SLEEP
from appliance.store.status import Status

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from appliance.record.running import RunningNight
    from appliance.store.status import Phase


class Reporter:
    """Writes the status seldom enough for an SD card."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._told: Status | None = None

    def tell(self, now: Status, *, due: bool) -> None:
        """Write the status when something changed that somebody waits for, or when it is due.

        Parameters
        ----------
        now : Status
            What is so now.
        due : bool
            Write in any case.
        """
        if due or self._is_news(now):
            with transaction(self._db, durable=False):
                status.write(self._db, now)
            self._told = now

    def _is_news(self, now: Status) -> bool:
        told = self._told
        if told is None:
            return True
        same = replace(
            told,
            newest_tick=now.newest_tick,
            kicks_tonight=now.kicks_tonight,
            kicks_last_hour=now.kicks_last_hour,
            updated=now.updated,
        )
        return same != now


@dataclass(frozen=True, slots=True)
class Seen:
    """What only the recorder knows."""

    phase: Phase
    in_bed: bool | None
    raw_full: bool
    trouble: str | None


def status_of(
    running: RunningNight | None, seen: Seen, states: Mapping[str, str], utc: float
) -> Status:
    """Return the recorder's status.

    Parameters
    ----------
    running : RunningNight or None
        The running night.
    seen : Seen
        What else is to be told.
    states : mapping
        Device -> state, from the acquisition.
    utc : float
        Now [Unix s].
    """
    raw: status.RawState = "full" if seen.raw_full else "off"
    told = Status(
        phase=seen.phase,
        in_bed=seen.in_bed,
        sensors=sensor_states(states),
        raw=raw,
        message=seen.trouble,
        updated=utc,
    )
    if running is None:
        return told
    told = replace(told, kind=running.night.kind)
    if running.night.kind in SLEEP:
        told = replace(
            told,
            series_active=running.live.active,
            kicks_tonight=len(running.kick_onsets),
            kicks_last_hour=running.kicks_last_hour(),
        )
    return replace(
        told,
        night=running.night.name,
        newest_tick=running.next_tick,
        raw=raw if running.raw is None else "on",
    )
