"""Count old nights in the background after a start: no page then waits for years of them."""

from __future__ import annotations

import logging
import sqlite3
import threading
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

from appliance.store.connect import DatabaseError, open_database
from appliance.web.keep import open_keep
from appliance.web.views.calendar import last_day
from appliance.web.views.sitsums import sit_summaries
from appliance.web.views.summaries import summaries

if TYPE_CHECKING:
    from pathlib import Path

LOG = logging.getLogger("plms.web")
REST_S = 0.2
"""Between two months: the recorder and the pages go first."""


def months_of(db: sqlite3.Connection) -> list[tuple[date, date]]:
    """Return the first and last day of every month with nights, newest first."""
    rows = db.execute(
        "SELECT DISTINCT substr(name, 1, 7) AS month FROM nights WHERE state = 'closed'"
        " ORDER BY month DESC"
    )
    months = []
    for row in rows.fetchall():
        try:
            first = date.fromisoformat(f"{row['month']}-01")
        except ValueError:
            continue
        months.append((first, last_day(first)))
    return months


def warm_up(state_dir: Path, stop: threading.Event) -> None:
    """Count every night once."""
    try:
        with (
            closing(open_database(state_dir, readonly=True)) as db,
            closing(open_keep(state_dir)) as keep,
        ):
            for first, last in months_of(db):
                summaries(db, keep, first, last)
                sit_summaries(db, keep, first, last)
                if stop.wait(REST_S):
                    return
    except (DatabaseError, sqlite3.Error) as error:
        LOG.warning("old nights are counted when they are looked at: %s", error)


def start(state_dir: Path, stop: threading.Event) -> threading.Thread:
    """Count in a thread of its own."""
    thread = threading.Thread(target=warm_up, args=(state_dir, stop), name="warm", daemon=True)
    thread.start()
    return thread
