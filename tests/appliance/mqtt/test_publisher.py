"""The publisher at a real Mosquitto: what stands there, what comes, what is said when it fails."""

import dataclasses
import gc
import itertools
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from appliance.publish import service
from appliance.publish.backoff import Tuning
from appliance.publish.broker import Broker, Trouble
from appliance.publish.credentials import write_password
from appliance.publish.session import Session
from appliance.publish.standing import read_standing
from appliance.publish.topics import Topics
from appliance.store import commands, faults, settings, status
from appliance.store.status import Status

pytestmark = pytest.mark.broker

RETAINED = {"availability", "state", "night", "sit", "alert", "info"}


def test_a_new_subscriber_finds_everything_retained_and_no_event(
    broker, make_device, subscribe, eventually
):
    device = make_device(broker.port).start()
    eventually(lambda: read_standing(device.db).state == "connected", "the connection")
    device.event()
    first = subscribe(broker.port)
    first.wait(lambda: first.payloads("event"), "the event")
    late = subscribe(broker.port)
    late.wait(lambda: len(late.messages) >= 7, "the retained messages")
    topics = {topic for topic, _, retained, _ in late.messages if retained}
    assert topics == {f"plms/bed/{n}" for n in RETAINED} | {"homeassistant/device/bed/config"}
    assert late.payloads("availability") == [b"online"]
    assert late.payloads("event") == []
    assert read_standing(device.db).text == f"connected to 127.0.0.1:{broker.port}"


def test_offline_is_said_at_a_clean_stop_and_by_the_broker_after_a_crash(
    broker, make_device, make_proxy, subscribe
):
    proxy = make_proxy(broker.port)
    device = make_device(proxy.port).start()
    heard = subscribe(broker.port)
    heard.wait(lambda: b"online" in heard.payloads("availability"), "online")
    proxy.cut(refuse=True)
    heard.wait(lambda: b"offline" in heard.payloads("availability"), "the will")
    proxy.mend()
    heard.wait(lambda: heard.payloads("availability").count(b"online") > 1, "online again")
    device.halt()
    assert heard.wait(lambda: heard.payloads("availability")[-1] == b"offline", "the goodbye")


def test_events_come_in_order_once_and_leave_the_outbox(broker, make_device, subscribe, eventually):
    heard = subscribe(broker.port)
    device = make_device(broker.port).start()
    for _ in range(200):
        device.event()
    heard.wait(lambda: len(heard.payloads("event")) >= 200, "the events")
    assert [e["id"] for e in heard.documents("event")] == device.sent
    eventually(lambda: device.waiting() == 0, "the outbox to empty")
    assert all(not retained for topic, _, retained, _ in heard.messages if topic.endswith("event"))


def test_the_figures_of_a_night_stand_before_it_is_said_to_be_ready(
    broker, make_device, subscribe, replay_night
):
    heard = subscribe(broker.port)
    device = make_device(broker.port).start()
    heard.wait(lambda: heard.documents("night"), "the first round")
    replay_night(device.state_dir, 1, 0.0)
    heard.wait(lambda: heard.documents("event")[-1:] and heard.documents("event")[-1]
               ["event_type"] == "night_ready", "the last event")  # fmt: skip
    ends = [topic.rsplit("/", 1)[1] for topic, *_ in heard.messages]
    assert heard.documents("night")[-1]["night"] == "2026-01-05"
    assert ends.index("night", ends.index("event")) < len(ends) - 1 - ends[::-1].index("event")


def test_the_state_follows_the_recorder(broker, make_device, subscribe):
    heard = subscribe(broker.port)
    device = make_device(broker.port).start()
    heard.wait(lambda: heard.documents("state"), "the first state")
    assert heard.documents("state")[0]["recorder"] == "stopped"
    told = {
        "phase": "recording", "night": "2026-01-05", "in_bed": True, "series_active": True,
        "kicks_tonight": 7, "kicks_last_hour": 4, "sensors": {"left": "ok", "right": "lost"},
    }  # fmt: skip
    status.write(device.db, Status(**told, updated=time.time()))
    heard.wait(lambda: heard.documents("state")[-1]["phase"] == "recording", "recording")
    state = heard.documents("state")[-1]
    assert (state["in_bed"], state["series_active"]) == (True, True)
    assert (state["kicks_tonight"], state["kicks_last_hour"]) == (7, 4)
    assert state["sensors"] == {"left": "ok", "right": "lost", "strip": None}
    assert state["time"].endswith(("+01:00", "+02:00"))
    count = len(heard.documents("state"))
    status.write(device.db, Status(**told, newest_tick=5, updated=time.time()))
    device.event()
    heard.wait(lambda: heard.payloads("event"), "the event after it")
    assert len(heard.documents("state")) == count, "a state that says the same is not repeated"


