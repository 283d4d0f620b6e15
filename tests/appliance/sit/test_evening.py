"""The evening test from the wish to the last answer, in simulated time."""

import sqlite3

import numpy as np
import pytest

from appliance.sitdata import load_sit_input, sit_score
from appliance.store import commands, gaps, movements, nights, outbox, sits, status
from tests.appliance.record.rig import EVENING_UTC, bed_samples
from tests.appliance.sit.legs import gone, quiet, restless, tilted


def ask(rig, verb, **args):
    """Ask as the page does, and return (ok, result)."""
    number = commands.submit(rig.hands, verb, args, "page", rig.wall.utc())
    rig.run(1)
    done = commands.get(rig.hands, number)
    return done.ok, done.result


def events(rig, kind=None):
    found = outbox.pending(rig.hands, 10_000)
    return [e for e in found if kind is None or e.event_type == kind]


def said(rig):
    return status.read(rig.hands).sit


@pytest.fixture
def hour():
    """An hour of legs that kick, and ten minutes more."""
    return restless()


def quiet_rig(make_rig, samples, **changes):
    return make_rig(samples, **{"night.auto_start": False, "mqtt.enabled": True, **changes})


def test_a_test_begins_by_itself_once_the_legs_lie_outstretched(make_rig):
    samples = np.concatenate([tilted(quiet(60), 80), tilted(quiet(20), 40), quiet(1200)])
    rig = quiet_rig(make_rig, samples)
    assert ask(rig, "sit_start") == (True, "sit on the edge of the bed with both feet on the floor")
    assert said(rig).state == "edge"
    rig.run(20)
    assert said(rig).state == "edge"  # nobody said that the feet stand on the floor
    assert ask(rig, "sit_next") == (True, "hold your feet still for a moment")
    rig.run(6)
    assert said(rig).state == "stretch"
    assert "the left shin is 90 degrees and the right shin is 90 degrees" in said(rig).reason
    rig.run(40)
    assert "Stretch both legs out on the bed" in said(rig).reason
    rig.run(24)
    now = said(rig)
    assert (now.state, now.night, now.posture_checked) == ("running", "2026-01-05-sit", True)
    assert (now.open_minute, now.answers) == (0, ())
    assert now.ends_utc - now.started_utc == 3600.0
    assert status.read(rig.hands).kicks_tonight is None
    assert [e.event_type for e in events(rig)] == ["sit_started", "sit_prompt"]
    assert events(rig)[0].payload["posture_checked"] is True
    rig.run(30)
    assert said(rig).posture == "in"


def test_an_hour_ends_by_itself_and_keeps_its_last_question_open(make_rig, hour):
    rig = quiet_rig(make_rig, hour)
    assert ask(rig, "sit_start", guided=False) == (True, "test 2026-01-05-sit has begun")
    for minute in range(0, 60, 10):
        assert ask(rig, "sit_answer", discomfort=minute // 10)[1] == (
            f"discomfort {minute // 10} at minute {minute}"
        )
        rig.run(599)
    rig.run(20)
    assert rig.recorder.phase == "idle"
    night = nights.last_closed_sit(rig.hands)
    assert (night.end_reason, night.kind) == ("complete", "sit")
    assert said(rig).state == "asking"
    assert ask(rig, "sit_answer", discomfort=9, minute=60)[0]
    score = sit_score(rig.hands, night)
    assert [(a.minute, a.discomfort) for a in score.answers] == [
        (0, 0), (10, 1), (20, 2), (30, 3), (40, 4), (50, 5), (60, 9),
    ]  # fmt: skip
    assert (score.duration_s, score.partial) == (3600.0, False)
    assert score.leg_movements > 50
    prompts = [(e.payload["minute"], e.payload["reminder"]) for e in events(rig, "sit_prompt")]
    assert prompts[-1] == (60, False)
    (end,) = events(rig, "sit_ended")
    assert end.payload["movements"] == score.movements
    assert end.payload["partial"] is False
    told = {e.event_type for e in events(rig)}
    assert told == {"sit_started", "sit_prompt", "sit_answered", "sit_ended"} | (
        {"sit_posture"} if score.excluded_s["posture"] else set()
    )
    rig.run(620)
    assert said(rig) is None
    assert ask(rig, "sit_answer", discomfort=1) == (
        False,
        "no question is open: no test is running",
    )


