"""Bring the outbox to the broker: in order, each event until it was taken, one at a time.

An event's row is deleted only after the broker's success answer. One message is on its way at a
time: a refused or unheard event is then offered again before any later one, so the order holds
whatever the broker answers, and a broker in the house answers in milliseconds.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from appliance.mqtt import NO_SUBSCRIBERS, Acked
from appliance.publish.broker import Message
from appliance.store import outbox

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from appliance.publish.backoff import Tuning
    from appliance.store.outbox import OutboxEvent

LOG = logging.getLogger(__name__)

_FETCH = 50
_FLUSH = 20


def event_body(event: OutboxEvent, device_id: str) -> dict[str, Any]:
    """Return what subscribers get: the stored payload with the device's id, also in its `id`."""
    payload = event.payload
    return payload | {"id": f"{device_id}-{payload['id']}", "device_id": device_id}


def has_expired(event: OutboxEvent, now_utc: float) -> bool:
    """Tell whether an event is too old to be of use."""
    return event.expires_utc is not None and now_utc >= event.expires_utc


class Delivery:
    """The outbox on its way to one topic.

    Parameters
    ----------
    db : sqlite3.Connection
        The writable database, used by the calling thread only.
    topic : str
        Where events go.
    device_id : str
        Added to every event.
    tuning : Tuning
        Waits.
    """

    def __init__(self, db: sqlite3.Connection, topic: str, device_id: str, tuning: Tuning) -> None:
        self._db = db
        self._topic = topic
        self._device_id = device_id
        self._tuning = tuning
        self._queue: list[OutboxEvent] = []
        self._done: list[int] = []
        self._in_flight: tuple[int, float] | None = None
        self._not_before = 0.0
        self._unheard = 0
        self._look = True
        self._more = False
        self.delivered = 0
        self.expired = 0
        self.refused = False

    @property
    def in_flight_mid(self) -> int | None:
        """Number of the message that waits for the broker's answer."""
        return None if self._in_flight is None else self._in_flight[0]

    def database_changed(self) -> None:
        """Look into the outbox at the next turn."""
        self._look = True

    def restart(self) -> None:
        """Begin again on a new connection: what was not answered is offered again."""
        self._in_flight = None
        self._not_before = 0.0
        self._unheard = 0
        self._look = True

    def overdue(self, now_s: float) -> bool:
        """Tell whether the broker owes an answer for too long."""
        return self._in_flight is not None and now_s - self._in_flight[1] > self._tuning.answer_s

    def pump(self, publish: Callable[[Message], int], now_s: float, now_utc: float) -> None:
        """Send the next event, if there is one and nothing is on its way.

        Parameters
        ----------
        publish : callable
            Sends a message and returns its number.
        now_s : float
            Monotonic time [s].
        now_utc : float
            Unix time [s], for expiry.
        """
        if self._in_flight is not None or now_s < self._not_before:
            return
        event = self._next(now_utc)
        if event is None:
            return
        expiry_s = None if event.expires_utc is None else int(event.expires_utc - now_utc) or 1
        body = json.dumps(event_body(event, self._device_id), separators=(",", ":"))
        mid = publish(Message(self._topic, body, expiry_s=expiry_s))
        self._in_flight = (mid, now_s)

    def answered(self, answer: Acked, now_s: float, now_utc: float) -> bool:
        """Take the broker's answer; False when it was not for an event."""
        if self._in_flight is None or answer.mid != self._in_flight[0]:
            return False
        self._in_flight = None
        event = self._queue[0]
        if answer.refused:
            self.refused = True
            self._not_before = now_s + self._tuning.refused_s
            return True
        self.refused = False
        young = now_utc - event.created_utc < self._tuning.unheard_keep_s
        if answer.reason == NO_SUBSCRIBERS and young:
            wait_s = self._tuning.unheard_first_s * 2.0 ** min(self._unheard, 16)
            self._not_before = now_s + min(wait_s, self._tuning.unheard_longest_s)
            self._unheard += 1
            return True
        self._unheard = 0
        self.delivered += 1
        self._drop_head()
        return True

    def flush(self) -> None:
        """Delete the rows of what was delivered or has expired."""
        if self._done:
            outbox.delete(self._db, self._done)
            self._done.clear()

    def _drop_head(self) -> None:
        self._done.append(self._queue.pop(0).id)
        self._look = self._look or (self._more and not self._queue)
        if not self._queue or len(self._done) >= _FLUSH:
            self.flush()

    def _next(self, now_utc: float) -> OutboxEvent | None:
        while True:
            if self._look or not self._queue:
                self.flush()
                if not self._look:
                    return None
                # Read afresh after every change: a night deleted meanwhile takes its events along.
                self._queue = outbox.pending(self._db, _FETCH)
                self._look = False
                self._more = len(self._queue) == _FETCH
                if not self._queue:
                    return None
            if not has_expired(self._queue[0], now_utc):
                return self._queue[0]
            LOG.info("event %d was too old to be delivered", self._queue[0].id)
            self.expired += 1
            self._drop_head()
