"""One connection to the broker, from the first word to the last.

The order is the one that Home Assistant wants: subscribe, announce the device once, say online,
then publish every retained payload, then deliver events.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from appliance.mqtt import Acked, Connected, Ended, Link, Received, Subscribed
from appliance.publish.broker import Message, Trouble
from appliance.publish.retained import RetainedTopics
from appliance.publish.topics import OFFLINE, ONLINE

if TYPE_CHECKING:
    from appliance.mqtt import LinkEvent
    from appliance.publish.backoff import Tuning
    from appliance.publish.broker import Broker
    from appliance.publish.topics import Topics

LOG = logging.getLogger(__name__)


class Session:
    """A connection that is being made, or stands, or is over (`trouble` is then set).

    Parameters
    ----------
    broker : Broker
        Where and as whom.
    topics : Topics
        What is subscribed to, and where we say online.
    tuning : Tuning
        How long to wait for answers.
    now_s : float
        Monotonic time [s].
    """

    def __init__(self, broker: Broker, topics: Topics, tuning: Tuning, now_s: float) -> None:
        self._broker = broker
        self._topics = topics
        self._tuning = tuning
        self._opened_s = now_s
        self._polled = False
        self._link = Link(broker, Message(topics.availability, OFFLINE, retain=True))
        self._opening = threading.Thread(target=self._link.open, name="mqtt-open", daemon=True)
        self._opening.start()
        self.retained = RetainedTopics(self._link.publish)
        self.trouble: Trouble | None = None
        self.connected = False
        self.ready = False
        self.inbox: list[Received] = []
        self.answers: list[Acked] = []
        self.denied_filters: set[str] = set()

    def poll(self, now_s: float, timeout_s: float) -> None:
        """Do the network's work for at most `timeout_s`."""
        if self._opening.is_alive():
            # Name lookup and connection may block for long; the watchdog must still be fed.
            self._opening.join(timeout_s)
            if self._opening.is_alive() and now_s - self._opened_s > 10 * self._tuning.answer_s:
                self.give_up(Trouble("unreachable", f"{self._where} does not answer"))
            return
        if not self._polled:
            self._polled = True
            self._opened_s = now_s
        for event in self._link.poll(timeout_s):
            self._take(event)
        if not self.ready and now_s - self._opened_s > self._tuning.answer_s:
            self.give_up(
                Trouble("no_answer", f"{self._where} answers, but not as an MQTT broker does")
            )

    def publish(self, message: Message) -> int:
        """Send a message and return its number."""
        return self._link.publish(message)

    def say_online(self) -> None:
        """Tell that we are here."""
        self.retained.say(self._topics.availability, ONLINE)

    def give_up(self, trouble: Trouble) -> None:
        """End the connection for a reason of our own."""
        self._end(trouble)
        if not self._opening.is_alive():
            self._link.drop()

    def close(self) -> None:
        """Say goodbye: offline, then a clean disconnect (which makes the broker drop the will)."""
        if self._opening.is_alive():
            return  # nothing was said yet; the thread ends by itself
        farewell = Message(self._topics.availability, OFFLINE, retain=True) if self.ready else None
        self._link.close(farewell)

    @property
    def _where(self) -> str:
        return f"{self._broker.host}:{self._broker.port}"

    def _end(self, trouble: Trouble) -> None:
        if self.trouble is None:
            self.trouble = trouble
            self.ready = self.connected = False

    def _take(self, event: LinkEvent) -> None:
        if isinstance(event, Connected):
            self.connected = True
            commands = self._topics.commands
            self._link.subscribe([commands, self._topics.birth], as_published=[commands])
        elif isinstance(event, Subscribed):
            self.denied_filters = set(event.refused)
            self.ready = True
        elif isinstance(event, Acked):
            self.retained.answered(event)
            self.answers.append(event)
        elif isinstance(event, Received):
            self.inbox.append(event)
        elif isinstance(event, Ended):
            self._end(event.trouble)
