"""The one announcement that makes Home Assistant show the device with all its entities.

Facts that shaped it: an unknown key at device level makes Home Assistant refuse everything, a
misspelt key of a component is dropped without a word, and an availability given at device level
cannot be taken back for one entity; so the entities of the last night, whose figures stay true
while the device sleeps, are given none, and the live ones bring their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from appliance.publish.topics import EVENT_TYPES
from appliance.version import VERSION
from detect.sit import LEAST, MOST

if TYPE_CHECKING:
    from appliance.publish.identity import Identity
    from appliance.publish.topics import Topics

PHASES: Final = ("idle", "recording", "paused", "stopped")
SIT_PHASES: Final = ("idle", "edge", "stretch", "running", "asking")
SENSOR_STATES: Final = ("ok", "starting", "lost", "absent")

Component = dict[str, Any]

_BOOLEAN: Final = {"pl_on": "True", "pl_off": "False"}
"""How Home Assistant's templates print JSON's true and false; null prints None: unknown."""
_OFF_AT_FIRST: Final = {"en": False}
_DIAGNOSTIC: Final = {"ent_cat": "diagnostic"}
_MEASUREMENT: Final = {"stat_cla": "measurement"}


def device_payload(identity: Identity, topics: Topics, *, name: str, url: str) -> dict[str, Any]:
    """Return the device announcement.

    Parameters
    ----------
    identity : Identity
        Entities are known by `identity.unique` for ever, whatever the topics are called.
    topics : Topics
        Where the payloads are published.
    name : str
        The device's name for people.
    url : str
        Our page ("Visit device").
    """
    components = _live(topics) | _last_night(topics) | _controls(topics) | _diagnostics(topics)
    components |= _evening_test(topics)
    for key, component in components.items():
        component["uniq_id"] = f"plms_{identity.unique}_{key}"
    return {
        "dev": {
            "ids": [f"plms_{identity.unique}"],
            "name": name,
            "mf": "plms-bedside",
            "mdl": "Bedside limb movement monitor",
            "sn": identity.unique,
            "sw": VERSION,
            "hw": identity.hardware,
            "cu": url,
        },
        "o": {"name": "plms-bedside", "sw": VERSION},
        "qos": 1,
        "cmps": components,
    }


def _value(key: str) -> str:
    return "{{ value_json." + key + " }}"


def _when_online(topics: Topics) -> Component:
    return {"avty": [{"t": topics.availability}]}


def _when_recorder_runs(topics: Topics) -> Component:
    runs = "{{ 'online' if value_json.recorder == 'running' else 'offline' }}"
    return {
        "avty": [{"t": topics.availability}, {"t": topics.state, "val_tpl": runs}],
        "avty_mode": "all",
    }


def _live(topics: Topics) -> dict[str, Component]:
    runs = {"stat_t": topics.state} | _when_recorder_runs(topics)
    return {
        "in_bed": {"p": "binary_sensor", "name": "In bed", "dev_cla": "occupancy"}
        | {"val_tpl": _value("in_bed")}
        | _BOOLEAN
        | runs,
        "series_active": {"p": "binary_sensor", "name": "Kick series", "ic": "mdi:pulse"}
        | {"val_tpl": _value("series_active")}
        | _BOOLEAN
        | runs,
        "kicks_tonight": {"p": "sensor", "name": "Kicks tonight", "ic": "mdi:foot-print"}
        | {"val_tpl": _value("kicks_tonight"), "unit_of_meas": "kicks"}
        | {"stat_cla": "total_increasing"}
        | runs,
        "kicks_last_hour": {"p": "sensor", "name": "Kicks in the last hour"}
        | {"val_tpl": _value("kicks_last_hour"), "unit_of_meas": "kicks", "ic": "mdi:foot-print"}
        | _MEASUREMENT
        | runs,
        "status": {"p": "sensor", "name": "Status", "dev_cla": "enum", "ops": list(PHASES)}
        | {"stat_t": topics.state, "val_tpl": _value("phase"), "ic": "mdi:sleep"}
        | _when_online(topics),
        "event": {"p": "event", "name": "Event", "evt_typ": list(EVENT_TYPES)}
        | {"stat_t": topics.event, "ic": "mdi:bed-clock"}
        | _when_online(topics),
    }


def _figure(topics: Topics, key: str, name: str, **more: object) -> Component:
    return {"p": "sensor", "name": name, "stat_t": topics.night, "val_tpl": _value(key)} | more


def _last_night(topics: Topics) -> dict[str, Component]:
    count = {"unit_of_meas": "kicks"} | _MEASUREMENT
    index = {"unit_of_meas": "/h", "sug_dsp_prc": 1, "ic": "mdi:chart-bell-curve"} | _MEASUREMENT
    minutes = {"dev_cla": "duration", "unit_of_meas": "min", "sug_dsp_prc": 0} | _MEASUREMENT
    seconds = {"dev_cla": "duration", "unit_of_meas": "s", "sug_dsp_prc": 1} | _MEASUREMENT
    moment = {"dev_cla": "timestamp"}
    details = {
        "json_attr_t": topics.night,
        "json_attr_tpl": "{{ {'night': value_json.night, 'rules': value_json.rules,"
        " 'low': value_json.plmi_tib_low, 'high': value_json.plmi_tib_high} | tojson }}",
    }
    nights = {
        "json_attr_t": topics.night,
        "json_attr_tpl": "{{ {'nights': value_json.nights_used} | tojson }}",
    }
    figures: dict[str, tuple[str, Component]] = {
        "plmi_tib": ("PLM index per hour in bed, last night", index | details),
        "plmi_tib_median": ("PLM index per hour in bed, recent nights", index | nights),
        "kicks": ("Kicks last night", count),
        "kicks_moved_partner": ("Kicks that moved the partner", count),
        "time_in_bed_min": ("Time in bed", minutes),
        "lost_min": ("Lost time", minutes),
        "start": ("Night start", moment),
        "end": ("Night end", moment),
        "plmi_est_sleep": (
            "PLM index per hour of estimated sleep, last night",
            index | _OFF_AT_FIRST,
        ),
        "plm": ("Periodic leg movements", count | _OFF_AT_FIRST),
        "series": ("Kick series last night", {"unit_of_meas": "series"} | _MEASUREMENT),
        "periodicity_index_intervals": (
            "Periodicity index (intervals)",
            {"sug_dsp_prc": 2} | _MEASUREMENT,
        ),
        "interval_geometric_mean_s": ("Interval between kicks", seconds),
        "recorded_min": ("Recorded time", minutes | _OFF_AT_FIRST),
    }
    for key in ("series", "periodicity_index_intervals", "interval_geometric_mean_s"):
        figures[key] = (figures[key][0], figures[key][1] | _OFF_AT_FIRST)
    return {
        f"last_{key}": _figure(topics, key, name) | more for key, (name, more) in figures.items()
    }


def _evening_test(topics: Topics) -> dict[str, Component]:
    """Return the entities of the evening test.

    The answer is a choice and not a slider: one deliberate tap, and 0 can be tapped too.
    """
    runs = _when_recorder_runs(topics)
    asks = "{{ 'offline' if value_json.sit.question_minute is none else 'online' }}"
    asked = {"avty": [*runs["avty"], {"t": topics.state, "val_tpl": asks}], "avty_mode": "all"}
    figure = {"p": "sensor", "stat_t": topics.sit, "sug_dsp_prc": 1} | _MEASUREMENT
    details = "{{ {'test': value_json.sit, 'low': value_json.movements_per_counted_hour_low,"
    details += " 'high': value_json.movements_per_counted_hour_high, 'counted_min':"
    details += " value_json.counted_min, 'partial': value_json.partial, 'method':"
    details += " value_json.method} | tojson }}"
    return {
        "sit_phase": {"p": "sensor", "name": "Evening test", "dev_cla": "enum"}
        | {"ops": list(SIT_PHASES), "stat_t": topics.state, "val_tpl": _value("sit.phase")}
        | {"ic": "mdi:seat-legroom-extra"}
        | runs,
        "sit_ends": {"p": "sensor", "name": "Evening test ends", "dev_cla": "timestamp"}
        | {"stat_t": topics.state, "val_tpl": _value("sit.ends")}
        | runs,
        "sit_discomfort": {"p": "select", "name": "Leg discomfort now", "stat_t": topics.state}
        | {"val_tpl": _value("sit.discomfort"), "ops": [str(n) for n in range(LEAST, MOST + 1)]}
        | {"cmd_t": topics.command("sit_answer"), "cmd_tpl": '{"discomfort": {{ value }}}'}
        | {"ic": "mdi:emoticon-neutral-outline"}
        | asked,
        "sit_start": _button(topics, "sit_start", "Start evening test", "mdi:timer-play-outline"),
        "sit_next": _button(topics, "sit_next", "Evening test: go on", "mdi:timer-check-outline"),
        "sit_stop": _button(topics, "sit_stop", "Stop evening test", "mdi:timer-stop-outline"),
        "last_sit_movements": figure
        | {
            "name": "Leg movements in the evening test",
            "unit_of_meas": "/h",
            "ic": "mdi:foot-print",
        }
        | {"val_tpl": _value("movements_per_counted_hour")}
        | {"json_attr_t": topics.sit, "json_attr_tpl": details},
        "last_sit_discomfort": figure
        | {"name": "Discomfort in the evening test", "ic": "mdi:emoticon-neutral-outline"}
        | {"val_tpl": _value("discomfort_mean")},
        "last_sit_end": {"p": "sensor", "name": "Last evening test", "dev_cla": "timestamp"}
        | {"stat_t": topics.sit, "val_tpl": _value("end")},
    }


def _button(topics: Topics, verb: str, name: str, icon: str) -> Component:
    press = {"p": "button", "name": name, "ic": icon, "pl_prs": "{}"}
    return press | {"cmd_t": topics.command(verb)} | _when_recorder_runs(topics)


def _controls(topics: Topics) -> dict[str, Component]:
    recording = "{{ 'ON' if value_json.phase in ('recording', 'paused') else 'OFF' }}"
    return {
        "recording": {"p": "switch", "name": "Recording", "ic": "mdi:record-rec"}
        | {"stat_t": topics.state, "val_tpl": recording, "cmd_t": topics.command("recording")}
        | _when_recorder_runs(topics),
        "lights_off": _button(topics, "lights_off", "Lights off", "mdi:lightbulb-off-outline"),
        "lights_on": _button(topics, "lights_on", "Lights on", "mdi:lightbulb-on-outline"),
        "mark": _button(topics, "mark", "Mark", "mdi:flag-outline"),
        "pause": _button(topics, "pause", "Pause", "mdi:pause") | _OFF_AT_FIRST,
        "resume": _button(topics, "resume", "Resume", "mdi:play") | _OFF_AT_FIRST,
        "private": _button(topics, "private", "Private night", "mdi:incognito")
        | {"ent_cat": "config"},
        "announce": {"p": "button", "name": "Announce again", "ent_cat": "config"}
        | {"cmd_t": topics.command("announce"), "pl_prs": "{}", "ic": "mdi:bullhorn-outline"}
        | _OFF_AT_FIRST
        | _when_online(topics),
    }


def _diagnostics(topics: Topics) -> dict[str, Component]:
    details = "{{ {'alerts': value_json.alerts} | tojson }}"
    told = "{{ dict({'installed_version': value_json.version}, **({'latest_version':"
    told += " value_json.latest_version} if value_json.latest_version else {})) | tojson }}"
    hidden = _DIAGNOSTIC | _OFF_AT_FIRST
    info = {"p": "sensor", "stat_t": topics.info} | _when_online(topics) | hidden
    components: dict[str, Component] = {
        "problem": {"p": "binary_sensor", "name": "Problem", "dev_cla": "problem"}
        | {"stat_t": topics.alert, "val_tpl": _value("problem")}
        | {"json_attr_t": topics.alert, "json_attr_tpl": details}
        | _BOOLEAN
        | _DIAGNOSTIC
        | _when_online(topics),
        "update": {"p": "update", "name": "Software", "stat_t": topics.info, "val_tpl": told}
        | _DIAGNOSTIC
        | _when_online(topics),
        "disk_free": info
        | {"name": "Disk free", "val_tpl": _value("disk_free_percent")}
        | {"unit_of_meas": "%", "ic": "mdi:harddisk"}
        | _MEASUREMENT,
        "cpu_temperature": info
        | {"name": "Processor temperature", "val_tpl": _value("cpu_temperature_c")}
        | {"dev_cla": "temperature", "unit_of_meas": "°C"}
        | _MEASUREMENT,
        "last_boot": info
        | {"name": "Last boot", "val_tpl": _value("last_boot"), "dev_cla": "timestamp"},
    }
    for device, name in {"left": "Left ankle", "right": "Right ankle", "strip": "Strip"}.items():
        components[f"sensor_{device}"] = (
            {"p": "sensor", "name": f"{name} sensor", "dev_cla": "enum"}
            | {"stat_t": topics.state, "val_tpl": _value(f"sensors.{device}")}
            | {"ops": list(SENSOR_STATES)}
            | hidden
            | _when_recorder_runs(topics)
        )
    return components
