"""The score of a night: who counts, what time counts, and what is not known."""

import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.movement import EPOCH_TICKS, Epoch, Gap, Movement, Part
from detect.rules import (
    AASM_V3,
    RULE_SETS,
    WASM2016,
    WASM2016_STRICT,
    RuleError,
    versions_of,
)
from detect.score import (
    NightInput,
    Stage,
    find_rules,
    flags_to_json,
    score_night,
    score_to_json,
)

HOUR = 360_000
S = 100


def kick(onset_s, duration_s=2.0, side="left", owner="patient", p=None, kind="leg"):
    onset, end = round(onset_s * S), round((onset_s + duration_s) * S)
    legs = ("left", "right") if side == "both" else (side,)
    parts = tuple(Part(leg, onset, end) for leg in legs) if kind == "leg" else ()
    return Movement(onset, end, kind, side, owner, p, 300.0, 60.0, parts)


def epoch(
    index,
    *,
    in_bed_s=30.0,
    left=30.0,
    right=30.0,
    strip=30.0,
    patient=0.0,
    partner=0.0,
    activity=0.0,
):
    return Epoch(index, patient, partner, in_bed_s, left, right, strip, activity)


def quiet(hours):
    return tuple(epoch(i) for i in range(round(hours * 120)))


def night(movements=(), hours=1.0, epochs=None, gaps=(), **marks):
    return NightInput(
        round(hours * HOUR),
        tuple(sorted(movements, key=lambda m: m.onset_tick)),
        quiet(hours) if epochs is None else tuple(epochs),
        tuple(gaps),
        **marks,
    )


def rhythm(count, start_s=100.0, every_s=20.0, **how):
    return [kick(start_s + every_s * i, **how) for i in range(count)]


def with_epoch(index, hours=1.0, **what):
    return [epoch(i, **what) if i == index else epoch(i) for i in range(round(hours * 120))]


# ---------------------------------------------------------------- who counts


def test_ten_kicks_in_an_hour_are_ten_an_hour():
    score = score_night(night(rhythm(10)))
    assert (score.plmi_tib, score.plmi_tib_low, score.plmi_tib_high) == (10.0, 10.0, 10.0)
    assert (score.plm, score.clm, score.leg_movements, score.not_clm) == (10, 10, 10, 0)
    assert (score.rules, score.counted_s, score.fitted) == ("wasm2016", 3600.0, ("left", "right"))
    assert not score.one_leg
    assert score.imi_geometric_mean_s == pytest.approx(20.0)
    assert score.imi_log_sd == pytest.approx(0.0)
    assert (score.periodicity_index_intervals, score.periodicity_index_movements) == (1.0, 1.0)
    assert (score.clm_duration_mean_s, score.plm_duration_mean_s) == (2.0, 2.0)
    assert [
        (s.number, s.first_onset_s, s.last_onset_s, s.movements, s.ended) for s in score.series
    ] == [(1, 100.0, 280.0, 10, "long interval")]


@pytest.mark.parametrize("kind", ["jerk", "body", "bed", "walk"])
def test_only_leg_movements_are_scored(kind):
    score = score_night(night([*rhythm(4), kick(165, kind=kind)]))
    assert (score.plm, score.leg_movements) == (4, 4)


def test_the_partners_kicks_are_not_the_patients():
    score = score_night(night([*rhythm(4), *rhythm(9, start_s=1000, owner="partner")]))
    assert (score.plm, score.leg_movements) == (4, 4)


def test_a_movement_of_both_sleepers_is_the_patients_too():
    assert score_night(night(rhythm(4, owner="both"))).plmi_tib_sure == 4.0


def test_unsure_kicks_make_an_interval():
    movements = [
        *rhythm(4),
        *rhythm(5, start_s=1000, owner="unsure", p=0.5),
        *rhythm(6, start_s=2000, owner="unsure", p=0.49),
        *rhythm(7, start_s=3000, owner="unsure"),
    ]
    score = score_night(night(movements))
    assert (score.plmi_tib_sure, score.plmi_tib, score.plmi_tib_possible) == (4.0, 9.0, 22.0)
    assert (score.plmi_tib_low, score.plmi_tib_high) == (4.0, 22.0)
    assert (score.plm_sure, score.plm, score.plm_possible, score.unsure) == (4, 9, 22, 18)


