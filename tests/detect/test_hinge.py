"""About which axis a leg turns in its owner's kicks."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.hinge import NEEDED, Hinge


def taught(*axes):
    hinge = Hinge()
    for axis in axes:
        hinge.learn(axis)
    return hinge


@pytest.mark.parametrize(
    ("kicks", "turned", "agreement"),
    [
        ([(9, 0, 0)] * 6, (1, 0, 0), 1.0),
        ([(9, 0, 0)] * 6, (-5, 0, 0), 1.0),  # back and forth are one axis
        ([(9, 0, 0)] * 6, (0, 3, 0), 0.0),
        ([(9, 0, 0)] * 6, (0, 0, -3), 0.0),
        ([(9, 0, 0)] * 6, (2, 2, 0), 0.5),  # 45 degrees off
        ([(1, 0, 0), (0, 1, 0), (0, 0, 1)] * 2, (1, 2, 3), 1 / 3),  # any axis
        ([(1, 0, 0)] * 3 + [(0, 1, 0)], (0, 1, 0), None),  # four kicks are too few
        # one push among five kicks: 1/36 of what agrees, not 1/6
        ([(1, 0, 0)] * 5 + [(0, 1, 0)], (0, 1, 0), 1 / 26),
    ],
)
def test_a_turn_agrees_with_the_axis_of_the_kicks(kicks, turned, agreement):
    found = taught(*kicks).agreement(turned)
    # the late kicks count for a little more
    assert found == (None if agreement is None else pytest.approx(agreement, abs=0.02))


@pytest.mark.parametrize(
    ("kicks", "firmness"),
    [
        ([], 0.0),
        ([(9, 0, 0), (-3, 0, 0)], 1.0),
        ([(1, 0, 0), (0, 1, 0)], 0.25),
        ([(1, 0, 0), (0, 1, 0), (0, 0, 1)], 0.0),
    ],
)
def test_kicks_about_one_axis_say_more_than_kicks_about_any(kicks, firmness):
    assert taught(*kicks).firmness() == pytest.approx(firmness, abs=1e-3)


def test_what_was_perhaps_a_push_hardly_blurs_it():
    hinge = taught(*[(1, 0, 0)] * 6)
    for _ in range(6):
        hinge.learn((0, 1, 0), 0.02)
        hinge.learn((1, 0, 0))
    assert hinge.agreement((0, 1, 0)) < 0.01
    assert hinge.firmness() > 0.9


def test_a_strap_that_slipped_is_followed():
    hinge = taught(*[(1, 0, 0)] * 100)
    assert hinge.agreement((0, 1, 0)) < 0.01
    for _ in range(20):
        hinge.learn((0, 1, 0))
    assert hinge.agreement((0, 1, 0)) > 0.7


def test_it_survives_a_snapshot():
    hinge = taught(*[(1, 2, 3)] * 7)
    assert Hinge(**asdict(hinge)) == hinge


angle = st.floats(-20.0, 20.0)
axes = st.tuples(angle, angle, angle).filter(lambda v: sum(x * x for x in v) > 1.0)


@given(kicks=st.lists(axes, min_size=NEEDED, max_size=30), turned=axes, scale=st.floats(0.1, 50.0),
       seed=st.integers(0, 99))  # fmt: skip
def test_neither_size_nor_sign_nor_how_the_sensor_sits_matters(kicks, turned, scale, seed):
    rotation, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    found = taught(*kicks).agreement(turned)
    assert 0.0 <= found <= 1.0 + 1e-9
    assert taught(*kicks).agreement([-scale * x for x in turned]) == pytest.approx(found, abs=1e-9)
    seated = taught(*(rotation @ kick for kick in kicks))
    assert seated.agreement(rotation @ turned) == pytest.approx(found, abs=1e-9)
