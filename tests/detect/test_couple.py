"""Who moved whom, and what chance alone would bring."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.couple import SHIFTS, WINDOW_TICKS, couple_figures, follow_each_other
from detect.movement import Epoch, Movement

S = 100
HOUR = 360_000
NIGHT = (0, HOUR)


def follow(first, then, within):
    return follow_each_other(first, then, within)[0]


def partner(onset_tick, owner="partner"):
    return Movement(onset_tick, onset_tick + 100, "bed", None, owner, 0.0, 10.0, 1.0)


def epochs(*moved):
    """(patient moved, partner moved) per epoch."""
    return [
        Epoch(i, float(a), float(b), 30.0, 30.0, 30.0, 30.0, 0.0) for i, (a, b) in enumerate(moved)
    ]


@pytest.mark.parametrize(
    ("lag", "followed"), [(0, 0), (1, 1), (WINDOW_TICKS, 1), (WINDOW_TICKS + 1, 0), (-1, 0)]
)
def test_within_five_seconds_after_is_following(lag, followed):
    assert follow([10_000], [10_000 + lag], NIGHT).followed == followed


def test_the_expectation_is_the_share_of_the_night_after_the_others_movements():
    """Four windows of 5 s an hour, two of them overlapping by 3 s: 17 s of 3600 s."""
    found = follow([50_000, 60_000], [10_000, 10_200, 20_000, 30_000], NIGHT)
    assert found.expected == pytest.approx(2 * 17 / 3600)


def test_windows_wrap_round_the_night():
    assert follow([50_000], [100], NIGHT).expected == pytest.approx(5 / 3600)


def test_the_expectation_is_the_mean_over_all_turns():
    """Against turning the partner's night by every single second."""
    kicks, moves, night = [500, 700, 2_000], [100, 620, 2_300], (0, 6_000)
    turns = [
        follow(kicks, sorted((m + turn) % 6_000 for m in moves), night).followed
        for turn in range(6_000)
    ]
    assert follow(kicks, moves, night).expected == pytest.approx(sum(turns) / 6_000)


def test_a_tie_far_beyond_chance_has_the_smallest_p_value():
    kicks = [10_000 + 7_919 * i for i in range(40)]
    moves = [k + 150 for k in kicks[::2]]
    found = follow(kicks, moves, NIGHT)
    assert found.followed == 20
    assert found.expected < 2
    assert found.p_value == 1 / (SHIFTS + 1)


def test_nights_that_have_nothing_to_do_with_each_other_are_ordinary():
    kicks = [10_000 + 7_919 * i for i in range(40)]
    moves = [5_000 + 6_389 * i for i in range(40)]
    assert follow(kicks, moves, NIGHT).p_value > 0.05


def test_a_night_shorter_than_its_turns_together_has_no_p_value():
    enough = (SHIFTS + 1) * WINDOW_TICKS
    assert follow([100], [200], (0, enough)).p_value is None
    assert follow([100], [200], (0, enough)).expected == pytest.approx(WINDOW_TICKS / enough)
    assert follow([100], [200], (0, enough + 1)).p_value is not None


@pytest.mark.parametrize(("first", "then"), [([], [1]), ([1], []), ([], [])])
def test_nobody_to_compare_with_is_no_expectation(first, then):
    found = follow(first, then, NIGHT)
    assert (found.followed, found.expected, found.p_value) == (0, None, None)


def test_both_ways_and_the_shared_epochs():
    moves = [partner(10_200), partner(19_900), partner(30_000, owner="patient")]
    found = couple_figures(
        [10_000, 20_000], moves, epochs((1, 1), (1, 0), (0, 1), (0, 0)), NIGHT, []
    )
    assert (found.kicks_then_partner.movements, found.kicks_then_partner.followed) == (2, 1)
    assert (found.partner_then_kick.movements, found.partner_then_kick.followed) == (2, 1)
    assert (found.epochs_with_movement, found.epochs_both_moved) == (3, 1)
    assert found.both_moved_share == pytest.approx(1 / 3)


def test_excluded_time_and_time_out_of_bed_are_not_looked_at():
    moves = [partner(1_000), partner(10_200), partner(HOUR - 10)]
    shared = epochs((1, 1), (1, 1), (1, 1), (1, 1))
    found = couple_figures([10_000], moves, shared, (3_000, HOUR - 100), [(9_000, 12_000)])
    assert found.partner_then_kick.movements == 0
    assert found.epochs_with_movement == 2  # the first lies before lights off, the last in the gap


def test_no_movement_has_no_share():
    assert couple_figures([], [], epochs((0, 0)), NIGHT, []).both_moved_share is None


ticks = st.lists(st.integers(0, HOUR - 1), max_size=40).map(sorted)


bursts = st.lists(st.integers(0, 60_000), min_size=1, max_size=30).map(sorted)


@given(bursts, bursts, st.integers(60_001, 60_211), st.integers(0, 5))
def test_the_p_value_is_that_of_turning_the_night_by_hand(first, then, length, start):
    """In hundredths of a tick, onset by onset, every turn."""
    within = (start, start + length)
    found = follow([t + start for t in first], [t + start for t in then], within)
    turns = SHIFTS + 1
    as_many = 0
    for turn in range(1, turns):
        moved = [(t * turns + turn * length) % (turns * length) for t in then]
        gaps = [[(m - t * turns) % (turns * length) for m in moved] for t in first]
        hits = sum(any(0 < gap <= WINDOW_TICKS * turns for gap in row) for row in gaps)
        as_many += hits >= found.followed
    assert found.p_value == (as_many + 1) / turns


@given(bursts, bursts, st.integers(60_001, 60_211))
def test_the_other_way_round_is_the_same_question_with_the_two_exchanged(first, then, length):
    there, back = follow_each_other(first, then, (0, length))
    assert (back, there) == follow_each_other(then, first, (0, length))


@given(ticks, ticks)
def test_figures_are_bounded_and_repeatable(first, then):
    found = follow(first, then, NIGHT)
    assert found == follow(first, then, NIGHT)
    assert 0 <= found.followed <= found.movements == len(first)
    if found.expected is not None:
        assert 0 <= found.expected <= len(first)
        assert 0 < found.p_value <= 1