def test_an_unsure_kick_that_breaks_a_series_widens_the_interval_downwards():
    movements = [*rhythm(4), kick(145, owner="unsure", p=0.1)]
    score = score_night(night(movements))
    assert (score.plmi_tib_sure, score.plmi_tib, score.plmi_tib_possible) == (4.0, 4.0, 0.0)
    assert (score.plmi_tib_low, score.plmi_tib_high) == (0.0, 4.0)


def test_legs_are_combined_by_the_rules_not_by_the_entries():
    two_entries = [
        kick(100 + 20 * i + 0.3 * leg, side=side)
        for i in range(4)
        for leg, side in enumerate(("left", "right"))
    ]
    score = score_night(night(two_entries))
    assert (score.plm, score.leg_movements, score.sides.bilateral) == (4, 4, 4)
    flags = flags_to_json(score)
    assert [f["plm"] for f in flags] == [True, False] * 4
    assert [f["series"] for f in flags] == [1, None] * 4


def test_flags_are_in_the_order_of_the_movements():
    movements = [kick(50, owner="partner"), *rhythm(4), kick(200, 12), kick(400)]
    flags = flags_to_json(score_night(night(movements)))
    assert flags == [
        {"clm": False, "plm": False, "series": None},
        *[{"clm": True, "plm": True, "series": 1}] * 4,
        {"clm": False, "plm": False, "series": None},
        {"clm": True, "plm": False, "series": None},
    ]


def test_a_movement_without_parts_stands_for_itself():
    bare = [m._replace(parts=()) for m in rhythm(4, side="both")]
    score = score_night(night(bare))
    assert (score.plm, score.sides.bilateral) == (4, 4)
    sideless = [m._replace(parts=(), side=None) for m in rhythm(4)]
    assert score_night(night(sideless)).leg_movements == 0


# ---------------------------------------------------------------- what time counts


def test_lights_bound_the_time_and_the_kicks():
    movements = rhythm(9, start_s=0, every_s=60)  # 0 ... 480 s
    score = score_night(night(movements, lights_off_tick=60 * S, lights_on_tick=420 * S))
    assert (score.plm, score.counted_s, score.in_bed_s) == (6, 360.0, 360.0)  # 60 ... 360 s
    assert score.plmi_tib == 60.0
    assert score.excluded_s == {
        "before_lights_off": 60.0,
        "after_lights_on": 3180.0,
        "out_of_bed": 0.0,
        "sensor_unusable": 0.0,
    }


def test_lights_on_before_lights_off_is_no_mark():
    score = score_night(night(lights_off_tick=200 * S, lights_on_tick=100 * S))
    assert (score.excluded_s["before_lights_off"], score.excluded_s["after_lights_on"]) == (200, 0)


def test_a_gap_leaves_the_denominator_and_no_interval_reaches_across():
    gap = Gap("right", 170 * S, 175 * S)
    score = score_night(night(rhythm(8), gaps=[gap]))
    assert (score.plm, [s.movements for s in score.series]) == (8, [4, 4])
    assert [s.ended for s in score.series] == ["sensor gap", "long interval"]
    assert (score.counted_s, score.excluded_s["sensor_unusable"]) == (3595.0, 5.0)
    assert score.plmi_tib == pytest.approx(8 / (3595 / 3600))
    assert score.usable_s == {"left": 3600.0, "right": 3595.0, "strip": 3600.0}
    three_and_three = score_night(night(rhythm(6), gaps=[Gap("left", 155 * S, 156 * S)]))
    assert three_and_three.plm == 0


def test_a_kick_that_one_ankle_alone_could_see_is_left_out_with_its_time():
    gap = Gap("right", 1000 * S, 2000 * S)
    movements = [*rhythm(10), *rhythm(10, start_s=1100)]  # the left ankle saw these
    score = score_night(night(movements, gaps=[gap]))
    assert (score.plm, score.counted_s) == (10, 2600.0)


def test_a_gap_of_the_strip_costs_no_time():
    score = score_night(night(rhythm(8), gaps=[Gap("strip", 170 * S, 3600 * S)]))
    assert (score.plm, score.counted_s, score.usable_s["strip"]) == (8, 3600.0, 170.0)
    assert score.couple is None


@pytest.mark.parametrize(("lost_s", "fitted"), [(1800, ("left", "right")), (1801, ("left",))])
def test_an_ankle_is_fitted_when_usable_half_of_the_time_in_bed(lost_s, fitted):
    gap = Gap("right", (3600 - lost_s) * S, 3600 * S)
    score = score_night(night(rhythm(8), gaps=[gap]))
    assert score.fitted == fitted
    assert score.one_leg == (len(fitted) == 1)
    assert score.counted_s == (3600.0 if score.one_leg else 1800.0)


