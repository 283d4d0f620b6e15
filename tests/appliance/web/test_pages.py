"""Every page of every kind of night."""

import html
import re
import shutil
import sqlite3
import ssl
from contextlib import closing
from dataclasses import asdict, replace
from datetime import date
from importlib import import_module
from urllib.parse import urljoin

import pytest

from appliance.config import Config
from appliance.nightdata import night_score
from appliance.publish.broker import Broker, explain_error, explain_reason
from appliance.publish.standing import SETTING, Standing
from appliance.store import (
    commands,
    diary,
    faults,
    gaps,
    marks,
    movements,
    nights,
    settings,
    status,
)
from appliance.store.connect import open_database
from appliance.web.access import Access
from appliance.web.app import create_app
from appliance.web.views import morning
from appliance.web.views.broker import Tried
from appliance.web.views.facts import Entry, read_facts
from detect.learn import STEPS
from detect.movement import Gap, Movement
from detect.rules import WASM2016
from detect.variants import Variant
from tests.appliance.web import made_nights
from tests.appliance.web.conftest import CHEAP, LAST, NOW, Visitor, first_kick, set_up, share_of

PAGES = (
    "/", "/nights", "/nights?month=2026-10", "/nights?month=rubbish", "/nights/compare",
    "/nights?month=0001-01", "/nights?month=9999-12", f"/tonight?c={10**30}", f"/sit?c=-{10**30}",
    "/nights/compare?from1=0001-01-01&to1=0001-01-01&from2=9999-12-31&to2=9999-12-31",
    "/nights/compare?from1=2026-10-20&to1=2026-10-30&from2=2026-11-01&to2=2026-11-20",
    "/tonight", "/tonight?c=1", "/tonight?c=x", "/tonight/signals", "/diary", "/diary/2026-11-20",
    "/diary/beside", "/more", "/about", "/settings", "/settings/device", "/settings/night",
    "/settings/storage", "/settings/mqtt", "/settings/access", "/doctor", "/doctor?nights=21",
    "/doctor?nights=x", "/setup/names", "/setup/sensors", "/setup/straps", "/setup/bed",
    "/setup/broker", "/setup/done", "/sit", "/sits", "/sit?c=1",
)  # fmt: skip


def visit(folder, clock):
    return Visitor(create_app(folder, Config(), access=Access.demo(), now=clock))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_with_nights(guest, path):
    text = guest.text(path)
    assert "<h1" in text
    assert "{{" not in text
    assert not re.search(r"\b(None|nan|True|False|Undefined)\b", re.sub(r"<[^>]+>", " ", text))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_of_a_new_device(state, clock, path):
    text = visit(state, clock).text(path)
    assert "<h1" in text


def recipes():
    return {
        "one ankle": made_nights.Recipe(right_fitted=False),
        "no clock": made_nights.Recipe(clock=False),
        "private": made_nights.Recipe(private=True),
        "alone and still": made_nights.Recipe(series_per_hour=0.01, partner_per_hour=0.0),
        "short": made_nights.Recipe(hours=1.0, gap=False),
        "half an hour": made_nights.Recipe(hours=0.5, gap=False, series_per_hour=0.01),
        "all unsure": made_nights.Recipe(unsure=1.0),
        "clock change": made_nights.Recipe(start="00:30"),
    }


def test_a_pause_is_not_called_a_missing_sensor(state, clock):
    with closing(open_database(state)) as db:
        night = made_nights.make_night(db, LAST, 3, made_nights.Recipe(gap=False))
        hour = made_nights.HOUR
        away = [Gap(ankle, 2 * hour, 2 * hour + 60_000) for ankle in ("left", "right")]
        gaps.add_gaps(db, night.id, [*away, Gap("left", 3 * hour, 3 * hour + 24_000)])
        for tick, kind in ((2 * hour, "pause"), (2 * hour + 60_000, "resume")):
            marks.add_mark(db, night.id, marks.Mark(tick, kind))
        page = visit(state, clock).text(f"/night/{night.name}")
    left_out = re.findall(
        r"<dt>Not counted</dt><dd>(\d+ \w+) ((?:paused|an ankle)[^<]*)</dd>", page
    )
    assert left_out == [("4 min", "an ankle sensor missing"), ("10 min", "paused")]