def test_a_question_without_answer_is_asked_once_more(make_rig):
    rig = quiet_rig(make_rig, quiet(1200), **{"mqtt.event_expiry_s": 86_400})
    ask(rig, "sit_start", guided=False)
    rig.run(400)
    ask(rig, "sit_answer", discomfort=2)
    rig.run(500)
    prompts = [(e.payload["minute"], e.payload["reminder"]) for e in events(rig, "sit_prompt")]
    assert prompts == [(0, False), (0, True), (10, False), (10, True)]


@pytest.mark.parametrize("wrong", [11, -1, 3.5, "much", None, True, "١", [4], float("nan")])
def test_an_answer_out_of_range_is_refused_with_the_range(make_rig, wrong):
    rig = quiet_rig(make_rig, quiet(60))
    ask(rig, "sit_start", guided=False)
    refused = ask(rig, "sit_answer", discomfort=wrong)
    assert refused == (False, "discomfort: a whole number from 0 (none) to 10 (the worst)")
    assert sits.load_answers(rig.hands, 1) == []


@pytest.mark.parametrize(("given", "stored"), [(0, 0), (10, 10), ("7", 7), (4.0, 4), (" 3 ", 3)])
def test_whole_numbers_are_taken_in_any_coat(make_rig, given, stored):
    rig = quiet_rig(make_rig, quiet(60))
    ask(rig, "sit_start", guided=False)
    assert ask(rig, "sit_answer", discomfort=given)[0]
    assert sits.load_answers(rig.hands, 1)[0].discomfort == stored


def test_the_later_of_two_answers_counts_and_says_so(make_rig):
    rig = quiet_rig(make_rig, quiet(1200))
    ask(rig, "sit_start", guided=False)
    rig.run(610)
    assert ask(rig, "sit_answer", discomfort=3) == (True, "discomfort 3 at minute 10")
    assert ask(rig, "sit_answer", discomfort=5) == (True, "discomfort 5 at minute 10, instead of 3")
    (answer,) = sits.load_answers(rig.hands, 1)
    assert (answer.discomfort, answer.replaced, answer.source) == (5, 3, "page")
    told = [e.payload for e in events(rig, "sit_answered")]
    assert [(p["discomfort"], p["replaced"]) for p in told] == [(3, None), (5, 3)]
    assert len({p["id"] for p in told}) == 2


def test_an_answer_to_a_closed_question_is_refused(make_rig):
    rig = quiet_rig(make_rig, quiet(1200))
    ask(rig, "sit_start", guided=False)
    rig.run(610)
    assert ask(rig, "sit_answer", discomfort=3, minute=0) == (
        False, "the question of minute 0 is not open; of minute 10 is",
    )  # fmt: skip


def test_a_test_stopped_early_is_kept_as_partial_with_its_minutes(make_rig, hour):
    rig = quiet_rig(make_rig, hour)
    ask(rig, "sit_start", guided=False)
    rig.run(1500)
    assert ask(rig, "sit_stop") == (True, "test 2026-01-05-sit has ended")
    night = nights.last_closed_sit(rig.hands)
    score = sit_score(rig.hands, night)
    assert score.partial
    assert 1500 <= score.duration_s <= 1505
    assert score.excluded_s["ended_early"] == 3600 - score.duration_s
    assert ask(rig, "sit_answer", discomfort=8) == (True, "discomfort 8 at minute 20")
    rig.run(300)
    assert ask(rig, "sit_answer", discomfort=8)[0] is False
    assert events(rig, "sit_ended")[0].payload["partial"] is True


def test_a_test_is_refused_while_something_else_is_recorded(make_rig):
    rig = quiet_rig(make_rig, quiet(600))
    ask(rig, "start_night")
    assert ask(rig, "sit_start") == (
        False,
        "night 2026-01-05 is running: end it first; the test is for somebody awake",
    )
    ask(rig, "end_night")
    assert ask(rig, "sit_start")[0]
    assert ask(rig, "sit_start") == (False, "a test is being prepared already")
    assert ask(rig, "sit_stop") == (True, "the test is given up")
    assert ask(rig, "sit_start", guided=False)[0]
    assert ask(rig, "sit_start") == (False, "test 2026-01-05-sit is running already")