def test_the_figures_of_an_evening_test_stand_before_it_is_said_to_have_ended(
    broker, make_device, subscribe, replay_sit
):
    heard = subscribe(broker.port)
    device = make_device(broker.port).start()
    heard.wait(lambda: heard.documents("sit"), "the first round")
    assert heard.documents("sit")[-1]["sit"] is None
    replay_sit(device.state_dir)
    heard.wait(lambda: heard.documents("event")[-1:] and heard.documents("event")[-1]
               ["event_type"] == "sit_ended", "the last event")  # fmt: skip
    ends = [topic.rsplit("/", 1)[1] for topic, *_ in heard.messages]
    standing, told = heard.documents("sit")[-1], heard.documents("event")[-1]
    assert ends.index("sit", ends.index("event") - 3) < len(ends) - 1 - ends[::-1].index("event")
    assert standing["sit"] == told["night"] == "2026-01-05-sit"
    assert standing["counted_min"] == told["counted_min"] == 55.0
    assert standing["movements"] == told["movements"] == 75
    assert standing["movements_per_counted_hour"] == pytest.approx(75 / 55 * 60, abs=0.01)
    assert [a["discomfort"] for a in standing["answers"]] == [1, 3, 3, 4, 6, 7, 8]
    assert "not EMG" in standing["method"]
    assert heard.documents("night")[-1]["night"] is None, "a test is not a night"


def test_an_answer_reaches_the_recorder_and_its_refusal_comes_back(
    broker, make_device, subscribe, eventually
):
    heard = subscribe(broker.port)
    device = make_device(broker.port).start()
    heard.wait(lambda: heard.payloads("availability"), "online")
    heard.client.publish("plms/bed/cmd/sit_answer", b'{"discomfort": 11, "request_id": "a"}', 1)
    (command,) = eventually(lambda: commands.take_pending(device.db), "the command")
    assert (command.verb, command.args) == ("sit_answer", {"discomfort": 11})
    said = "discomfort: a whole number from 0 (none) to 10 (the worst)"
    commands.finish(device.db, command.id, ok=False, result=said, done_utc=time.time())
    heard.wait(lambda: heard.documents("result"), "the result")
    result = heard.documents("result")[0]
    assert (result["verb"], result["request_id"], result["ok"]) == ("sit_answer", "a", False)
    assert result["text"] == said


def test_a_fault_is_alerted_and_cleared(broker, make_device, subscribe):
    heard = subscribe(broker.port)
    device = make_device(broker.port).start()
    heard.wait(lambda: heard.documents("alert"), "the first alert")
    assert heard.documents("alert")[0]["problem"] is False
    faults.open_fault(device.db, "left", "lost", "The left ankle sensor does not answer.",
                      night_id=None, started_utc=1_767_650_400.0)  # fmt: skip
    heard.wait(lambda: heard.documents("alert")[-1]["problem"], "the alert")
    assert heard.documents("alert")[-1]["alerts"] == [
        {"device": "left", "code": "lost", "text": "The left ankle sensor does not answer.",
         "since": "2026-01-05T23:00:00+01:00"}
    ]  # fmt: skip
    faults.clear_fault(device.db, "left", "lost", None)
    heard.wait(lambda: not heard.documents("alert")[-1]["problem"], "the all-clear")


def test_a_command_is_carried_out_and_answered(broker, make_device, subscribe, eventually):
    heard = subscribe(broker.port)
    device = make_device(broker.port).start()
    heard.wait(lambda: heard.payloads("availability"), "online")
    heard.client.publish("plms/bed/cmd/mark", b'{"text": "cramp", "request_id": "r1"}', 1)
    (command,) = eventually(lambda: commands.take_pending(device.db), "the command")
    assert (command.verb, command.args, command.source) == ("mark", {"text": "cramp"}, "mqtt")
    commands.finish(device.db, command.id, ok=True, result="marked", done_utc=time.time())
    heard.wait(lambda: heard.documents("result"), "the result")
    result = heard.documents("result")[0]
    assert (result["verb"], result["request_id"]) == ("mark", "r1")
    assert (result["ok"], result["text"]) == (True, "marked")


