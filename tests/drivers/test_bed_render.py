"""Windows of the rendered world, at their edges too."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.simulated.bed.elements import FLEX, LEFT, PARTNER, RIGHT, ROLL, Flexion, Impact
from drivers.simulated.bed.mattress import RATE_HZ, Bedframe, Response
from drivers.simulated.bed.render import render
from drivers.simulated.bed.scenarios import Mattress

FRAME = Bedframe(Mattress(), 0.5)
TIGHT = (None, None)


def window(start_s, end_s):
    return np.arange(round(start_s * RATE_HZ), round(end_s * RATE_HZ)) / RATE_HZ


@given(
    st.floats(8.0, 12.0), st.floats(0.05, 0.5), st.sampled_from((LEFT, RIGHT, PARTNER)),
    st.sampled_from((0.0, 0.3)),
)  # fmt: skip
def test_a_movement_at_the_edge_of_a_window_is_the_same_as_in_the_middle(start, rise, body, fall):
    elements = [
        Flexion(body, FLEX, start, rise, 0.1, fall, 0.2, 0.3),
        Impact(body, start + rise, 0.03, 0.5),
    ]
    base = np.zeros((2, 3))
    short = render(FRAME, TIGHT, window(0.0, 10.0), elements, base)
    long = render(FRAME, TIGHT, window(0.0, 20.0), elements, base)
    n = short.strip_mv.size
    assert np.allclose(short.accel_g, long.accel_g[..., :n], rtol=0.0, atol=1e-9)
    assert np.allclose(short.rate_dps, long.rate_dps[..., :n], rtol=0.0, atol=1e-9)
    assert np.allclose(short.strip_mv, long.strip_mv[:n], rtol=0.0, atol=1e-6)


def test_what_stays_is_the_base_of_what_follows():
    first = Flexion(LEFT, ROLL, 1.0, 0.5, 0.0, 0.0, 0.7, 0.05)
    second = Flexion(LEFT, FLEX, 30.0, 0.3, 1.0, 0.3, 0.2, 0.3)
    both = render(FRAME, TIGHT, window(0.0, 40.0), [second, first], np.zeros((2, 3)))
    base = np.zeros((2, 3))
    base[LEFT, ROLL] = 0.7
    later = render(FRAME, TIGHT, window(20.0, 40.0), [second, first], base)
    after = both.accel_g[..., 20 * RATE_HZ :]
    assert np.allclose(after, later.accel_g, rtol=0.0, atol=1e-9)


def test_nothing_at_all_is_gravity():
    world = render(FRAME, TIGHT, window(0.0, 1.0), [], np.zeros((2, 3)))
    assert not any(world.moved)
    assert np.ptp(world.accel_g, axis=-1).max() == 0.0
    assert np.allclose(np.linalg.norm(world.accel_g, axis=1), 1.0)
    assert not world.rate_dps.any()
    assert not world.strip_mv.any()


@pytest.mark.parametrize("n", [1, 7, 300, 20000])
def test_responses_are_plain_convolutions(n):
    rng = np.random.default_rng(n)
    kernel, motion = rng.normal(size=90), rng.normal(size=n)
    (got,) = Response(kernel).apply(motion)
    assert np.allclose(got, np.convolve(motion, kernel)[:n], rtol=0.0, atol=1e-9)
