"""The publisher's thread inside `plms serve` and `plms demo`."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

from appliance.publish.backoff import Tuning
from appliance.publish.broker_settings import broker_reachable
from appliance.publish.publisher import Publisher
from appliance.store.connect import DatabaseError, open_database

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.config import Config

__all__ = ["PublisherThread", "broker_reachable", "start"]

LOG = logging.getLogger(__name__)

SILENT_S = 60.0
"""A publisher that has not finished a step for this long hangs (a locked database takes 10 s)."""
_DATABASE_RETRY_S = 2.0


def _no_beat() -> None:
    return


class PublisherThread(threading.Thread):
    """Publishes until `stop` is set, whatever broker, network and database do.

    Parameters
    ----------
    state_dir : Path
        Folder of all that the device keeps.
    config : Config
        The owner's file.
    stop : threading.Event
        Ends the thread, after a goodbye to the broker.
    tuning : Tuning
        All waiting times.
    beat : callable
        Called after every step: what the watchdog listens for.
    """

    def __init__(
        self,
        state_dir: Path,
        config: Config,
        stop: threading.Event,
        tuning: Tuning,
        beat: Callable[[], None],
    ) -> None:
        super().__init__(name="publisher", daemon=True)
        self._state_dir = state_dir
        self._config = config
        self._stop_wanted = stop
        self._tuning = tuning
        self._beat = beat
        self._beaten_s = time.monotonic()

    def healthy(self) -> bool:
        """Tell whether the thread lives and makes progress."""
        return self.is_alive() and time.monotonic() - self._beaten_s < SILENT_S

    def run(self) -> None:
        """Publish; begin afresh after a database error (a full disk, a lock held too long)."""
        while not self._stop_wanted.is_set():
            try:
                with closing(open_database(self._state_dir)) as db:
                    self._publish(db)
            except (DatabaseError, sqlite3.Error) as error:
                LOG.error("the publisher cannot use the database: %s", error)
                self._progress()
                self._stop_wanted.wait(_DATABASE_RETRY_S)

    def _publish(self, db: sqlite3.Connection) -> None:
        publisher = Publisher(db, self._state_dir, self._config, self._tuning)
        try:
            while not self._stop_wanted.is_set():
                rest_s = publisher.step()
                self._progress()
                if rest_s > 0:
                    self._stop_wanted.wait(rest_s)
        finally:
            publisher.close()

    def _progress(self) -> None:
        self._beaten_s = time.monotonic()
        self._beat()


def start(
    state_dir: Path,
    config: Config,
    stop: threading.Event,
    *,
    tuning: Tuning | None = None,
    beat: Callable[[], None] = _no_beat,
) -> PublisherThread:
    """Start publishing in a thread of its own.

    With `mqtt.enabled` off the thread only waits for the setting to be switched on.

    Parameters
    ----------
    state_dir : Path
        Folder of all that the device keeps.
    config : Config
        The owner's file; settings of the database are layered over it.
    stop : threading.Event
        Set it, then join the thread (it says goodbye to the broker first).
    tuning : Tuning or None
        Waiting times; None: the appliance's.
    beat : callable
        Called after every step, at least every second or two in health, for the watchdog.
    """
    thread = PublisherThread(state_dir, config, stop, tuning or Tuning(), beat)
    thread.start()
    return thread
