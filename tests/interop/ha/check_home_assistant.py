"""A real Home Assistant core at a real Mosquitto with the real publisher.

Not collected by a plain pytest run; `make test-ha` runs it for each version that can be installed.
"""

import json
import signal
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.publish.discovery import device_payload
from appliance.publish.identity import Identity
from appliance.publish.topics import EVENT_TYPES, Topics
from appliance.store import commands, nights, settings, status

HERE = Path(__file__).parent
DOCS = HERE.parents[2] / "docs" / "mqtt" / "home-assistant"
PATIENCE_S = 45.0
LIVE = ("in_bed", "series_active", "kicks_tonight", "kicks_last_hour", "recording")
BUTTONS = ("lights_off", "lights_on", "mark", "private", "sit_start", "sit_next", "sit_stop")
OFF_AT_FIRST = {
    "last_plmi_est_sleep", "last_plm", "last_series", "last_periodicity_index_intervals",
    "last_interval_geometric_mean_s", "last_recorded_min", "pause", "resume", "announce",
    "disk_free", "cpu_temperature", "last_boot", "sensor_left", "sensor_right", "sensor_strip",
}  # fmt: skip
IDLE = {"phase": "idle", "in_bed": False, "sensors": {"left": "ok", "right": "ok", "strip": "ok"}}


def say_idle(device, **more):
    status.write(device.db, status.Status(**(IDLE | more), updated=time.time()))


def wait_for_states(core, eventually, wanted, why=""):
    def right():
        states = core.states()
        return all(states.get(key) == state for key, state in wanted.items())

    began_s = time.monotonic()
    try:
        eventually(right, "states", PATIENCE_S)
    except AssertionError:
        states = core.states()
        found = {key: states.get(key) for key in wanted}
        raise AssertionError(f"wanted {wanted}, found {found}; {core.warnings()}") from None
    print(f"{why or 'states'}: right after {time.monotonic() - began_s:.1f} s")


def last_night_states(payload):
    keys = ("plmi_tib", "plmi_tib_median", "kicks", "time_in_bed_min", "lost_min")
    known = {key: "unknown" if payload[key] is None else str(payload[key]) for key in keys}
    times = {"start": "2026-01-05T22:00:00+00:00", "end": "2026-01-06T00:00:00+00:00"}
    return {f"last_{key}": state for key, state in (known | times).items()}


@pytest.fixture
def broker(make_broker):
    return make_broker().start()


@pytest.fixture
def device(broker, make_device):
    one = make_device(broker.port)
    say_idle(one)
    return one.start()


def test_the_schemas_accept_everything_and_drop_nothing(python, tmp_path):
    payload = device_payload(
        Identity("b827eb012345", "bed", "Raspberry Pi Zero 2 W"),
        Topics("bed"),
        name="PLMS monitor",
        url="http://plms.local:8080/",
    )
    assert payload["cmps"]["event"]["evt_typ"] == list(EVENT_TYPES)
    script, file = HERE / "schema_check.py", tmp_path / "announcement.json"
    if python[0] == "chroot":
        work = Path(python[1]) / "work"
        (work / script.name).write_text(script.read_text())
        (work / file.name).write_text(json.dumps(payload))
        arguments = [f"/work/{script.name}", f"/work/{file.name}"]
    else:
        file.write_text(json.dumps(payload))
        arguments = [str(script), str(file)]
    found = subprocess.run([*python, *arguments], capture_output=True, text=True)
    answer = json.loads(found.stdout.strip().splitlines()[-1]) if found.stdout else found.stderr
    version = answer.pop("home_assistant")
    assert set(answer) == set(payload["cmps"]) | {"device"}, version
    assert {key: text for key, text in answer.items() if text != "ok"} == {}, version