def test_a_switch_starts_and_ends_the_night(broker, make_device, subscribe, eventually):
    heard = subscribe(broker.port)
    device = make_device(broker.port).start()
    heard.wait(lambda: heard.payloads("availability"), "online")
    heard.client.publish("plms/bed/cmd/recording", b"ON", 1)
    heard.client.publish("plms/bed/cmd/recording", b"OFF", 1)
    eventually(lambda: len(commands.take_pending(device.db)) == 2, "two commands")
    assert [c.verb for c in commands.take_pending(device.db)] == ["start_night", "end_night"]


@pytest.mark.parametrize(
    ("verb", "payload"),
    [("explode", b""), ("mark", b"{"), ("mark", b"[1]"), ("mark", b"\xff"), ("recording", b"1"),
     ("mark", b"{" + b" " * 3000), ("mark", b'{"request_id": 7}')],
)  # fmt: skip
def test_a_malformed_command_is_refused_in_words(broker, make_device, subscribe, verb, payload):
    heard = subscribe(broker.port)
    device = make_device(broker.port).start()
    heard.wait(lambda: heard.payloads("availability"), "online")
    heard.client.publish(f"plms/bed/cmd/{verb}", payload, 1)
    heard.wait(lambda: heard.documents("result"), "the refusal")
    assert heard.documents("result")[0]["ok"] is False
    assert commands.take_pending(device.db) == []


def test_a_retained_command_is_ignored(broker, make_device, subscribe, caplog):
    heard = subscribe(broker.port)
    heard.client.publish("plms/bed/cmd/end_night", b"", 1, retain=True)
    heard.client.publish("plms/bed/cmd/end_night", b"{}", 1, retain=True).wait_for_publish(5)
    device = make_device(broker.port).start()
    heard.wait(lambda: heard.payloads("availability"), "online")
    heard.client.publish("plms/bed/cmd/mark", b"[]", 1)
    heard.wait(lambda: heard.documents("result"), "the answer to a later command")
    assert [r["verb"] for r in heard.documents("result")] == ["mark"]
    assert commands.take_pending(device.db) == []
    assert "ignored a retained command on plms/bed/cmd/end_night" in caplog.text


def test_a_retained_command_is_ignored_when_it_is_sent_and_when_it_is_cleared(
    broker, make_device, subscribe
):
    heard = subscribe(broker.port)
    device = make_device(broker.port).start()
    heard.wait(lambda: heard.payloads("availability"), "online")
    heard.client.publish("plms/bed/cmd/end_night", b"{}", 1, retain=True)
    heard.client.publish("plms/bed/cmd/end_night", b"", 1, retain=True)
    heard.client.publish("plms/bed/cmd/mark", b"[]", 1)
    heard.wait(lambda: heard.documents("result"), "the answer to a later command")
    assert [r["verb"] for r in heard.documents("result")] == ["mark"]
    assert commands.take_pending(device.db) == []


@pytest.mark.parametrize(("protocol", "obeyed"), [("5", [{}, {}]), ("3.1.1", [{}])])
def test_an_empty_payload_is_a_command_where_it_cannot_be_one_that_clears(
    broker, make_device, subscribe, eventually, protocol, obeyed
):
    heard = subscribe(broker.port)
    heard.client.publish("plms/bed/cmd/end_night", b"{}", 1, retain=True).wait_for_publish(5)
    device = make_device(broker.port, protocol=protocol).start()
    heard.wait(lambda: heard.payloads("availability"), "online")
    heard.client.publish("plms/bed/cmd/end_night", b"", 1, retain=True)
    heard.client.publish("plms/bed/cmd/lights_on", b"", 1)
    heard.client.publish("plms/bed/cmd/lights_on", b"{}", 1)
    heard.client.publish("plms/bed/cmd/pause", b'{"request_id": "last"}', 1)
    eventually(lambda: "pause" in [c.verb for c in commands.take_pending(device.db)], "the last")
    taken = [(c.verb, c.args) for c in commands.take_pending(device.db)]
    assert taken == [*(("lights_on", args) for args in obeyed), ("pause", {})]


def test_a_command_that_no_recorder_answers_is_withdrawn(broker, make_device, subscribe):
    heard = subscribe(broker.port)
    device = make_device(broker.port).start()
    heard.wait(lambda: heard.payloads("availability"), "online")
    heard.client.publish("plms/bed/cmd/start_night", b"", 1)
    heard.wait(lambda: heard.documents("result"), "the answer")
    assert heard.documents("result")[0]["text"].startswith("the recorder does not answer")
    assert commands.take_pending(device.db) == []


