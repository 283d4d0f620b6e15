"""Look at everything the device needs, and say in plain words what is wrong.

Each check is a function of what it needs and returns findings; nothing here writes.
"""

from __future__ import annotations

import http.client
import os
import platform
import shutil
import socket
import sqlite3
import struct
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.finding import Finding, bad, note, ok
from appliance.probe import TOPICS
from appliance.publish.standing import read_standing
from appliance.store import faults, nights, status
from appliance.store.connect import DatabaseError, database_path, open_database, schema_version
from appliance.store.raw import RECORDINGS, unknown_raw
from appliance.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from appliance.config import Config, Mqtt, Storage
    from appliance.record.wall import Wall
    from appliance.store.nights import Night
    from appliance.store.status import Status

LIBRARIES = ("numpy", "numba", "smbus2", "flask", "waitress", "paho-mqtt", "gpiozero", "msgspec")
BOARD = Path("/proc/device-tree/model")
POWER = Path("/sys/devices/platform/soc/soc:firmware/get_throttled")
UNDER_VOLTAGE_NOW, UNDER_VOLTAGE_SEEN = 0x1, 0x10000
"""Bits of get_throttled, as the Raspberry Pi's firmware documents them."""
UNIT_DIR = Path("/etc/systemd/system")
RESTART = "`sudo systemctl restart {unit}`; `journalctl -u {unit}` says why it ended"
BROKER_PATIENCE_S = 5.0
BYTES_PER_MB = 1_000_000
MOST_NAMES = 10
"""So many files are named; the others are told when these are gone."""


def check_versions() -> list[Finding]:
    """Return the versions of everything that takes part, and refuse 32 bits."""
    found = ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES)
    board = BOARD.read_text().rstrip("\0\n") if BOARD.exists() else "no Raspberry Pi"
    python = f"Python {platform.python_version()} on {platform.machine()}, {board}"
    findings = [ok("versions", f"plms {VERSION}; {python}; {found}")]
    if struct.calcsize("P") != 8 or sys.version_info < (3, 11):
        findings.append(
            bad(
                "system",
                f"{python} cannot run this",
                "use 64-bit Raspberry Pi OS, Bookworm or newer",
            )
        )
    return findings


def check_power(throttled: Path = POWER) -> list[Finding]:
    """Return what the Pi's firmware says of its supply; nothing on other machines."""
    try:
        bits = int(throttled.read_text(), 16)
    except (OSError, ValueError):
        return []
    remedy = "use the official supply and a short, thick cable"
    if bits & UNDER_VOLTAGE_NOW:
        return [bad("power", "the supply voltage is too low right now", remedy)]
    if bits & UNDER_VOLTAGE_SEEN:
        return [note("power", "the supply voltage was too low since the last boot", remedy)]
    return [ok("power", "the supply voltage has been right since the last boot")]


def check_clock(wall: Wall) -> list[Finding]:
    """Return whether the wall clock can be believed; nights are recorded either way."""
    if wall.synchronised():
        return [ok("clock", "set by a time server")]
    return [
        note(
            "clock",
            "not set by a time server: nights are recorded, their dates follow once it is",
            "connect the network now and then, or fit a clock with a battery",
        )
    ]


def check_disk(state_dir: Path, storage: Storage) -> list[Finding]:
    """Return whether the state directory can be written and has room."""
    folder = state_dir
    while not folder.exists():
        folder = folder.parent
    if not os.access(folder, os.W_OK):
        return [
            bad(
                "disk",
                f"{state_dir} cannot be written by this user",
                "sudo -u plms /opt/plms/current/bin/plms doctor, or give --state-dir",
            )
        ]
    free_mb = shutil.disk_usage(folder).free // BYTES_PER_MB
    if free_mb < storage.min_free_mb:
        return [
            bad(
                "disk",
                f"{free_mb} MB free beside {state_dir}, less than the {storage.min_free_mb} MB set",
                "export and delete old recordings, or take a larger card",
            )
        ]
    return [ok("disk", f"{free_mb} MB free beside {state_dir}")]


def check_database(state_dir: Path) -> list[Finding]:
    """Return whether the database of all nights is sound, and what is open in it."""
    if not database_path(state_dir).exists():
        return [note("database", f"none yet in {state_dir}: the first start makes it")]
    remedy = "bring a backup back with `plms restore FILE`"
    try:
        db = open_database(state_dir, readonly=True)
    except DatabaseError as error:
        return [bad("database", str(error), remedy)]
    try:
        verdict = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
        if verdict != "ok":
            return [bad("database", f"damaged: {verdict}", remedy)]
        found = int(db.execute("PRAGMA user_version").fetchone()[0])
        if found != schema_version():
            text = f"has layout {found}, this version uses {schema_version()}"
            return [note("database", text, "the next start of the recorder updates it")]
        kept = nights.list_nights(db)
        sound = ok("database", f"sound, {len(kept)} nights")
        return [sound, *_open_faults(db), *_unknown_raw(state_dir, kept)]
    except sqlite3.Error as error:
        return [bad("database", f"{database_path(state_dir)}: {error}", remedy)]
    finally:
        db.close()


