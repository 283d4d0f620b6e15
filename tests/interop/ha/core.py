"""A minimal real Home Assistant core with only the MQTT integration, told what to do by lines.

Run by Home Assistant's Python: `core.py PORT CONFIG_FOLDER`. Every line on standard input is a JSON
object with a key `do`; every answer is one JSON line on standard output:

    {"do": "look"}                                    entities, states, device, warnings, changes
    {"do": "call", "service": "button.press", "data": {...}}
    {"do": "blueprint", "path": "...", "inputs": {...}}   load an automation blueprint as HA does
    {"do": "yaml", "path": "..."}                     load a file with HA's own reader
    {"do": "quit"}
"""

import asyncio
import importlib
import inspect
import json
import logging
import sys
import time
from pathlib import Path
from types import MappingProxyType

from homeassistant import bootstrap, config_entries, const, core, loader
from homeassistant.auth import auth_manager_from_config
from homeassistant.helpers import device_registry, entity_registry
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml

mqtt_const = importlib.import_module("homeassistant.components.mqtt.const")
ENTRY = "plms_test_entry"
WARNINGS = []
CHANGES = []


class KeepWarnings(logging.Handler):
    def emit(self, record):
        if record.levelno >= logging.WARNING:
            WARNINGS.append([record.levelname, record.name, record.getMessage()[:800]])


async def start(port, folder):
    logging.getLogger().addHandler(KeepWarnings())
    folder.mkdir(exist_ok=True)
    (folder / "configuration.yaml").touch()
    hass = core.HomeAssistant(str(folder))
    hass.config.skip_pip = True
    loader.async_setup(hass)
    hass.config_entries = config_entries.ConfigEntries(hass, {})
    await loader.async_get_custom_components(hass)
    await bootstrap.async_load_base_functionality(hass)
    hass.auth = await auth_manager_from_config(hass, [], [])
    for domain in sorted(bootstrap.CORE_INTEGRATIONS):
        assert await async_setup_component(hass, domain, {}), domain
    hass.bus.async_listen("state_changed", core.callback(note_change))
    hass.set_state(core.CoreState.running)
    if hass.config_entries.async_get_entry(ENTRY) is None:
        await hass.config_entries.async_add(entry(port))
    else:  # a restart of the same installation
        await hass.config_entries.async_setup(ENTRY)
    return hass


def note_change(event):
    state = event.data["new_state"]
    if state is not None:
        attributes = {key: value for key, value in state.attributes.items() if key == "event_type"}
        CHANGES.append([time.monotonic(), state.entity_id, state.state, attributes])


def entry(port):
    wanted = {
        "entry_id": ENTRY,
        "version": getattr(mqtt_const, "CONFIG_ENTRY_VERSION", 1),
        "minor_version": getattr(mqtt_const, "CONFIG_ENTRY_MINOR_VERSION", 1),
        "domain": "mqtt",
        "title": "mqtt",
        "data": {"broker": "127.0.0.1", "port": port, "protocol": "5"},
        "options": {"discovery": True},
        "source": "user",
        "unique_id": None,
        "discovery_keys": MappingProxyType({}),
        "subentries_data": None,
    }
    known = inspect.signature(config_entries.ConfigEntry.__init__).parameters
    return config_entries.ConfigEntry(**{k: v for k, v in wanted.items() if k in known})


def look(hass):
    entities = {}
    prefix_of_unique = {}
    for one in entity_registry.async_get(hass).entities.values():
        if one.platform != "mqtt":
            continue
        key = one.unique_id.split("_", 2)[2]
        state = hass.states.get(one.entity_id)
        prefix_of_unique[key] = one.unique_id
        entities[key] = {
            "entity_id": one.entity_id,
            "category": one.entity_category,
            "disabled": one.disabled_by,
            "state": None if state is None else state.state,
            "attributes": {} if state is None else dict(state.attributes),
        }
    registry = device_registry.async_get(hass)
    # Older cores have a mapping here, newer ones an iterable of devices.
    devices = [registry.async_get(d) if isinstance(d, str) else d for d in registry.devices]
    return {
        "version": const.__version__,
        "devices": [
            {
                "name": d.name,
                "url": d.configuration_url,
                "sw": d.sw_version,
                "serial": d.serial_number,
            }
            for d in devices
        ],
        "entities": entities,
        "warnings": WARNINGS,
        "changes": CHANGES,
    }


async def load_blueprint(hass, path, inputs):
    """Load an automation blueprint, fill it in and let HA's own schema judge the automation."""
    from homeassistant.components.automation.config import (
        AUTOMATION_BLUEPRINT_SCHEMA,
        PLATFORM_SCHEMA,
    )
    from homeassistant.components.blueprint import models

    data = await hass.async_add_executor_job(load_yaml, path)
    try:
        blueprint = models.Blueprint(
            data, expected_domain="automation", path=path, schema=AUTOMATION_BLUEPRINT_SCHEMA
        )
    except TypeError:  # before schemas were passed in
        blueprint = models.Blueprint(data, expected_domain="automation", path=path)
    use = {"use_blueprint": {"path": path, "input": inputs}}
    filled = models.BlueprintInputs(blueprint, use | {"alias": "test"})
    filled.validate()
    automation = filled.async_substitute()
    PLATFORM_SCHEMA(automation)
    assert await async_setup_component(hass, "automation", {"automation": [automation]})
    await hass.async_block_till_done()
    states = [hass.states.get(i) for i in hass.states.async_entity_ids("automation")]
    return {s.entity_id: s.state for s in states}


async def obey(hass, order):
    if order["do"] == "look":
        return look(hass)
    if order["do"] == "call":
        domain, service = order["service"].split(".")
        await hass.services.async_call(domain, service, order["data"], blocking=True)
        return {}
    if order["do"] == "blueprint":
        return await load_blueprint(hass, order["path"], order["inputs"])
    if order["do"] == "yaml":
        return await hass.async_add_executor_job(load_yaml, order["path"])
    return {"error": f"unknown order {order['do']}"}


async def main():
    hass = await start(int(sys.argv[1]), Path(sys.argv[2]))
    print(json.dumps({"started": const.__version__}), flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        if order["do"] == "quit":
            break
        print(json.dumps(await obey(hass, order), default=str), flush=True)
    await hass.async_stop(force=True)
    print(json.dumps({"stopped": True}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
