"""The atoms of motion: hand-worked values first, then what must hold for all of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.simulated.bed.elements import FLEX, LEFT, Flexion, Impact, Oscillation, minimum_jerk


@pytest.mark.parametrize(
    ("x", "step", "first", "second"),
    [
        (-1.0, 0.0, 0.0, 0.0),
        (0.0, 0.0, 0.0, 0.0),
        (0.5, 0.5, 1.875, 0.0),
        (0.25, 0.103515625, 1.0546875, 5.625),
        (0.75, 0.896484375, 1.0546875, -5.625),
        (1.0, 1.0, 0.0, 0.0),
        (7.0, 1.0, 0.0, 0.0),
    ],
)
def test_minimum_jerk_has_the_values_worked_out_by_hand(x, step, first, second):
    got = minimum_jerk(np.array([x]))
    assert [float(v[0]) for v in got] == pytest.approx([step, first, second])


def test_a_ten_degree_flexion_in_350_ms_peaks_at_54_degrees_a_second():
    # facts: 1.875 * 10 / 0.35
    flexion = Flexion(LEFT, FLEX, 1.0, 0.35, 2.0, 0.5, np.radians(10.0), 0.22)
    t = np.arange(0.0, 5.0, 0.001)
    angle, rate, _ = flexion.evaluate(t)
    assert np.degrees(rate).max() == pytest.approx(53.6, abs=0.1)
    assert np.degrees(angle).max() == pytest.approx(10.0)
    held = (t > 1.36) & (t < 3.34)
    assert np.all(rate[held] == 0.0)
    assert np.ptp(angle[held]) < 1e-12
    assert angle[t > flexion.end_s] == pytest.approx(0.0, abs=1e-12)


def test_a_flexion_without_return_stays():
    t = np.array([0.0, 0.5, 1.0, 100.0])
    angle, rate, accel = Flexion(LEFT, FLEX, 0.0, 1.0, 0.0, 0.0, 0.3, 0.2).evaluate(t)
    assert angle == pytest.approx([0.0, 0.15, 0.3, 0.3])
    assert rate[[0, 2, 3]] == pytest.approx(0.0)
    assert accel == pytest.approx(0.0, abs=1e-12)


def test_an_impact_is_a_half_sine_of_its_peak():
    t = np.array([0.9, 1.0, 1.01, 1.02, 1.04, 1.05])
    assert Impact(LEFT, 1.0, 0.04, 2.0).evaluate_g(t) == pytest.approx(
        [0.0, 0.0, 2.0 * np.sqrt(0.5), 2.0, 0.0, 0.0], abs=1e-9
    )


flexions = st.builds(
    Flexion, st.just(LEFT), st.just(FLEX), st.floats(0.0, 1.0), st.floats(0.1, 1.5),
    st.floats(0.0, 3.0), st.floats(0.1, 1.5), st.floats(-1.0, 1.0), st.floats(0.05, 0.4),
)  # fmt: skip
oscillations = st.builds(
    Oscillation, st.just(LEFT), st.just(FLEX), st.floats(0.0, 1.0), st.floats(0.2, 5.0),
    st.floats(0.3, 8.0), st.floats(0.0, 6.3), st.floats(-0.3, 0.3), st.floats(0.05, 0.4),
)  # fmt: skip


@given(st.one_of(flexions, oscillations))
def test_rate_and_acceleration_are_the_derivatives_of_the_angle(element):
    h = 1e-4
    t = np.arange(-0.2, element.end_s + 0.3, h)
    angle, rate, accel = element.evaluate(t)
    assert np.allclose((angle[2:] - angle[:-2]) / (2 * h), rate[1:-1], atol=2e-3)
    slope = (rate[2:] - rate[:-2]) / (2 * h)
    assert np.allclose(slope, accel[1:-1], atol=0.02 * max(1.0, np.abs(accel).max()))


@given(st.one_of(flexions, oscillations))
def test_nothing_moves_before_the_start_or_after_the_end(element):
    t = np.concatenate(
        (element.start_s - np.linspace(0.0, 3.0, 20), element.end_s + np.linspace(0.0, 3.0, 20))
    )
    for values in element.evaluate(t):
        assert values == pytest.approx(0.0, abs=1e-9)
