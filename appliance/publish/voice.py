"""What is said on every topic but `event`: the announcement and the retained payloads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.publish.broker import Message
from appliance.publish.discovery import device_payload
from appliance.publish.identity import page_url
from appliance.publish.last_night import LastNight
from appliance.publish.last_sit import last_sit_payload
from appliance.publish.payloads import (
    alert_payload,
    dump,
    info_payload,
    result_payload,
    state_payload,
    zone_of,
)
from appliance.store import faults, nights, settings, status

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from appliance.config import Config
    from appliance.publish.backoff import Tuning
    from appliance.publish.identity import Identity
    from appliance.publish.session import Session
    from appliance.publish.topics import Topics

ANNOUNCED = "publish.announced"
"""Setting: topic of the announcement that stands on the broker, to be removed when it moves."""
LATEST_VERSION = "update.latest_version"
"""Setting: newest version that somebody told the device of; it never asks the internet."""


class Voice:
    """Says what has changed, and everything after a new connection.

    Parameters
    ----------
    db : sqlite3.Connection
        The writable database, used by the calling thread only.
    state_dir : Path
        Folder of all that the device keeps.
    config : Config
        With the settings of the page.
    identity : Identity
        Who we are.
    topics : Topics
        Where to say it.
    tuning : Tuning
        Waits.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        state_dir: Path,
        config: Config,
        identity: Identity,
        topics: Topics,
        tuning: Tuning,
    ) -> None:
        self._db = db
        self._state_dir = state_dir
        self._identity = identity
        self._topics = topics
        self._tuning = tuning
        self._last_night = LastNight(db)
        self._next_look_s = 0.0
        self._look = True
        self._announced_s: float | None = None
        self._announced = False
        self.reconfigure(config)

    def reconfigure(self, config: Config) -> None:
        """Follow settings that need no new connection."""
        self._config = config
        self._zone = zone_of(config.device.time_zone)
        self._look = True

    def database_changed(self) -> None:
        """Look at everything at the next turn."""
        self._look = True

    def begin(self, session: Session, now_s: float, now_utc: float) -> None:
        """Begin on a fresh connection: announce if it is time, say online, then all figures."""
        self._announced = False
        self._look = True
        self._announce_when_due(session, now_s, now_utc)
        session.say_online()

    def announce_again(self) -> None:
        """Publish the announcement once more, when its time has come."""
        self._announced = False

    def speak(self, session: Session, now_s: float, now_utc: float) -> None:
        """Publish what has changed."""
        self._announce_when_due(session, now_s, now_utc)
        if not self._look and now_s < self._next_look_s:
            return
        self._look = False
        self._next_look_s = now_s + self._tuning.refresh_s
        topics, retained = self._topics, session.retained
        retained.put(topics.state, self._state(now_utc))
        retained.put(topics.night, self._last_night.payload(now_utc, self._zone))
        retained.put(topics.sit, last_sit_payload(self._db, now_utc, self._zone))
        open_faults = [f for f in faults.open_faults(self._db) if f.device != "mqtt"]
        retained.put(topics.alert, alert_payload(open_faults, now_utc=now_utc, zone=self._zone))
        retained.put(topics.info, self._info(now_utc))

    def result(self, session: Session, result: dict[str, Any], now_utc: float) -> None:
        """Publish the answer to a command."""
        body = result_payload(result, now_utc=now_utc, zone=self._zone)
        session.publish(Message(self._topics.result, dump(body)))

    def _state(self, now_utc: float) -> dict[str, Any]:
        night = nights.current_night(self._db)
        private = self._config.night.private if night is None else night.private
        told = status.read(self._db)
        return state_payload(told, private=private, now_utc=now_utc, zone=self._zone)

    def _info(self, now_utc: float) -> dict[str, Any]:
        return info_payload(
            state_dir=self._state_dir,
            hardware=self._identity.hardware,
            url=page_url(self._config),
            latest_version=settings.get(self._db, LATEST_VERSION, None),
            now_utc=now_utc,
            zone=self._zone,
        )

    def _announce_when_due(self, session: Session, now_s: float, now_utc: float) -> None:
        gap_s = self._tuning.announce_gap_s
        early = self._announced_s is not None and now_s < self._announced_s + gap_s
        if self._announced or early:
            return
        self._announced = True
        self._announced_s = now_s
        topic = self._topics.discovery if self._config.mqtt.discovery else None
        before = settings.get(self._db, ANNOUNCED, None)
        if before != topic:
            if before is not None:
                session.retained.say(before, "")
            settings.put(self._db, ANNOUNCED, topic, now_utc)
        if topic is not None:
            payload = device_payload(
                self._identity,
                self._topics,
                name=self._config.device.name,
                url=page_url(self._config),
            )
            session.retained.say(topic, dump(payload))
