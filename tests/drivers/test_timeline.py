"""Times and the grid: worked rows, then properties."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.channels import MISSING, PhysicalRange
from drivers.clockfit import ClockFit
from drivers.gravity import GravityCheck
from drivers.timeline import GridLine

UNIT = PhysicalRange(-32.768, 32.767)
TICK_NS = 10_000_000


def run(grid, ticks, values, joined=None):
    times_ns = np.array(ticks, float) * TICK_NS
    joined = np.ones(len(ticks), bool) if joined is None else np.array(joined)
    grid.add(times_ns, np.array(values, float)[:, None], joined)


def collect(grid, first, count):
    out = np.full((count, 1), MISSING, np.int16)
    grid.collect(out, first)
    return out[:, 0].tolist()


def test_a_straight_line_stays_one():
    grid = GridLine([UNIT], 0)
    run(grid, [0.5, 1.5, 2.5, 3.5, 4.5], [0.5, 1.5, 2.5, 3.5, 4.5])
    assert collect(grid, 0, 5) == [MISSING, 1000, 2000, 3000, MISSING]


def test_nothing_is_drawn_across_a_gap():
    grid = GridLine([UNIT], 0)
    run(
        grid,
        [0, 1, 2, 6, 7, 8, 9],
        [1, 1, 1, 9, 9, 9, 9],
        [False, True, True, False, True, True, True],
    )
    assert collect(grid, 0, 8) == [1000, 1000, MISSING, MISSING, MISSING, MISSING, 9000, 9000]


def test_a_value_beyond_the_scale_is_its_end_never_missing():
    grid = GridLine([UNIT], 0)
    run(grid, [0, 1, 2, 3], [-99.0, -99.0, 99.0, 99.0])
    counts = collect(grid, 0, 2)
    assert counts[0] == MISSING + 1
    run(grid, [4, 5, 6], [99.0, 99.0, 99.0])
    assert collect(grid, 2, 3)[1] == 32767


def test_what_comes_too_late_is_not_repeated():
    grid = GridLine([UNIT], 0)
    assert collect(grid, 0, 10) == [MISSING] * 10
    run(grid, range(5, 15), [1.0] * 10)
    assert grid.frontier == 14
    assert collect(grid, 10, 4) == [1000] * 4


@given(cuts=st.lists(st.integers(1, 99), max_size=6))
def test_how_samples_are_cut_into_calls_does_not_matter(cuts):
    ticks = np.arange(100) * 0.96 + 0.3
    values = np.sin(ticks / 3)
    whole, parts = GridLine([UNIT], 0), GridLine([UNIT], 0)
    run(whole, ticks, values)
    edges = [0, *sorted(set(cuts)), 100]
    for first, end in itertools.pairwise(edges):
        run(parts, ticks[first:end], values[first:end])
    assert collect(whole, 0, 90) == collect(parts, 0, 90)


@given(
    error=st.floats(-0.11, 0.11),
    visits_s=st.floats(0.05, 0.2),
    seed=st.integers(0, 1000),
)
def test_any_rate_is_found_and_times_never_go_back(error, visits_s, seed):
    rng = np.random.default_rng(seed)
    fit = ClockFit(104.0)
    period_ns = 1e9 / (104.0 * (1 + error))
    taken = 0
    times = []
    now_ns = 5e9
    origin_ns = 5e9 - rng.uniform(0, period_ns)
    while now_ns < 65e9:
        now_ns += visits_s * 1e9 * rng.uniform(0.92, 1.08) + rng.exponential(5e5)
        after_ns = now_ns + 1e5 + rng.exponential(1e5)
        newest = int((now_ns + 5e4 - origin_ns) / period_ns)
        fit.observe([newest], [int(now_ns)], [int(after_ns)])
        times.append(fit.assign(np.arange(taken, newest + 1)))
        taken = newest + 1
    times = np.concatenate(times)
    assert (np.diff(times) > 0).all()
    truth = origin_ns + np.arange(len(times)) * period_ns
    wrong_ms = np.abs(times - truth) / 1e6
    assert wrong_ms[truth > 20e9].max() < 2.0
    assert wrong_ms.max() < 70.0


def test_lost_count_is_noticed_and_learnt_anew():
    fit = ClockFit(100.0)
    for visit in range(1, 400):
        now_ns = visit * 101_000_000
        skipped = 4 if visit > 150 else 0
        fit.observe([now_ns // TICK_NS - skipped], [now_ns], [now_ns + 100_000])
        numbers = np.arange((now_ns - 101_000_000) // TICK_NS, now_ns // TICK_NS)
        fit.assign(numbers - skipped)
    assert fit.slips == 3
    assert abs(fit.rate_hz - 100.0) < 0.1
    at_end = fit.assign(np.array([399 * 101_000_000 // TICK_NS - 4]))
    assert at_end[0] == pytest.approx(399 * 101_000_000, abs=12e6)


@pytest.mark.parametrize(
    ("gravity_g", "wrong"), [(1.0, False), (0.8, False), (1.3, False), (0.5, True), (2.0, True)]
)
def test_gravity(gravity_g, wrong):
    check = GravityCheck()
    rest = np.tile([0.0, gravity_g, 0.0, 0.0, 0.0, 0.0], (3000, 1))
    for part in np.split(rest, 30):
        check.judge(part)
    assert (check.wrong is not None) == wrong
    moving = rest * np.random.default_rng(1).normal(1, 0.3, (3000, 1))
    before = check.wrong
    check.judge(moving)
    assert check.wrong == before