def _open_faults(db: sqlite3.Connection) -> list[Finding]:
    return [
        note("open fault", f"{fault.device}: {fault.text}")
        for fault in faults.open_faults(db)
        if fault.device not in TOPICS
    ]


def _unknown_raw(state_dir: Path, kept: Sequence[Night]) -> list[Finding]:
    """Return that raw signals are kept which no night knows: nothing ever deletes them."""
    sizes = unknown_raw(state_dir, {night.recording for night in kept})
    if not sizes:
        return []
    files = "1 file" if len(sizes) == 1 else f"{len(sizes)} files"
    size_mb = sum(sizes.values()) / BYTES_PER_MB
    names = ", ".join(list(sizes)[:MOST_NAMES]) + (", ..." if len(sizes) > MOST_NAMES else "")
    return [
        note(
            "raw signals",
            f"{files} of {size_mb:.1f} MB in {state_dir / RECORDINGS} that no night of the "
            f"database knows: {names}",
            "`plms restore` a backup that knows them, or delete them by hand",
        )
    ]


def recorder_status(state_dir: Path, now_utc: float) -> Status | None:
    """Return what the recorder says of itself; None when none is running."""
    try:
        db = open_database(state_dir, readonly=True)
    except DatabaseError:
        return None
    try:
        said = status.read(db)
    except sqlite3.Error:
        return None
    finally:
        db.close()
    return said if said is not None and 0 <= now_utc - said.updated <= status.ALIVE_S else None


def check_recorder(said: Status | None, *, installed: bool) -> list[Finding]:
    """Return whether the recorder runs, and how it sees the sensors."""
    if said is None:
        if not installed:
            return [note("recorder", "not running", "`plms record` starts it")]
        remedy = (
            "`sudo systemctl restart plms-record`; `journalctl -u plms-record` says why it ended"
        )
        return [bad("recorder", "not running", remedy)]
    text = {"idle": "waiting for a night", "recording": f"recording {said.night}"}
    findings = [ok("recorder", text.get(said.phase, f"paused in {said.night}"))]
    for device, state in said.sensors.items():
        topic = TOPICS.get(device, device)
        if state in ("ok", "starting"):
            findings.append(ok(topic, "delivers" if state == "ok" else "is starting"))
        else:
            remedy = "check plug and cable; the recorder takes it up again by itself"
            findings.append(bad(topic, f"the recorder has {state} it", remedy))
    return findings


def check_page(port: int, *, installed: bool) -> list[Finding]:
    """Return whether the page answers on this machine."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=BROKER_PATIENCE_S)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        if not installed:
            return [note("page", f"nobody answers on port {port}", "`plms serve` starts it")]
        remedy = RESTART.format(unit="plms-serve")
        return [bad("page", f"nobody answers on port {port}", remedy)]
    finally:
        connection.close()
    if answer == http.client.OK:
        return [ok("page", f"answers on port {port}")]
    return [bad("page", f"says on port {port} that it is not well ({answer})", "see the database")]


def check_broker(mqtt: Mqtt, state_dir: Path) -> list[Finding]:
    """Return whether the broker can be reached, and what it last said to the publisher."""
    if not mqtt.enabled:
        return [note("broker", "MQTT is off")]
    place = f"{mqtt.host} port {mqtt.port}"
    try:
        socket.create_connection((mqtt.host, mqtt.port), BROKER_PATIENCE_S).close()
    except OSError as error:
        why = error.strerror or str(error)
        return [bad("broker", f"{place} cannot be reached: {why}", "is it on, and its name right?")]
    findings = [ok("broker", f"{place} accepts connections")]
    try:
        db = open_database(state_dir, readonly=True)
    except DatabaseError:
        return findings
    try:
        standing = read_standing(db)
    except sqlite3.Error:
        return findings
    finally:
        db.close()
    if standing.state == "trouble":
        findings.append(bad("MQTT", standing.text, "docs/mqtt names each trouble and its cure"))
    return findings


def check_cache(environment: Mapping[str, str]) -> list[Finding]:
    """Return whether the compiled detector is kept, so that no night waits for the compiler."""
    folder = environment.get("NUMBA_CACHE_DIR")
    if not folder:
        return []
    if not os.access(folder, os.W_OK):
        remedy = "run install.sh again, or `sudo systemd-tmpfiles --create`"
        return [bad("detector", f"its cache {folder} cannot be written by this user", remedy)]
    if not any(Path(folder).rglob("*.nbi")):
        return [note("detector", "not compiled yet: the first start takes longer")]
    return [ok("detector", "compiled and kept")]


def installed_units(unit_dir: Path = UNIT_DIR) -> bool:
    """Return whether install.sh has been here."""
    return (unit_dir / "plms-record.service").exists()


def check_all(
    config: Config, state_dir: Path, wall: Wall, environment: Mapping[str, str]
) -> list[Finding]:
    """Return all findings except those that need the chips themselves."""
    installed = installed_units()
    return [
        *check_versions(),
        *check_power(),
        *check_clock(wall),
        *check_disk(state_dir, config.storage),
        *check_database(state_dir),
        *check_recorder(recorder_status(state_dir, wall.utc()), installed=installed),
        *check_page(config.web.port, installed=installed),
        *check_broker(config.mqtt, state_dir),
        *check_cache(environment),
    ]
