"""Identity, credentials, announcement and payloads, without a broker."""

import json
import os
import re
import time
from pathlib import Path

import pytest

from appliance.config import Config, Device, Mqtt, Web
from appliance.publish.broker import Broker, explain_error
from appliance.publish.broker_settings import broker_of, broker_reachable
from appliance.publish.commands import VERBS
from appliance.publish.credentials import CredentialError, find_password, write_password
from appliance.publish.discovery import device_payload
from appliance.publish.identity import Identity, board_serial, find_identity, page_url
from appliance.publish.last_night import no_night
from appliance.publish.last_sit import no_sit
from appliance.publish.payloads import (
    alert_payload,
    dump,
    info_payload,
    iso_time,
    result_payload,
    state_payload,
    zone_of,
)
from appliance.publish.topics import EVENT_TYPES, Topics
from appliance.record.verbs import VERBS as RECORDER_VERBS
from appliance.store.connect import open_database
from appliance.store.status import ALIVE_S, SitStatus, Status

CARD = Path(__file__).parents[3] / "docs" / "mqtt" / "home-assistant" / "card.yaml"
SERIAL = "10000000b827eb012345\0"
PI = Identity("b827eb012345", "bed", "Raspberry Pi Zero 2 W")


@pytest.fixture
def db(tmp_path):
    database = open_database(tmp_path / "state")
    yield database
    database.close()


def board(tmp_path, serial=None, machine=None):
    root = tmp_path / "root"
    (root / "proc/device-tree").mkdir(parents=True, exist_ok=True)
    (root / "etc").mkdir(exist_ok=True)
    if serial is not None:
        (root / "proc/device-tree/serial-number").write_text(serial)
    if machine is not None:
        (root / "etc/machine-id").write_text(machine)
    return root


def test_a_raspberry_pi_is_known_by_its_serial_number(tmp_path, db):
    root = board(tmp_path, SERIAL, "0" * 32)
    assert board_serial(root) == "b827eb012345"
    found = find_identity(db, Config(), 0.0, root)
    assert (found.unique, found.id) == ("b827eb012345", "b827eb012345")
    named = find_identity(db, Config(device=Device(id="bedroom")), 0.0, root)
    assert (named.unique, named.id) == ("b827eb012345", "bedroom")


def test_another_computer_keeps_the_identity_it_was_given(tmp_path, db):
    first = find_identity(db, Config(), 0.0, board(tmp_path, machine="a" * 32))
    assert len(first.unique) == 12
    assert "a" * 12 not in first.unique, "the machine id is not shown to others"
    second = find_identity(db, Config(), 0.0, board(tmp_path, machine="b" * 32))
    assert second.unique == first.unique


def test_a_simulated_device_never_takes_the_real_ones_name(tmp_path, db):
    root = board(tmp_path, SERIAL)
    demo = find_identity(db, Config(device=Device(simulate=True)), 0.0, root)
    assert demo.unique.startswith("demo-")
    again = find_identity(db, Config(device=Device(simulate=True)), 0.0, root)
    assert again == demo


@pytest.mark.parametrize(
    ("config", "url"),
    [
        (Config(), "http://plms.local:8080/"),
        (Config(web=Web(port=80)), "http://plms.local:80/"),
        (Config(web=Web(names=("sleep.home",))), "http://sleep.home:8080/"),
    ],
)
def test_the_page_has_a_full_address(config, url):
    assert page_url(config, hostname="PLMS.fritz.box") == url


def test_the_password_comes_from_file_credential_or_page_in_this_order(tmp_path, monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    state_dir = tmp_path / "state"
    state_dir.mkdir()
    assert find_password("", state_dir) == ""
    write_password(state_dir, "from the page")
    assert (state_dir / "mqtt_password").stat().st_mode & 0o777 == 0o600
    assert find_password("", state_dir) == "from the page"
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "mqtt_password").write_text("from systemd\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    assert find_password("", state_dir) == "from systemd"
    named = tmp_path / "named"
    named.write_text("from the file\nsecond line\n")
    named.chmod(0o600)
    assert find_password(str(named), state_dir) == "from the file"
    write_password(state_dir, "")
    assert not (state_dir / "mqtt_password").exists()


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda path: None, "cannot be read: No such file"),
        (lambda path: path.write_text("x"), "chmod 600"),
        (lambda path: path.write_bytes(b"\xff\n") and path.chmod(0o600), "not UTF-8"),
    ],
)
def test_a_bad_password_file_is_named(tmp_path, prepare, words):
    path = tmp_path / "password"
    os.umask(0o022)
    prepare(path)
    with pytest.raises(CredentialError, match=words) as caught:
        find_password(str(path), tmp_path)
    assert str(path) in str(caught.value)