def test_a_pause_lasts_until_going_on_or_the_nights_end():
    noted = [marks.Mark(100, "resume"), marks.Mark(200, "pause"), marks.Mark(300, "mark"),
             marks.Mark(400, "resume"), marks.Mark(900, "pause")]  # fmt: skip
    assert marks.paused_spans(noted, 1000) == [(200, 400), (900, 1000)]


@pytest.mark.parametrize("kind", recipes())
def test_every_kind_of_night(state, clock, kind):
    db = open_database(state)
    day = date(2026, 10, 24) if kind == "clock change" else date(2026, 11, 21)
    night = made_nights.make_night(db, day, 3, recipes()[kind])
    visitor = visit(state, clock)
    text = visitor.text("/")
    for path in ("/nights", "/doctor", f"/night/{night.name}", f"/night/{night.name}/edit"):
        assert "<h1" in visitor.text(path)
    said = {
        "one ankle": "One ankle only",
        "no clock": "the clock was not set",
        "private": "nothing of your partner was kept",
        "alone and still": "no movement of anybody beside you",
        "short": "too little for a number",
        "half an hour": "too little for a number",
        "all unsure": "cannot tell whose",
        "clock change": "00:30 to 07:06",
    }[kind]
    assert said in text


def test_the_headline_gives_number_range_and_meaning(guest):
    text = guest.text("/")
    assert re.search(r'<p class="figure"><b>[0-9.]+</b>', text)
    assert re.search(r"Between [0-9.]+ and [0-9.]+: for \d+ kicks? we cannot tell whose", text)
    assert "above 15" in text
    assert "not a diagnosis" in text


def test_each_movement_is_listed_with_its_reason(guest, made_state):
    text = guest.text("/")
    db = open_database(made_state, readonly=True)
    night = nights.last_closed_night(db)
    assert text.count('class="move"') == len(movements.load_movements(db, night.id))
    assert re.search(r"ankle turned \d+ degrees, mattress answered \d+ ms later: yours", text)


def test_every_chart_has_its_table(guest):
    text = guest.text("/")
    assert text.count('<svg class="chart') - text.count("aria-hidden") <= text.count("<table>")
    assert text.count('<details class="behind">') == 3


def test_a_night_that_newer_rules_count_otherwise_says_so(guest, monkeypatch):
    old = replace(WASM2016, version=0, min_series=40)
    monkeypatch.setattr(morning, "SUPERSEDED", {old: "A series needs 4 kicks, not 40."})
    text = guest.text("/night/2026-11-21")
    (line,) = re.findall(r"<p>(Version 0 of these rules gave [^<]+)</p>", text)
    assert re.search(r"gave [\d.]+ an hour, now it is [\d.]+\. A series needs 4 kicks", line)
    monkeypatch.setattr(morning, "SUPERSEDED", {replace(WASM2016, version=0): "Nothing."})
    assert "Version 0" not in guest.text("/night/2026-11-21")


def summed(text):
    """Add up the hours of a page's list: (kicks, the partner's, not counted)."""
    titles = re.findall(r"<summary>(\S+: \d+ kicks?, partner [^<]+)</summary>", text)
    found = [
        re.fullmatch(r"\S+: (\d+) kicks?, partner (\d+)(?: \((\d+) more not counted\))?", title)
        for title in titles
    ]
    return tuple(sum(int(one[group] or 0) for one in found) for group in (1, 2, 3))