@pytest.mark.parametrize("retain", [False, True])
def test_home_assistants_birth_brings_everything_again_but_not_the_announcement(
    broker, make_device, subscribe, retain
):
    heard = subscribe(broker.port)
    make_device(broker.port).start()
    heard.wait(lambda: heard.documents("info"), "the first round")
    heard.messages.clear()
    heard.client.publish("homeassistant/status", b"online", 0, retain=retain)
    heard.wait(lambda: heard.documents("info"), "the second round")
    names = [topic.removeprefix("plms/bed/") for topic, *_ in heard.messages]
    assert names[1:7] == ["availability", "state", "night", "sit", "alert", "info"]
    assert "homeassistant/device/bed/config" not in names


def test_the_announcement_is_sent_once_a_connection_and_again_when_asked(
    broker, make_device, make_proxy, subscribe
):
    proxy = make_proxy(broker.port)
    heard = subscribe(broker.port)
    make_device(proxy.port).start()
    for times in range(6):
        heard.wait(
            lambda count=times: heard.payloads("availability").count(b"online") > count, "online"
        )
        if times < 5:
            proxy.cut()
    before = len(heard.payloads("config"))
    heard.client.publish("plms/bed/cmd/announce", b"{}", 1)
    heard.wait(lambda: heard.documents("result"), "the answer")
    heard.wait(lambda: len(heard.payloads("config")) > before, "the announcement asked for")
    times = [at for topic, _, _, at in heard.messages if topic.endswith("/config")]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert min(gaps) > 0.15, "announcements are spaced"


def test_a_changed_topic_removes_the_old_announcement(broker, make_device, subscribe):
    heard = subscribe(broker.port)
    device = make_device(broker.port).start()
    heard.wait(lambda: heard.documents("config"), "the announcement")
    known = {c["uniq_id"] for c in heard.documents("config")[0]["cmps"].values()}
    settings.put(device.db, "device.id", "other", time.time())
    heard.wait(
        lambda: any(t == "homeassistant/device/other/config" for t, *_ in heard.messages), "the new"
    )
    assert ("homeassistant/device/bed/config", b"") in [(t, p) for t, p, *_ in heard.messages]
    now_known = {c["uniq_id"] for c in heard.documents("config")[-1]["cmps"].values()}
    assert now_known == known, "entities keep their identity whatever the topics are called"


def test_settings_of_the_page_switch_it_on_and_off(broker, make_device, subscribe, eventually):
    heard = subscribe(broker.port)
    device = make_device(broker.port, enabled=False).start()
    eventually(lambda: read_standing(device.db).text == "MQTT is off", "the standing")
    assert heard.messages == []
    settings.put(device.db, "mqtt.enabled", value=True, updated_utc=time.time())
    heard.wait(lambda: b"online" in heard.payloads("availability"), "online")
    settings.put(device.db, "mqtt.enabled", value=False, updated_utc=time.time())
    heard.wait(lambda: b"offline" in heard.payloads("availability"), "offline")
    eventually(lambda: read_standing(device.db).state == "off", "the standing")


def test_a_broker_that_is_down_at_boot_is_reported_and_found_later(
    make_broker, make_device, subscribe, eventually
):
    broker = make_broker()
    device = make_device(broker.port).start()
    device.event()
    eventually(lambda: faults.open_faults(device.db), "the fault")
    assert read_standing(device.db).text == f"no broker listens at 127.0.0.1:{broker.port}"
    broker.start()
    heard = subscribe(broker.port)
    heard.wait(lambda: heard.event_ids() == device.sent, "the event that waited")
    eventually(lambda: not faults.open_faults(device.db), "the fault to clear")


def passwords(broker, **people):
    path = broker.folder / "passwords"
    path.touch(0o600)
    for name, word in people.items():
        subprocess.run(
            ["mosquitto_passwd", "-b", str(path), name, word], check=True, capture_output=True
        )
    return ["allow_anonymous false", f"password_file {path}"]


