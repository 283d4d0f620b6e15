"""Elements of motion -> what the limbs, the mattress and gravity do, on a 200 Hz grid.

Kinematics (exact): a leg's attitude is R = Rx(-flex) Ry(-roll) Rz(-sweep) applied to its attitude
at rest. The gyroscope sees the true angular rate of that chain, the accelerometer gravity in the
leg frame plus the tangential (alpha x r) and centripetal (omega^2 r) acceleration of each rotation
and what the mattress passes on. Cross terms between the three rotations are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from drivers.simulated.bed.elements import (
    FLEX,
    LEFT,
    RIGHT,
    ROLL,
    SWEEP,
    Element,
    Flexion,
    Impact,
)
from drivers.simulated.bed.mattress import RATE_HZ
from drivers.simulated.bed.moves import GRAVITY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from drivers.simulated.bed.mattress import Bedframe, Strap

    Floats = NDArray[np.float64]

LEGS = (LEFT, RIGHT)
UP = (0.0, -np.sin(0.0873), np.cos(0.0873))
"""Direction of "up" in the frame of a leg at rest."""


@dataclass(frozen=True, slots=True)
class World:
    """The true signals of a window: legs in their own frames, forces on the mattress.

    Attributes
    ----------
    accel_g : float64[2, 3, n]
        Specific force at the ankles, left and right.
    rate_dps : float64[2, 3, n]
        Angular rate of the ankles.
    strip_mv : float64[n]
        The mattress's answer to all movers at the strip, after the amplifier's high-pass.
    moved : list of two bool
        False where a leg was at rest all the time: its signals are the same in every step.
    """

    accel_g: Floats
    rate_dps: Floats
    strip_mv: Floats
    moved: list[bool]


@dataclass(slots=True)
class _Legs:
    """Accumulators of a window: [leg, axis, n], force [body, n], shaking by the bed [leg, n]."""

    angle: Floats
    rate: Floats
    linear_g: Floats
    force_g: Floats
    shake_g: Floats
    moved: list[bool]


def render(
    frame: Bedframe,
    straps: Sequence[Strap | None],
    t_s: Floats,
    elements: Iterable[Element],
    base_rad: Floats,
    on_mattress: Floats | None = None,
) -> World:
    """Render a window: stretches of motion one by one, and rest between them.

    Parameters
    ----------
    frame : Bedframe
        The mattress.
    straps : two Strap or None
        The loose straps of the left and right sensor, None: tight.
    t_s : float64[n]
        The window's grid times.
    elements : iterable of Element
        Every element with motion in the window.
    base_rad : float64[2, 3]
        Angles of the legs from movements that are over.
    on_mattress : float64[n], optional
        Share of the bed's motion that reaches the legs: 0 while the patient is up.
    """
    n = t_s.size
    world = World(np.empty((2, 3, n)), np.zeros((2, 3, n)), np.zeros(n), [False, False])
    memory = frame.memory_s + max((s.memory_s for s in straps if s is not None), default=0.0)
    base = base_rad.copy()
    at = 0
    for first, last, members in _stretches(t_s, elements, memory):
        if first == last:
            continue
        _rest(world, slice(at, first), base)
        on = None if on_mattress is None else on_mattress[first:last]
        _move(world, slice(first, last), frame, straps, t_s, members, base, on)
        for element in members:
            if isinstance(element, Flexion) and element.fall_s == 0.0 and element.body in LEGS:
                base[element.body, element.axis] += element.angle_rad
        at = last
    _rest(world, slice(at, n), base)
    return world


def _stretches(
    t_s: Floats, elements: Iterable[Element], memory_s: float
) -> Iterator[tuple[int, int, list[Element]]]:
    """Yield stretches of motion, as grid steps, with their elements; what is over is left out."""
    members: list[Element] = []
    start = end = 0.0
    for element in sorted(elements, key=_start):
        if element.end_s < t_s[0] or element.start_s >= t_s[-1]:
            continue
        if members and element.start_s > end + memory_s:
            yield *_bounds(t_s, start, end + memory_s), members
            members = []
        if not members:
            start, end = element.start_s, element.end_s
        members.append(element)
        end = max(end, element.end_s)
    if members:
        yield *_bounds(t_s, start, end + memory_s), members


def _start(element: Element) -> float:
    return element.start_s


def _bounds(t_s: Floats, start_s: float, end_s: float) -> tuple[int, int]:
    first, last = np.searchsorted(t_s, (start_s, end_s))
    return int(first), int(last)


def _rest(world: World, where: slice, base_rad: Floats) -> None:
    for leg in LEGS:
        world.accel_g[leg, :, where] = _gravity(base_rad[leg][:, None])


def _move(
    world: World,
    where: slice,
    frame: Bedframe,
    straps: Sequence[Strap | None],
    t_s: Floats,
    elements: list[Element],
    base_rad: Floats,
    on_mattress: Floats | None,
) -> None:
    """Render one stretch of motion into the window."""
    t_s = t_s[where]
    n = t_s.size
    legs = _Legs(
        np.zeros((2, 3, n)), np.zeros((2, 3, n)), np.zeros((2, 3, n)), np.zeros((4, n)),
        np.zeros((2, n)), [False, False],
    )  # fmt: skip
    for element in elements:
        _add(legs, t_s, element)
    world.strip_mv[where] = _mattress(frame, legs, on_mattress)
    for leg in LEGS:
        if not legs.moved[leg]:
            world.accel_g[leg, :, where] = _gravity(base_rad[leg][:, None])
            continue
        world.moved[leg] = True
        _loosen(straps[leg], legs, leg)
        angles = legs.angle[leg] + base_rad[leg][:, None]
        shake = legs.shake_g[leg]
        accel = _gravity(angles) * (1.0 + 0.95 * shake) + legs.linear_g[leg]
        accel[:2] += 0.22 * shake
        world.accel_g[leg, :, where] = accel
        world.rate_dps[leg, :, where] = np.degrees(_chain_rate(angles, legs.rate[leg]))


def _add(legs: _Legs, t_s: Floats, element: Element) -> None:
    """Add one element to the accumulators; angles that stay are held to the stretch's end."""
    first = int(np.searchsorted(t_s, element.start_s))
    last = int(np.searchsorted(t_s, element.end_s, side="right"))
    body = element.body
    if isinstance(element, Impact):
        blow = element.evaluate_g(t_s[first:last])
        legs.force_g[body, first:last] += element.weight * blow
        if body in LEGS:
            legs.moved[body] = True
            legs.linear_g[body, 2, first:last] += blow
            legs.linear_g[body, 1, first:last] += 0.4 * blow
        return
    angle, rate, accel = element.evaluate(t_s[first:last])
    tangential = element.lever_m / GRAVITY * accel
    legs.force_g[body, first:last] += element.weight * tangential
    if body not in LEGS:
        return
    legs.moved[body] = True
    axis = element.axis
    legs.angle[body, axis, first:last] += angle
    if isinstance(element, Flexion) and element.fall_s == 0.0:
        legs.angle[body, axis, last:] += element.angle_rad
    legs.rate[body, axis, first:last] += rate
    centripetal = -element.lever_m / GRAVITY * rate * rate
    linear = legs.linear_g[body]
    if axis == FLEX:
        linear[2, first:last] += tangential
        linear[1, first:last] += centripetal
    elif axis == ROLL:
        linear[0, first:last] += tangential
        linear[2, first:last] += centripetal
    else:
        linear[0, first:last] -= tangential
        linear[1, first:last] += centripetal


