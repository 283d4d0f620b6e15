"""Do the legs still lie outstretched: by the ankles' tilt, second by second."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.attitude import Attitude, angle_deg, mean_direction
from detect.posture import PostureWatch, Upright
from detect.sit import Away
from drivers.channels import NightScale

SCALE = NightScale()
GAINS, OFFSETS = SCALE.gains(), SCALE.offsets()
FLOOR = Upright((0.0, 1.0, 0.0), (0.0, 1.0, 0.0))


def lying(seconds, tilt_deg=0.0, roll_deg=0.0, right=None):
    """Samples of shanks tilted from the horizontal; the leg's axis is y."""
    rows = np.zeros((round(seconds * 100), 13))
    for first, tilt in ((0, tilt_deg), (6, tilt_deg if right is None else right)):
        t, r = np.radians(tilt), np.radians(roll_deg)
        rows[:, first : first + 3] = (np.cos(t) * np.sin(r), np.sin(t), np.cos(t) * np.cos(r))
    counts = np.rint((rows - OFFSETS) / GAINS)
    return np.clip(counts, -32767, 32767).astype(np.int16)


def gone(seconds):
    return np.full((round(seconds * 100), 13), -32768, np.int16)


def watch(*stretches, upright=None, cut=None):
    samples = np.concatenate(stretches)
    watched = PostureWatch(GAINS, OFFSETS, *([] if upright is None else [upright]))
    step = cut or len(samples)
    for first in range(0, len(samples), step):
        watched.feed(first, samples[first : first + step])
    return watched


@pytest.mark.parametrize(
    ("stretches", "aways"),
    [
        ([lying(120)], []),
        ([lying(60), lying(14, 60), lying(60)], []),  # a long movement leaves nothing
        ([lying(60), lying(15, 60), lying(60)], [Away("posture", 6000, 7500)]),
        ([lying(60), lying(30, 80), lying(60)], [Away("standing", 6000, 9000)]),
        ([lying(60), lying(30, 34), lying(60)], []),
        ([lying(60), lying(30, 36), lying(60)], [Away("posture", 6000, 9000)]),
        ([lying(60), lying(30, 0, right=50), lying(60)], [Away("posture", 6000, 9000)]),
        ([lying(60), lying(300, 0, roll_deg=90), lying(60)], []),  # rolled, and still lies
        ([lying(60), lying(30, 60), lying(4), lying(20, 60)], [Away("posture", 6000, 11400)]),
        ([lying(60), lying(30, 60), lying(60, 30)], [Away("posture", 6000, 15000)]),
        ([lying(60), lying(30, 60), lying(60, 24)], [Away("posture", 6000, 9000)]),
        ([lying(60), gone(100), lying(60)], []),
        ([lying(60, 25), lying(30, 50)], []),  # legs and beds are not level
        ([lying(60, 25), lying(30, -5)], []),
        ([lying(60, 25), lying(30, -12), lying(60, 25)], [Away("posture", 6000, 9000)]),
        ([lying(60, 40), lying(60)], [Away("posture", 0, 6000)]),  # and not so askew
    ],
)
def test_a_posture_is_left_by_tilt_where_upright_was_seen(stretches, aways):
    assert list(watch(*stretches, upright=FLOOR).finish()) == aways


@pytest.mark.parametrize(
    ("stretches", "aways"),
    [
        ([lying(120, 20)], []),  # whatever is held first is the posture
        ([lying(60), lying(30, 44), lying(60)], []),
        ([lying(60), lying(30, 46), lying(60)], [Away("posture", 6000, 9000)]),
        ([lying(60), lying(30, 80), lying(60)], [Away("posture", 6000, 9000)]),
        ([lying(60), lying(460, roll_deg=60)], [Away("posture", 6000, 37500)]),
        ([gone(30), lying(60)], [Away("posture", 0, 3000)]),
    ],
)  # fmt: skip
def test_a_posture_is_left_by_change_where_upright_was_not_seen(stretches, aways):
    assert list(watch(*stretches).finish()) == aways


def test_restlessness_before_the_first_attitude_is_left_out():
    tossing = [lying(2, tilt) for tilt in range(0, 180, 20)]
    assert watch(*tossing, lying(60)).finish() == (Away("posture", 0, 3200),)
    assert watch(lying(2, 60), lying(60)).finish() == (Away("posture", 0, 1600),)


