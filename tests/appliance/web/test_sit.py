"""The evening test on the page: its hour, its refusals, its result, who may see what."""

import csv
import io
import re
from datetime import date

import pytest

from appliance.config import Config
from appliance.sit.questions import read_discomfort
from appliance.store import commands, diary, movements, nights, settings, sits, status
from appliance.store.connect import open_database
from appliance.web.access import Access
from appliance.web.app import create_app
from tests.appliance.record.rig import Rig
from tests.appliance.sit.legs import quiet
from tests.appliance.web import made_nights, sit_hour
from tests.appliance.web.conftest import CHEAP, NOW, Visitor, set_up, share_of

DAY = date(2026, 11, 21)
SITTING = made_nights.Sitting
BEGUN = NOW.timestamp() - 22 * 60


def visit(folder, now=None):
    app = create_app(folder, Config(), access=Access.demo(), now=now or NOW.timestamp)
    return Visitor(app)


def plain(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html[html.index("<main") :]).split())


def tell(folder, test=None, **more):
    db = open_database(folder)
    told = {"sensors": {"left": "ok", "right": "ok"}, "updated": NOW.timestamp() - 2} | more
    status.write(db, status.Status(sit=test, **told))
    db.close()


def running(**more):
    body = {
        "state": "running", "night": "2026-11-22-sit", "started_utc": BEGUN,
        "ends_utc": BEGUN + 3600, "open_minute": 20, "closes_utc": BEGUN + 1800, "posture": "in",
    } | more  # fmt: skip
    return status.SitStatus(**body)


@pytest.fixture
def asking(state):
    """A device whose test runs and asks."""
    tell(state, running(), phase="recording", kind="sit", night="2026-11-22-sit")
    return state


# -- the hour, with the shipped recorder ---------------------------------------------------------


def test_a_whole_test_by_its_buttons(tmp_path):
    rig = sit_hour.rig(tmp_path / "state")
    visitor = visit(rig.state_dir, rig.wall.utc)

    def tap(verb, **form):
        answer = visitor.post(f"/sit/{verb}", form, page="/sit")
        assert answer.status_code == 302, plain(answer.text)
        waits = visitor.text(answer.headers["Location"].replace("../", "/"))
        assert '<meta http-equiv="refresh" content="1">' in waits
        rig.run(1)

    assert "Begin" in visitor.text("/sit")
    tap("sit_start")
    text = visitor.text("/sit")
    assert "Feet on the floor" in text
    assert '<meta http-equiv="refresh" content="2">' in text
    tap("sit_next")
    rig.run(6)
    assert "Legs on the bed" in visitor.text("/sit")
    assert "the left shin is 90 degrees" in visitor.text("/sit")
    rig.run(72)
    text = visitor.text("/sit")
    assert "<b>60</b>" in text
    assert text.count('name="discomfort"') == 11
    assert "Evening test" in plain(visitor.text("/tonight"))
    assert "End the night" not in visitor.text("/tonight")
    for minute in range(0, 60, 10):
        tap("sit_answer", discomfort="9", minute=str(minute))
        tap("sit_answer", discomfort=str(minute // 10), minute=str(minute))
        text = visitor.text("/sit")
        assert f"You said {minute // 10}." in text
        assert re.search(rf'value="{minute // 10}"[^>]*aria-pressed="true"', text)
        assert f"<b>{60 - minute}</b>" in text
        rig.run(596)
    rig.run(8)
    text = visitor.text("/sit")
    assert "The hour is over. You may move." in text
    tap("sit_answer", discomfort="7", minute="60")
    (name,) = re.findall(r"sits/([\w-]+)", visitor.text("/sit"))
    text = visitor.text(f"/sits/{name}")
    stored = sits.load_answers(rig.hands, nights.find_night(rig.hands, name).id)
    assert [(a.discomfort, a.replaced) for a in stored] == [
        (0, 9), (1, 9), (2, 9), (3, 9), (4, 9), (5, 9), (7, None),
    ]  # fmt: skip
    assert float(re.search(r'class="figure"><b>([0-9.]+)<', text)[1]) > 20
    assert "7 of 7 questions answered" in text
    rig.run(620)
    assert "is over." in visitor.text("/sit"), "the page leads to what has just ended"


def test_an_early_stop_says_what_is_kept(tmp_path):
    rig = Rig(tmp_path / "state", quiet(1190), **{"night.auto_start": False})
    visitor = visit(rig.state_dir, rig.wall.utc)
    rig.run(2)
    commands.submit(rig.hands, "sit_start", {"guided": False}, "page", rig.wall.utc())
    rig.run(2)
    visitor.post("/sit/sit_answer", {"discomfort": "4", "minute": "0"}, page="/sit")
    rig.run(725)
    text = plain(visitor.text("/sit/stop"))
    assert "12 of 60 minutes and 1 of 7 answers are kept, marked as a part of a test." in text
    assert visitor.post("/sit/sit_stop", page="/sit/stop").status_code == 302
    rig.run(2)
    text = plain(visitor.text("/sit"))
    assert "The test is over. You may move." in text
    night = nights.last_closed_sit(rig.hands)
    assert night.end_reason == "page"
    page = plain(visitor.text(f"/sits/{night.name}"))
    assert "A part of a test: it ended after 12 of 60 minutes." in page
    assert visitor.get("/sit/stop").status_code == 302, "there is nothing to stop any more"


# -- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["11", "-1", "3.5", "much", "", "١", "1e1", "0x5", "5 5", "²", "9" * 5000]
)
def test_an_answer_out_of_range_is_refused_in_words(asking, text):
    visitor = visit(asking)
    answer = visitor.post("/sit/sit_answer", {"discomfort": text}, page="/sit")
    assert answer.status_code == 400
    assert "Please tap a number from 0 to 10." in answer.text
    assert answer.text.count('name="discomfort"') == 11, "the question still stands there"
    assert commands.take_pending(open_database(asking)) == []


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("10", 10), (" 7 ", 7), ("07", 7)])
def test_a_whole_number_is_taken(text, value):
    assert read_discomfort(text) == value


