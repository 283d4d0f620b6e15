"""Where the broker is, what is sent to it, and what its refusals mean in plain words."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Tls:
    """Encryption. Empty file names: the system's authorities, no client certificate."""

    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where to connect and as whom."""

    host: str
    port: int
    client_id: str
    protocol: str = "5"
    """ "5" or "3.1.1"."""
    username: str = ""
    password: str = ""
    tls: Tls | None = None
    keepalive_s: int = 30
    connect_timeout_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Message:
    """One message to publish."""

    topic: str
    payload: str
    qos: int = 1
    retain: bool = False
    expiry_s: int | None = None
    """The broker drops it for absent subscribers after this time (MQTT 5 only)."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no connection: a stable code and a sentence for people."""

    code: str
    text: str


_CONNECT_TROUBLES: Final = {
    "Unsupported protocol version": (
        "protocol",
        'the broker does not speak MQTT {protocol}: set mqtt.protocol to "{other}"',
    ),
    "Client identifier not valid": (
        "client_id",
        "the broker does not accept the client name {client_id}",
    ),
    "Bad user name or password": (
        "login",
        "the broker refuses user name or password: check mqtt.username and the password",
    ),
    "Not authorized": (
        "login",
        "the broker does not let us in: check mqtt.username and the password",
    ),
    "Server unavailable": ("busy", "the broker says it is not available now"),
    "Server busy": ("busy", "the broker says it is busy"),
    "Banned": ("banned", "the broker has banned this device"),
    "Session taken over": (
        "taken_over",
        "another device or program connects with our client name {client_id}: "
        "only one may run, or give this one another device.id",
    ),
    "Server shutting down": ("lost", "the broker is shutting down"),
    "Keep alive timeout": ("lost", "the broker stopped answering"),
    "Administrative action": ("banned", "the broker's administrator closed our connection"),
    "Quota exceeded": ("busy", "the broker says we send too much"),
    "Packet too large": ("too_large", "the broker refuses messages as large as ours"),
}


def lost(broker: Broker) -> Trouble:
    """Return the Trouble of a connection that broke."""
    return Trouble("lost", f"the connection to {broker.host}:{broker.port} broke")


def explain_reason(name: str, broker: Broker) -> Trouble:
    """Turn a reason's name, as in the MQTT 5 standard, into a Trouble."""
    if name not in _CONNECT_TROUBLES:
        return lost(broker)
    code, text = _CONNECT_TROUBLES[name]
    other = "3.1.1" if broker.protocol == "5" else "5"
    return Trouble(
        code, text.format(protocol=broker.protocol, other=other, client_id=broker.client_id)
    )


def explain_error(error: OSError | ValueError, broker: Broker) -> Trouble:
    """Turn what stopped a connection from being made into a Trouble."""
    where = f"{broker.host}:{broker.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return Trouble(
            "certificate",
            f"the certificate of {where} is not trusted ({error.verify_message}): "
            "check mqtt.ca_file and mqtt.host",
        )
    if isinstance(error, ssl.SSLError) or (broker.tls and isinstance(error, ConnectionResetError)):
        return Trouble("tls", f"no encrypted connection to {where}: is it really a TLS port?")
    if isinstance(error, socket.gaierror):
        return Trouble("unknown_host", f"there is no host named {broker.host} here")
    if isinstance(error, ConnectionRefusedError):
        return Trouble("refused", f"no broker listens at {where}")
    if isinstance(error, TimeoutError):
        return Trouble("unreachable", f"{where} does not answer")
    if isinstance(error, OSError):
        return Trouble("unreachable", f"{where} cannot be reached: {error.strerror or error}")
    return Trouble("settings", f"the [mqtt] settings cannot be used: {error}")