def test_movements_do_not_hide_the_first_attitude_or_a_new_one():
    kicks = [lying(s, tilt) for s, tilt in ((3, 0), (8, 30), (4, 0), (9, 60), (5, 0))]
    assert watch(*kicks, lying(60)).finish() == ()
    rolled = [lying(8, roll_deg=60), lying(3, 30, roll_deg=60)] * 60
    (away,) = watch(lying(60), *rolled).finish()
    assert away.start_tick == 6000
    assert away.end_tick / 100 == pytest.approx(60 + 15 + 300 * 11 / 8, abs=11)


def test_the_state_is_told_as_it_changes():
    assert watch(lying(5)).state == "unknown"
    assert watch(lying(30)).state == "in"
    assert watch(lying(30), lying(16, 50)).state == "out"
    assert watch(lying(30), lying(16, 50), upright=FLOOR).state == "out"
    assert watch(lying(30), lying(16, 85), upright=FLOOR).state == "standing"
    assert watch(lying(30), lying(16, 85), upright=FLOOR).aways == (Away("standing", 3000, 4600),)


@pytest.mark.parametrize("cut", [1, 7, 100, 250])
def test_how_the_stream_is_cut_changes_nothing(cut):
    stretches = [lying(40), lying(20.37, 60), gone(3), lying(33.3), lying(20, 85), lying(10)]
    assert watch(*stretches, cut=cut).finish() == watch(*stretches).finish()


def test_a_second_of_too_few_samples_is_not_known():
    seconds = Attitude(GAINS, OFFSETS).feed(0, np.concatenate([gone(0.51), lying(1.49)]))
    assert [(s.at_s, s.left is None) for s in seconds] == [(0, True), (1, False)]
    half = Attitude(GAINS, OFFSETS).feed(0, np.concatenate([gone(0.5), lying(0.5)]))
    assert half[0].right is not None


def test_what_is_no_gravity_has_no_direction():
    falling = lying(1)
    falling[:, 0:3] = np.rint(-np.array(OFFSETS[0:3]) / np.array(GAINS[0:3]))
    (second,) = Attitude(GAINS, OFFSETS).feed(0, falling)
    assert second.left is None
    assert second.right is not None


@given(st.lists(st.floats(-1, 1), min_size=6, max_size=6))
def test_angles_lie_between_0_and_180(values):
    one, other = mean_direction([tuple(values[:3])]), mean_direction([tuple(values[3:])])
    if one is not None and other is not None:
        assert 0.0 <= angle_deg(one, other) <= 180.0
        assert angle_deg(one, one) < 1e-3


stretch = st.tuples(st.integers(1, 40), st.sampled_from([0, 20, 40, 60, 88]), st.booleans())


@given(st.lists(stretch, min_size=1, max_size=12), st.booleans())
def test_stretches_are_apart_in_order_and_long_enough(pieces, by_tilt):
    stretches = [gone(s) if lost else lying(s, tilt) for s, tilt, lost in pieces]
    watched = watch(*stretches, upright=FLOOR if by_tilt else None)
    aways = watched.finish()
    end = 100 * sum(s for s, _, _ in pieces)
    edges = [tick for away in aways for tick in (away.start_tick, away.end_tick)]
    assert edges == sorted(edges)
    assert len(set(edges)) == len(edges)
    assert all(0 <= tick <= end for tick in edges)
    assert all(a.end_tick - a.start_tick > 100 for a in aways)
    if by_tilt:
        level = all(tilt <= 20 for _, tilt, lost in pieces if not lost)
        assert not (level and aways)


@given(st.lists(stretch, min_size=1, max_size=8), st.integers(1, 4000))
def test_any_cut_gives_the_same_stretches(pieces, cut):
    stretches = [gone(s) if lost else lying(s, tilt) for s, tilt, lost in pieces]
    assert watch(*stretches, cut=cut).finish() == watch(*stretches).finish()


def test_a_watch_that_begins_later_says_nothing_of_before():
    watched = PostureWatch(GAINS, OFFSETS)
    tossing = [lying(2, tilt) for tilt in range(0, 180, 20)]
    watched.feed(120_000, np.concatenate([*tossing, lying(60)]))
    (away,) = watched.finish()
    assert away.start_tick == 120_000
