"""Check device announcements with the schemas of the installed Home Assistant.

Run by Home Assistant's Python: `schema_check.py announcement.json`. Prints one JSON object: for the
device and each component "ok", why it is rejected, or which keys would be dropped without a word.
"""

import asyncio
import copy
import importlib
import json
import sys
import tempfile
from pathlib import Path

import voluptuous
from homeassistant import const, core, loader
from homeassistant.components.mqtt import discovery
from homeassistant.components.mqtt.schemas import DEVICE_DISCOVERY_SCHEMA
from homeassistant.helpers import frame, template

try:
    from homeassistant.components.mqtt.schemas import SHARED_OPTIONS
except ImportError:
    from homeassistant.components.mqtt.discovery import SHARED_OPTIONS


def check_component(config, shared):
    config = dict(config)
    platform = config.pop("platform")
    config |= {key: value for key, value in shared.items() if key not in config}
    module = importlib.import_module(f"homeassistant.components.mqtt.{platform}")
    schema = getattr(module, "DISCOVERY_SCHEMA", None) or module.TRIGGER_DISCOVERY_SCHEMA
    try:
        accepted = schema(copy.deepcopy(config))
    except voluptuous.Invalid as error:
        return f"rejected: {error}"
    dropped = sorted(set(config) - set(accepted) - {"components"})
    return f"silently dropped: {', '.join(dropped)}" if dropped else "ok"


def check(payload):
    announcement = discovery.MQTTDiscoveryPayload(copy.deepcopy(payload))
    discovery._replace_all_abbreviations(announcement)
    try:
        accepted = DEVICE_DISCOVERY_SCHEMA(copy.deepcopy(dict(announcement)))
    except voluptuous.Invalid as error:
        return {"device": f"rejected: {error}"}
    lost = sorted(set(announcement["device"]) - set(accepted["device"]))
    answer = {"device": f"silently dropped: {', '.join(lost)}" if lost else "ok"}
    shared = {key: announcement[key] for key in SHARED_OPTIONS if key in announcement}
    shared |= {key: announcement[key] for key in ("device", "origin")}
    for name, config in announcement["components"].items():
        answer[name] = check_component(config, shared)
    return answer


async def main():
    hass = core.HomeAssistant(tempfile.mkdtemp())
    loader.async_setup(hass)
    if hasattr(frame, "async_setup"):
        frame.async_setup(hass)
    template.async_setup(hass)
    answer = check(json.loads(Path(sys.argv[1]).read_text()))
    print(json.dumps({"home_assistant": const.__version__} | answer))
    await hass.async_stop(force=True)


if __name__ == "__main__":
    asyncio.run(main())
