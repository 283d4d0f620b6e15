"""Many nights: no sum under three, and a change only beyond ordinary variation."""

from itertools import combinations
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detect.movement import Epoch, Gap
from detect.nights import (
    ONE_NIGHT,
    TROTTI_2009,
    NightPoint,
    as_told,
    compare_periods,
    exclusion_reason,
    has_index_to_go_by,
    summarise,
)
from detect.score import NightInput, score_night


def points(*values):
    return [NightPoint(str(i), v) for i, v in enumerate(values)]


def test_median_and_range_of_three():
    found = summarise(points(30.0, 10.0, 12.0))
    assert (found.nights, found.median, found.low, found.high) == (3, 12.0, 10.0, 30.0)


def test_two_nights_are_never_summed_up():
    found = summarise(points(30.0, 10.0))
    assert (found.nights, found.median, found.low, found.high) == (2, None, None, None)
    assert [p.value for p in found.points] == [30.0, 10.0]


def test_excluded_nights_keep_their_reason_and_count_nowhere():
    nights = [*points(1.0, 2.0, 3.0, None), NightPoint("x", 500.0, "a nap")]
    found = summarise(nights)
    assert (found.nights, found.high) == (3, 3.0)
    assert [(p.name, p.excluded) for p in found.points if p.excluded] == [
        ("3", "not measured"),
        ("x", "a nap"),
    ]


@pytest.mark.parametrize(("hours", "reason"), [(4, None), (3.99, "only 239 minutes counted, 240")])
def test_a_short_night_is_excluded_with_its_reason(hours, reason):
    ticks = round(hours * 360_000)
    epochs = tuple(Epoch(i, 0.0, 0.0, 30.0, 30.0, 30.0, 30.0, 0.0) for i in range(480))
    found = exclusion_reason(score_night(NightInput(ticks, (), epochs, ())))
    assert found is None if reason is None else found.startswith(reason)


def test_a_night_without_ankles_is_excluded_with_its_reason():
    away = (Gap("left", 0, 360_000), Gap("right", 0, 360_000))
    score = score_night(NightInput(360_000, (), (), away))
    assert (score.plmi_tib, score.fitted) == (None, ())
    assert exclusion_reason(score).startswith("no ankle sensor")


@pytest.mark.parametrize(("seconds", "index"), [(0, None), (1, None), (29.99, None), (30, 0.0)])
def test_in_less_time_than_a_series_takes_there_is_no_index(seconds, index):
    score = score_night(NightInput(round(seconds * 100), (), (), ()))
    found = (score.plmi_tib, score.plmi_tib_low, score.plmi_tib_high, score.clm_per_hour_tib)
    assert found == (index,) * 4
    assert score.plm == 0


@pytest.mark.parametrize(("seconds", "told"), [(7199.99, False), (7200, True)])
def test_two_counted_hours_give_an_index_to_go_by(seconds, told):
    score = score_night(NightInput(round(seconds * 100), (), (), ()))
    assert score.plmi_tib == 0.0
    assert has_index_to_go_by(score) is told
    shown = as_told(score)
    indices = (shown.plmi_tib, shown.plmi_tib_low, shown.plmi_tib_high, shown.clm_per_hour_tib)
    assert indices == ((0.0,) if told else (None,)) * 4
    assert (shown.plm, shown.counted_s) == (score.plm, score.counted_s)


def test_two_nights_are_never_compared():
    assert compare_periods([1.0, 2.0], [3.0, 4.0, 5.0]) is None
    assert compare_periods([1.0, 2.0, 3.0], [3.0, 4.0]) is None


def test_three_against_three_by_hand():
    """20 divisions; only the true one and its mirror differ by 3 or more: p = 2 / 20."""
    found = compare_periods([1.0, 2.0, 3.0], [4.0, 5.0, 6.0])
    assert (found.effect, found.p_value, found.divisions, found.exact) == (3.0, 0.1, 20, True)
    assert not found.beyond_ordinary
    assert (found.low, found.high) == (None, None)  # no 95 % interval from 20 divisions


def test_four_against_four_by_hand():
    """70 divisions: p = 2 / 70; the interval leaves out one division at each end."""
    found = compare_periods([1.0, 2.0, 3.0, 4.0], [11.0, 12.0, 13.0, 14.0])
    assert (found.effect, found.divisions) == (10.0, 70)
    assert found.p_value == pytest.approx(2 / 70)
    assert found.beyond_ordinary
    assert (found.low, found.high) == (7.0, 13.0)


def test_the_interval_is_what_the_test_does_not_contradict():
    before, after = [3.0, 8.0, 5.0, 9.0, 1.0], [12.0, 7.0, 15.0, 6.0, 11.0]
    found = compare_periods(before, after)

    def one_sided(shift):
        values = [*before, *(a - shift for a in after)]
        true = fmean(values[5:]) - fmean(values[:5])
        means = [
            sum(values[i] for i in s) / 5 - (sum(values) - sum(values[i] for i in s)) / 5
            for s in combinations(range(10), 5)
        ]
        up = sum(m >= true - 1e-9 for m in means) / len(means)
        down = sum(m <= true + 1e-9 for m in means) / len(means)
        return min(up, down)

    assert one_sided(found.low + 1e-6) > 0.025
    assert one_sided(found.low - 1e-6) <= 0.025
    assert one_sided(found.high - 1e-6) > 0.025
    assert one_sided(found.high + 1e-6) <= 0.025
    assert (found.low > 0.0) == found.beyond_ordinary


def test_many_nights_try_a_fixed_choice_of_divisions():
    before = [20.0 + (i * 7) % 11 for i in range(30)]
    after = [10.0 + (i * 5) % 13 for i in range(30)]
    found = compare_periods(before, after)
    assert not found.exact
    assert found == compare_periods(before, after)
    assert found.beyond_ordinary
    assert found.p_value == pytest.approx(1 / found.divisions)
    assert found.low < found.effect < found.high < 0


def test_ordinary_variation_is_no_change():
    values = [20.0 + (i * 7) % 11 for i in range(20)]
    assert not compare_periods(values[::2], values[1::2]).beyond_ordinary


def test_nights_that_are_all_alike_have_not_changed():
    found = compare_periods([5.0] * 4, [5.0] * 4)
    assert (found.effect, found.p_value, found.low, found.high) == (0.0, 1.0, 0.0, 0.0)


def test_the_sentence_says_the_published_figures():
    assert f"{100 * TROTTI_2009['one_night_above'][15]:.1f} %" in ONE_NIGHT
    assert f"{100 * TROTTI_2009['one_of_five_nights_above'][15]:.1f} %" in ONE_NIGHT


figures = st.lists(st.integers(0, 200).map(float), min_size=3, max_size=6)


@settings(max_examples=50)
@given(figures, figures, st.integers(-50, 50))
def test_effects_move_with_the_nights_and_turn_with_the_order(before, after, shift):
    found = compare_periods(before, after)
    moved = compare_periods(before, [a + shift for a in after])
    assert moved.effect == pytest.approx(found.effect + shift)
    if found.low is not None:
        assert moved.low == pytest.approx(found.low + shift)
        assert found.low - 1e-9 <= found.effect <= found.high + 1e-9
    turned = compare_periods(after, before)
    assert turned.p_value == pytest.approx(found.p_value)
    if found.low is not None:
        assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))
