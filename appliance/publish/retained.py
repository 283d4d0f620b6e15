"""Retained payloads: published when they changed, and all again after a new connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.publish.broker import Message
from appliance.publish.payloads import dump

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.mqtt import Acked


class RetainedTopics:
    """What stands on the broker, as far as we know.

    Parameters
    ----------
    publish : callable
        Sends a message and returns its number.
    """

    def __init__(self, publish: Callable[[Message], int]) -> None:
        self._publish = publish
        self._known: dict[str, str] = {}
        self._sent: dict[int, str] = {}
        self.denied: set[str] = set()
        """Topics that the broker does not let us write."""

    def forget(self) -> None:
        """Publish everything again: the broker, or who listens to it, may have forgotten."""
        self._known.clear()

    def put(self, topic: str, payload: dict[str, Any]) -> None:
        """Publish a JSON payload unless it says the same as before (its `time` apart)."""
        told = dump({key: value for key, value in payload.items() if key != "time"})
        if self._known.get(topic) != told:
            self._known[topic] = told
            self.say(topic, dump(payload))

    def say(self, topic: str, text: str) -> None:
        """Publish a text, known or not; an empty one removes what the broker kept."""
        self._sent[self._publish(Message(topic, text, retain=True))] = topic

    def answered(self, answer: Acked) -> None:
        """Take the broker's answer to one of ours."""
        topic = self._sent.pop(answer.mid, None)
        if topic is None:
            return
        if answer.refused:
            self.denied.add(topic)
        else:
            self.denied.discard(topic)