def test_a_lost_ankle_sensor_refuses_a_test_unless_one_leg_is_enough(make_rig):
    rig = quiet_rig(make_rig, quiet(60))
    rig.sensors.states["right"] = "lost"
    assert ask(rig, "sit_start") == (
        False, "the right ankle sensor gives no samples: check its plug",
    )  # fmt: skip
    assert ask(rig, "sit_start", one_leg=True, guided=False)[0]
    ask(rig, "sit_stop")
    rig.sensors.states["left"] = "absent"
    assert ask(rig, "sit_start", one_leg=True) == (
        False, "no ankle sensor gives samples: check the plugs",
    )  # fmt: skip


def test_going_to_bed_ends_a_test_as_partial(make_rig):
    rig = quiet_rig(make_rig, quiet(1200))
    ask(rig, "sit_start", guided=False)
    rig.run(700)
    assert ask(rig, "start_night") == (True, "night 2026-01-05 has begun")
    test = nights.find_night(rig.hands, "2026-01-05-sit")
    assert (test.state, test.end_reason) == ("closed", "night")
    assert nights.current_night(rig.hands).kind == "night"


def test_a_night_does_not_begin_by_itself_during_a_test_or_its_preparation(make_rig):
    rig = make_rig(bed_samples("quiet"), **{"night.auto_start_in_bed_min": 1.0})
    ask(rig, "sit_start")
    rig.run(300)
    assert rig.recorder.phase == "idle"
    rig.run(400)
    assert rig.recorder.phase == "recording"  # the preparation was given up after ten minutes
    assert nights.current_night(rig.hands).kind == "night"


@pytest.mark.parametrize("verb", ["pause", "lights_off", "lights_on"])
def test_what_belongs_to_a_night_is_refused_during_a_test(make_rig, verb):
    rig = quiet_rig(make_rig, quiet(60))
    ask(rig, "sit_start", guided=False)
    assert ask(rig, verb) == (False, "an evening test is running: that belongs to a night")


def test_a_posture_that_is_left_is_written_when_it_changes_and_not_all_the_time(
    make_rig, monkeypatch
):
    written = []
    keep = sits.replace_aways
    monkeypatch.setattr(sits, "replace_aways", lambda *a: (written.append(a), keep(*a)))
    rig = quiet_rig(make_rig, np.concatenate([quiet(300), tilted(quiet(300), 80), quiet(300)]))
    ask(rig, "sit_start", guided=False)
    rig.run(890)
    assert 2 <= len(written) <= 5


def test_leaving_the_posture_and_a_gap_leave_the_count(make_rig):
    samples = np.concatenate(
        [quiet(300), tilted(quiet(100), 70), quiet(300), gone(120), quiet(380)]
    )
    rig = quiet_rig(make_rig, samples, **{"mqtt.event_expiry_s": 86_400})
    ask(rig, "sit_start", guided=False)
    rig.run(340)
    assert said(rig).posture == "out"
    rig.run(800)
    ask(rig, "sit_stop")
    night = nights.last_closed_sit(rig.hands)
    (away,) = sits.load_aways(rig.hands, night.id)
    assert away.reason == "posture"
    assert (away.end_tick - away.start_tick) / 100 == pytest.approx(100, abs=2)
    score = sit_score(rig.hands, night)
    assert score.excluded_s["posture"] == pytest.approx(100, abs=2)
    assert score.excluded_s["sensor_gap"] == pytest.approx(120, abs=2)
    assert [e.payload["state"] for e in events(rig, "sit_posture")] == ["out", "in"]


def test_sensors_that_stop_do_not_keep_a_test_from_ending(make_rig):
    rig = quiet_rig(make_rig, quiet(1200))
    ask(rig, "sit_start", guided=False)
    rig.run(3700)
    night = nights.last_closed_sit(rig.hands)
    assert (night.end_reason, night.end_tick) == ("complete", 360_000)
    score = sit_score(rig.hands, night)
    assert not score.partial
    assert score.excluded_s["sensor_gap"] == pytest.approx(2400, abs=3)


def test_a_short_restart_is_a_gap_and_a_power_cut_the_end(make_rig, hour):
    rig = quiet_rig(make_rig, hour)
    ask(rig, "sit_start", guided=False)
    ask(rig, "sit_answer", discomfort=2)
    rig.run(1000)
    rig.crash()
    rig.clock.sleep_until(rig.clock.now_ns + 20_000_000_000)
    rig.open()
    assert rig.recorder.night_name == "2026-01-05-sit"
    rig.run(200)
    before = len(movements.load_movements(rig.hands, 1))
    rig.reboot(90)
    assert rig.recorder.phase == "idle"
    night = nights.last_closed_sit(rig.hands)
    assert night.end_reason == "power_cut"
    score = sit_score(rig.hands, night)
    assert score.partial
    assert 1190 <= score.duration_s <= 1225
    assert 15 <= score.excluded_s["sensor_gap"] <= 45
    assert len(movements.load_movements(rig.hands, 1)) >= before > 20
    assert [(a.minute, a.discomfort) for a in score.answers] == [(0, 2)]
    assert events(rig, "sit_ended")[0].payload["reason"] == "power_cut"
    assert {g.device for g in gaps.load_gaps(rig.hands, 1)} == {"left", "right", "strip"}