def test_a_night_with_live_series(
    broker, device, home_assistant, subscribe, eventually, replay_night
):
    heard = subscribe(broker.port)
    core = home_assistant(broker.port)
    idle = {"in_bed": "off", "series_active": "off", "status": "idle", "recording": "off"}
    idle |= {"problem": "off", "kicks_tonight": "unknown", "last_kicks": "unknown"}
    idle |= {"event": "unknown", "update": "unknown"}
    wait_for_states(core, eventually, idle | dict.fromkeys(BUTTONS, "unknown"))
    entities = core.entities()
    assert {key for key, one in entities.items() if one["disabled"]} == OFF_AT_FIRST
    assert all(".plms_monitor_" in one["entity_id"] for one in entities.values())
    (found,) = core.look()["devices"]
    assert found["name"] == "PLMS monitor"
    assert found["url"].startswith("http://")
    blueprint = core.put_file(DOCS / "kick_series.yaml")
    inputs = {"series": entities["series_active"]["entity_id"], "after": "00:00:00",
              "before": "23:59:59", "started": [{"event": "series_began"}]}  # fmt: skip
    answer = core.ask(do="blueprint", path=blueprint, inputs=inputs)
    assert list(answer.values()) == ["on"]

    recorder = threading.Thread(target=replay_night, args=(device.state_dir, 2, 0.1))
    recorder.start()
    wait_for_states(core, eventually, {"recording": "on", "status": "recording", "in_bed": "on"})
    recorder.join(120)
    heard.wait(lambda: heard.documents("night")[-1]["night"], "the night")
    night = heard.documents("night")[-1]
    assert night["plmi_tib"] > 0
    wait_for_states(core, eventually, last_night_states(night) | {"status": "idle"})

    def types():
        return [e["event_type"] for e in heard.documents("event")]

    def types_seen():
        changes = [c for c in core.look()["changes"] if c[1] == entities["event"]["entity_id"]]
        return [more["event_type"] for *_, more in changes if more and more["event_type"]]

    heard.wait(lambda: "night_ready" in types()[-1:], "the night's last event")
    eventually(lambda: types_seen() == types(), "the same events in the same order", PATIENCE_S)
    looked = core.look()
    series = [state for _, name, state, _ in looked["changes"]
              if name == entities["series_active"]["entity_id"]]  # fmt: skip
    assert series.count("on") >= 3
    fired = [state for _, name, state, _ in looked["changes"] if name.startswith("automation.")]
    assert fired, "the blueprint's automation ran"
    assert core.warnings() == []


def test_it_is_right_after_every_restart(
    make_broker, make_device, home_assistant, subscribe, eventually, replay_night
):
    broker = make_broker()
    keep = ["persistence true", f"persistence_location {broker.folder}/"]
    broker.lines += keep
    broker.start()
    device = make_device(broker.port)
    settings.put(device.db, "update.latest_version", "9.9.9", time.time())
    replay_night(device.state_dir, 2, 0.0)
    say_idle(device, in_bed=True)
    device.start()
    heard = subscribe(broker.port)
    heard.wait(lambda: heard.documents("night"), "the night")
    standing = last_night_states(heard.documents("night")[-1])
    live = {"in_bed": "on", "series_active": "off", "recording": "off", "status": "idle"}
    right = standing | live | {"problem": "off", "update": "on"}

    core = home_assistant(broker.port)
    wait_for_states(core, eventually, right)
    assert core.warnings() == []
    names = {one["entity_id"] for one in core.entities().values()}
    core.quit()

    core = home_assistant(broker.port)  # Home Assistant restarts
    wait_for_states(core, eventually, right, "Home Assistant restarted")
    assert {one["entity_id"] for one in core.entities().values()} == names

    def births():
        return sum(payload == b"online" for payload in heard.payloads("status"))

    def has_come_back(before):
        heard.wait(lambda: births() > before, "Home Assistant's birth message", PATIENCE_S)

    has_come_back(0)
    born = births()
    broker.restart(signal.SIGTERM)  # the broker restarts and remembers
    say_idle(device, in_bed=False)
    wait_for_states(core, eventually, right | {"in_bed": "off"}, "broker with memory restarted")
    has_come_back(born)

    broker.lines = [line for line in broker.lines if line not in keep]
    (broker.folder / "mosquitto.db").unlink()
    broker.restart(signal.SIGKILL)  # the broker restarts and has forgotten everything
    say_idle(device, in_bed=True)
    wait_for_states(core, eventually, right, "broker without memory restarted")
    late = subscribe(broker.port)
    late.wait(lambda: late.documents("config") and late.documents("night"), "all retained again")

    device.halt()  # the device sleeps: live entities say so, last night's figures stay
    wait_for_states(core, eventually, standing | dict.fromkeys(LIVE, "unavailable"))
    device.start()
    wait_for_states(core, eventually, right, "device restarted")
    assert core.warnings() == []


def test_buttons_and_the_switch_command_the_recorder(broker, device, home_assistant, eventually):
    core = home_assistant(broker.port)
    wait_for_states(core, eventually, {"recording": "off", "mark": "unknown"})
    entities = core.entities()

    def press(service, key):
        core.ask(do="call", service=service, data={"entity_id": entities[key]["entity_id"]})
        (command,) = eventually(lambda: commands.take_pending(device.db), key)
        commands.finish(device.db, command.id, ok=True, result="done", done_utc=time.time())
        return command.verb

    assert press("switch.turn_on", "recording") == "start_night"
    assert press("switch.turn_off", "recording") == "end_night"
    for key in BUTTONS:
        assert press("button.press", key) == key
    assert core.warnings() == []


