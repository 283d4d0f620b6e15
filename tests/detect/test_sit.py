"""The evening test's score: hand-worked cases, then properties."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.movement import Epoch, Gap, Movement, Part
from detect.rules import SIT, RuleError
from detect.sit import BINS, Away, SitAnswer, SitInput, check_answer
from detect.sitjson import sit_to_json
from detect.sitscore import score_sit

HOUR = 360_000


def leg(onset_s, duration_s=2.0, side="left", owner="patient", p=0.99, kind="leg", note=None):
    first, last = round(onset_s * 100), round((onset_s + duration_s) * 100)
    sides = ("left", "right") if side == "both" else (side,)
    parts = tuple(Part(one, first, last) for one in sides)
    return Movement(first, last, kind, side, owner, p, 300.0, 60.0, parts, note=note)


def epochs(count=120, out=()):
    return tuple(
        Epoch(i, 0.0, 0.0, 0.0 if i in out else 30.0, 30.0, 30.0, 30.0, 0.0) for i in range(count)
    )


def hour(*movements, duration=HOUR, out=(), **more):
    ordered = tuple(sorted(movements, key=lambda m: m.onset_tick))
    return SitInput(
        duration, ordered, epochs(-(-duration // 3000), out), more.pop("gaps", ()),
        more.pop("aways", ()), **more,
    )  # fmt: skip


def every(interval_s, count, start_s=60.0, **more):
    return [leg(start_s + i * interval_s, **more) for i in range(count)]


def test_fifty_movements_twelve_seconds_apart():
    score = score_sit(hour(*every(12, 50)))
    assert (score.movements, score.leg_movements, score.series) == (50, 50, 1)
    assert score.movements_per_counted_hour == 50.0
    assert (score.movements_per_counted_hour_low, score.movements_per_counted_hour_high) == (50, 50)
    assert (score.left, score.right, score.both) == (50, 0, 0)
    assert (score.imi_count, score.imi_median_s, score.imi_mode_s) == (49, 12.0, 12.0)
    assert score.imi_histogram[12] == 49
    assert score.periodic_share == 1.0
    assert [slot.movements for slot in score.slots] == [45, 5, 0, 0, 0, 0]
    assert not score.partial


def test_a_still_hour_counts_nothing_and_says_so():
    score = score_sit(hour())
    assert score.movements_per_counted_hour == 0.0
    assert score.periodic_share is None
    assert score.imi_median_s is None
    assert score.discomfort_mean is None
    assert score.counted_s == 3600.0
    assert [slot.movements_per_counted_hour for slot in score.slots] == [0.0] * 6


def test_time_that_is_not_counted_leaves_the_denominator_by_reason():
    score = score_sit(
        hour(
            *every(12, 250),
            gaps=(Gap("right", 60_000, 90_000), Gap("strip", 0, HOUR)),
            aways=(Away("posture", 84_000, 96_000), Away("standing", 120_000, 126_000)),
            out=(50, 51),
        )
    )
    assert score.excluded_s == {
        "posture": 60.0, "standing": 120.0, "sensor_gap": 300.0, "ended_early": 0.0,
    }  # fmt: skip
    assert score.counted_s == 3600.0 - 480.0
    assert score.movements < 250
    assert [slot.counted_s for slot in score.slots] == [600.0, 240.0, 480.0, 600.0, 600.0, 600.0]
    onsets = [m.onset_tick for m in hour(*every(12, 250)).movements]
    inside = [flag.clm for flag in score.flags]
    assert not any(c for c, o in zip(inside, onsets, strict=True) if 60_000 <= o < 96_000)


def test_a_test_that_ended_early_is_partial_with_its_minutes():
    score = score_sit(hour(*every(12, 300), duration=150_000))
    assert score.partial
    assert score.duration_s == 1500.0
    assert score.excluded_s["ended_early"] == 2100.0
    assert score.movements == 120
    assert score.movements_per_counted_hour == pytest.approx(120 / 1500 * 3600)
    assert [slot.counted_s for slot in score.slots] == [600.0, 600.0, 300.0]


def test_under_ten_counted_minutes_there_is_no_number_per_hour():
    score = score_sit(hour(*every(12, 40), duration=59_999))
    assert score.movements == 40
    assert score.movements_per_counted_hour is None
    assert score.movements_per_counted_hour_low is None
    assert score_sit(hour(*every(12, 40), duration=60_000)).movements_per_counted_hour == 240.0


def test_what_came_after_the_hour_is_left_out():
    late = score_sit(hour(*every(12, 400), duration=HOUR + 60_000))
    assert (late.duration_s, late.partial) == (3600.0, False)
    assert late.movements == 295


def test_unsure_movements_open_an_interval():
    unsure = [leg(1000 + 15 * i, owner="unsure", p=0.6 if i % 2 else 0.3) for i in range(20)]
    score = score_sit(hour(*every(12, 20), *unsure))
    assert (score.movements_sure, score.movements, score.movements_possible) == (20, 30, 40)
    assert score.movements_per_counted_hour_low == 20.0
    assert score.movements_per_counted_hour_high == 40.0
    assert score.unsure == 20


def test_a_leg_that_stayed_where_it_went_counts_and_a_turn_does_not():
    moved = every(12, 8, kind="body", note="posture")
    assert score_sit(hour(*moved)).movements == 8
    assert score_sit(hour(*every(12, 8, kind="body"))).movements == 0
    assert score_sit(hour(*every(12, 8, kind="jerk", duration_s=0.4))).movements == 0
    assert score_sit(hour(*every(12, 8, owner="partner", p=0.05))).movements == 0


def test_one_ankle_is_a_number_of_one_leg():
    both = [*every(12, 20), *every(12, 20, start_s=64.0, side="right")]
    score = score_sit(hour(*both, gaps=(Gap("right", 0, HOUR),)))
    assert score.one_leg
    assert score.fitted == ("left",)
    assert score.movements == 20
    nobody = score_sit(hour(*both, gaps=(Gap("right", 0, HOUR), Gap("left", 0, HOUR))))
    assert nobody.movements_per_counted_hour is None
    assert nobody.excluded_s["sensor_gap"] == 3600.0


def test_answers_stand_beside_the_ten_minutes():
    answers = (SitAnswer(0, 1), SitAnswer(10, 4), SitAnswer(60, 9))
    score = score_sit(hour(*every(12, 10), answers=answers))
    assert (score.discomfort_mean, score.discomfort_max) == (pytest.approx(14 / 3), 9)
    felt = [(s.discomfort_before, s.discomfort_after) for s in score.slots]
    assert felt == [(1, 4), (4, None), (None, None), (None, None), (None, None), (None, 9)]


@pytest.mark.parametrize(
    ("minute", "discomfort", "words"),
    [(5, 3, "minute 5: one of 0, 10, 20"), (70, 3, "minute 70"), (10, 11, "from 0 to 10"),
     (10, -1, "discomfort -1")],
)  # fmt: skip
def test_an_answer_out_of_range_is_refused_with_the_range(minute, discomfort, words):
    with pytest.raises(RuleError, match=words):
        check_answer(minute, discomfort)
    with pytest.raises(RuleError, match=words):
        score_sit(hour(answers=(SitAnswer(minute, discomfort),)))


def test_json_names_its_denominator_and_holds_null_for_unknown():
    body = sit_to_json(score_sit(hour(duration=30_000)))
    assert body["movements_per_counted_hour"] is None
    assert body["rules"] == "sit"
    assert body["partial"] is True
    assert body["excluded_ended_early_min"] == 55.0
    assert len(body["imi_histogram"]["counts"]) == BINS
    assert body["cut_off"]["movements_per_hour"] == 40.0


movement = st.builds(
    leg,
    onset_s=st.floats(0, 3700),
    duration_s=st.floats(0.01, 14),
    side=st.sampled_from(["left", "right", "both"]),
    owner=st.sampled_from(["patient", "partner", "both", "unsure"]),
    p=st.floats(0, 1),
    kind=st.sampled_from(["leg", "jerk", "body", "walk"]),
    note=st.sampled_from([None, "posture"]),
)
span = st.tuples(st.integers(0, HOUR), st.integers(1, 40_000))
tests = st.builds(
    lambda moves, away, lost, duration: replace(
        hour(*moves, duration=duration),
        aways=tuple(Away("posture", a, a + n) for a, n in away),
        gaps=tuple(Gap("left", a, a + n) for a, n in lost),
    ),
    st.lists(movement, max_size=60),
    st.lists(span, max_size=3),
    st.lists(span, max_size=3),
    st.integers(0, HOUR + 1000),
)


@given(tests)
def test_every_minute_and_every_movement_has_its_place(test):
    score = score_sit(test)
    assert score.counted_s + sum(score.excluded_s.values()) == pytest.approx(score.planned_s)
    assert min(score.excluded_s.values()) >= 0.0
    assert sum(s.counted_s for s in score.slots) == pytest.approx(score.counted_s)
    assert sum(s.movements for s in score.slots) == score.movements
    assert score.left + score.right + score.both == score.movements <= score.leg_movements
    assert sum(score.imi_histogram) + score.imi_longer == score.imi_count
    rate = score.movements_per_counted_hour
    if rate is not None:
        low, high = score.movements_per_counted_hour_low, score.movements_per_counted_hour_high
        assert low <= rate <= high
    assert sum(f.clm for f in score.flags) <= score.leg_movements


@given(tests)
def test_a_score_depends_on_nothing_else(test):
    assert score_sit(test) == score_sit(replace(test))
    assert score_sit(test, SIT).rules == "sit"


@pytest.mark.parametrize(("count", "mode"), [(10, None), (11, 12.0)])
def test_ten_intervals_have_a_most_common_one(count, mode):
    assert score_sit(hour(*every(12.4, count))).imi_mode_s == mode


def test_the_most_common_interval_is_the_middle_of_the_fullest_two_seconds():
    mixed = [*every(11.5, 20), *every(12.5, 20, start_s=400), *every(30, 30, start_s=800)]
    assert score_sit(hour(*mixed)).imi_mode_s == 12.0


def test_an_interval_of_ninety_seconds_and_more_is_a_longer_one():
    score = score_sit(hour(*every(90, 5), *every(89.99, 5, start_s=1000)))
    assert score.imi_longer == 5  # and the one between the two rows
    assert score.imi_histogram[89] == 4


def test_a_test_whose_posture_nobody_watched_says_so():
    assert score_sit(hour()).posture_watched
    assert not score_sit(replace(hour(), aways=None)).posture_watched


@pytest.mark.parametrize(
    ("lost", "fitted", "counted_s"),
    [(HOUR // 2, ("left", "right"), 1800.0), (HOUR // 2 + 1, ("left",), 3600.0)],
)
def test_an_ankle_is_fitted_that_was_usable_half_as_long_as_the_better(lost, fitted, counted_s):
    test = replace(hour(), gaps=(Gap("right", 0, lost),), epochs=())
    score = score_sit(test)
    assert (score.fitted, score.counted_s) == (fitted, counted_s)


def test_two_ankles_that_were_lost_together_leave_the_beginning():
    gaps = (Gap("left", 90_000, HOUR), Gap("right", 90_000, HOUR))
    score = score_sit(replace(hour(*every(12, 50)), gaps=gaps, epochs=()))
    assert (score.fitted, score.counted_s, score.movements) == (("left", "right"), 900.0, 50)
    gone = (Gap("left", 0, HOUR), Gap("right", 0, HOUR))
    assert score_sit(replace(hour(), gaps=gone, epochs=())).fitted == ()


def test_spans_out_of_the_posture_that_touch_or_hold_a_gap_are_counted_once():
    aways = (Away("posture", 0, 30_000), Away("standing", 30_000, 60_000))
    gaps = (Gap("left", 10_000, 20_000), Gap("left", 50_000, 70_000))
    score = score_sit(replace(hour(), aways=aways, gaps=gaps, epochs=()))
    assert score.excluded_s == {
        "posture": 200.0, "standing": 200.0, "sensor_gap": 300.0, "ended_early": 0.0,
    }  # fmt: skip
