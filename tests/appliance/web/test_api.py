"""The API: complete, as described, and never at a loss."""

import csv
import io
import json
import re
import sqlite3
import zipfile

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CHECKS

from appliance.config import Config
from appliance.store import commands, movements, nights
from appliance.store.connect import open_database
from appliance.web import sessions
from appliance.web.access import Access
from appliance.web.api.openapi import document, operations
from appliance.web.app import create_app
from appliance.web.keep import open_keep
from appliance.web.passwords import password_mark
from tests.appliance.web.conftest import CHEAP, LAST, NOW, Visitor, fill, first_kick, set_up
from tests.appliance.web.made_nights import Recipe, make_night


@pytest.fixture
def program(filled, clock):
    """A program with the owner's token: no cookie, no form token."""
    app = create_app(filled, Config(), now=clock, password_method=CHEAP)
    set_up(app)
    mark = password_mark(open_database(filled))
    token = sessions.begin(
        open_keep(filled), role="owner", label="test", mark=mark, now_utc=NOW.timestamp(), days=None
    )
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def test_the_document_names_every_operation_and_no_other(open_app):
    described = {(op.method.upper(), op.path) for op in operations()}
    served = set()
    for rule in open_app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1/") and not rule.rule.endswith("openapi.json"):
            path = rule.rule.removeprefix("/api/v1")
            for kind in ("int:", ""):
                path = path.replace(f"<{kind}", "{").replace(">", "}")
            served |= {(method, path) for method in rule.methods - {"HEAD", "OPTIONS"}}
    assert described == served


def test_the_document_is_served_as_it_is(guest, open_app):
    answer = guest.get("/api/v1/openapi.json")
    assert answer.json["openapi"] == "3.1.0"
    with open_app.app_context():
        assert answer.json == json.loads(json.dumps(document("plms_session_8080")))


def test_a_night_is_there_with_all_its_numbers(program):
    night = program.get("/api/v1/nights/2026-11-21").json
    assert night["start"] == "2026-11-21T23:05:00.000+01:00"
    assert night["indices"]["plmi_tib_low"] <= night["indices"]["plmi_tib"]
    assert night["gaps"][0]["device"] == "right"
    other = program.get("/api/v1/nights/2026-11-21?rules=aasm").json
    assert other["indices"]["rules"] == "aasm"
    assert program.get("/api/v1/nights/2026-11-21?rules=mine").status_code == 400
    listed = program.get("/api/v1/nights?from=2026-11-20&to=2026-11-21").json["nights"]
    assert [one["name"] for one in listed] == ["2026-11-20", "2026-11-21"]
    assert listed[-1]["plmi_tib"] == night["indices"]["plmi_tib"]


def test_a_correction_is_kept_and_taken_back(program, filled):
    seq = first_kick(filled)
    path = f"/api/v1/nights/2026-11-21/movements/{seq}"
    assert program.put(f"{path}/correction", json={"owner": "partner"}).status_code == 204
    assert program.get(path).json["correction"] == "partner"
    assert program.put(f"{path}/correction", json={"owner": "me"}).status_code == 400
    assert program.put(f"{path}/correction", data="x").status_code == 415
    assert program.delete(f"{path}/correction").status_code == 204
    assert program.get(path).json["correction"] is None


def test_signals_come_in_physical_units(program, filled):
    db = open_database(filled)
    night = nights.find_night(db, "2026-11-21")
    onset_s = dict(movements.load_numbered(db, night.id))[first_kick(filled)].onset_s
    answer = program.get(f"/api/v1/nights/2026-11-21/signal?from_s={onset_s}&length_s=2").json
    labels = [channel["label"] for channel in answer["channels"]]
    assert labels[2] == "ACC-L Z"
    assert answer["channels"][2]["samples"][0] == pytest.approx(1.0, abs=0.1)
    assert all(len(channel["samples"]) == 200 for channel in answer["channels"])
    empty = program.get("/api/v1/nights/2026-11-21/signal?from_s=1&length_s=1").json
    assert empty["channels"][0]["samples"] == [None] * 100
    assert program.get("/api/v1/nights/2026-11-20/signal?from_s=1&length_s=1").status_code == 404


def test_a_command_is_passed_on(program, filled):
    answer = program.post("/api/v1/commands", json={"verb": "mark", "args": {"text": "woke"}})
    assert answer.status_code == 202
    number = answer.json["id"]
    assert commands.get(open_database(filled), number).args == {"text": "woke"}
    assert program.get(f"/api/v1/commands/{number}").json["ok"] is None
    assert program.post("/api/v1/commands", json={"verb": "explode"}).status_code == 400


