"""From "a kick of the left leg" to elements of motion. Pure functions of their dials and dice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from drivers.simulated.bed.elements import (
    FLEX,
    LEFT,
    PARTNER,
    RIGHT,
    ROLL,
    SWEEP,
    TRUNK,
    Element,
    Flexion,
    Impact,
    Oscillation,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.simulated.bed.scenarios import Mattress, Sleeper

GRAVITY = 9.80665
"""m/s2 per g"""


@dataclass(frozen=True, slots=True)
class LegPart:
    """One leg's share of a movement."""

    body: int
    onset_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Motion:
    """The elements of one movement, and when which leg moved."""

    onset_s: float
    end_s: float
    elements: tuple[Element, ...]
    legs: tuple[LegPart, ...] = ()


def rise_time_s(rng: np.random.Generator, angle_deg: float, lever_m: float) -> float:
    """Return how long a flexion takes: 0.45 s at 4 deg, faster the larger, at most 3 g.

    The three points 4/10/20 deg in 0.45/0.35/0.25 s are Pendulum's modelling; the curve between
    them is ours.
    """
    rise = 0.45 * (4.0 / angle_deg) ** 0.35 * rng.lognormal(0.0, 0.12)
    limit = np.sqrt(5.77 * np.radians(angle_deg) * lever_m / (3.0 * GRAVITY))
    return float(max(rise, limit, 0.09))


def _spread(rng: np.random.Generator, main: Flexion | Oscillation) -> list[Element]:
    """Share a flexion out over all three axes: no joint turns about one sensor axis alone."""
    roll = main.angle_rad * rng.normal(0.0, 0.25)
    sweep = main.angle_rad * rng.normal(0.0, 0.2)
    return [
        main,
        replace(main, axis=ROLL, angle_rad=roll, lever_m=0.04),
        replace(main, axis=SWEEP, angle_rad=sweep),
    ]


def _leg_kick(
    rng: np.random.Generator, dials: Sleeper, body: int, onset_s: float, duration_s: float
) -> Motion:
    """One leg's flexion, hold and return; or a burst of them without a rest of 0.5 s."""
    degrees = float(
        np.clip(
            dials.kick_deg * rng.lognormal(0.0, np.log(dials.kick_gsd)),
            dials.kick_min_deg,
            dials.kick_max_deg,
        )
    )
    lever = rng.uniform(0.15, 0.35)
    sign = 1.0 if rng.random() < 0.8 else -1.0
    angle = sign * np.radians(degrees)
    rise = rise_time_s(rng, degrees, lever)
    fall = rise * rng.uniform(1.1, 2.5)
    burst = rng.random() < 0.2 and duration_s > 2.0 * (rise + fall)
    elements: list[Element] = []
    if burst:
        t, end = onset_s, onset_s
        while t + rise + fall <= onset_s + duration_s:
            share = angle * rng.uniform(0.5, 1.0)
            hold = rng.uniform(0.0, 0.2)
            part = Flexion(body, FLEX, t, rise, hold, fall, share, lever)
            elements += _spread(rng, part)
            end = part.end_s
            t = end + rng.uniform(0.0, 0.25)
    else:
        hold = duration_s - rise - fall
        if hold < 0.0:
            fall = max(rise, duration_s - rise)
            hold = 0.0
        main = Flexion(body, FLEX, onset_s, rise, hold, fall, angle, lever)
        elements += _spread(rng, main)
        end = main.end_s
        if hold > 0.5 and rng.random() > dials.still_hold:
            start, length = onset_s + rise * 0.8, hold + 0.2 * rise
            elements.append(_tremor(rng, body, start, length, degrees, lever))
        if dials.return_error > 0.0:
            missed = angle * rng.normal(0.0, dials.return_error)
            elements.append(replace(main, start_s=end - fall, rise_s=fall, hold_s=0.0, fall_s=0.0,
                                    angle_rad=float(missed)))  # fmt: skip
    if rng.random() < 0.5:
        elements.append(_landing(rng, body, end - 0.04, degrees))
    return Motion(onset_s, end, tuple(elements), (LegPart(body, onset_s, end),))


def _tremor(
    rng: np.random.Generator,
    body: int,
    start_s: float,
    duration_s: float,
    degrees: float,
    lever_m: float,
) -> Oscillation:
    """Tremble at 3 to 7 Hz with 15 to 120 mg (less in a soft kick), at most a degree."""
    frequency = rng.uniform(3.0, 7.0)
    w = 2.0 * np.pi * frequency
    size_g = rng.uniform(0.015, 0.12) * min(1.0, degrees / 12.0)
    angle = min(size_g * GRAVITY / (w * w * lever_m), np.radians(1.0))
    phase = rng.uniform(0.0, 6.28)
    return Oscillation(body, FLEX, start_s, duration_s, frequency, phase, angle, lever_m)