def test_the_broker_is_what_the_configuration_says(tmp_path):
    mqtt = Mqtt(host="ha.local", port=8883, protocol="3.1.1", tls=True, ca_file="/ca.pem")
    found = broker_of(mqtt, "b827eb012345", tmp_path)
    assert found == Broker("ha.local", 8883, "plms-b827eb012345", "3.1.1", tls=found.tls)
    assert found.tls.ca_file == "/ca.pem"
    assert len(found.client_id) <= 23, "the longest client id that every 3.1.1 broker takes"
    assert not broker_reachable("127.0.0.1", 1)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConnectionRefusedError(), "refused"),
        (TimeoutError(), "unreachable"),
        (OSError(113, "No route to host"), "unreachable"),
        (ValueError("Invalid host."), "settings"),
    ],
)
def test_every_error_has_a_code_and_names_the_broker(error, code):
    trouble = explain_error(error, Broker("ha.local", 1883, "plms-x"))
    assert trouble.code == code
    assert "ha.local:1883" in trouble.text or "Invalid host" in trouble.text


def announcement(topics=None, name="PLMS monitor"):
    topics = topics or Topics("bed")
    return device_payload(PI, topics, name=name, url="http://plms.local:8080/")


def test_entities_keep_their_identity_when_topics_and_names_change():
    first = announcement()
    second = announcement(Topics("attic", "ha"), "Anna's bed")
    ids = [{key: one["uniq_id"] for key, one in p["cmps"].items()} for p in (first, second)]
    assert ids[0] == ids[1]
    assert len(set(ids[0].values())) == len(ids[0])
    assert all(one.startswith("plms_b827eb012345_") for one in ids[0].values())
    assert first["dev"]["ids"] == second["dev"]["ids"]
    names = [one["name"] for one in first["cmps"].values()]
    assert len(set(names)) == len(names), "two entities of one name get an ugly _2"
    assert not any("PLMS monitor" in name for name in names), (
        "Home Assistant adds the device's name"
    )


def test_an_index_is_named_with_its_denominator():
    names = {
        key: one["name"] for key, one in announcement()["cmps"].items() if "index" in one["name"]
        and one.get("unit_of_meas") == "/h"
    }  # fmt: skip
    assert names == {
        "last_plmi_tib": "PLM index per hour in bed, last night",
        "last_plmi_tib_median": "PLM index per hour in bed, recent nights",
        "last_plmi_est_sleep": "PLM index per hour of estimated sleep, last night",
    }


def test_the_dashboard_card_names_entities_as_home_assistant_does():
    """`sensor.` and the device's and the entity's name, small, other signs as one underscore."""
    made = {
        f"{one['p']}.plms_monitor_{re.sub('[^a-z0-9]+', '_', one['name'].lower())}"
        for one in announcement()["cmps"].values()
    }
    used = re.findall(r"[a-z_]+\.plms_monitor_[a-z0-9_]+", CARD.read_text(encoding="utf-8"))
    assert len(used) > 10
    assert set(used) <= made


def test_the_event_entity_knows_exactly_the_contracts_types():
    events = [one for one in announcement()["cmps"].values() if one["p"] == "event"]
    assert [one["evt_typ"] for one in events] == [list(EVENT_TYPES)]


def test_last_nights_figures_stay_when_the_device_sleeps_and_live_ones_do_not():
    for key, one in announcement()["cmps"].items():
        topics = [entry["t"] for entry in one.get("avty", [])]
        if key.startswith("last_") and key != "last_boot":
            assert topics == [], key
        else:
            assert "plms/bed/availability" in topics, key


@pytest.mark.parametrize("topic", ["night", "sit"])
def test_every_figure_of_the_standing_entities_is_in_the_payload(topic):
    payload = {"night": no_night, "sit": no_sit}[topic]()
    seen = 0
    for key, one in announcement()["cmps"].items():
        if one.get("stat_t") == f"plms/bed/{topic}":
            name = one["val_tpl"].removeprefix("{{ value_json.").removesuffix(" }}")
            assert name in payload, key
            seen += 1
    assert seen >= 3


def test_the_evening_tests_answer_is_one_of_eleven_and_only_while_it_is_asked():
    answer = announcement()["cmps"]["sit_discomfort"]
    assert answer["ops"] == [str(n) for n in range(11)]
    assert answer["cmd_t"] == "plms/bed/cmd/sit_answer"
    assert json.loads(answer["cmd_tpl"].replace("{{ value }}", "7")) == {"discomfort": 7}
    assert any("question_minute" in one.get("val_tpl", "") for one in answer["avty"])


