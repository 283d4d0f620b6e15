"""Elements of motion -> what the limbs, the mattress and gravity do, on a 200 Hz grid.

Kinematics (exact): a leg's attitude is R = Rx(-flex) Ry(-roll) Rz(-sweep) applied to its attitude
at rest. The gyroscope sees the true angular rate of that chain, the accelerometer gravity in the
leg frame plus the tangential (alpha x r) and centripetal (omega^2 r) acceleration of each rotation
and what the mattress passes on. Cross terms between the three rotations are left out.
Mattress (modelling): a damped oscillator of the bed's own frequency, driven by the force of each
mover; it answers in the strip, and as acceleration and small passive rotation at the ankles.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    Impact,
)
from drivers.simulated.bed.moves import GRAVITY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from drivers.simulated.bed.scenarios import Mattress

    Floats = NDArray[np.float64]

RATE_HZ = 200
"""Rate of the grid on which the world is rendered."""
KERNEL = 1000
"""Length of every impulse response, in grid steps (5 s)."""
UP = (0.0, -np.sin(0.0873), np.cos(0.0873))
"""Direction of "up" in the frame of a leg at rest."""
PASSIVE_HZ = 2.5
"""Corner of the passive rotation of a leg that lies on a moving mattress."""


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
        The mattress's answer to all movers at the strip, before the amplifier.
    """

    accel_g: Floats
    rate_dps: Floats
    strip_mv: Floats


@dataclass(slots=True)
class _Legs:
    """Accumulators of a window: [leg, axis, n], force [body, n], shaking by the bed [leg, n]."""

    angle: Floats
    rate: Floats
    linear_g: Floats
    force_g: Floats
    shake_g: Floats
    moved: list[bool]


class Bedframe:
    """The mattress's impulse responses, ready for convolution over windows of `n` steps."""

    def __init__(self, mattress: Mattress, highpass_hz: float, n: int) -> None:
        self.mattress = mattress
        self._fft_size = _next_smooth(n + KERNEL)
        t = np.arange(KERNEL) / RATE_HZ
        w = 2.0 * np.pi * mattress.ring_hz
        wd = w * np.sqrt(1.0 - mattress.ring_damping**2)
        ring = w * w / wd * np.exp(-mattress.ring_damping * w * t) * np.sin(wd * t) / RATE_HZ
        p = 2.0 * np.pi * PASSIVE_HZ
        tilt = p * p * t * np.exp(-p * t) / RATE_HZ
        tilt_rate = p * p * (1.0 - p * t) * np.exp(-p * t) / RATE_HZ
        corner = 2.0 * np.pi * highpass_hz
        piezo = -corner * np.exp(-corner * t) / RATE_HZ
        piezo[0] += 1.0
        self._ring = np.fft.rfft(ring, self._fft_size)
        self._strip = np.fft.rfft(np.convolve(ring, piezo)[:KERNEL], self._fft_size)
        self._tilt = np.fft.rfft(np.convolve(ring, tilt)[:KERNEL], self._fft_size)
        self._tilt_rate = np.fft.rfft(np.convolve(ring, tilt_rate)[:KERNEL], self._fft_size)

    def ring(self, force_g: Floats) -> Floats:
        """Return the mattress's motion under a force, float64[n]."""
        return self._apply(force_g, self._ring)

    def strip(self, force_g: Floats) -> Floats:
        """Return the same as a piezo strip with its high-pass sees it, float64[n]."""
        return self._apply(force_g, self._strip)

    def tilt(self, force_g: Floats) -> tuple[Floats, Floats]:
        """Return the passive rotation and its rate (per s) under a force, each float64[n]."""
        return self._apply(force_g, self._tilt), self._apply(force_g, self._tilt_rate)

    def _apply(self, force_g: Floats, response: NDArray[np.complex128]) -> Floats:
        spectrum = np.fft.rfft(force_g, self._fft_size)
        return np.fft.irfft(spectrum * response, self._fft_size)[: force_g.size]


class Strap:
    """A loose strap: the sensor follows the leg as a damped oscillator does."""

    def __init__(self, frequency_hz: float, damping: float, n: int) -> None:
        self._fft_size = _next_smooth(n + KERNEL)
        t = np.arange(KERNEL) / RATE_HZ
        w = 2.0 * np.pi * frequency_hz
        wd = w * np.sqrt(1.0 - damping**2)
        answer = np.exp(-damping * w * t) * np.sin(wd * t)
        self._response = np.fft.rfft(answer / answer.sum(), self._fft_size)

    def follow(self, motion: Floats) -> Floats:
        """Return the sensor's motion for a leg's motion, float64[..., n]."""
        spectrum = np.fft.rfft(motion, self._fft_size)
        return np.fft.irfft(spectrum * self._response, self._fft_size)[..., : motion.shape[-1]]


