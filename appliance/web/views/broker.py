"""Try the broker once, and say in plain words how it went."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from appliance.mqtt import Connected, Ended, Link
from appliance.publish.broker import Message
from appliance.publish.broker_settings import broker_of
from appliance.publish.credentials import CredentialError
from appliance.publish.standing import read_standing
from appliance.web.language import say
from appliance.web.views.settings import with_labels

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from appliance.config import Mqtt
    from appliance.publish.standing import Standing

PATIENCE_S = 8.0


@dataclass(frozen=True, slots=True)
class Tried:
    """How the attempt went."""

    ok: bool
    words: str


def try_broker(mqtt: Mqtt, state_dir: Path) -> Tried:
    """Connect under a name of our own (the publisher's connection is not disturbed) and leave."""
    try:
        broker = broker_of(mqtt, "test", state_dir)
    except CredentialError as error:
        return Tried(ok=False, words=str(error))
    where = f"{mqtt.host}:{mqtt.port}"
    link = Link(broker, Message("plms/test/availability", "", 0))
    link.open()
    give_up_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_s:
        for event in link.poll(0.2):
            if isinstance(event, Connected):
                link.close()
                return Tried(ok=True, words=say("The broker at {where} lets us in.", where=where))
            if isinstance(event, Ended):
                return Tried(ok=False, words=_sentence(event.trouble.text))
    link.close()
    return Tried(ok=False, words=say("{where} does not answer.", where=where))


def standing_on_page(db: sqlite3.Connection) -> Standing:
    """Return what the publisher last said of itself, in the words of the settings page."""
    standing = read_standing(db)
    return replace(standing, text=with_labels(standing.text))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