def test_a_running_test_is_told_with_its_question():
    test = SitStatus(
        state="running", night="2026-01-05-sit", started_utc=1_767_639_600.0,
        ends_utc=1_767_643_200.0, open_minute=20, closes_utc=1_767_641_400.0, posture="in",
        answers=((0, 1), (20, 4)),
    )  # fmt: skip
    told = Status(phase="recording", kind="sit", night=test.night, sit=test, updated=1000.0)
    state = state_payload(told, private=False, now_utc=1000.0, zone=BERLIN)
    assert state["kind"] == "sit"
    assert state["sit"] == {
        "phase": "running", "night": "2026-01-05-sit", "waits_for": None,
        "ends": "2026-01-05T21:00:00+01:00", "question_minute": 20,
        "question_closes": "2026-01-05T20:30:00+01:00", "discomfort": 4, "answered": 2,
        "posture": "in",
    }  # fmt: skip
    idle = state_payload(Status(updated=1000.0), private=False, now_utc=1000.0, zone=BERLIN)
    assert (idle["sit"]["phase"], idle["sit"]["question_minute"]) == ("idle", None)
    gone = state_payload(None, private=False, now_utc=1000.0, zone=BERLIN)
    assert gone["sit"].keys() == state["sit"].keys()
    assert set(gone["sit"].values()) == {None}


def test_every_command_is_one_the_recorder_or_the_publisher_knows():
    own = {"recording", "announce"}
    assert set(VERBS) - own <= set(RECORDER_VERBS)
    used = {
        one["cmd_t"].rsplit("/", 1)[1] for one in announcement()["cmps"].values() if "cmd_t" in one
    }
    assert used <= set(VERBS)
    assert not any(one.get("ret") for one in announcement()["cmps"].values())


BERLIN = zone_of("Europe/Berlin")


@pytest.mark.parametrize(
    ("utc", "text"),
    [
        (1_767_650_400.0, "2026-01-05T23:00:00+01:00"),
        (1_792_886_400.0, "2026-10-25T02:00:00+02:00"),
        (1_792_890_000.0, "2026-10-25T02:00:00+01:00"),
        (None, None),
        (12.0, None),
    ],
)
def test_times_carry_their_offset_through_summer_time(utc, text):
    assert iso_time(utc, BERLIN) == text


def test_an_unknown_zone_is_the_systems():
    assert zone_of("") is None
    assert zone_of("Mars/Olympus") is None
    assert iso_time(1_767_650_400.0, None).startswith("2026-01-0")


def test_a_recorder_that_went_silent_is_not_quoted():
    told = Status(phase="recording", night="n", in_bed=True, kicks_tonight=3, updated=1000.0)
    fresh = state_payload(told, private=False, now_utc=1000.0 + ALIVE_S - 1, zone=None)
    stale = state_payload(told, private=False, now_utc=1000.0 + ALIVE_S + 1, zone=None)
    assert (fresh["recorder"], fresh["phase"], fresh["kicks_tonight"]) == (
        "running",
        "recording",
        3,
    )
    assert (stale["recorder"], stale["phase"], stale["kicks_tonight"]) == (
        "stopped",
        "stopped",
        None,
    )
    assert fresh.keys() == stale.keys()


def test_idle_kicks_are_unknown_not_zero():
    told = Status(phase="idle", kicks_tonight=None, updated=1000.0)
    assert state_payload(told, private=False, now_utc=1000.0, zone=None)["kicks_tonight"] is None


def test_payloads_without_a_night_match_their_schemas(validators, tmp_path):
    now = time.time()
    documents = {
        "state": state_payload(None, private=True, now_utc=now, zone=BERLIN),
        "night": no_night(),
        "sit": no_sit(),
        "alert": alert_payload([], now_utc=12.0, zone=BERLIN),
        "info": info_payload(state_dir=tmp_path, hardware="x", url="http://plms.local:8080/",
                             latest_version="9.9.9", now_utc=now, zone=None),
        "result": result_payload({"verb": "mark", "request_id": None, "ok": True, "text": ""},
                                 now_utc=now, zone=None),
    }  # fmt: skip
    for name, document in documents.items():
        validators.check(f"plms/bed/{name}", dump(document))


def test_a_misspelt_key_fails_its_schema(validators):
    document = no_night() | {"plmi": 3.0}
    with pytest.raises(Exception, match="plmi"):
        validators.check("plms/bed/night", dump(document))