def test_a_wrong_password_is_said_and_a_right_one_heals(make_broker, make_device, eventually):
    broker = make_broker()
    broker.lines = passwords(broker, bed="right")
    broker.start()
    device = make_device(broker.port, username="bed")
    write_password(device.state_dir, "wrong")
    device.start()
    (fault,) = eventually(lambda: faults.open_faults(device.db), "the fault")
    assert (fault.device, fault.code) == ("mqtt", "login")
    assert "check mqtt.username and the password" in fault.text
    assert device.thread.healthy()
    write_password(device.state_dir, "right")
    eventually(lambda: read_standing(device.db).state == "connected", "the connection")
    eventually(lambda: not faults.open_faults(device.db), "the fault to clear")


def test_a_password_file_open_to_others_is_refused(make_broker, make_device, eventually, tmp_path):
    broker = make_broker()
    broker.lines = passwords(broker, bed="right")
    broker.start()
    secret = tmp_path / "secret"
    secret.write_text("right\n")
    secret.chmod(0o644)
    device = make_device(broker.port, username="bed", password_file=str(secret)).start()
    eventually(lambda: read_standing(device.db).state == "trouble", "the refusal")
    assert f"chmod 600 {secret}" in read_standing(device.db).text
    secret.chmod(0o600)
    eventually(lambda: read_standing(device.db).state == "connected", "the connection")


def test_what_the_acl_denies_is_named_and_kept(make_broker, make_device, subscribe, eventually):
    broker = make_broker()
    acl = broker.folder / "acl"
    allowed = ["topic write plms/bed/state", "topic write plms/bed/availability",
               "topic write plms/bed/night", "topic write plms/bed/alert",
               "topic write plms/bed/info", "topic write plms/bed/result",
               "topic write plms/bed/sit",
               "topic read plms/bed/cmd/#", "topic read homeassistant/status"]  # fmt: skip
    watcher = ["user watcher", "topic readwrite #"]
    acl.write_text("\n".join(["user bed", *allowed, *watcher]) + "\n")
    acl.chmod(0o600)
    broker.lines = [*passwords(broker, bed="b", watcher="w"), f"acl_file {acl}"]
    broker.start()
    device = make_device(broker.port, username="bed")
    write_password(device.state_dir, "b")
    device.start()
    heard = subscribe(broker.port, username="watcher", password="w")
    device.event()
    (fault,) = eventually(lambda: faults.open_faults(device.db), "the fault")
    assert (fault.device, fault.code) == ("mqtt", "acl")
    eventually(lambda: "plms/bed/event" in read_standing(device.db).text, "the topic's name")
    eventually(lambda: device.waiting() == 1, "the event to be kept")
    allowed += ["topic write plms/bed/event", "topic write homeassistant/device/bed/config"]
    acl.write_text("\n".join(["user bed", *allowed, *watcher]) + "\n")
    broker.process.send_signal(1)  # SIGHUP: read the ACL again
    heard.wait(lambda: heard.event_ids() == device.sent, "the event")
    heard.client.publish("plms/bed/cmd/announce", b"", 1)
    eventually(lambda: not faults.open_faults(device.db), "the fault to clear")


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (b"\x20\x02\x00\x01", "protocol", 'set mqtt.protocol to "3.1.1"'),
        (b"\x20\x03\x00\x84\x00", "protocol", "does not speak MQTT 5"),
        (b"\x20\x03\x00\x85\x00", "client_id", "does not accept the client name plms-demo-"),
        (b"\x20\x03\x00\x86\x00", "login", "refuses user name or password"),
        (b"\x20\x03\x00\x88\x00", "busy", "not available now"),
        (b"\x20\x03\x00\x8a\x00", "banned", "has banned this device"),
        (b"\x20\x03\x00\x00\x00\xe0\x02\x8e\x00", "taken_over", "connects with our client name"),
        (b"\x20\x03\x00\x00\x00\xe0\x02\x8b\x00", "lost", "is shutting down"),
        (b"\x20\x7f", "lost", "broke"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "lost", "broke"),
    ],
)
def test_each_refusal_has_its_words(answering, make_device, eventually, answer, code, words):
    """CONNACK (old form and MQTT 5) and DISCONNECT as brokers send them, byte by byte."""
    device = make_device(answering(answer)).start()
    fault = eventually(
        lambda: next((f for f in faults.open_faults(device.db) if f.code == code), None), code
    )
    assert words in fault.text
    assert device.thread.healthy()


