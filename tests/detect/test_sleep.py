"""Sleep estimated from movement, the kicks masked out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.movement import Epoch, Movement, Part
from detect.score import NightInput, score_night, score_to_json
from detect.sleep import COUNTS_PER_MG_S, WEIGHTS, asleep, kick_seconds, masked_activity

S = 100


def epoch(index, moving=0.0, activity=0.0):
    return Epoch(index, moving, 0.0, 30.0, 30.0, 30.0, 30.0, activity)


def kick(onset_s, duration_s, owner="patient", kind="leg"):
    onset, end = round(onset_s * S), round((onset_s + duration_s) * S)
    return Movement(onset, end, kind, "left", owner, None, 1.0, 1.0, (Part("left", onset, end),))


def test_the_weights_are_the_published_ones():
    assert WEIGHTS == (0.106, 0.054, 0.058, 0.076, 0.230, 0.074, 0.067)


def test_a_minute_at_the_limit_is_awake_on_every_python():
    # 0.054 * 3 + 0.076 * 4 + 0.230 * 2 + 0.074 * 1 is 1; added up one by one it is a hair less
    counts = (0, 3, 0, 4, 2, 1, 0)
    epochs = [epoch(i, 5.0, 50.0 * counts[i // 2]) for i in range(2 * len(counts))]
    assert not asleep(epochs, [])[8]


def test_kick_seconds_are_split_between_epochs():
    assert kick_seconds([kick(28, 5), kick(40, 2), kick(85, 40)], 3) == [2.0, 5.0, 5.0]
    assert kick_seconds([kick(5, 2, owner="partner"), kick(9, 2, kind="body")], 1) == [0.0]


@pytest.mark.parametrize(
    ("moving_s", "kick_s", "left"), [(6, 0, 600), (6, 4, 200), (6, 6, 0), (6, 7, 0), (0, 0, 0)]
)
def test_the_kicks_share_of_the_activity_is_taken_out(moving_s, kick_s, left):
    movements = [kick(10, kick_s)] if kick_s else []
    found = masked_activity([epoch(0, moving_s, 600.0)], movements)
    assert found[0] == pytest.approx(left)


def test_an_unmeasured_epoch_is_unknown():
    epochs = [epoch(0), epoch(1, activity=None), epoch(2)]
    assert set(asleep(epochs, [])) == {0, 2}
    assert asleep([epoch(0, activity=None)], []) == {}
    assert asleep([], []) == {}


def one_loud_minute(mg_s, minutes=12, at=6):
    """Both epochs of one minute share its activity."""
    loud = {2 * at, 2 * at + 1}
    return [
        epoch(i, 10.0 if i in loud else 0.0, mg_s / 2 if i in loud else 0.0)
        for i in range(2 * minutes)
    ]


@pytest.mark.parametrize(
    ("weight", "awake_minutes"),
    [
        (0.230, [6]),
        (0.106, [6, 10]),  # four minutes before counts with .106
        (0.076, [6, 7, 10]),  # one minute before
        (0.074, [5, 6, 7, 10]),  # one minute after
        (0.067, [4, 5, 6, 7, 10]),  # two minutes after
        (0.058, [4, 5, 6, 7, 8, 10]),  # two minutes before
        (0.054, [4, 5, 6, 7, 8, 9, 10]),  # three minutes before
    ],
)
def test_activity_at_a_weights_threshold_wakes_the_minutes_it_reaches(weight, awake_minutes):
    mg_s = 1 / weight / COUNTS_PER_MG_S * (1 + 1e-9)
    found = asleep(one_loud_minute(mg_s), [])
    assert sorted({i // 2 for i, sleep in found.items() if not sleep}) == awake_minutes


def test_activity_is_clipped():
    quieter, louder = (asleep(one_loud_minute(m), []) for m in (3e4, 3e9))
    assert quieter == louder


def test_a_lone_epoch_of_a_minute_counts_twice():
    mg_s = 1 / 0.230 / COUNTS_PER_MG_S * (1 + 1e-9)
    half = [epoch(i, 10.0, mg_s / 2 if i == 12 else 0.0) for i in range(24) if i != 13]
    assert not asleep(half, [])[12]


def night(epochs, movements=()):
    return NightInput(len(epochs) * 3000, tuple(movements), tuple(epochs), ())


def test_periodic_kicks_do_not_read_as_wake():
    movements = [kick(30 + 20 * i, 2) for i in range(80)]
    seconds = kick_seconds(movements, 60)
    kicked = [epoch(i, seconds[i], 400.0 * seconds[i]) for i in range(60)]
    score = score_night(night(kicked, movements))
    assert score.estimated_sleep_s == 1800.0
    assert score.plmi_est_sleep == pytest.approx(160.0)
    assert score_night(night(kicked)).estimated_sleep_s == 0.0  # unmasked, all of it is wake


def test_kicks_awake_are_in_one_index_and_not_in_the_other():
    awake = [epoch(i, 30.0, 5_000.0) for i in range(60)]
    asleep_later = [epoch(60 + i) for i in range(60)]
    movements = [kick(100 + 20 * i, 2) for i in range(5)] + [
        kick(2600 + 20 * i, 2) for i in range(5)
    ]
    score = score_night(night([*awake, *asleep_later], movements))
    assert (score.plm, score.plm_est_sleep) == (10, 5)
    assert 0 < score.estimated_sleep_s < 1800.0
    found = score_to_json(score)
    assert found["estimated_sleep_min"] == pytest.approx(score.estimated_sleep_s / 60)
    assert "43 minutes too much" in found["estimated_sleep_note"]


def test_without_activity_sleep_is_not_known():
    score = score_night(night([epoch(i, activity=None) for i in range(120)]))
    assert (score.estimated_sleep_s, score.plmi_est_sleep) == (None, None)
    assert score_to_json(score)["estimated_sleep_note"] is None


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(0, 1e5)), max_size=60))
def test_estimated_sleep_never_exceeds_the_counted_time(plan):
    epochs = [epoch(i, moving, activity) for i, (moving, activity) in enumerate(plan)]
    score = score_night(night(epochs))
    if score.estimated_sleep_s is not None:
        assert 0 <= score.estimated_sleep_s <= score.counted_s