def test_the_hours_add_up_to_the_numbers_of_the_page(guest, made_state):
    text = guest.text("/")
    db = open_database(made_state, readonly=True)
    night = nights.last_closed_night(db)
    score = night_score(db, night)
    kicks, theirs, rest = summed(text)
    assert (kicks, theirs) == (score.leg_movements, score.couple.partner_then_kick.movements)
    all_of_them = movements.load_movements(db, night.id)
    assert kicks + theirs + rest == sum(m.kind in ("leg", "bed") for m in all_of_them)
    assert rest > 0, "somebody kicked after lights on"
    assert f"Your partner moved {theirs} times" in text
    assert f">{kicks} kicks between" in text
    assert re.search(r"Drawn too, and not counted: \d+\.", text)


@pytest.mark.parametrize(
    ("kind", "owner", "counted", "kick"),
    [
        ("leg", "patient", True, True), ("leg", "unsure", False, True),
        ("leg", "partner", False, False), ("jerk", "patient", False, False),
        ("body", "patient", False, False), ("body", "patient", True, True),
        ("bed", "partner", True, False),
    ],
)  # fmt: skip
def test_what_is_drawn_as_a_kick(kind, owner, counted, kick):
    movement = Movement(0, 40, kind, "left", owner, 0.9, 300.0, 40.0)
    assert Entry(0, movement, None, None, counted).is_kick is kick


def test_a_row_of_other_rules_says_our_answer_and_its_own(open_app, made_state):
    db = open_database(made_state, readonly=True)
    change = {"plm": 10, "plmi_tib": 1.5, "change_per_hour": -2.0}
    variants = (
        Variant("short_interval_restart", "Short?", "no", **change),
        Variant("interval_exactly_longest", "Ninety?", "no", **change),
        Variant("leg_gap_exactly_limit", "Half?", "yes", **change),
        Variant("same_leg_join", "Bursts?", "no", 10, None, None),
    )
    with open_app.test_request_context():
        facts = read_facts(db, nights.last_closed_night(db))
        facts = replace(facts, score=replace(facts.score, variants=variants))
        rows = morning.variant_rows(db, facts)
    assert rows[3:] == [
        ("Ninety? Here: yes; this row: no.", "10", "1.5"),
        ("Half? Here: no; this row: yes.", "10", "1.5"),
    ]


def test_a_movement_shows_its_raw_signals(guest, made_state):
    text = guest.text(f"/night/2026-11-21/movement/{first_kick(made_state)}")
    assert "chart signals" in text
    assert text.count('class="trace"') == 5
    assert "Left ankle, push" in text


def test_without_raw_signals_the_movement_is_still_told(guest, made_state):
    db = open_database(made_state, readonly=True)
    older = nights.list_nights(db)[1].name
    text = guest.text(f"/night/{older}/movement/{first_kick(made_state, older)}")
    assert "not kept (any more)" in text


def test_signals_that_a_restore_did_not_bring_are_not_offered(filled, clock):
    visitor = visit(filled, clock)
    with closing(open_database(filled)) as db:
        test = nights.nights_of_kind(db, "sit")[0]
        made_nights.add_raw(db, filled, test, 10)
    offered = [("/export", "2026-11-21/edf"), (f"/sits/{test.name}", "/edf")]
    about = "/api/v1/nights/2026-11-21"
    for path, link in offered:
        assert link in visitor.text(path)
    assert visitor.get(about).json["raw_signals"] is True
    shutil.rmtree(filled / "recordings")  # a backup holds none of them
    for path, link in offered:
        assert link not in visitor.text(path)
    assert visitor.get(about).json["raw_signals"] is False


def test_my_word_stands_beside_the_devices_and_counts(filled, clock):
    visitor = visit(filled, clock)
    seq = first_kick(filled)
    path = f"/night/2026-11-21/movement/{seq}"
    before = visitor.text(path)
    device = re.search(r'<p class="fact">([^<]+)\.</p>', before)[1]
    db = open_database(filled, readonly=True)
    night = nights.find_night(db, "2026-11-21")
    detected = movements.load_numbered(db, night.id)
    assert visitor.post(path, {"owner": "nobody"}, page=path).status_code == 302
    text = visitor.text(path)
    assert re.search(r'<p class="fact">You said: nobody', text), "the person's word leads"
    assert device in text
    assert movements.load_numbered(db, night.id) == detected
    assert movements.load_corrections(db, night.id) == {seq: "nobody"}
    assert visitor.post(path, {"owner": "rubbish"}, page=path).status_code == 400
    assert visitor.post(path, {"owner": ""}, page=path).status_code == 302
    assert movements.load_corrections(db, night.id) == {}