def _mattress(frame: Bedframe, legs: _Legs, on_mattress: Floats | None) -> Floats:
    """Let the mattress answer all forces: in the strip (returned) and at the ankles (added)."""
    bed = frame.mattress
    left, right, trunk, partner = legs.force_g
    if not legs.force_g.any():
        return np.zeros(left.size)
    own = left + right + trunk
    strip = frame.strip(bed.patient_strip_mv_per_g * own + bed.partner_strip_mv_per_g * partner)
    if on_mattress is not None:
        partner = partner * on_mattress
    far = bed.coupling * partner + bed.cross_leg * trunk
    _shake(frame, legs, LEFT, far * (1.0 + bed.leg_imbalance) + bed.cross_leg * right)
    _shake(frame, legs, RIGHT, far * (1.0 - bed.leg_imbalance) + bed.cross_leg * left)
    return strip


def _shake(frame: Bedframe, legs: _Legs, leg: int, force_g: Floats) -> None:
    """Pass a force on to a leg: translation mostly upwards, and a small passive rotation."""
    if not force_g.any():
        return
    bed = frame.mattress
    lag = min(round(bed.lag_ms * RATE_HZ / 1000.0), force_g.size)
    late = np.concatenate((np.zeros(lag), force_g[: force_g.size - lag]))
    ring, angle, rate = frame.shake(late)
    legs.moved[leg] = True
    legs.shake_g[leg] += ring
    size = np.radians(bed.rotation_deg_per_g)
    for axis, share in ((ROLL, 0.8), (FLEX, 0.6)):
        legs.angle[leg, axis] += size * share * angle
        legs.rate[leg, axis] += size * share * rate


def _loosen(strap: Strap | None, legs: _Legs, leg: int) -> None:
    """Let a sensor in a loose strap follow its leg late and wobbling."""
    if strap is None:
        return
    for part in (legs.angle, legs.rate, legs.linear_g):
        part[leg] = strap.follow(part[leg])
    legs.shake_g[leg] = strap.follow(legs.shake_g[leg])


def _gravity(angles: Floats) -> Floats:
    """Turn "up" into the leg frame: Rx(-flex) Ry(-roll) Rz(-sweep) up; float64[3, n].

    At zero angles the leg lies on its back, a little foot-down.
    """
    cs, ss = np.cos(angles[SWEEP]), np.sin(angles[SWEEP])
    x, y, z = ss * UP[1], cs * UP[1], UP[2]
    cr, sr = np.cos(angles[ROLL]), np.sin(angles[ROLL])
    x, z = cr * x - sr * z, cr * z + sr * x
    cf, sf = np.cos(angles[FLEX]), np.sin(angles[FLEX])
    return np.stack((x + 0.0 * cf, cf * y + sf * z, cf * z - sf * y))


def _chain_rate(angles: Floats, rates: Floats) -> Floats:
    """Return the angular rate [rad/s] of the chain of rotations in the leg frame, float64[3, n]."""
    cr, sr = np.cos(angles[ROLL]), np.sin(angles[ROLL])
    cf, sf = np.cos(angles[FLEX]), np.sin(angles[FLEX])
    sweep = rates[SWEEP]
    x, y, z = -sr * sweep, rates[ROLL], cr * sweep
    return np.stack((rates[FLEX] + x, cf * y + sf * z, cf * z - sf * y))
