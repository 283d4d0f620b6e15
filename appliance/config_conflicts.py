"""What no single value shows: values that cannot work beside others, or on this computer."""

from __future__ import annotations

import json
from itertools import combinations
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.config import Ankle, Config, Mqtt, Panel, Strip


def find_conflicts(config: Config) -> Iterator[str]:
    """Yield what cannot work, one line each: the key, a colon, its value and what is allowed."""
    yield from _zone(config.device.time_zone)
    yield from _addresses(config)
    yield from _pins(config.panel)
    if config.mqtt.enabled:
        yield from missing_broker(config.mqtt)


def _zone(name: str) -> Iterator[str]:
    if not name:
        return
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        shown = json.dumps(name, ensure_ascii=False)
        yield (
            f'device.time_zone: {shown} is not a time zone; "Europe/Berlin" is one, '
            "and an empty one means the system's"
        )


def _addresses(config: Config) -> Iterator[str]:
    devices: dict[str, Ankle | Strip] = {
        "left": config.left, "right": config.right, "strip": config.strip,
    }  # fmt: skip
    fitted = [(name, device) for name, device in devices.items() if device.chip != "none"]
    for (first, one), (second, other) in combinations(fitted, 2):
        if (one.bus, one.address) == (other.bus, other.address):
            yield (
                f"{second}.address: 0x{other.address:02X} is {first}.address too, on bus "
                f"{other.bus}; allowed is an address of its own, or another bus"
            )


def _pins(panel: Panel) -> Iterator[str]:
    if panel.enabled and panel.button_pin == panel.led_pin:
        yield f"panel.led_pin: {panel.led_pin} is panel.button_pin too; allowed is a pin of its own"


def missing_broker(mqtt: Mqtt) -> Iterator[str]:
    """Yield that no broker is named, where none is: a conflict once MQTT is on."""
    if not mqtt.host.strip():
        yield f'mqtt.host: "{mqtt.host}" names no broker; allowed is its name or its address'