def test_wishes_go_to_the_recorder(state, clock):
    visitor = visit(state, clock)
    answer = visitor.post("/tonight/start_night", {"kind": "nap", "private": "1"})
    assert answer.status_code == 302
    assert "c=1" in answer.headers["Location"]
    db = open_database(state)
    wish = commands.get(db, 1)
    assert (wish.verb, wish.args, wish.source) == (
        "start_night",
        {"kind": "nap", "private": True},
        "page",
    )
    assert "A moment" in visitor.text("/tonight?c=1")
    clock.now_utc += 60
    assert "has not answered" in visitor.text("/tonight?c=1")
    commands.finish(db, 1, ok=False, result="a night is running already", done_utc=clock.now_utc)
    assert "A night is running already." in visitor.text("/tonight?c=1")
    assert visitor.post("/tonight/reboot").status_code == 404
    visitor.post("/tonight/mark", {"text": "woke <up>"})
    assert commands.get(db, 2).args == {"text": "woke <up>"}


def test_the_guide_marks_each_part_of_the_sitting(state, clock):
    visitor = visit(state, clock)
    for text in ("still", "patient", "partner", "tap", "end"):
        form = {"text": f"calibrate {text}", "back": "bed"}
        answer = visitor.post("/tonight/mark", form, page="/setup/bed")
        assert "setup/bed?c=" in answer.headers["Location"]
    db = open_database(state)
    texts = [wish.args["text"] for wish in commands.take_pending(db)]
    assert texts == [f"calibrate {step}" for step in (*STEPS, "end")]
    assert "A moment" in visitor.text("/setup/bed?c=1")


def test_tonight_tells_the_recorders_state(state, clock):
    db = open_database(state)
    visitor = visit(state, clock)
    assert "has not run yet" in visitor.text("/tonight")
    night = made_nights.make_night(db, date(2026, 11, 21), 5, state="recording")
    said = status.Status(
        phase="recording", night=night.name, in_bed=True, series_active=True, kicks_tonight=41,
        kicks_last_hour=7, sensors={"left": "ok", "right": "lost", "strip": "absent"},
        newest_tick=night.end_tick, updated=NOW.timestamp() - 3,
    )  # fmt: skip
    status.write(db, said)
    faults.open_fault(
        db, "right", "lost", "The right ankle does not answer.", night_id=None, started_utc=0.0
    )
    text = visitor.text("/tonight")
    for words in (
        "Recording",
        "You are in bed",
        "41 kicks so far, 7 in the last hour",
        "series is running",
        "Right ankle: does not answer",
        "Mattress strip: not fitted",
        "The right ankle does not answer.",
    ):
        assert words in text
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in text
    status.write(db, replace(said, newest_tick=100, updated=NOW.timestamp() - 40))
    assert re.search(r"since [^,]*, 41 s", visitor.text("/tonight"))  # not the age of the status
    status.write(db, said)
    assert "first night is being recorded" in visitor.text("/")
    clock.now_utc += 3600
    assert "does not answer" in visitor.text("/tonight")


@pytest.mark.parametrize("page", ["/", "/tonight"])
def test_a_fault_calls_a_setting_as_its_page_does(state, clock, page):
    db = open_database(state)
    made_nights.make_night(db, date(2026, 11, 21), 5)
    words = "The broker refuses user name or password: check mqtt.username and the password."
    faults.open_fault(db, "mqtt", "refused", words, night_id=None, started_utc=0.0)
    text = visit(state, clock).text(page)
    assert "check “User name” and the password" in text
    assert "mqtt.username" not in text