def test_settings_are_changed_with_their_ranges(program):
    assert program.patch("/api/v1/settings", json={"night.auto_end": False}).status_code == 200
    assert program.get("/api/v1/settings").json["night.auto_end"] is False
    answer = program.patch("/api/v1/settings", json={"storage.keep_raw_days": 0})
    assert answer.status_code == 400
    assert "keep_raw_days" in answer.json["error"]
    answer = program.patch("/api/v1/settings", json={"web.names": "x"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("key", "value", "good"),
    [
        ("device.name", "", False),
        ("device.name", "x" * 64, True),
        ("device.name", "x" * 65, False),
        ("night.auto_end_at_h", 23.99, True),
        ("night.auto_end_at_h", 24, False),
        ("evening_test.remind_at_h", [18, 0.5], True),
        ("evening_test.remind_at_h", [24], False),
        ("evening_test.remind_at_h", [1] * 9, False),
        ("storage.keep_raw_days", 0, False),
        ("storage.keep_raw_days", 2.5, False),
        ("mqtt.host", "x" * 253, True),
        ("mqtt.host", "x" * 254, False),
        ("mqtt.username", "x" * 257, False),
        ("mqtt.protocol", "3.1.1", True),
        ("mqtt.protocol", "4", False),
    ],
)
def test_the_document_allows_of_a_setting_what_is_kept_of_it(program, key, value, good):
    schemas = program.get("/api/v1/openapi.json").json["components"]["schemas"]
    described = jsonschema.Draft202012Validator(schemas["Settings"]).is_valid({key: value})
    status = program.patch("/api/v1/settings", json={key: value}).status_code
    assert (described, status) == (good, 200 if good else 400)


@pytest.mark.parametrize(
    ("method", "path", "key", "held"),
    [
        ("patch", "/settings", "storage.keep_raw_days", "/settings"),
        ("put", "/diary/2026-11-21/evening", "caffeine", "/diary/2026-11-21"),
    ],
)
def test_a_whole_number_may_be_written_with_a_point(program, method, path, key, held):
    """JSON has one kind of number: 5, 5.0 and 50e-1 are the same, 5.5 is not whole."""

    def send(number):
        body = f'{{"{key}": {number}}}'
        url = f"/api/v1{path}"
        return program.open(url, method=method, data=body, content_type="application/json")

    for same in ("5.0", "50e-1", "5"):
        assert send("4").status_code < 300
        assert send(same).status_code < 300
        kept = program.get(f"/api/v1{held}").json
        assert repr(kept.get("evening", kept)[key]) == "5"
    for other in ("5.5", "1e400", '"5"'):
        assert send(other).status_code == 400, other
    said = send("5.5").json["error"]
    assert re.search(rf"Expected `int.* - at `\$.*{key}`", said)


def test_a_body_nested_too_deeply_is_refused(program):
    body = "[" * 50_000
    answer = program.patch("/api/v1/settings", data=body, content_type="application/json")
    assert (answer.status_code, answer.json["error"]) == (400, "body: nested too deeply")


@pytest.mark.parametrize("mqtt_is_on", [True, False])
@pytest.mark.parametrize("name", ["", " "])
def test_a_broker_without_a_name_is_refused_in_the_words_of_the_configuration(
    program, mqtt_is_on, name
):
    assert program.patch("/api/v1/settings", json={"mqtt.enabled": mqtt_is_on}).status_code == 200
    answer = program.patch("/api/v1/settings", json={"mqtt.host": name})
    words = f'mqtt.host: "{name}" names no broker; allowed is its name or its address'
    assert (answer.status_code, answer.json["error"]) == (400, words)
    assert program.get("/api/v1/settings").json["mqtt.host"] == "localhost"


@pytest.mark.parametrize("password", ["x" * 257, "two\nlines", "x\0"])
def test_the_document_refuses_what_is_no_password(program, password):
    schemas = program.get("/api/v1/openapi.json").json["components"]["schemas"]
    body = {"password": password}
    assert not jsonschema.Draft202012Validator(schemas["BrokerPassword"]).is_valid(body)
    assert program.put("/api/v1/broker/password", json=body).status_code == 400


def test_the_doctors_table_is_of_as_many_nights_as_the_document_says(program):
    for nights_asked in ("", "?nights=7", "?nights=14", "?nights=21"):
        assert program.get(f"/api/v1/doctor{nights_asked}").status_code == 200
    for other in ("-58800", "8", "x", "", "14.0"):
        answer = program.get(f"/api/v1/doctor?nights={other}")
        assert (answer.status_code, answer.json["error"]) == (400, "nights: one of 7, 14, 21")


def test_metrics_are_in_prometheus_text(program):
    text = program.get("/metrics").text
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert values["plms_nights"] == str(len(program.get("/api/v1/nights").json["nights"]))
    assert values['plms_sensor_up{sensor="strip"}'] == "0"
    assert float(values["plms_last_night_plmi_tib"]) > 0
    assert "# TYPE plms_nights gauge" in text


@pytest.mark.parametrize(("hours", "told"), [(2.25, False), (2.35, True)])
def test_a_night_too_short_to_go_by_has_counts_and_no_index(state, clock, hours, told):
    """Of 2.25 h 18 min lie outside lights off and on: 117 minutes are counted, of 2.35 h 123."""
    db = open_database(state)
    make_night(db, LAST, 4, Recipe(hours=hours, series_per_hour=3.0))
    db.close()
    guest = Visitor(create_app(state, Config(), access=Access.demo(), now=clock))
    (night,) = guest.get("/api/v1/nights").json["nights"]
    assert night["kicks"] >= night["plm"] > 0
    for key in ("plmi_tib", "low", "high", "periodicity"):
        assert (night[key] is not None) is told, key
    metrics = guest.text("/metrics")
    assert ("\nplms_last_night_plmi_tib" in metrics) is told
    assert f"\nplms_last_night_counted_seconds {night['counted_s']:.10g}\n" in metrics
    cells = guest.get("/api/v1/doctor").json["rows"][0]["cells"]
    assert ([cell == "–" for cell in (cells[1], cells[3], cells[4])] == [False] * 3) is told
    assert cells[2] == str(night["plm"])


def test_a_night_is_taken_away_as_files(program):
    base = "/api/v1/nights/2026-11-21/export"
    rows = list(csv.DictReader(io.StringIO(program.get(f"{base}/csv", buffered=True).text)))
    assert rows[0]["owner"]
    assert program.get(f"{base}/json", buffered=True).json["schema"] == "plms.night/1"
    edf = program.get(f"{base}/edf", buffered=True)
    assert edf.data[:8] == b"0       "
    assert 'filename="plms-2026-11-21.edf"' in edf.headers["Content-Disposition"]
    names = zipfile.ZipFile(io.BytesIO(program.get(f"{base}/zip", buffered=True).data)).namelist()
    assert "2026-11-21.edf" in names
    assert program.get("/api/v1/nights/2026-11-20/export/edf").status_code == 404
    assert program.get(f"{base}/exe", buffered=True).status_code == 404


def test_a_backup_is_a_sound_database_and_leaves_nothing_behind(program, filled, tmp_path):
    copy = tmp_path / "copy.db"
    copy.write_bytes(program.post("/api/v1/backup", buffered=True).data)
    db = sqlite3.connect(copy)
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert db.execute("SELECT COUNT(*) FROM nights").fetchone()[0] > 5
    db.close()
    assert not list(filled.glob("download*"))


def test_two_downloads_at_a_time_and_the_third_is_told_to_wait(filled, clock):
    app = create_app(filled, Config(), access=Access.demo(), now=clock)
    visitor = Visitor(app)
    held = [visitor.get("/export/night/2026-11-21/zip", buffered=False) for _ in range(2)]
    third = visitor.get("/export/night/2026-11-21/csv")
    assert third.status_code == 503
    assert third.headers["Retry-After"] == "30"
    for answer in held:
        answer.close()
    assert visitor.get("/export/night/2026-11-21/csv").status_code == 200


def test_the_table_of_all_nights(guest):
    rows = list(csv.DictReader(io.StringIO(guest.text("/export/nights.csv"))))
    assert rows[-1]["name"] == "2026-11-21"
    assert float(rows[-1]["plmi_tib"]) > 10


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory):
    """A device whose nights may be changed by whatever comes, and a token for it."""
    folder = tmp_path_factory.mktemp("fuzz")
    fill(folder, 5)
    app = create_app(folder, Config(), now=NOW.timestamp, password_method=CHEAP)
    set_up(app)
    keep = open_keep(folder)
    mark = password_mark(open_database(folder))
    token = sessions.begin(
        keep, role="owner", label="fuzz", mark=mark, now_utc=NOW.timestamp(), days=None
    )
    keep.execute("UPDATE sessions SET id = 987654321 WHERE kind = 'program'")
    keep.close()
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
    return app, headers, first_kick(folder)