def test_an_answer_names_its_question_so_that_a_late_tap_hits_no_other(asking):
    visitor = visit(asking)
    form = {"discomfort": "6", "minute": "20"}
    assert visitor.post("/sit/sit_answer", form, page="/sit").status_code == 302
    (wish,) = commands.take_pending(open_database(asking))
    assert (wish.verb, wish.args, wish.source) == (
        "sit_answer",
        {"discomfort": 6, "minute": 20},
        "page",
    )


@pytest.mark.parametrize(
    ("verb", "told", "words"),
    [
        ("sit_start", {"phase": "recording", "night": "2026-11-22"}, "A night is being recorded."),
        ("sit_start", {"test": running(), "phase": "recording"}, "A test has begun already."),
        ("sit_start", {"updated": NOW.timestamp() - 1000}, "The recorder does not answer"),
        ("sit_answer", {}, "No question is open now."),
        ("sit_answer", {"test": running(open_minute=None)}, "No question is open now."),
        ("sit_next", {"test": running()}, "No test is being prepared."),
        ("sit_stop", {}, "No test is running."),
    ],
)
def test_what_cannot_be_is_said_at_once(state, verb, told, words):
    told = dict(told)
    tell(state, told.pop("test", None), **told)
    visitor = visit(state)
    answer = visitor.post(f"/sit/{verb}", {"discomfort": "5"})
    assert answer.status_code == 409
    assert words in answer.text
    assert commands.take_pending(open_database(state)) == []


def test_a_refused_form_comes_back_to_the_test_and_not_to_itself(asking):
    visitor = visit(asking)
    html = visitor.post("/sit/sit_answer", {"discomfort": "11"}, page="/sit").text
    assert '<meta http-equiv="refresh" content="20; url=../sit">' in html
    assert 'data-live-from="../sit"' in html
    html = visitor.text("/sit")
    assert "url=" not in html
    assert "data-live-from" not in html


def test_other_verbs_are_not_known(asking):
    assert visit(asking).post("/sit/end_night", page="/sit").status_code == 404


def test_the_recorders_own_refusal_is_shown(asking):
    visitor = visit(asking)
    visitor.post("/sit/sit_answer", {"discomfort": "6", "minute": "20"}, page="/sit")
    db = open_database(asking)
    said = "the question of minute 20 is not open; of minute 30 is"
    commands.finish(db, 1, ok=False, result=said, done_utc=NOW.timestamp())
    assert "The question of minute 20 is not open; of minute 30 is." in visitor.text("/sit?c=1")


# -- the page in every state ---------------------------------------------------------------------