@pytest.mark.parametrize(
    ("phase", "offered"),
    [
        ("recording", ["lights_off", "lights_on", "mark", "pause", "private", "end_night"]),
        ("paused", ["lights_on", "resume", "private", "end_night"]),
        ("idle", ["start_night"] * 3),
    ],
)
def test_tonight_offers_what_the_recorder_would_do(state, clock, phase, offered):
    db = open_database(state)
    if phase != "idle":
        made_nights.make_night(db, date(2026, 11, 21), 5, state="recording")
    status.write(db, status.Status(phase=phase, updated=NOW.timestamp() - 3))
    assert re.findall(r'action="tonight/(\w+)"', visit(state, clock).text("/tonight")) == offered


def test_the_diary_keeps_an_evening_and_a_morning(state, clock):
    visitor = visit(state, clock)
    db = open_database(state)
    form = {
        "alone": "yes",
        "caffeine": "2",
        "medicine": "iron 80 mg",
        "pregnancy_week": "",
        "note": "late",
    }
    assert visitor.post("/diary/2026-11-21/evening", form).status_code == 302
    assert (
        visitor.post("/diary/2026-11-21/morning", {"rested": "7", "legs": "0"}).status_code == 302
    )
    assert diary.get(db, "2026-11-21") == {
        "evening": {"alone": True, "caffeine": 2, "medicine": "iron 80 mg", "note": "late"},
        "morning": {"rested": 7, "legs": 0},
    }
    text = visitor.text("/diary/2026-11-21")
    assert 'value="iron 80 mg"' in text
    assert re.search(r'name="caffeine" value="2" checked', text)
    assert re.search(r'name="legs" value="0" checked', text)
    next_day = visitor.text("/diary/2026-11-22")
    assert "taken over from the evening before" in next_day
    for bad in ({"caffeine": "99"}, {"exercise": "dance"}, {"pregnancy_week": "x"}):
        assert visitor.post("/diary/2026-11-21/evening", bad).status_code == 400
    assert visitor.get("/diary/2026-11-30").status_code == 404
    assert visitor.get("/diary/rubbish").status_code == 404


def test_settings_are_layered_over_the_file_and_checked(state, clock):
    visitor = visit(state, clock)
    db = open_database(state)
    form = {"device.name": "Bedroom <1>", "device.time_zone": "Europe/Berlin"}
    assert visitor.post("/settings/device", form).status_code == 302
    assert settings.get(db, "device.name") == "Bedroom <1>"
    assert "Bedroom &lt;1&gt;" in visitor.text("/more")
    answer = visitor.post("/settings/device", {"device.name": "x", "device.time_zone": "Mars/One"})
    assert answer.status_code == 400
    assert "not a time zone" in answer.text
    assert settings.get(db, "device.name") == "Bedroom <1>"
    assert (
        visitor.post(
            "/settings/device", {"device.name": Config().device.name, "device.time_zone": ""}
        ).status_code
        == 302
    )
    assert settings.get(db, "device.name") is None, "what the file says is not kept twice"
    numbers = {"night.auto_end_at_h": "25", "night.auto_end": "on"}
    assert visitor.post("/settings/night", numbers).status_code == 400
    assert visitor.get("/settings/web").status_code == 404


def test_the_brokers_password_is_kept_in_a_private_file(state, clock):
    visitor = visit(state, clock)
    form = {"mqtt.host": "127.0.0.1", "mqtt.port": "1", "password": "hush hush"}
    assert visitor.post("/settings/mqtt", form).status_code == 302
    kept = state / "mqtt_password"
    assert kept.read_text() == "hush hush\n"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "hush" not in visitor.text("/settings/mqtt")
    assert visitor.post("/settings/mqtt", {"forget": "on"}).status_code == 302
    assert not kept.exists()