def test_an_index_of_one_leg_is_of_that_leg_only():
    gap = Gap("right", 1000 * S, 3600 * S)
    movements = [*rhythm(4), *rhythm(4, start_s=500, side="right")]
    score = score_night(night(movements, gaps=[gap]))
    assert (score.plm, score.leg_movements, score.one_leg) == (4, 4, True)


def test_what_only_the_bed_felt_is_no_leg_movement_whoevers_it_was():
    kicks = rhythm(8)
    unknown = [
        Movement(
            (150 + 20 * i) * S + 700, (150 + 20 * i) * S + 900, "bed", None, "unsure", p, 9.0, 4.0
        )
        for i, p in enumerate((0.4, 0.5, 0.8))
    ]
    without, found = score_night(night(kicks)), score_night(night([*kicks, *unknown]))
    assert (found.plmi_tib_low, found.plmi_tib, found.plmi_tib_high) == (8.0, 8.0, 8.0)
    assert (found.unsure, found.leg_movements, found.plmi_tib_sure) == (0, 8, 8.0)
    assert found.couple == without.couple
    assert found.couple.partner_then_kick.movements == 0


@pytest.mark.parametrize(("lost_s", "known"), [(1800, True), (1801, False)])
def test_without_an_ankle_nothing_is_said_of_the_couple(lost_s, known):
    gap = Gap("right", (3600 - lost_s) * S, 3600 * S)
    assert (score_night(night(rhythm(8), gaps=[gap])).couple is not None) == known


def test_without_an_ankle_nothing_is_measured():
    gaps = [Gap("left", 0, HOUR), Gap("right", 0, HOUR)]
    score = score_night(night(rhythm(8), gaps=gaps))
    found = score_to_json(score)
    for name in (
        "plmi_tib",
        "plmi_tib_low",
        "plmi_tib_high",
        "plmi_est_sleep",
        "periodicity_index_movements",
        "imi_log_mean",
        "kicks_then_partner_followed",
    ):
        assert found[name] is None
    assert (found["usable_min"], found["ankles"], found["one_leg"]) == (0.0, [], False)
    assert found["excluded_sensor_unusable_min"] == 60.0


@pytest.mark.parametrize(("in_bed_s", "out_s"), [(14.9, 30.0), (15.0, 0.0), (None, 0.0)])
def test_an_epoch_mostly_out_of_bed_does_not_count(in_bed_s, out_s):
    epochs = with_epoch(5, in_bed_s=in_bed_s)  # 150 ... 180 s
    score = score_night(night(rhythm(8), epochs=epochs))
    assert score.excluded_s["out_of_bed"] == out_s
    assert score.counted_s == 3600.0 - out_s
    assert score.in_bed_unknown_s == (30.0 if in_bed_s is None else 0.0)
    assert score.plm == (4 if out_s else 8)  # three before, one dropped, four after


def test_an_epoch_mostly_unusable_without_a_gap_does_not_count():
    score = score_night(night(epochs=with_epoch(5, left=14.9)))
    assert score.excluded_s["sensor_unusable"] == 30.0
    assert score_night(night(epochs=with_epoch(5, left=15.0))).counted_s == 3600.0


def test_an_epoch_whose_loss_a_gap_explains_loses_only_the_gap():
    gap = Gap("left", 150 * S, 168 * S)
    score = score_night(night(epochs=with_epoch(5, left=12.0), gaps=[gap]))
    assert score.excluded_s["sensor_unusable"] == 18.0


def test_time_is_excluded_once_even_for_two_reasons():
    gap = Gap("left", 140 * S, 170 * S)
    score = score_night(night(epochs=with_epoch(5, in_bed_s=0.0), gaps=[gap]))
    assert (score.excluded_s["out_of_bed"], score.excluded_s["sensor_unusable"]) == (30.0, 10.0)
    assert score.counted_s == 3560.0


def test_hours_count_their_own_usable_time():
    movements = [*rhythm(6), *rhythm(8, start_s=3700)]
    score = score_night(night(movements, hours=2.5, gaps=[Gap("left", 1800 * S, 3600 * S)]))
    assert [(h.hour, h.plm, h.counted_s, h.plm_per_hour) for h in score.hours] == [
        (1, 6, 1800.0, 12.0),
        (2, 8, 3600.0, 8.0),
        (3, 0, 1800.0, 0.0),
    ]


# ---------------------------------------------------------------- the rest of the figures