STATES = {
    "no recorder": (None, {"updated": 0.0}, "does not answer"),
    "a night": (None, {"phase": "recording"}, "A night is being recorded."),
    "ready": (None, {}, "Begin"),
    "one ankle lost": (
        None,
        {"sensors": {"left": "ok", "right": "lost"}},
        "Begin with one ankle",
    ),
    "one ankle fitted": (None, {"sensors": {"left": "ok", "right": "absent"}}, "Begin"),
    "no ankle": (None, {"sensors": {"left": "lost", "right": "lost"}}, "do not deliver yet"),
    "edge": (status.SitStatus(state="edge", reason="Hold both feet still."), {}, "Hold both feet"),
    "stretch": (status.SitStatus(state="stretch", reason="x"), {}, "Begin all the same"),
    "standing": (running(posture="standing"), {}, "You stand: this time is not counted."),
    "out": (running(posture="out"), {}, "A leg is not stretched out"),
    "answered": (running(answers=((20, 0),)), {}, "You said 0. Another tap changes it."),
    "over": (running(state="asking", open_minute=60), {}, "The hour is over. You may move."),
    "stopped": (running(state="asking", open_minute=20), {}, "The test is over. You may move."),
    "no clock": (
        running(started_utc=None, ends_utc=None, closes_utc=None),
        {"newest_tick": 131_000, "updated": NOW.timestamp() - 10},
        "38 minutes to go",
    ),
}


@pytest.mark.parametrize("name", STATES)
def test_every_state_has_its_words(state, name):
    test, told, words = STATES[name]
    tell(state, test, **told)
    text = plain(visit(state).text("/sit"))
    assert words in text
    assert not re.search(r"\b(None|nan|True|False)\b", text)


@pytest.mark.parametrize(
    ("test", "told", "seconds"),
    [
        (status.SitStatus(state="edge", reason=""), {}, 2),
        (running(), {}, 20),
        (running(answers=((20, 3),)), {}, 30),
        (running(answers=((20, 3),), closes_utc=NOW.timestamp() + 6), {}, 7),
        (None, {}, 30),
    ],
)
def test_without_javascript_the_page_comes_again_when_there_is_news(state, test, told, seconds):
    tell(state, test, **told)
    text = visit(state).text("/sit")
    assert f'<noscript><meta http-equiv="refresh" content="{seconds}"></noscript>' in text


def test_it_is_dark_from_the_early_evening(asking):
    evening = NOW.replace(hour=17, minute=30).timestamp()
    assert 'class="dark' in visit(asking, lambda: evening).text("/sit")
    assert 'class="dark' not in visit(asking, lambda: evening).text("/tonight")


@pytest.mark.parametrize(
    ("at", "due"), [("20:05", True), ("19:55", False), ("20:20", False), ("00:10", True)]
)
def test_a_test_that_is_due_is_said_quietly(state, at, due):
    tell(state, updated=NOW.timestamp() + 86400)
    hour, minute = map(int, at.split(":"))
    now = NOW.replace(hour=hour, minute=minute).timestamp()
    tell(state, updated=now - 2)
    visitor = visit(state, lambda: now)
    form = {"device.time_zone": "UTC", "device.name": "Bedroom"}
    visitor.post("/settings/device", form)
    assert "is due" not in visitor.text("/tonight")
    answer = visitor.post("/settings/evening_test", {"evening_test.remind_at_h": "20, 0"})
    assert answer.status_code == 302
    assert 'value="20, 0"' in visitor.text("/settings/evening_test")
    assert ("An evening test is due: " in visitor.text("/tonight")) is due


@pytest.mark.parametrize("text", ["25", "-1", "late", "18;20", "1 2 3 4 5 6 7 8 9"])
def test_hours_that_are_none_are_refused(state, text):
    visitor = visit(state)
    answer = visitor.post("/settings/evening_test", {"evening_test.remind_at_h": text})
    assert answer.status_code == 400
    assert "evening_test.remind_at_h" in answer.text
    assert settings.get(open_database(state), "evening_test.remind_at_h") is None


def test_hours_are_taken_back(state):
    visitor = visit(state)
    path, key = "/settings/evening_test", "evening_test.remind_at_h"
    assert visitor.post(path, {key: "18 20.5"}).status_code == 302
    assert settings.get(open_database(state), key) == [18.0, 20.5]
    assert visitor.get("/api/v1/settings").json[key] == [18.0, 20.5]
    assert visitor.post(path, {key: ""}).status_code == 302
    assert settings.get(open_database(state), key) is None