def test_the_evening_test_asks_and_takes_its_answer(
    broker, device, home_assistant, subscribe, eventually, replay_sit
):
    heard = subscribe(broker.port)
    core = home_assistant(broker.port)
    idle = {"sit_phase": "idle", "sit_discomfort": "unavailable", "last_sit_movements": "unknown"}
    wait_for_states(core, eventually, idle | {"sit_ends": "unknown"})
    entities = core.entities()
    asks = status.SitStatus(
        state="running", night="2026-01-05-sit", started_utc=1_767_639_600.0,
        ends_utc=1_767_643_200.0, open_minute=20, closes_utc=1_767_641_400.0, posture="in",
    )  # fmt: skip
    say_idle(device, phase="recording", kind="sit", sit=asks)
    running = {"sit_phase": "running", "sit_ends": "2026-01-05T20:00:00+00:00"}
    wait_for_states(core, eventually, running | {"sit_discomfort": "unknown"})
    answer = {"entity_id": entities["sit_discomfort"]["entity_id"], "option": "0"}
    core.ask(do="call", service="select.select_option", data=answer)
    (command,) = eventually(lambda: commands.take_pending(device.db), "the answer")
    assert (command.verb, command.args) == ("sit_answer", {"discomfort": 0})
    commands.finish(device.db, command.id, ok=True, result="kept", done_utc=time.time())
    say_idle(device, phase="recording", kind="sit", sit=replace(asks, answers=((20, 0),)))
    wait_for_states(core, eventually, running | {"sit_discomfort": "0"})
    event_id = entities["event"]["entity_id"]
    blueprint = core.put_file(DOCS / "evening_test.yaml")
    inputs = {"event": event_id, "actions": [{"event": "it_asked"}]}
    assert list(core.ask(do="blueprint", path=blueprint, inputs=inputs).values()) == ["on"]
    device.event("night_ready")  # Home Assistant's automation wants a state before the first one
    heard.wait(lambda: heard.documents("event"), "an event")
    replay_sit(device.state_dir)
    say_idle(device)
    heard.wait(lambda: heard.documents("sit")[-1]["sit"], "the test")
    found = heard.documents("sit")[-1]
    figures = {
        "last_sit_movements": str(found["movements_per_counted_hour"]),
        "last_sit_discomfort": str(found["discomfort_mean"]),
        "last_sit_end": "2026-01-05T20:00:00+00:00",
    }
    wait_for_states(core, eventually, idle | figures)
    fired = [
        state for _, name, state, _ in core.look()["changes"] if name.startswith("automation.")
    ]
    assert fired, "the blueprint's automation ran"
    device.halt()
    wait_for_states(core, eventually, figures | {"sit_phase": "unavailable"})
    assert core.warnings() == []


def test_the_recorder_is_missed_honestly(broker, device, home_assistant, eventually):
    core = home_assistant(broker.port)
    wait_for_states(core, eventually, {"in_bed": "off", "status": "idle"})
    status.write(device.db, status.Status(**IDLE, updated=time.time() - 1000.0))
    stopped = dict.fromkeys((*LIVE, *BUTTONS), "unavailable") | {"status": "stopped"}
    wait_for_states(core, eventually, stopped)
    assert core.warnings() == []


def test_the_card_and_the_other_blueprint_load(broker, device, home_assistant, eventually):
    core = home_assistant(broker.port)
    wait_for_states(core, eventually, {"in_bed": "off"})
    known = {one["entity_id"] for one in core.entities().values() if not one["disabled"]}
    card = core.ask(do="yaml", path=core.put_file(DOCS / "card.yaml"))
    used = {row["entity"] for part in card["cards"] for row in part.get("entities", [])
            if "entity" in row}  # fmt: skip
    assert len(used) >= 10
    assert used <= known
    event_id = core.entities()["event"]["entity_id"]
    inputs = {"event": event_id, "actions": [{"event": "night_was_ready"}]}
    answer = core.ask(do="blueprint", path=core.put_file(DOCS / "night_ready.yaml"), inputs=inputs)
    assert list(answer.values()) == ["on"]
    device.event("night_started")
    device.event("night_ready")
    changed = eventually(
        lambda: [c for c in core.look()["changes"] if c[1].startswith("automation.")][1:], "a run"
    )
    assert changed
    assert nights.list_nights(device.db) == []
    assert core.warnings() == []
