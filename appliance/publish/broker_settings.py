"""From the configuration to a broker, and a look whether one answers at all."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from appliance.publish.broker import Broker, Tls
from appliance.publish.credentials import find_password

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.config import Mqtt


def broker_of(mqtt: Mqtt, unique: str, state_dir: Path) -> Broker:
    """Return the broker that the configuration names.

    Parameters
    ----------
    mqtt : Mqtt
        The `[mqtt]` section.
    unique : str
        The device's identity; the client id comes from it, since two clients of one id throw
        each other out for ever.
    state_dir : Path
        Where the settings page keeps the password.

    Raises
    ------
    CredentialError
        When the password file cannot or must not be used.
    """
    tls = Tls(mqtt.ca_file, mqtt.client_cert_file, mqtt.client_key_file) if mqtt.tls else None
    password = find_password(mqtt.password_file, state_dir) if mqtt.username else ""
    return Broker(
        host=mqtt.host,
        port=mqtt.port,
        client_id=f"plms-{unique}",
        protocol=mqtt.protocol,
        username=mqtt.username,
        password=password,
        tls=tls,
    )


def broker_reachable(host: str, port: int, timeout_s: float = 0.5) -> bool:
    """Tell whether something listens at this address."""
    try:
        with socket.create_connection((host, port), timeout=timeout_s):
            return True
    except OSError:
        return False
