"""What an entry of one or both legs was, by its monolateral movements."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detect.bouts import POSTURE, RETURNED, LegBout
from detect.legentry import is_follower, is_gross, kind_of
from detect.parameters import PARAMETERS

FLEX = LegBout(
    side="left", onset=1000, end=1020, decided=2020, outcome=POSTURE, walk=0, edge=False,
    strip_ok=True, other_ok=True, strip_first=-1, strip_last=-1, strip_count=0, rate_dps=80.0,
    turn_deg=9.0, turned_deg=(0.0, 9.0, 0.0), path_deg=9.0, tilt_deg=9.0, rest_deg=9.0,
    accel_mg=300.0,
    strip_mv=2.0, strip_early_mv=1.0, strip_floor=5.0, strip_threshold=12.5, own_vib_mg=80.0,
    own_floor_mg=2.0, other_vib_mg=3.0, other_early_mg=3.0, other_floor_mg=2.0, other_rate_dps=1.0,
    common=0.05, alike=0.3, lively=1.0, core=15, out=False, late=0.0,
    own_onset=1000, own_end=1020, slow_deg=6.0, head_common=-1.0, tail_common=-1.0, tail_mg=0.0,
)  # fmt: skip
KICK = replace(FLEX, onset=1075, end=1130, outcome=RETURNED, rest_deg=0.2, rate_dps=95.0,
               turn_deg=10.0, turned_deg=(6.0, 8.0, 0.0), other_early_mg=7.0,
               strip_first=1080, strip_last=1100, strip_count=12, core=50)  # fmt: skip
MAIN = replace(KICK, rate_dps=120.0, turn_deg=20.0, onset=1000)
NEXT = replace(MAIN, side="right", rate_dps=20.0, turn_deg=2.0)


@pytest.mark.parametrize(
    ("change", "follows"),
    [
        ({}, True),  # a sixth of the rate, a tenth of the angle
        ({"rate_dps": 14.0, "turn_deg": 5.0}, True),  # no faster than a kick
        ({"turn_deg": 5.0}, False),  # faster, and far enough
        ({"rate_dps": 40.0}, False),  # a third of the rate
        ({"rate_dps": 14.0, "turn_deg": 1.4}, True),
        ({"outcome": POSTURE}, False),
        ({"side": "left"}, False),
    ],
)
def test_a_leg_shaken_along_by_the_other_one_is_none(change, follows):
    assert is_follower(replace(NEXT, **change), MAIN, PARAMETERS) is follows


def test_a_small_turn_beside_a_small_kick_is_a_kick_of_its_own():
    soft = replace(MAIN, rate_dps=20.0, turn_deg=3.0)
    assert not is_follower(replace(NEXT, rate_dps=14.0, turn_deg=1.2), soft, PARAMETERS)
    assert is_follower(replace(NEXT, rate_dps=14.0, turn_deg=1.0), soft, PARAMETERS)


@pytest.mark.parametrize(
    ("end", "core", "turned", "kind"),
    [
        (1049, 49, False, "jerk"),
        (1050, 45, False, "leg"),
        (1050, 44, False, "jerk"),  # rings on
        (1089, 44, False, "jerk"),
        (1090, 44, False, "leg"),  # too long for ringing
        (1150, 140, True, "body"),
    ],
)
def test_what_an_entry_was(end, core, turned, kind):
    bout = replace(KICK, onset=1000, end=end, core=core, path_deg=20.0)
    assert kind_of([bout], 1000, end, PARAMETERS, turned=turned) == kind


def test_a_quick_flexion_with_a_slow_return_is_a_kick_though_its_core_is_short():
    bout = replace(KICK, onset=1000, end=1075, core=20, turn_deg=10.0, path_deg=10.5)
    assert kind_of([bout], 1000, 1075, PARAMETERS, turned=False) == "leg"


@pytest.mark.parametrize(
    ("side", "onset", "kind"), [("right", 1035, "jerk"), ("left", 1035, "leg")]
)
def test_jerks_of_both_legs_make_no_kick(side, onset, kind):
    first = replace(KICK, onset=1000, end=1040, core=38, path_deg=20.0)
    second = replace(first, side=side, onset=onset, end=onset + 40)
    assert kind_of([first, second], 1000, onset + 40, PARAMETERS, turned=False) == kind


FAR = replace(KICK, tilt_deg=25.0, turn_deg=25.0, common=0.75)


@pytest.mark.parametrize(
    ("left", "right", "gross"),
    [
        ({"rest_deg": 5.0}, {}, True),
        ({}, {"rest_deg": 12.0}, True),
        ({"rest_deg": 4.9}, {"rest_deg": 4.9}, False),  # both are back
        ({"rest_deg": 12.0}, {"tilt_deg": 17.0}, False),  # one leg only went far
        ({"rest_deg": 12.0}, None, False),
        ({"rest_deg": 12.0, "common": 0.69}, {"rate_dps": 50.0}, False),  # each by itself
    ],
)
def test_legs_that_went_far_and_do_not_lie_as_before_were_turned(left, right, gross):
    parts = [replace(FAR, **left)]
    if right is not None:
        parts.append(replace(FAR, side="right", **right))
    assert is_gross(parts, PARAMETERS) == gross
