"""One connection to an MQTT broker, in plain words. The only module that knows paho.

paho's own network thread is not used: an exception in one of its callbacks kills it while
`is_connected()` goes on saying yes, and its queue of unsent messages lives in memory only. Here
the owner's thread calls `Link.poll`, callbacks do nothing but note what happened, and a Link is
thrown away with its connection, so nothing old is ever sent again behind the outbox's back.
"""

from __future__ import annotations

import socket
import ssl
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from appliance.publish.broker import (
    Broker,
    Message,
    Tls,
    Trouble,
    explain_error,
    explain_reason,
    lost,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from paho.mqtt.reasoncodes import ReasonCode

NO_SUBSCRIBERS: Final = 16
"""PUBACK reason of MQTT 5: taken, but nobody listens (a broker may leave it out)."""
NOT_AUTHORIZED: Final = 135
FIRST_FAILURE: Final = 128
"""Reason codes from here on are refusals (MQTT 5.0, 2.4)."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker accepted us."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The connection is over; the Link is of no further use."""

    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Acked:
    """The broker answered a QoS 1 publish: 0 taken, 16 nobody listens, 128 and more refused."""

    mid: int
    reason: int

    @property
    def refused(self) -> bool:
        """Whether the broker threw the message away."""
        return self.reason >= FIRST_FAILURE


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The broker answered a subscription; `refused` lists the filters it did not grant."""

    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Received:
    """A message for us."""

    topic: str
    payload: bytes
    retained: bool
    """Kept by the broker for later subscribers, or clears what is kept (see `Link.subscribe`)."""


LinkEvent = Connected | Ended | Acked | Subscribed | Received


class TidySocket(ssl.SSLSocket):
    """Closes itself when nothing comes of the handshake; paho leaves that to the collector."""

    def do_handshake(self, block: bool = False) -> None:
        """Shake hands."""
        try:
            super().do_handshake(block)
        except (OSError, ValueError):
            self.close()
            raise


class Link:
    """One attempt at one connection.

    Call `open` once, then `poll` often, from one thread only. Nothing here raises for what a
    broker or a network does; it comes out of `poll` as an `Ended`.

    Parameters
    ----------
    broker : Broker
        Address and identity.
    will : Message
        What the broker publishes for us when we vanish.
    """

    def __init__(self, broker: Broker, will: Message) -> None:
        self._broker = broker
        self._events: deque[LinkEvent] = deque()
        self._filters: dict[int, tuple[str, ...]] = {}
        self._ended = False
        self._five = broker.protocol == "5"
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=broker.client_id,
            protocol=MQTTProtocolVersion.MQTTv5 if self._five else MQTTProtocolVersion.MQTTv311,
            clean_session=None if self._five else True,
            reconnect_on_failure=False,
        )
        client = self._client
        client.connect_timeout = broker.connect_timeout_s
        client.suppress_exceptions = True
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_socket_open = _send_small_packets_at_once
        if broker.username:
            client.username_pw_set(broker.username, broker.password or None)
        client.will_set(will.topic, will.payload, will.qos, will.retain)

    def open(self) -> None:
        """Connect to the host; blocks for at most the name lookup and the connect time-out."""
        broker = self._broker
        trouble = self._encrypt(broker.tls) if broker.tls is not None else None
        if trouble is not None:
            self._end(trouble)
            return
        extra: dict[str, Any] = {"clean_start": True} if self._five else {}
        try:
            self._client.connect(broker.host, broker.port, broker.keepalive_s, **extra)
        except (OSError, ValueError) as error:
            self._end(explain_error(error, broker))

    def _encrypt(self, tls: Tls) -> Trouble | None:
        keys = {"ca_file": tls.ca_file, "client_cert_file": tls.cert_file}
        keys["client_key_file"] = tls.key_file
        for key, name in keys.items():
            if name and not Path(name).is_file():
                return Trouble("file", f"mqtt.{key} names {name}, which is not a file")
        try:
            context = ssl.create_default_context(cafile=tls.ca_file or None)
            context.sslsocket_class = TidySocket
            if tls.cert_file:
                context.load_cert_chain(tls.cert_file, tls.key_file or None)
            self._client.tls_set_context(context)
        except (OSError, ValueError) as error:
            return Trouble("file", f"the certificate files of [mqtt] cannot be used: {error}")
        return None

    def poll(self, timeout_s: float) -> list[LinkEvent]:
        """Do the network's work and return what happened, oldest first.

        Parameters
        ----------
        timeout_s : float
            Wait at most this long for something to happen.
        """
        if not self._ended and not self._events:
            code = self._client.loop(timeout_s)
            if code not in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_AGAIN):
                self._end(lost(self._broker))
        if self._ended:
            self._release()
        events = list(self._events)
        self._events.clear()
        return events

    def publish(self, message: Message) -> int:
        """Send one message; QoS 1 is answered by an `Acked` with the returned number.

        A message of a connection that is just ending is lost here; it is never sent later.
        """
        properties = None
        if self._five and message.expiry_s is not None:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            properties.MessageExpiryInterval = max(1, message.expiry_s)
        info = self._client.publish(
            message.topic, message.payload, message.qos, message.retain, properties
        )
        return info.mid

    def subscribe(self, filters: Sequence[str], as_published: Collection[str] = ()) -> None:
        """Ask for topics at QoS 1; answered by a `Subscribed`.

        Parameters
        ----------
        filters : sequence of str
            Topics, `+` and `#` allowed.
        as_published : collection of str
            Those of them whose messages say that they were sent retained also when they come at
            once, not only when the broker has kept them. MQTT 3.1.1 cannot tell.
        """
        wanted = [
            (name, SubscribeOptions(qos=1, retainAsPublished=name in as_published))
            for name in filters
        ]
        plain = [(name, 1) for name in filters]
        _code, mid = self._client.subscribe(wanted if self._five else plain)
        if mid is not None:
            self._filters[mid] = tuple(filters)

    def close(self, farewell: Message | None = None, timeout_s: float = 1.0) -> None:
        """Say goodbye and disconnect cleanly, which makes the broker forget the will.

        Parameters
        ----------
        farewell : Message or None
            Sent first, and waited for until its answer or the time-out.
        timeout_s : float
            Longest wait for the broker's answer.
        """
        if self._ended:
            return
        if farewell is not None:
            mid = self.publish(farewell)
            for _ in range(20):
                events = self.poll(timeout_s / 20)
                if self._ended or any(isinstance(e, Acked) and e.mid == mid for e in events):
                    break
        if not self._ended:
            self._ended = True
            self._client.disconnect()
            self._client.loop(0.0)
        self._release()

    def drop(self) -> None:
        """Close the connection without a word: the broker publishes the will."""
        self._ended = True
        self._release()

    def _release(self) -> None:
        """Give the sockets back now.

        Client and Link know each other; only a collection of garbage, which an idle process
        seldom makes, would do it otherwise.
        """
        client = self._client
        client.on_connect = client.on_disconnect = client.on_publish = None
        client.on_subscribe = client.on_message = client.on_socket_open = None
        connection = client.socket()
        if connection is not None:
            connection.close()

    def _end(self, trouble: Trouble) -> None:
        if not self._ended:
            self._ended = True
            self._events.append(Ended(trouble))

    def _on_connect(
        self, _client: Client, _data: object, _flags: object, reason: ReasonCode, _more: object
    ) -> None:
        if reason.is_failure:
            self._end(explain_reason(str(reason), self._broker))
        else:
            self._events.append(Connected())

    def _on_disconnect(
        self, _client: Client, _data: object, _flags: object, reason: ReasonCode, _more: object
    ) -> None:
        self._end(explain_reason(str(reason), self._broker))

    def _on_publish(
        self, _client: Client, _data: object, mid: int, reason: ReasonCode, _more: object
    ) -> None:
        self._events.append(Acked(mid, reason.value))

    def _on_subscribe(
        self, _client: Client, _data: object, mid: int, reasons: list[ReasonCode], _more: object
    ) -> None:
        filters = self._filters.pop(mid, ())
        refused = tuple(
            name for name, reason in zip(filters, reasons, strict=False) if reason.is_failure
        )
        self._events.append(Subscribed(refused))

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            return
        payload = bytes(message.payload)
        # An empty message clears a retained one; MQTT 3.1.1 does not say whether this one does.
        clears = not payload and not self._five
        self._events.append(Received(topic, payload, message.retain or clears))


def _send_small_packets_at_once(_client: Client, _data: object, connection: Any) -> None:  # noqa: ANN401 - paho's union of sockets
    """Without this a second small packet waits up to 40 ms for the first one's TCP answer."""
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        return