def _landing(rng: np.random.Generator, body: int, start_s: float, degrees: float) -> Impact:
    return Impact(body, start_s, rng.uniform(0.02, 0.04), rng.uniform(0.003, 0.015) * degrees)


def _joined(motions: list[Motion]) -> Motion:
    return Motion(
        min(m.onset_s for m in motions),
        max(m.end_s for m in motions),
        tuple(e for m in motions for e in m.elements),
        tuple(leg for m in motions for leg in m.legs),
    )


def kick(
    rng: np.random.Generator, dials: Sleeper, bodies: tuple[int, ...], onset_s: float
) -> Motion:
    """Kick with one leg or both (the second up to 0.4 s later, with its own duration)."""
    duration = float(
        np.clip(dials.duration_s * rng.lognormal(0.0, np.log(dials.duration_gsd)), 0.6, 9.4)
    )
    motions = []
    for i, body in enumerate(bodies):
        late = rng.uniform(0.0, min(0.4, 0.5 * duration)) if i else 0.0
        share = rng.uniform(0.7, 1.0) if i else 1.0
        own = max(0.6, duration * share)
        motions.append(_leg_kick(rng, dials, body, onset_s + late, own))
    return _joined(motions)


def jerk(
    rng: np.random.Generator, dials: Sleeper, bodies: tuple[int, ...], onset_s: float
) -> Motion:
    """Jerk: flexion and return within 0.2 to 0.45 s."""
    total = rng.uniform(0.22, 0.45)
    motions = []
    for body in bodies:
        degrees = rng.uniform(4.0, 12.0) * max(0.5, dials.kick_deg / 12.0)
        rise = total * rng.uniform(0.4, 0.5)
        lever = rng.uniform(0.12, 0.25)
        main = Flexion(body, FLEX, onset_s, rise, 0.0, total - rise, np.radians(degrees), lever)
        motions.append(
            Motion(onset_s, main.end_s, tuple(_spread(rng, main)),
                   (LegPart(body, onset_s, main.end_s),))
        )  # fmt: skip
    return _joined(motions)


def posture(rng: np.random.Generator, body: int, onset_s: float) -> Motion:
    """Move a leg that then stays where it went."""
    rise, lever = rng.uniform(0.5, 1.6), rng.uniform(0.2, 0.4)
    angles = [rng.uniform(8.0, 35.0) * rng.choice((-1.0, 1.0)), rng.normal(0.0, 12.0),
              rng.normal(0.0, 8.0)]  # fmt: skip
    return _stay(body, onset_s, rise, lever, angles)


def a_little(rng: np.random.Generator) -> list[float]:
    """Return by how much an outstretched leg shifts [deg]: it rolls more than it bends."""
    return [rng.uniform(4.0, 12.0) * rng.choice((-1.0, 1.0)), rng.normal(0.0, 15.0),
            rng.normal(0.0, 8.0)]  # fmt: skip


def shift(
    rng: np.random.Generator, body: int, onset_s: float, angles_deg: Sequence[float]
) -> Motion:
    """Move a leg by some angles (flexion, roll, sweep), where it stays."""
    return _stay(body, onset_s, rng.uniform(0.5, 1.6), rng.uniform(0.2, 0.4), angles_deg)


def _stay(
    body: int, onset_s: float, rise: float, lever: float, angles_deg: Sequence[float]
) -> Motion:
    angles = np.radians(angles_deg)
    elements = tuple(
        Flexion(body, axis, onset_s, rise, 0.0, 0.0, float(angles[axis]),
                0.05 if axis == ROLL else lever)
        for axis in (FLEX, ROLL, SWEEP)
    )  # fmt: skip
    return Motion(onset_s, onset_s + rise, elements, (LegPart(body, onset_s, onset_s + rise),))


def heave(
    rng: np.random.Generator, body: int, onset_s: float, duration_s: float, size_g: float
) -> list[Element]:
    """Move a trunk, felt through the mattress only: waves of 0.6 to 3 Hz."""
    elements: list[Element] = []
    for _ in range(int(rng.integers(4, 9))):
        length = duration_s * rng.uniform(0.25, 1.0)
        start = onset_s + rng.uniform(0.0, duration_s - length)
        frequency = max(rng.uniform(0.6, 3.0), 1.5 / length)
        w = 2.0 * np.pi * frequency
        angle = size_g * rng.uniform(0.2, 0.7) * GRAVITY / (w * w)
        phase = rng.uniform(0.0, 6.28)
        flank = 0.6 / frequency
        elements.append(
            Oscillation(body, FLEX, start, length, frequency, phase, angle, 1.0, flank_s=flank)
        )
    return elements