def test_mqtt_3_1_1_by_setting(broker, make_device, subscribe, eventually):
    heard = subscribe(broker.port)
    device = make_device(broker.port, protocol="3.1.1").start()
    for _ in range(5):
        device.event()
    heard.wait(lambda: heard.event_ids() == device.sent, "the events")
    eventually(lambda: device.waiting() == 0, "the outbox to empty")
    assert "(p2, c1, k30)" in (broker.folder / "log").read_text()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_second_client_of_our_name_is_named(broker, make_device, subscribe, eventually, protocol):
    """Mosquitto 2.0 does not say why it closes the older connection; the pattern tells."""
    first = make_device(broker.port, protocol=protocol)
    first.tuning = dataclasses.replace(first.tuning, stable_s=60.0)
    first.start()

    def names():
        """Who connected, by the broker's own log: we and our twins have the same name."""
        lines = (broker.folder / "log").read_text().splitlines()
        return [line.split(" as ")[1].split(" ")[0] for line in lines if " as plms-" in line]

    since = None
    for _ in range(4):  # each time we are connected anew

        def anew(before=since):
            now = read_standing(first.db)
            return now if now.state == "connected" and now.since_utc != before else None

        since = eventually(anew, "our connection").since_utc
        twin = subscribe(broker.port, client_id=names()[0], filters=("nothing",))
        twin.client.disconnect()
    eventually(lambda: "unstable" in {f.code for f in all_faults(first.db)}, "the fault")
    assert all(names()[0] in f.text for f in all_faults(first.db) if f.code == "unstable")


def all_faults(db):
    return [faults._fault(row) for row in db.execute("SELECT * FROM faults")]


def test_something_that_is_no_broker_is_named(make_device, eventually):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        device = make_device(server.getsockname()[1]).start()
        eventually(
            lambda: "not as an MQTT broker does" in read_standing(device.db).text, "the words", 20
        )


def test_expired_movements_are_dropped_and_the_nights_own_events_come(
    make_broker, make_device, subscribe, eventually
):
    broker = make_broker()
    device = make_device(broker.port)
    device.event("night_started")
    device.event("limb_movement", expires_in_s=-1.0)
    device.event("night_ready")
    device.event("limb_movement", expires_in_s=300.0)
    heard_later = [device.sent[0], device.sent[2], device.sent[3]]
    device.start()
    broker.start()
    heard = subscribe(broker.port)
    heard.wait(lambda: heard.event_ids() == heard_later, "the events that still matter")
    eventually(lambda: device.waiting() == 0, "the outbox to empty")


def test_a_thread_that_dies_is_seen(make_device, monkeypatch):
    device = make_device(1)
    thread = service.PublisherThread(
        device.state_dir, device.config, device.stop, device.tuning, lambda: None
    )
    assert not thread.healthy()
    thread.start()
    assert thread.healthy()
    monkeypatch.setattr(service, "SILENT_S", -1.0)
    assert not thread.healthy(), "a thread without progress"
    monkeypatch.undo()
    device.stop.set()
    thread.join(10)
    assert not thread.healthy()


@pytest.mark.parametrize("answer", [b"", b"\x20\x03\x00\x86\x00", b"\x20\x03\x00\x00\x00"])
def test_a_hundred_failures_leak_nothing(answering, answer):
    """Sockets are given back at once, not when garbage happens to be collected."""
    broker = Broker("127.0.0.1", answering(answer), "plms-test")
    gc.collect()
    gc.disable()
    try:
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(100):
            session = Session(broker, Topics("bed"), Tuning(), time.monotonic())
            while session.trouble is None:
                session.poll(time.monotonic(), 0.05)
                if session.connected:
                    session.give_up(Trouble("lost", "we have heard enough"))
            del session
        assert len(list(Path("/proc/self/fd").iterdir())) <= before + 3
    finally:
        gc.enable()


def test_an_event_comes_within_a_blink(broker, make_device, subscribe):
    """With the appliance's own waits; the kick's end is about half a second earlier."""
    heard = subscribe(broker.port)
    device = make_device(broker.port, tuning=Tuning()).start()
    heard.wait(lambda: heard.documents("info"), "the first round")
    took = []
    for number in range(20):
        start = time.monotonic()
        device.event()
        heard.wait(lambda count=number: len(heard.payloads("event")) > count, "the event")
        took.append(time.monotonic() - start)
    assert statistics.median(took) < 0.2


def test_it_imports_no_numpy_and_no_numba():
    code = (
        "import sys, appliance.publish.service; print(sorted({'numpy','numba'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert json.loads(found.stdout.replace("'", '"')) == []