def test_what_is_typed_is_kept_and_tried_at_once(state, clock):
    visitor = visit(state, clock)
    form = {"mqtt.host": "127.0.0.1", "mqtt.port": "1", "mqtt.username": "plms", "try": "on"}
    answer = visitor.post("/settings/mqtt", {**form, "password": "hush hush"})
    assert answer.status_code == 200
    assert "No broker listens at 127.0.0.1:1." in answer.text
    assert 'value="127.0.0.1"' in answer.text
    assert "hush" not in answer.text
    db = open_database(state, readonly=True)
    assert settings.get(db, "mqtt.port") == 1
    assert (state / "mqtt_password").read_text() == "hush hush\n"
    buttons = re.findall(r"<form[^>]*>.*?</form>", answer.text, re.DOTALL)
    assert any('name="try"' in one and 'name="mqtt.host"' in one for one in buttons)


def test_a_broker_that_lets_us_in_says_when_nothing_is_published(state, clock, monkeypatch):
    settings_pages = import_module("appliance.web.pages.settings")
    monkeypatch.setattr(settings_pages, "try_broker", lambda *_: Tried(True, "In."))
    visitor = visit(state, clock)
    silent = "tick the first box"
    assert silent in visitor.post("/settings/mqtt", {"try": "on"}).text
    assert silent not in visitor.post("/settings/mqtt", {"try": "on", "mqtt.enabled": "on"}).text


REFUSED = Broker("mqtt.port", 1883, "plms-1")
"""At a computer whose name looks like a key."""
UNTRUSTED = ssl.SSLCertVerificationError()
UNTRUSTED.verify_message = "self-signed certificate"


@pytest.mark.parametrize("path", ["/settings/mqtt", "/setup/broker"])
@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (
            explain_reason("Not authorized", REFUSED),
            "The broker does not let us in: check “User name” and the password.",
        ),
        (
            explain_reason("Unsupported protocol version", REFUSED),
            'The broker does not speak MQTT 5: set “MQTT version” to "3.1.1".',
        ),
        (
            explain_error(UNTRUSTED, REFUSED),
            "check mqtt.ca_file and “Broker’s name or address”.",
        ),
        (explain_error(ConnectionRefusedError(), REFUSED), "No broker listens at mqtt.port:1883."),
    ],
)
def test_a_brokers_refusal_names_the_fields_of_the_page(
    state, clock, monkeypatch, path, trouble, words
):
    db = open_database(state)
    standing = Standing("trouble", trouble.text, trouble.code)
    settings.put(db, SETTING, asdict(standing), 1.0)
    visitor = visit(state, clock)
    assert words in html.unescape(visitor.text(path))
    assert visitor.get("/api/v1/status").json["mqtt"]["text"] == trouble.text
    settings_pages = import_module("appliance.web.pages.settings")
    told = f"{trouble.text[:1].upper()}{trouble.text[1:]}."
    monkeypatch.setattr(settings_pages, "try_broker", lambda *_: Tried(False, told))
    tried = html.unescape(visitor.post("/settings/mqtt", {"try": "on"}).text)
    assert tried.count(words) == 2


@pytest.mark.parametrize(
    ("path", "key", "given", "said"),
    [
        ("/settings/device", "device.name", "", "“Name of the device”: please give 1 to 64 char"),
        ("/setup/names", "device.name", "", "“Name of the device”: please give 1 to 64 ch"),
        ("/settings/device", "device.time_zone", "Mars/One", "empty: the system’s”: &#34;Mars/One"),
        ("/settings/mqtt", "mqtt.host", " ", "“Broker’s name or address”: &#34;&#34; names no "
         "broker; allowed is its name or its address."),
        ("/setup/broker", "mqtt.port", "70000", "“Port (8883 is usual with encryption)”: please "
         "give a whole number from 1 to 65535."),
        ("/settings/night", "night.auto_start_from_h", "24",
         "“Not before this hour”: please give a number from 0 to below 24."),
        ("/settings/night", "night.auto_end_out_of_bed_min", "soon",
         "“After this many minutes out of bed”: please give a number from 5 to 240."),
        ("/settings/evening_test", "evening_test.remind_at_h", "18, 25",
         "please give at most 8, each a number from 0 to below 24."),
    ],
)  # fmt: skip
def test_a_refused_setting_is_named_as_on_the_page_and_stays_in_its_field(
    state, clock, path, key, given, said
):
    answer = visit(state, clock).post(path, {key: given})
    assert answer.status_code == 400
    (alert,) = re.findall(r'<p class="error" role="alert">([^<]*)</p>', answer.text)
    assert said in alert
    assert not re.search(r"`|\$|[a-z]_[a-z]", alert)
    shown = re.search(rf'name="{key}"[^>]*value="([^"]*)"', answer.text)[1]
    assert shown == given.strip() or given == " "