PROMISES = {
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
}
APART = "/broker/test|/export/|/backup"
QUICK = settings(max_examples=8, suppress_health_check=list(HealthCheck), database=None)


def test_whatever_comes_the_api_answers_as_described(fuzzed):
    app, headers, seq = fuzzed
    loaded = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, headers=headers)
    loaded.config.update(base_url="http://localhost/api/v1")
    checks = [check for check in CHECKS.get_all() if check.__name__ in PROMISES]
    assert len(checks) == len(PROMISES)
    told = []

    def ask(case):
        if case.path.startswith("/nights/{name}/"):
            case.path_parameters["name"] = "2026-11-21"
            if case.path_parameters.get("seq", 0) % 2:
                case.path_parameters["seq"] = seq
        answer = case.call_and_validate(headers=headers, checks=checks)
        assert answer.status_code not in (401, 403)
        told.append((case.method, case.path, answer.status_code))

    # No broker is looked for (its address may be whatever the fuzzer set before), and files are
    # left out: this transport never closes them.
    for result in loaded.exclude(path_regex=APART).get_all_operations():
        operation = result.ok()
        QUICK(given(case=operation.as_strategy())(ask))()
    assert len({(method, path) for method, path, _ in told}) == sum(
        not re.search(APART, op.path) for op in operations()
    )
    assert {status for *_, status in told} >= {200, 202, 204, 400, 404}
