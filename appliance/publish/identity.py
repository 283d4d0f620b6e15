"""Who this device is: an id that survives renames, new settings and reinstallation."""

from __future__ import annotations

import hashlib
import platform
import re
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.store import settings

if TYPE_CHECKING:
    import sqlite3

    from appliance.config import Config

SETTING = "publish.identity"
_SERIAL_DIGITS = 12
_DEMO = "demo-"
_DEMO_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Identity:
    """What names this device to the outside."""

    unique: str
    """Of the board; entities are known by it for ever. [a-z0-9-]"""
    id: str
    """In the topics `plms/<id>/...`; the owner may choose it."""
    hardware: str
    """Model of the board, for people."""


def board_serial(root: Path = Path("/")) -> str | None:
    """Return the last 12 digits of the Raspberry Pi's serial number; None on other computers."""
    for name in (
        "proc/device-tree/serial-number",
        "sys/firmware/devicetree/base/serial-number",
    ):
        try:
            text = (root / name).read_text(encoding="ascii", errors="ignore")
        except OSError:
            continue
        serial = re.sub(r"[^0-9a-f]", "", text.lower())
        if serial.strip("0"):
            return serial[-_SERIAL_DIGITS:]
    return None


def board_model(root: Path = Path("/")) -> str:
    """Return the board's name as its firmware gives it, or the kind of machine."""
    try:
        text = (root / "proc/device-tree/model").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.machine()
    return text.strip("\0 \n") or platform.machine()


def machine_id(root: Path = Path("/")) -> str | None:
    """Return a digest of /etc/machine-id (which is not to be shown to others as it is)."""
    try:
        text = (root / "etc/machine-id").read_text(encoding="ascii", errors="ignore").strip()
    except OSError:
        return None
    if not text:
        return None
    return hashlib.sha256(b"plms-bedside:" + text.encode()).hexdigest()[:_SERIAL_DIGITS]


def find_identity(
    db: sqlite3.Connection, config: Config, now_utc: float, root: Path = Path("/")
) -> Identity:
    """Return this device's identity, remembering it where the board has no serial number.

    A simulated device has an identity of its own, so that a demo never disturbs the real one.

    Parameters
    ----------
    db : sqlite3.Connection
        The writable database.
    config : Config
        `device.id` and `device.simulate`.
    now_utc : float
        Unix time [s].
    root : Path
        Where the system's files are looked for.
    """
    stored = settings.get(db, SETTING, None)
    if stored is not None and not config.device.simulate:
        stored = None if stored.startswith(_DEMO) else stored
    unique = board_serial(root) or str(stored or machine_id(root) or secrets.token_hex(6))
    if config.device.simulate and not unique.startswith(_DEMO):
        unique = f"{_DEMO}{unique[-_DEMO_DIGITS:]}"
    if unique != stored:
        settings.put(db, SETTING, unique, now_utc)
    return Identity(unique, config.device.id or unique, board_model(root))


def page_url(config: Config, hostname: str | None = None) -> str:
    """Return the address of our page, as a browser on the home network can open it."""
    if config.web.names:
        name = config.web.names[0]
    else:
        host = (hostname or socket.gethostname()).split(".")[0].lower()
        name = f"{host}.local"
    return f"http://{name}:{config.web.port}/"