# -- the result ----------------------------------------------------------------------------------

RESULTS = {
    "whole": (SITTING(), ["Counted over 60 of 60 minutes: awake, legs outstretched."]),
    "part": (
        SITTING(minutes=25, answers=(0, None, 2)),
        ["it ended after 25 of 60 minutes", "2 of 7 questions answered", "35 min: ended early"],
    ),
    "short": (
        SITTING(minutes=8, answers=()),
        ["Only 8 min could be counted: too little for a number.", "No question was answered."],
    ),
    "stands and a gap": (
        SITTING(stands=True, gap=True),
        ["Counted over 50 of 60 minutes", "4 min: standing, or out of bed",
         "60 s: legs not outstretched", "6 min: an ankle sensor missing"],
    ),
    "one ankle": (SITTING(right_fitted=False), ["One ankle only, so it may be too low."]),
    "calm": (SITTING(restless=0.0), ["No leg movement was found.", "All movements counted are"]),
    "unwatched": (
        SITTING(watched=False),
        ["wherever your legs were", "Whether the legs stayed outstretched was not watched."],
    ),
    "unsure": (SITTING(unsure=0.5), ["movements we cannot tell whose they were."]),
}  # fmt: skip


@pytest.mark.parametrize("kind", RESULTS)
def test_every_kind_of_test(state, kind):
    sitting, words = RESULTS[kind]
    made_nights.make_sit(open_database(state), DAY, 3, sitting)
    visitor = visit(state)
    text = plain(visitor.text("/sits/2026-11-21-sit"))
    for sentence in words:
        assert sentence in text
    assert not re.search(r"\b(None|nan|True|False)\b", text)
    assert "<h1" in visitor.text("/sits")


def test_the_published_line_has_its_source_its_errors_and_no_verdict(state):
    made_nights.make_sit(open_database(state), DAY, 3)
    html = visit(state).text("/sits/2026-11-21-sit")
    text = plain(html)
    assert "chart sitline" in html
    for words in (
        "The line at 40", "81 of 100 people with restless legs were above it",
        "about 19 of 100 on the wrong side", "Montplaisir 1998, Mov Disord 13:324-329",
        "the count alone tells the two apart poorly", "Michaud 2002", "(EMG)",
        "motion at the ankles", "It is no verdict",
    ):  # fmt: skip
        assert words in text
    assert "chart sitslots" in html
    assert "11–12 s" in html


def test_the_chart_shows_each_answer_and_each_ten_minutes(state):
    db = open_database(state)
    made_nights.make_sit(db, DAY, 3, SITTING(answers=(1, 2, None, 5, 7, 8, 8)))
    html = visit(state).text("/sits/2026-11-21-sit")
    chart = re.search(r'<svg class="chart sitslots".*?</svg>', html, re.DOTALL)[0]
    assert chart.count('class="felt"') == 6
    assert len(re.search(r'class="feltline" d="([^"]+)"', chart)[1].split("M")) - 1 == 4
    rows = re.findall(r"from minute (\d+)</th><td>(\d+)</td><td>10 min</td><td>([^<]+)<", html)
    assert [row[0] for row in rows] == ["0", "10", "20", "30", "40", "50"]
    assert rows[1][2] == "2, then –"
    total = sum(int(row[1]) for row in rows)
    assert f"{total} of " in plain(html), "the ten minutes add up to the whole"


@pytest.mark.parametrize(
    ("evening", "words"),
    [
        ({"pregnancy_week": 24}, "Your diary notes week 24 of pregnancy."),
        ({"child_age": 9}, "Your diary notes a child of 9."),
    ],
)
def test_the_diary_may_forbid_the_line(filled, evening, words):
    db = open_database(filled)
    diary.put(db, "2026-11-21", "evening", evening, 0.0)
    app = create_app(filled, Config(), now=NOW.timestamp, password_method=CHEAP)
    owner = set_up(app)
    assert words in plain(owner.text("/sits/2026-11-21-sit"))
    assert words in plain(owner.text("/sits"))
    noted = "Pregnancy is noted" if "pregnancy_week" in evening else "the patient is a child"
    assert noted in plain(owner.text("/doctor"))
    partner = share_of(owner, app)
    text = plain(partner.text("/sits/2026-11-21-sit"))
    assert words not in text
    assert "The diary holds a reason not to read this number by the line." in text
    assert words not in plain(partner.text("/sits"))