def test_a_refused_form_says_that_its_password_was_not_kept(state, clock):
    form = {"mqtt.port": "0", "password": "hush hush"}
    answer = visit(state, clock).post("/settings/mqtt", form)
    assert "The password was not kept: type it once more." in answer.text
    assert "hush" not in answer.text
    assert not (state / "mqtt_password").exists()


def test_an_hour_may_be_written_with_a_comma(state, clock):
    visitor = visit(state, clock)
    form = {"night.auto_start_from_h": "20,5", "night.auto_end_at_h": "11.5"}
    assert visitor.post("/settings/night", form).status_code == 302
    db = open_database(state, readonly=True)
    assert settings.get(db, "night.auto_start_from_h") == 20.5
    assert settings.get(db, "night.auto_end_at_h") == 11.5


def test_lights_can_be_put_right_and_a_night_deleted(filled, clock):
    visitor = visit(filled, clock)
    db = open_database(filled, readonly=True)
    path = "/night/2026-11-21/edit"
    assert visitor.post(path, {"off": "23:30", "on": "05:05"}, page=path).status_code == 302
    night = nights.find_night(db, "2026-11-21")
    assert (night.lights_off_tick, night.lights_on_tick) == (25 * 6000, 360 * 6000)
    for bad in (
        {"off": "22:00", "on": ""},
        {"off": "5", "on": ""},
        {"off": "05:00", "on": "04:00"},
    ):
        assert visitor.post(path, bad, page=path).status_code == 400
    assert visitor.post(path, {"off": "", "on": ""}, page=path).status_code == 302
    assert nights.find_night(db, "2026-11-21").lights_off_tick is None
    assert visitor.post("/night/2026-11-21/delete", page=path).status_code == 400
    assert visitor.get("/nights").status_code == 200
    counted = "SELECT COUNT(*) FROM summaries WHERE night = '2026-11-21'"
    with closing(sqlite3.connect(filled / "web.db")) as kept:
        assert kept.execute(counted).fetchone()[0] == 1
        assert (
            visitor.post("/night/2026-11-21/delete", {"sure": "on"}, page=path).status_code == 302
        )
        assert kept.execute(counted).fetchone()[0] == 0
    assert nights.find_night(db, "2026-11-21") is None
    assert visitor.get("/night/2026-11-21").status_code == 404


def test_a_missing_database_is_a_calm_page(made_state, tmp_path, clock):
    visitor = visit(tmp_path / "nowhere", clock)
    (tmp_path / "nowhere").mkdir()
    for path in ("/", "/nights", "/tonight", "/doctor"):
        answer = visitor.get(path)
        assert answer.status_code == 503
        assert "cannot be read just now" in answer.text
    assert visitor.get("/api/v1/nights").json["error"]
    assert visitor.get("/healthz").status_code == 503
    assert visitor.get("/about").status_code == 200


def test_a_damaged_database_is_a_calm_page(state, clock):
    (state / "plms.db").write_bytes(b"not a database at all" * 100)
    answer = visit(state, clock).get("/")
    assert answer.status_code == 503
    assert "plms doctor" in answer.text


@pytest.mark.parametrize(
    ("path", "status_code"),
    [
        ("/nothing", 404),
        ("/night/2001-01-01", 404),
        ("/night/2026-11-21/movement/99999", 404),
        ("/night/a/b/c", 404),
    ],
)
def test_what_is_not_there_is_said_kindly(guest, path, status_code):
    answer = guest.get(path)
    assert answer.status_code == status_code
    assert "<h1>" in answer.text
    link = re.search(r'class="button second" href="([^"]+)"', answer.text)[1]
    assert link.startswith(("./", "../"))