def test_isolated_and_short_interval_movements():
    movements = [*rhythm(4), kick(165), kick(400), kick(900, 12.0), kick(1200)]
    score = score_night(night(movements))
    assert (score.plm, score.short_interval, score.isolated, score.not_clm) == (4, 1, 2, 1)


def test_sides():
    sides = ["left", "right", "left", "both", "left"]
    movements = [kick(100 + 20 * i, side=side) for i, side in enumerate(sides)]
    found = score_night(night(movements)).sides
    assert (found.left, found.right, found.bilateral) == (3, 1, 1)
    assert (found.alternating, found.pairs) == (2, 2)


def test_variants_say_which_ambiguous_rule_moved_the_number():
    movements = [
        *rhythm(3),
        kick(145),
        *rhythm(3, start_s=165),  # strict: 0 instead of 4
        *rhythm(4, start_s=1000, every_s=90.0),  # 90 s out: 0 instead of 4
        *rhythm(4, start_s=2000, duration_s=10.0, every_s=30.0),  # 10 s out: 0 instead of 4
    ]
    score = score_night(night(movements))
    assert score.plm == 12
    moved = {v.name: v.change_per_hour for v in score.variants}
    assert moved == {
        "short_interval_restart": -4.0,
        "interval_exactly_longest": -4.0,
        "leg_gap_exactly_limit": 0.0,
        "same_leg_join": 0.0,
        "exactly_longest_movement": -4.0,
    }


def test_variants_of_combining_the_legs():
    apart = [
        kick(100 + 20 * i + 2.5 * leg, side=side)
        for i in range(4)
        for leg, side in enumerate(("left", "right"))
    ]  # exactly 0.5 s between the legs
    twice = [kick(1000 + 20 * i + d, 1.0) for i in range(4) for d in (0, 1.4)]
    score = score_night(night([*apart, *twice]))
    moved = {v.name: v.plm - score.plm for v in score.variants}
    assert moved["leg_gap_exactly_limit"] == 4
    assert moved["same_leg_join"] == 0  # then joined between the legs: bilateral, still a CLM
    strict = score_night(night(rhythm(4)), WASM2016_STRICT)
    assert strict.variants[0].answer == "yes"


def test_stages_breathing_and_arousals_where_somebody_measured_them():
    stages = (Stage("N2", 0, 150 * S), Stage("W", 150 * S, HOUR))
    given = night(
        rhythm(6), stages=stages, respiratory=((100 * S, 178 * S),), arousals=((100 * S, 101 * S),)
    )
    score = score_night(given)
    assert score.states.counts["PLM"]["TST"] == 3
    assert score.states.counts["PLM"]["Wake"] == 3
    assert score.states.per_hour["PLM"]["TST"] == pytest.approx(3 / (150 / 3600))
    assert (score.plm, score.clm_respiratory, score.plm_without_respiratory) == (6, 1, 5)
    assert score.plmi_tib_without_respiratory == 5.0
    assert score.plm_arousal == 1
    assert score_to_json(score)["plms_tst"] == pytest.approx(72.0)


def test_what_was_not_measured_is_null():
    found = score_to_json(score_night(night(rhythm(6))))
    for name in (
        "plm_without_respiratory",
        "plmi_tib_without_respiratory",
        "clm_respiratory",
        "plm_arousal",
        "plms_tst",
        "plmw_wake",
    ):
        assert found[name] is None
    empty = score_to_json(score_night(night()))
    assert (empty["plmi_tib"], empty["plm"]) == (0.0, 0)
    for name in (
        "periodicity_index_intervals",
        "periodicity_index_movements",
        "imi_log_mean",
        "imi_geometric_mean_s",
        "clm_duration_mean_s",
    ):
        assert empty[name] is None


def test_a_night_of_no_time_has_no_index():
    score = score_night(NightInput(0, (), (), ()))
    assert (score.plmi_tib, score.plmi_tib_low, score.hours) == (None, None, ())


def test_aasm_counts_other_movements():
    movements = rhythm(8, every_s=6.0, duration_s=1.0)
    assert score_night(night(movements)).plm == 0
    assert score_night(night(movements), AASM_V3).plm == 8


