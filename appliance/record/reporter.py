"""The recorder's status in the database: at once when somebody waits for it, else once a minute."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from appliance.store import status
from appliance.store.connect import transaction

if TYPE_CHECKING:
    import sqlite3

    from appliance.store.status import Status


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