def _next_smooth(n: int) -> int:
    """Return the next size made of factors 2, 3 and 5: fast to transform."""
    while True:
        rest = n
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return n
        n += 1


def render(
    frame: Bedframe,
    straps: Sequence[Strap | None],
    t_s: Floats,
    elements: Iterable[Element],
    base_rad: Floats,
    on_mattress: Floats | None = None,
) -> World:
    """Render a window.

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
    legs = _Legs(
        np.zeros((2, 3, n)), np.zeros((2, 3, n)), np.zeros((2, 3, n)), np.zeros((4, n)),
        np.zeros((2, n)), [False, False],
    )  # fmt: skip
    for element in elements:
        _add(legs, t_s, element)
    strip = _mattress(frame, legs, on_mattress)
    accel = np.empty((2, 3, n))
    rate = np.zeros((2, 3, n))
    for leg in (LEFT, RIGHT):
        if legs.moved[leg]:
            _loosen(straps[leg], legs, leg)
            angles = legs.angle[leg] + base_rad[leg][:, None]
            shake = legs.shake_g[leg]
            accel[leg] = _gravity(angles) * (1.0 + 0.95 * shake) + legs.linear_g[leg]
            accel[leg, :2] += 0.22 * shake
            rate[leg] = np.degrees(_chain_rate(angles, legs.rate[leg]))
        else:
            accel[leg] = _gravity(base_rad[leg][:, None])
    return World(accel, rate, strip)


def _add(legs: _Legs, t_s: Floats, element: Element) -> None:
    """Add one element to the accumulators; angles that stay are held to the window's end."""
    first = int(np.searchsorted(t_s, element.start_s))
    last = int(np.searchsorted(t_s, element.end_s, side="right"))
    if last == 0 or first == t_s.size:
        return
    body = element.body
    if isinstance(element, Impact):
        blow = element.evaluate_g(t_s[first:last])
        legs.force_g[body, first:last] += element.weight * blow
        if body in (LEFT, RIGHT):
            legs.moved[body] = True
            legs.linear_g[body, 2, first:last] += blow
            legs.linear_g[body, 1, first:last] += 0.4 * blow
        return
    angle, rate, accel = element.evaluate(t_s[first:last])
    tangential = element.lever_m / GRAVITY * accel
    legs.force_g[body, first:last] += element.weight * tangential
    if body not in (LEFT, RIGHT):
        return
    legs.moved[body] = True
    axis = element.axis
    legs.angle[body, axis, first:last] += angle
    stays = getattr(element, "fall_s", 1.0) == 0.0
    if stays:
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
    n = legs.force_g.shape[1]
    strip = np.zeros(n)
    active = [bool(np.any(legs.force_g[body])) for body in range(4)]
    own = legs.force_g[LEFT] + legs.force_g[RIGHT] + legs.force_g[TRUNK]
    if any(active[:3]):
        strip += bed.patient_strip_mv_per_g * frame.strip(own)
    if active[PARTNER]:
        strip += bed.partner_strip_mv_per_g * frame.strip(legs.force_g[PARTNER])
        if on_mattress is not None:
            legs.force_g[PARTNER] *= on_mattress
        for leg, share in ((LEFT, 1.0 + bed.leg_imbalance), (RIGHT, 1.0 - bed.leg_imbalance)):
            _shake(frame, legs, leg, bed.coupling * share * legs.force_g[PARTNER])
    for leg, other in ((LEFT, RIGHT), (RIGHT, LEFT)):
        if active[other]:
            _shake(frame, legs, leg, bed.cross_leg * legs.force_g[other])
        if active[TRUNK]:
            _shake(frame, legs, leg, bed.cross_leg * legs.force_g[TRUNK])
    return strip


def _shake(frame: Bedframe, legs: _Legs, leg: int, force_g: Floats) -> None:
    """Pass a force on to a leg: translation mostly upwards, and a small passive rotation."""
    bed = frame.mattress
    lag = round(bed.lag_ms * RATE_HZ / 1000.0)
    late = np.concatenate((np.zeros(lag), force_g[: force_g.size - lag]))
    ring = frame.ring(late)
    angle, rate = frame.tilt(late)
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