def test_json_is_plain_and_names_every_denominator():
    found = score_to_json(score_night(night(rhythm(6))))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["rules"] == "wasm2016"
    assert not [name for name in found if name in {"plmi", "plms_index", "index"}]
    for name in found:
        if name.startswith("plmi_"):
            assert name.startswith(("plmi_tib", "plmi_est_sleep"))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (night([kick(100)._replace(end_tick=9_999)]), "movement 0: ends before it begins"),
        (
            night([kick(90), kick(100)._replace(parts=(Part("left", 50, 40),))]),
            "movement 1: a part ends before it begins",
        ),
        (night([kick(100)._replace(parts=(Part("arm", 40, 50),))]), "unknown side 'arm'"),
        (replace(night(), duration_ticks=-1), "the night lasts -1 ticks"),
    ],
)
def test_what_no_rule_can_score_is_refused(bad, message):
    with pytest.raises(RuleError, match=message):
        score_night(bad)


# ---------------------------------------------------------------- re-scoring


def test_a_new_version_of_the_rules_shows_the_old_number_too():
    before = replace(WASM2016, version=0, max_imi_inclusive=False)
    versions = versions_of("wasm2016", {WASM2016_STRICT: "", before: "90 s is in."})
    assert versions == (before, WASM2016)
    old, new = (score_night(night(rhythm(4, every_s=90.0)), rules) for rules in versions)
    assert [(one.rules_version, one.plmi_tib) for one in (old, new)] == [(0, 0.0), (1, 4.0)]
    assert versions_of("aasm") == (AASM_V3,)


legs = st.lists(
    st.builds(
        kick,
        st.integers(0, 3400).map(float),
        st.integers(1, 160).map(lambda tenths: tenths / 10),
        st.sampled_from(["left", "right", "both"]),
        st.sampled_from(["patient", "partner", "both", "unsure"]),
        st.one_of(st.none(), st.floats(0, 1)),
        st.sampled_from(["leg", "leg", "leg", "jerk", "bed"]),
    ),
    max_size=60,
)
gaps = st.lists(
    st.builds(
        lambda device, start, length: Gap(device, start, min(start + length, HOUR)),
        st.sampled_from(["left", "right", "strip"]),
        st.integers(0, HOUR - 1),
        st.integers(1, 30_000),
    ),
    max_size=4,
)


@given(legs, gaps, st.sampled_from(list(RULE_SETS.values())))
def test_a_score_is_a_pure_function_in_order(movements, lost, rules):
    given_night = night(movements, gaps=lost)
    first, second = score_night(given_night, rules), score_night(given_night, rules)
    assert asdict(first) == asdict(second)
    json.dumps(score_to_json(first), allow_nan=False)
    assert len(first.flags) == len(movements)
    if first.plmi_tib is not None:
        assert first.plmi_tib_low <= first.plmi_tib <= first.plmi_tib_high
        assert first.plmi_tib_low <= first.plmi_tib_sure <= first.plmi_tib_high
    excluded = first.excluded_s["out_of_bed"] + first.excluded_s["sensor_unusable"]
    assert first.counted_s + excluded == pytest.approx(3600.0)
    assert first.plm == sum(s.movements for s in first.series) == sum(h.plm for h in first.hours)
    assert first.plm + first.isolated <= first.clm == first.leg_movements - first.not_clm


@given(legs, gaps, st.sampled_from(list(RULE_SETS.values())))
def test_each_figure_is_the_night_of_those_movements_alone(movements, lost, rules):
    """Sure only: as if the unsure were the partner's. Possible: as if they were the patient's."""

    def given_to(owner):
        moved = [m._replace(owner=owner) if m.owner == "unsure" else m for m in movements]
        return score_night(night(moved, gaps=lost), rules).plm

    score = score_night(night(movements, gaps=lost), rules)
    assert (score.plm_sure, score.plm_possible) == (given_to("partner"), given_to("patient"))


@given(legs, st.integers(1, 5))
def test_time_before_lights_off_changes_no_index(movements, hours):
    """The same hour in bed, after hours of waiting."""
    shift = hours * HOUR
    later = [
        m._replace(
            onset_tick=m.onset_tick + shift,
            end_tick=m.end_tick + shift,
            parts=tuple(Part(p.side, p.onset_tick + shift, p.end_tick + shift) for p in m.parts),
        )
        for m in movements
    ]
    now = score_night(night(movements))
    then = score_night(night(later, hours=1.0 + hours, lights_off_tick=shift))
    assert (then.plmi_tib, then.plm, then.clm) == (now.plmi_tib, now.plm, now.clm)
    assert then.imi_log_mean == now.imi_log_mean


def test_rule_sets_are_found_by_name():
    assert find_rules("aasm") is AASM_V3


def test_epochs_are_thirty_seconds():
    assert EPOCH_TICKS == 30 * S