def test_the_posture_is_known_again_after_a_restart(make_rig):
    samples = np.concatenate([quiet(300), tilted(quiet(60), 70), quiet(600)])
    rig = quiet_rig(make_rig, samples)
    ask(rig, "sit_start", guided=False)
    rig.run(500)
    before = sits.load_aways(rig.hands, 1)
    rig.crash()
    rig.open()
    rig.run(100)
    ask(rig, "sit_stop")
    assert sits.load_aways(rig.hands, 1) == before
    assert len(before) == 1


def test_a_deleted_test_leaves_nothing(make_rig):
    rig = quiet_rig(make_rig, np.concatenate([quiet(60), tilted(quiet(60), 70), quiet(60)]))
    ask(rig, "sit_start", guided=False)
    ask(rig, "sit_answer", discomfort=2)
    rig.run(170)
    ask(rig, "sit_stop")
    assert nights.delete_night(rig.hands, "2026-01-05-sit", rig.state_dir)
    for table in ("sits", "sit_answers", "sit_aways", "movements", "outbox"):
        assert rig.hands.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] == 0
    assert list(rig.state_dir.glob("recordings/*")) == []
    assert ask(rig, "sit_answer", discomfort=2)[0] is False  # its question went with it


def test_a_test_is_no_night(make_rig):
    rig = quiet_rig(make_rig, quiet(120))
    ask(rig, "sit_start", guided=False)
    rig.run(60)
    ask(rig, "end_night")
    assert nights.last_closed_night(rig.hands) is None
    assert nights.closed_nights(rig.hands, 5) == []
    assert nights.last_closed_sit(rig.hands).end_reason == "page"
    assert load_sit_input(rig.hands, nights.last_closed_sit(rig.hands)).aways == ()


def test_tests_of_one_evening_have_names_of_their_own(make_rig):
    rig = quiet_rig(make_rig, quiet(600))
    for _ in range(3):
        ask(rig, "sit_start", guided=False)
        rig.run(10)
        ask(rig, "sit_stop")
    names = [night.name for night in nights.nights_of_kind(rig.hands, "sit")]
    assert names == ["2026-01-05-sit-3", "2026-01-05-sit-2", "2026-01-05-sit"]


def test_a_test_is_due_at_the_hours_that_the_owner_set(make_rig):
    rig = quiet_rig(make_rig, quiet(1200), **{"evening_test.remind_at_h": [23.25, 18.0]})
    rig.run(800)
    assert events(rig, "sit_reminder") == []
    rig.run(300)
    assert [e.payload["hour"] for e in events(rig, "sit_reminder")] == [23.25]


def test_a_private_test_keeps_no_raw_signals(make_rig):
    rig = quiet_rig(make_rig, quiet(120))
    ask(rig, "sit_start", guided=False, private=True)
    rig.run(60)
    ask(rig, "sit_stop")
    night = nights.last_closed_sit(rig.hands)
    assert night.private
    assert night.recording is None


def test_the_button_starts_a_test_without_steps_and_ends_it(make_rig):
    rig = quiet_rig(make_rig, quiet(300))

    def press(verb):
        number = commands.submit(rig.hands, verb, {}, "button", rig.wall.utc())
        rig.run(1)
        return commands.get(rig.hands, number).result

    assert press("sit_start") == "test 2026-01-05-sit has begun"
    rig.run(60)
    assert press("pause") == "test 2026-01-05-sit has ended"
    assert nights.last_closed_sit(rig.hands).end_reason == "button"
    press("sit_start")
    assert press("end_night") == "test 2026-01-05-sit-2 has ended"


def test_legs_that_cannot_keep_still_begin_all_the_same_and_keep_the_check(make_rig):
    rig = quiet_rig(make_rig, np.concatenate([tilted(quiet(40), 80), quiet(60)]))
    ask(rig, "sit_start")
    ask(rig, "sit_next")
    rig.run(6)
    assert said(rig).state == "stretch"
    rig.run(34.5)
    assert rig.recorder.phase == "idle"
    assert ask(rig, "sit_next") == (True, "test 2026-01-05-sit has begun")
    assert sits.find_sit(rig.hands, 1).upright is not None