def test_links_and_forms_are_relative_and_lead_somewhere(guest):
    seen = set()
    waiting = ["/"]
    while waiting and len(seen) < 60:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        answer = guest.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        for word, target in re.findall(r'(href|src|action)="([^"#]*)"', answer.text):
            assert not target.startswith(("/", "http")), (path, target)
            follow = urljoin(f"http://localhost{path}", target).removeprefix("http://localhost")
            if word == "href" and not re.search("movement/|/static/|/export/", follow):
                waiting.append(follow)
    assert len(seen) > 30


def test_the_page_is_dark_at_night_and_the_reader_may_choose(state, clock):
    visitor = visit(state, clock)
    clock.now_utc = NOW.replace(hour=22).timestamp()
    assert 'class="dark"' in visitor.text("/more")
    clock.now_utc = NOW.replace(hour=13).timestamp()
    assert 'class="auto"' in visitor.text("/more")
    visitor.post("/theme", {"theme": "light"})
    assert 'class="light"' in visitor.text("/more")
    visitor.post("/theme", {"theme": "auto"})
    assert 'class="auto"' in visitor.text("/more")


def test_summaries_are_counted_again_when_a_night_changes(filled, clock):
    visitor = visit(filled, clock)
    before = visitor.get("/api/v1/nights").json["nights"][-1]
    db = open_database(filled)
    night = nights.find_night(db, "2026-11-21")
    for seq, movement in movements.load_numbered(db, night.id):
        if movement.kind == "leg":
            movements.set_correction(db, night.id, seq, "partner", 1.0)
    after = visitor.get("/api/v1/nights").json["nights"][-1]
    assert before["plm"] > 50
    assert after["plm"] == 0


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("0001-01", "January 1990"), ("9999-12", "November 2026"), ("2026-10", "October 2026")],
)
def test_the_calendar_keeps_to_months_that_can_hold_a_night(guest, asked, shown):
    assert f"<h2>{shown}</h2>" in guest.text(f"/nights?month={asked}")


def test_one_night_is_one_and_only_what_stands_on_the_page_is_pointed_at(state, clock):
    made_nights.make_night(open_database(state), date(2026, 11, 21), 3, made_nights.Recipe())
    visitor = visit(state, clock)
    assert "1 night in 8 weeks. The calendar below says it too." in visitor.text("/nights")
    doctor = visitor.text("/doctor")
    assert "1 night in 8 weeks." in doctor
    assert "calendar below" not in doctor


def test_the_reader_of_a_share_is_not_taken_for_the_one_who_kicks(filled, clock):
    db = open_database(filled)
    private = made_nights.make_night(db, date(2026, 10, 1), 3, made_nights.Recipe(private=True))
    seq = first_kick(filled)
    movement = f"/night/2026-11-21/movement/{seq}"
    movements.set_correction(db, nights.find_night(db, "2026-11-21").id, seq, "partner", 1.0)
    status.write(db, status.Status(phase="recording", in_bed=True, updated=NOW.timestamp()))
    app = create_app(filled, Config(), now=clock, password_method=CHEAP)
    owner = set_up(app)
    partner = share_of(owner, app)
    for path in ("/", "/nights", "/tonight", f"/night/{private.name}", movement, "/sits",
                 "/sits/2026-11-21-sit"):  # fmt: skip
        plain = re.sub(r"<[^>]+>", " ", partner.text(path))
        assert not re.search(r"\b[Yy]ours?\b|[Yy]ou (said|are)\b", plain), path
    assert "Said by hand: the partner’s. (The device:" in partner.text(movement)
    assert "You said: your partner" in owner.text(movement)
    shown = owner.post("/settings/access/programs", {"name": "Hall"}, page="/settings/access").text
    token = re.search(r'class="code">([^<]+)<', shown)[1]
    answer = app.test_client().get(
        f"/api/v1/nights/2026-11-21/movements/{seq}",
        base_url="http://localhost",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.json["words"].endswith("yours"), "a program reads what it always read"
