"""The publisher: everything that is said to the broker and heard from it, step by step.

One thread calls `Publisher.step` over and over; no step waits longer than `Tuning.poll_s` (but for
the database's lock). Nothing that a broker or a network does raises here.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from secrets import SystemRandom
from typing import TYPE_CHECKING

from appliance.publish.backoff import Backoff, Tuning
from appliance.publish.broker import Trouble
from appliance.publish.broker_settings import broker_of
from appliance.publish.commands import CommandDesk
from appliance.publish.credentials import CredentialError, password_mark
from appliance.publish.delivery import Delivery
from appliance.publish.identity import Identity, find_identity
from appliance.publish.session import Session
from appliance.publish.standing import StandingBook
from appliance.publish.topics import Topics
from appliance.publish.voice import Voice
from appliance.settings import effective_config
from appliance.store import outbox

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from appliance.config import Config
    from appliance.mqtt import Received

LOG = logging.getLogger(__name__)
_TRIM_EVERY_S = 60.0
_SUSPICIOUS_LOSSES = 3


@dataclass(frozen=True, slots=True)
class Now:
    """The two clocks, read together."""

    s: float
    """Monotonic [s]."""
    utc: float
    """Unix [s]."""


def read_clocks() -> Now:
    """Read the clocks."""
    return Now(time.monotonic(), time.time())


class Publisher:
    """Publishes one state directory.

    Parameters
    ----------
    db : sqlite3.Connection
        The writable database, used by the calling thread only.
    state_dir : Path
        Folder of all that the device keeps.
    config : Config
        The owner's file; settings of the database are layered over it, and followed.
    tuning : Tuning
        All waiting times.
    """

    def __init__(
        self, db: sqlite3.Connection, state_dir: Path, config: Config, tuning: Tuning
    ) -> None:
        # A power cut may bring deleted events back: they are then delivered twice, with one id.
        db.execute("PRAGMA synchronous = NORMAL")
        self._db = db
        self._state_dir = state_dir
        self._file_config = config
        self._tuning = tuning
        self._backoff = Backoff(tuning)
        self._book = StandingBook(db, tuning)
        self._desk = CommandDesk(db, tuning)
        self._session: Session | None = None
        self._connected_s: float | None = None
        self._quick_losses = 0
        self._password_mark: tuple[int, ...] = ()
        self._next_try_s = 0.0
        self._version: int | None = None
        self._next_trim_s = 0.0
        self._birth_s: float | None = None
        self._setup(effective_config(db, config), read_clocks())

    def _setup(self, config: Config, now: Now) -> None:
        self.config = config
        self.identity: Identity = find_identity(self._db, config, now.utc)
        self.topics = Topics(self.identity.id, config.mqtt.discovery_prefix)
        self._delivery = Delivery(self._db, self.topics.event, self.identity.id, self._tuning)
        self._voice = Voice(
            self._db, self._state_dir, config, self.identity, self.topics, self._tuning
        )
        self._backoff.reset()
        self._next_try_s = now.s

    @property
    def delivered(self) -> int:
        """Number of events that the broker took since the settings were last changed."""
        return self._delivery.delivered

    @property
    def connected(self) -> bool:
        """Whether the broker has taken us and our subscriptions."""
        return self._session is not None and self._session.ready

    def step(self) -> float:
        """Do what is due; return how long the caller may sleep [s] (0: the network waited)."""
        now = read_clocks()
        changed = self._follow_database(now)
        if not self.config.mqtt.enabled:
            self._book.off(now.utc)
            self._trim(now)
            return 5 * self._tuning.poll_s
        if self._session is None:
            if now.s < self._next_try_s and not self._password_changed():
                self._trim(now)
                return min(5 * self._tuning.poll_s, self._next_try_s - now.s)
            self._open(now)
            return 0.0
        self._run(self._session, now, 0.0 if changed else self._tuning.poll_s)
        return 0.0

    def close(self) -> None:
        """Say offline and goodbye, and write down what was delivered."""
        if self._session is not None:
            self._session.close()
            self._session = None
        self._delivery.flush()

    def _follow_database(self, now: Now) -> bool:
        version = int(self._db.execute("PRAGMA data_version").fetchone()[0])
        if version == self._version:
            return False
        self._version = version
        self._delivery.database_changed()
        self._voice.database_changed()
        config = effective_config(self._db, self._file_config)
        if (config.mqtt, config.device) != (self.config.mqtt, self.config.device):
            LOG.info("the MQTT settings were changed")
            self.close()
            self._setup(config, now)
        elif config != self.config:
            self.config = config
            self._voice.reconfigure(config)
        return True

    def _password_changed(self) -> bool:
        """Tell whether somebody has given another password since the last try."""
        mark = password_mark(self.config.mqtt.password_file, self._state_dir)
        changed, self._password_mark = mark != self._password_mark, mark
        return changed

    def _open(self, now: Now) -> None:
        mqtt = self.config.mqtt
        self._password_changed()
        try:
            broker = broker_of(mqtt, self.identity.unique, self._state_dir)
        except CredentialError as error:
            self._fail(Trouble("file", str(error)), now)
            return
        self._book.connecting(self._where, now.utc)
        self._session = Session(broker, self.topics, self._tuning, now.s)

    def _run(self, session: Session, now: Now, wait_s: float) -> None:
        was_ready = session.ready
        session.poll(now.s, wait_s)
        now = read_clocks()
        if session.ready and not was_ready:
            self._begin(session, now)
        self._hear(session, now)
        if session.ready:
            self._speak(session, now)
        if session.trouble is not None:
            self._session = None
            self._fail(session.trouble, now)
        self._trim(now)

    def _begin(self, session: Session, now: Now) -> None:
        self._connected_s = now.s
        self._book.connected(self._where, now.s, now.utc)
        self._delivery.restart()
        self._voice.begin(session, now.s, now.utc)

    def _hear(self, session: Session, now: Now) -> None:
        for answer in session.answers:
            self._delivery.answered(answer, now.s, now.utc)
        session.answers.clear()
        for message in session.inbox:
            self._message(message, now)
        session.inbox.clear()

    def _message(self, message: Received, now: Now) -> None:
        if message.topic == self.topics.birth:
            if message.payload == b"online" and not message.retained:
                self._birth_s = now.s + SystemRandom().uniform(0.0, self._tuning.birth_delay_s)
            return
        verb = self.topics.verb(message.topic)
        if verb is not None:
            self._desk.received(verb, message, now.s, now.utc)

    def _speak(self, session: Session, now: Now) -> None:
        if self._desk.announce_wanted:
            self._desk.announce_wanted = False
            self._voice.announce_again()
        if self._birth_s is not None and now.s >= self._birth_s:
            self._birth_s = None
            session.say_online()
            session.retained.forget()
            self._voice.database_changed()
        self._voice.speak(session, now.s, now.utc)
        for result in self._desk.results(now.s, now.utc):
            self._voice.result(session, result, now.utc)
        if self._delivery.overdue(now.s):
            session.give_up(Trouble("lost", f"{self._where} stopped answering"))
            return
        self._delivery.pump(session.publish, now.s, now.utc)
        denied = session.retained.denied | session.denied_filters
        if self._delivery.refused:
            denied = denied | {self.topics.event}
        self._book.denied(sorted(denied), self._where, now.utc)
        self._book.tick(now.s, now.utc)
        if self._connected_s is not None and now.s - self._connected_s > self._tuning.stable_s:
            self._backoff.reset()

    def _fail(self, trouble: Trouble, now: Now) -> None:
        lasted_s = None if self._connected_s is None else now.s - self._connected_s
        self._connected_s = None
        if trouble.code == "lost":
            trouble = self._lost_again(trouble, lasted_s)
        self._book.trouble(trouble, self._where, now.s, now.utc)
        self._next_try_s = now.s + self._backoff.next_wait_s(trouble.code)

    def _lost_again(self, trouble: Trouble, lasted_s: float | None) -> Trouble:
        """MQTT 3.1.1 does not say that a session was taken over; the pattern tells."""
        quick = lasted_s is not None and lasted_s < self._tuning.stable_s
        self._quick_losses = self._quick_losses + 1 if quick else 0
        if self._quick_losses < _SUSPICIOUS_LOSSES:
            return trouble
        return Trouble(
            "unstable",
            f"the connection to {self._where} breaks again and again: does another device or "
            f"program use our client name plms-{self.identity.unique}?",
        )

    def _trim(self, now: Now) -> None:
        if now.s >= self._next_trim_s and self._delivery.in_flight_mid is None:
            self._next_trim_s = now.s + _TRIM_EVERY_S
            if outbox.trim(self._db, now.utc):
                self._delivery.database_changed()

    @property
    def _where(self) -> str:
        return f"{self.config.mqtt.host}:{self.config.mqtt.port}"