def test_legs_that_do_not_lie_begin_without_the_check(make_rig):
    rig = quiet_rig(make_rig, np.concatenate([tilted(quiet(40), 80), quiet(60)]))
    ask(rig, "sit_start")
    ask(rig, "sit_next")
    rig.run(10)
    assert ask(rig, "sit_next") == (True, "test 2026-01-05-sit has begun")
    assert sits.find_sit(rig.hands, 1).upright is None


def test_a_preparation_says_which_sensor_gives_nothing(make_rig):
    lost = quiet(30)
    lost[1000:, 0:6] = -32768
    rig = quiet_rig(make_rig, lost)
    ask(rig, "sit_start")
    rig.run(20)
    assert said(rig).reason == "The left ankle gives no samples: check its plug."


def test_an_end_that_cannot_be_stored_is_tried_again(make_rig, monkeypatch):
    rig = quiet_rig(make_rig, quiet(1200))
    ask(rig, "sit_start", guided=False)
    rig.run(100)
    real, failures = sits.replace_aways, []

    def worn(*args):
        if len(failures) < 2:
            failures.append(args)
            raise sqlite3.OperationalError("disk I/O error")
        return real(*args)

    monkeypatch.setattr(sits, "replace_aways", worn)
    number = commands.submit(rig.hands, "sit_stop", {}, "page", rig.wall.utc())
    rig.run(1)
    assert rig.recorder.trouble is not None
    rig.run(20)
    assert commands.get(rig.hands, number).ok
    assert rig.recorder.trouble is None
    assert nights.last_closed_sit(rig.hands).end_reason == "page"


def test_a_test_from_before_the_clock_was_set_is_named_when_it_is_known(make_rig):
    rig = make_rig(quiet(600), utc=1000.0, **{"night.auto_start": False})
    rig.wall.set_by_server = False
    assert ask(rig, "sit_start", guided=False)[1] == "test 1969-12-31-sit has begun"
    rig.run(60)
    rig.wall.step(EVENING_UTC)
    rig.wall.set_by_server = True
    rig.run(60)
    ask(rig, "sit_stop")
    test = nights.last_closed_sit(rig.hands)
    assert test.name == "2026-01-05-sit"
    assert ask(rig, "sit_answer", discomfort=4)[0]


@pytest.mark.parametrize("seed", range(4))
def test_whenever_it_is_killed_no_answer_and_no_test_is_lost(make_rig, seed):
    rng = np.random.default_rng(seed)
    rig = quiet_rig(make_rig, restless())
    ask(rig, "sit_start", guided=False)
    given = {}
    for _ in range(8):
        rig.run(float(rng.uniform(5, 240)), float(rng.choice((0.5, 2.0, 5.0))))
        discomfort = int(rng.integers(0, 11))
        ok, text = ask(rig, "sit_answer", discomfort=discomfort)
        assert ok, text
        given[int(text.split("minute ")[1].split(",")[0])] = discomfort
        rig.crash()
        rig.clock.sleep_until(rig.clock.now_ns + int(rng.uniform(0, 50) * 1e9))
        rig.open()
        assert rig.recorder.night_name == "2026-01-05-sit"
    ask(rig, "sit_stop")
    night = nights.last_closed_sit(rig.hands)
    score = sit_score(rig.hands, night)
    assert {a.minute: a.discomfort for a in score.answers} == given
    assert score.excluded_s["posture"] == 0.0
    assert score.counted_s + sum(score.excluded_s.values()) == pytest.approx(3600.0)
    ids = [e.payload["id"] for e in events(rig)]
    assert len(ids) == len(set(ids))


def test_a_private_test_keeps_what_was_seen_of_the_posture_over_a_restart(make_rig):
    samples = np.concatenate([quiet(200), tilted(quiet(60), 70), quiet(600)])
    rig = quiet_rig(make_rig, samples)
    ask(rig, "sit_start", guided=False, private=True)
    rig.run(300)
    before = sits.load_aways(rig.hands, 1)
    rig.crash()
    rig.open()
    rig.run(100)
    ask(rig, "sit_stop")
    assert sits.load_aways(rig.hands, 1)[: len(before)] == before
    assert len(before) == 1
