"""Feet on the floor: a visit to the bathroom, and sitting on the edge of the bed."""

from __future__ import annotations

import numpy as np

from drivers.simulated.bed.elements import (
    FLEX,
    LEFT,
    RIGHT,
    ROLL,
    TRUNK,
    Element,
    Flexion,
    Impact,
    Oscillation,
)
from drivers.simulated.bed.moves import LegPart, Motion, heave

UPRIGHT_S = 3.0
"""How long it takes to get up, and to lie down."""


def bathroom(rng: np.random.Generator, onset_s: float) -> Motion:
    """Sit up, walk there, stand, walk back, lie down. The strip feels only the first and last."""
    up, walk_s = onset_s + UPRIGHT_S, rng.uniform(10.0, 25.0)
    back = up + walk_s + rng.uniform(100.0, 250.0)
    down = back + walk_s + 1.0
    end = down + UPRIGHT_S
    elements = heave(rng, TRUNK, onset_s, UPRIGHT_S, 0.8)
    elements += heave(rng, TRUNK, down, UPRIGHT_S, 0.8)
    stride_s = rng.uniform(1.05, 1.25)
    for body in (LEFT, RIGHT):
        late = rng.uniform(0.0, 0.4)
        upright = float(np.radians(-rng.uniform(70.0, 85.0)))
        stay = down - onset_s - 2.2
        elements.append(Flexion(body, FLEX, onset_s + late, 2.2, stay, 2.2, upright, 0.4, 0.2))
        late = 0.0 if body == LEFT else 0.5 * stride_s
        elements += gait(rng, body, up + 0.5 + late, walk_s - 1.5, stride_s)
        elements += standing(rng, body, up + walk_s, back)
        elements += gait(rng, body, back + late, walk_s - 1.0, stride_s)
    legs = (LegPart(LEFT, onset_s, end), LegPart(RIGHT, onset_s, end))
    return Motion(onset_s, end, tuple(elements), legs)


def edge(rng: np.random.Generator, until_s: float) -> Motion:
    """Sit on the edge of the bed with shins upright from the start; then swing the legs up."""
    elements: list[Element] = []
    for body in (LEFT, RIGHT):
        upright = float(np.radians(-rng.uniform(76.0, 84.0)))
        up_s = rng.uniform(1.4, 2.2)
        elements.append(Flexion(body, FLEX, -14.0, 2.0, 12.0 + until_s, up_s, upright, 0.4, 0.2))
    elements += heave(rng, TRUNK, until_s, UPRIGHT_S, 0.6)
    end = until_s + UPRIGHT_S
    legs = (LegPart(LEFT, until_s, end), LegPart(RIGHT, until_s, end))
    return Motion(until_s, end, tuple(elements), legs)


def gait(
    rng: np.random.Generator, body: int, start_s: float, duration_s: float, stride_s: float
) -> list[Element]:
    """Strides of one leg: a fast swing forwards, a heel strike, a slow way back.

    Swing rates of 100 to 400 deg/s, two strides of both legs a little under every second.
    """
    elements: list[Element] = []
    t = start_s
    while t < start_s + duration_s - 1.5 * stride_s:
        length = stride_s * rng.normal(1.0, 0.03)
        swing = 0.38 * length
        angle = float(np.radians(rng.normal(48.0, 4.0)))
        turn = angle * rng.normal(0.15, 0.05)
        back = 0.55 * length
        elements += [
            Flexion(body, FLEX, t, swing, 0.03, back, angle, 0.4, 0.0),
            Flexion(body, ROLL, t, swing, 0.03, back, turn, 0.05, 0.0),
            Impact(body, t + swing, 0.03, rng.uniform(0.5, 1.5), 0.0),
        ]
        t += length
    return elements


def standing(rng: np.random.Generator, body: int, start_s: float, end_s: float) -> list[Element]:
    """Sway a little, and now and then shift the feet."""
    elements: list[Element] = [
        Oscillation(body, axis, start_s, end_s - start_s, rng.uniform(0.2, 0.6),
                    rng.uniform(0.0, 6.28), float(np.radians(rng.uniform(0.2, 0.8))), 0.8, 0.0, 2.0)
        for axis in (FLEX, ROLL)
    ]  # fmt: skip
    t = start_s + rng.exponential(15.0)
    while t < end_s - 2.0:
        angle = float(np.radians(rng.uniform(5.0, 20.0)))
        lift, lower = rng.uniform(0.3, 0.5), rng.uniform(0.3, 0.5)
        elements.append(Flexion(body, FLEX, t, lift, 0.1, lower, angle, 0.4, 0.0))
        t += 1.5 + rng.exponential(20.0)
    return elements