def test_a_share_sees_the_test_and_changes_nothing(filled):
    tell(filled, running(), phase="recording", kind="sit")
    app = create_app(filled, Config(), now=NOW.timestamp, password_method=CHEAP)
    owner = set_up(app)
    partner = share_of(owner, app)
    for path in ("/sit", "/sits", "/sits/2026-11-21-sit"):
        text = partner.text(path)
        assert "<form" not in text, path
        assert "caffeine" not in text, "the diary is the owner's"
    assert "How do your legs feel now?" in partner.text("/sit")
    assert partner.get("/sit/stop").status_code == 403
    for path in ("/sit/sit_answer", "/sit/sit_stop", "/sits/2026-11-21-sit/delete"):
        assert partner.post(path, {"discomfort": "3"}, page="/more").status_code == 403, path
    assert commands.take_pending(open_database(filled)) == []


def test_the_test_stands_on_the_page_of_its_night_and_is_none_itself(filled):
    db = open_database(filled)
    made_nights.make_sit(db, DAY, 9, SITTING(start="22:30", minutes=35))
    visitor = visit(filled)
    html = visitor.text("/")
    assert "21 November" in html, "the newest night, though a test was closed later"
    assert html.count('class="test"') == 2
    assert "(a part of a test)" in html
    assert visitor.text("/night/2026-11-20").count('class="test"') == 0
    answer = visitor.get("/night/2026-11-21-sit")
    assert (answer.status_code, answer.headers["Location"]) == (302, "../sits/2026-11-21-sit")
    assert visitor.get("/sits/2026-11-21").status_code == 404
    assert visitor.get("/sits/nothing").status_code == 404
    names = [one["name"] for one in visitor.get("/api/v1/nights").json["nights"]]
    assert not any("sit" in name for name in names)


def test_the_tests_of_one_evening_stand_side_by_side(filled):
    db = open_database(filled)
    made_nights.make_sit(db, DAY, 9, SITTING(start="23:55", minutes=35))
    text = plain(visit(filled).text("/sits/2026-11-21-sit"))
    assert "How the evening went" in text
    assert re.search(r"23:55 \d+ [^%]* 35 min \(a part\)", text)
    assert "How the evening went" not in visit(filled).text("/sits/2026-11-14-sit")


def test_tests_in_a_row_beside_the_diary(filled):
    db = open_database(filled)
    evening = {"caffeine": 2, "iron": True, "medicine": "iron 80 mg", "exercise": "hard"}
    diary.put(db, "2026-11-21", "evening", evening, 0.0)
    html = visit(filled).text("/sits")
    assert html.count('class="test"') == 8
    assert html.count("<circle") == 16, "a point in each chart for each test"
    assert "2 × caffeine, took iron, exercise, iron 80 mg" in html
    assert html.index("21 Nov") < html.index("14 Nov"), "newest first"
    assert "line of 1998: 40" in html


def test_an_empty_device_has_a_calm_page(state):
    visitor = visit(state)
    assert "There is no evening test yet." in visitor.text("/sits")
    assert "Evening tests" in visitor.text("/more")


def test_the_doctor_finds_the_tests_with_their_caveat(filled):
    text = plain(visit(filled).text("/doctor"))
    assert "Suggested immobilisation tests" in text
    assert plain(visit(filled).text("/doctor?nights=21")).count("†") == 2
    assert "ankle accelerometry, for which no cut-off exists" in text
    assert "82 % sensitivity and 84 % specificity" in text
    assert "2026-10-31" in text
    assert "†" in text


def test_a_word_of_mine_about_a_movement_changes_the_number(filled):
    visitor = visit(filled)
    before = visitor.get("/api/v1/sits").json["sits"][-1]
    db = open_database(filled)
    night = nights.find_night(db, "2026-11-21-sit")
    for seq, _ in movements.load_numbered(db, night.id):
        movements.set_correction(db, night.id, seq, "partner", 1.0)
    after = visitor.get("/api/v1/sits").json["sits"][-1]
    assert before["movements_per_counted_hour"] > 0
    assert after["movements_per_counted_hour"] == 0
    assert "No leg movement was found." in visitor.text("/sits/2026-11-21-sit")