def turn(rng: np.random.Generator, onset_s: float, roll_deg: float) -> Motion:
    """Turn the patient over: both legs roll in two or three strokes, and the trunk heaves."""
    duration = rng.uniform(2.0, 6.0)
    elements = heave(rng, TRUNK, onset_s, duration, rng.uniform(0.3, 0.9))
    legs = []
    for body in (LEFT, RIGHT):
        onset = onset_s + (rng.uniform(0.0, 0.5) if body == RIGHT else 0.0)
        strokes = int(rng.integers(2, 4))
        pause = rng.uniform(0.0, 0.2)
        rise = (onset_s + duration - onset - pause * (strokes - 1)) / strokes
        shares = rng.dirichlet(np.full(strokes, 3.0))
        for k in range(strokes):
            start = onset + k * (rise + pause)
            elements.append(
                Flexion(body, ROLL, start, rise, 0.0, 0.0,
                        float(np.radians(roll_deg) * shares[k]), 0.06)
            )  # fmt: skip
            bend = np.radians(rng.uniform(5.0, 25.0) * rng.choice((-1.0, 1.0)))
            half = rise / 2.0
            elements.append(
                Flexion(body, FLEX, start, half, 0.0, half, float(bend), rng.uniform(0.2, 0.4))
            )
        legs.append(LegPart(body, onset, onset_s + duration))
    return Motion(onset_s, onset_s + duration, tuple(elements), tuple(legs))


def arm(rng: np.random.Generator, body: int, onset_s: float) -> Motion:
    """Move an arm: the mattress knows, the ankles hardly."""
    duration = rng.uniform(0.6, 2.5)
    size = rng.uniform(0.03, 0.2)
    return Motion(onset_s, onset_s + duration, tuple(heave(rng, body, onset_s, duration, size)))


def cough(rng: np.random.Generator, body: int, onset_s: float) -> Motion:
    """Cough: blows of a trunk, 0.3 to 0.5 s apart, which both ankles feel alike."""
    blows: list[Element] = []
    t = onset_s
    for _ in range(int(rng.integers(2, 6))):
        blows.append(Impact(body, t, rng.uniform(0.08, 0.15), rng.uniform(0.1, 0.4)))
        t = blows[-1].end_s + rng.uniform(0.2, 0.4)
    return Motion(onset_s, blows[-1].end_s, tuple(blows))


def partner_turn(rng: np.random.Generator, bed: Mattress, onset_s: float) -> Motion:
    """Turn the partner over; with some probability the patient is rolled a few degrees."""
    duration = rng.uniform(2.0, 6.0)
    elements = heave(rng, PARTNER, onset_s, duration, rng.uniform(0.4, 1.2))
    if rng.random() < bed.partner_rolls:
        degrees = rng.uniform(1.0, 4.0) * rng.choice((-1.0, 1.0))
        rise = duration * rng.uniform(0.4, 0.8)
        for body in (LEFT, RIGHT):
            own = float(np.radians(degrees * rng.uniform(0.6, 1.0)))
            start = onset_s + rng.uniform(0.1, 0.2) * duration
            elements.append(Flexion(body, ROLL, start, rise, 0.0, 0.0, own, 0.05, weight=0.0))
    return Motion(onset_s, onset_s + duration, tuple(elements))


def push(rng: np.random.Generator, bed: Mattress, body: int, by: Motion) -> Motion:
    """Let the partner's moving leg `by` push the patient's leg, which rolls back."""
    degrees = float(np.clip(bed.push_deg * rng.lognormal(0.0, 0.4), 1.5, 15.0))
    onset = by.onset_s + rng.uniform(0.02, 0.1)
    rise = rng.uniform(0.2, 0.4)
    fall = rng.uniform(0.3, 0.7)
    hold = max(0.0, by.end_s - onset - rise - fall)
    angle = float(np.radians(degrees))
    elements = (
        Flexion(body, ROLL, onset, rise, hold, fall, angle, 0.06, weight=0.2),
        Flexion(body, SWEEP, onset, rise, hold, fall, angle * rng.normal(0.4, 0.2), 0.3, 0.2),
        Flexion(body, FLEX, onset, rise, hold, fall, angle * rng.normal(0.0, 0.2), 0.25, 0.2),
    )
    end = elements[0].end_s
    return Motion(
        by.onset_s, max(end, by.end_s), by.elements + elements, (LegPart(body, onset, end),)
    )