def test_an_answer_after_the_end_changes_the_kept_summary(filled):
    visitor = visit(filled)
    before = visitor.get("/api/v1/sits").json["sits"][-1]
    db = open_database(filled)
    night = nights.find_night(db, "2026-11-21-sit")
    sits.put_answer(db, night.id, sits.StoredAnswer(60, 10, 360_500, "page"))
    after = visitor.get("/api/v1/sits").json["sits"][-1]
    assert after["discomfort_max"] == 10
    assert after["discomfort_mean"] > before["discomfort_mean"]


def test_the_hours_of_a_test_add_up_to_its_leg_movements(filled):
    text = visit(filled).text("/sits/2026-11-21-sit")
    counted = sum(map(int, re.findall(r"<summary>\S+: (\d+) kicks?, partner", text)))
    told = re.search(r"\d+ of (\d+) leg movements came in rhythm", text)
    assert counted == int(told[1]) > 0


def test_the_api_gives_the_tests_whole_score(filled):
    visitor = visit(filled)
    body = visitor.get("/api/v1/nights/2026-11-21-sit").json
    assert (body["kind"], body["indices"]["rules"]) == ("sit", "sit")
    assert body["indices"]["counted_min"] == 60
    assert len(body["indices"]["slots"]) == 6
    listed = visitor.get("/api/v1/sits?from=2026-11-21&to=2026-11-21").json["sits"]
    assert [one["name"] for one in listed] == ["2026-11-21-sit"]
    key = "movements_per_counted_hour"
    assert listed[0][key] == body["indices"][key]
    assert "plms_evening_tests 8" in visitor.get("/metrics").text


@pytest.mark.parametrize(
    ("args", "status_code"),
    [({"discomfort": 7}, 202), ({"discomfort": 11}, 400), ({"discomfort": "7"}, 400)],
)
def test_a_program_may_answer(asking, args, status_code):
    visitor = visit(asking)
    token = visitor.token()
    answer = visitor.client.post(
        "/api/v1/commands", json={"verb": "sit_answer", "args": args}, base_url=visitor.base,
        headers={"Origin": visitor.base, "X-CSRF-Token": token},
    )  # fmt: skip
    assert answer.status_code == status_code
    wishes = [wish.args for wish in commands.take_pending(open_database(asking))]
    assert wishes == ([args] if status_code == 202 else [])


def test_a_test_is_deleted_once_it_is_said_twice(filled):
    visitor = visit(filled)
    page = "/sits/2026-11-21-sit"
    answer = visitor.post(f"{page}/delete", page=page)
    assert answer.status_code == 400
    assert "Tick the box first" in answer.text
    assert visitor.post(f"{page}/delete", {"sure": "on"}, page=page).status_code == 302
    assert visitor.get(page).status_code == 404
    db = open_database(filled)
    for table in ("sits", "sit_answers", "sit_aways"):
        left = db.execute(f"SELECT COUNT(*) FROM {table} t JOIN nights n ON n.id = t.night_id"
                          " WHERE n.name = '2026-11-21-sit'").fetchone()[0]  # fmt: skip
        assert left == 0, table
    assert db.execute("SELECT COUNT(DISTINCT night_id) FROM sit_answers").fetchone()[0] == 7


def test_all_tests_go_into_one_table(filled):
    visitor = visit(filled)
    assert "export/evening-tests.csv" in visitor.text("/export")
    answer = visitor.get("/export/evening-tests.csv")
    assert 'filename="plms-evening-tests.csv"' in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 8
    listed = visitor.get("/api/v1/sits").json["sits"]
    assert [row["name"] for row in rows] == [one["name"] for one in listed]
    assert float(rows[-1]["discomfort_mean"]) == listed[-1]["discomfort_mean"]


@pytest.mark.parametrize("kind", ["csv", "json", "zip", "epochs"])
def test_a_test_can_be_taken_away(filled, kind):
    visitor = visit(filled)
    assert (
        f"export/night/2026-11-21-sit/{kind}" in visitor.text("/sits/2026-11-21-sit")
        or kind == "epochs"
    )
    answer = visitor.get(f"/export/night/2026-11-21-sit/{kind}")
    assert answer.status_code == 200
    assert len(answer.data) > 100
