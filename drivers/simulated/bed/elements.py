"""The atoms of motion: minimum-jerk flexions, oscillations and impacts, evaluated in closed form.

Every element gives an angle together with its exact first and second derivative, so that what an
accelerometer and a gyroscope see of it agree with each other by construction.
Minimum jerk (angle = A (10 x^3 - 15 x^4 + 6 x^5)): Flash & Hogan 1985, J Neurosci 5:1688.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEFT, RIGHT, TRUNK, PARTNER = 0, 1, 2, 3
"""Bodies: the patient's legs, the rest of the patient, the whole partner."""

FLEX, ROLL, SWEEP = 0, 1, 2
"""Axes of the leg frame: x (flexion), y (along the leg), z (sideways)."""


def minimum_jerk(x: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the minimum-jerk step from 0 to 1 and its two derivatives by x.

    Parameters
    ----------
    x : float64[n]
        Share of the stroke's time, clipped to 0 to 1.
    """
    x = np.clip(x, 0.0, 1.0)
    y = 1.0 - x
    return (
        x * x * x * (10.0 - 15.0 * x + 6.0 * x * x),
        30.0 * x * x * y * y,
        60.0 * x * y * (1.0 - 2.0 * x),
    )


@dataclass(frozen=True, slots=True)
class Flexion:
    """An angle that rises, holds and returns (`fall_s` > 0), or rises and stays (`fall_s` == 0)."""

    body: int
    axis: int
    start_s: float
    rise_s: float
    hold_s: float
    fall_s: float
    angle_rad: float
    lever_m: float
    """Distance of the sensor (or of the limb's mass) from the pivot."""
    weight: float = 1.0
    """Share of the inertial force that reaches the mattress; 0 out of bed."""

    @property
    def end_s(self) -> float:
        """When the motion ends."""
        return self.start_s + self.rise_s + self.hold_s + self.fall_s

    def evaluate(self, t_s: Floats) -> tuple[Floats, Floats, Floats]:
        """Return angle [rad] and its first and second derivative at float64[n] times."""
        angle, rate, accel = minimum_jerk((t_s - self.start_s) / self.rise_s)
        rate /= self.rise_s
        accel /= self.rise_s**2
        if self.fall_s > 0.0:
            back = self.start_s + self.rise_s + self.hold_s
            angle2, rate2, accel2 = minimum_jerk((t_s - back) / self.fall_s)
            angle -= angle2
            rate -= rate2 / self.fall_s
            accel -= accel2 / self.fall_s**2
        return angle * self.angle_rad, rate * self.angle_rad, accel * self.angle_rad


@dataclass(frozen=True, slots=True)
class Oscillation:
    """A sinusoid under a smooth envelope (sin^4 flanks): tremor, gait, the wobble of a turn."""

    body: int
    axis: int
    start_s: float
    duration_s: float
    frequency_hz: float
    phase_rad: float
    angle_rad: float
    lever_m: float
    weight: float = 1.0
    flank_s: float = 0.15

    @property
    def end_s(self) -> float:
        """When the motion ends."""
        return self.start_s + self.duration_s

    def evaluate(self, t_s: Floats) -> tuple[Floats, Floats, Floats]:
        """Return angle [rad] and its first and second derivative at float64[n] times."""
        flank = min(self.flank_s, self.duration_s / 2.0)
        up, up1, up2 = minimum_jerk((t_s - self.start_s) / flank)
        down, down1, down2 = minimum_jerk((self.end_s - t_s) / flank)
        e0 = up * down
        e1 = (up1 * down - up * down1) / flank
        e2 = (up2 * down - 2.0 * up1 * down1 + up * down2) / flank**2
        w = 2.0 * np.pi * self.frequency_hz
        s = np.sin(w * (t_s - self.start_s) + self.phase_rad)
        c = np.cos(w * (t_s - self.start_s) + self.phase_rad)
        a = self.angle_rad
        angle = a * e0 * s
        rate = a * (e1 * s + e0 * w * c)
        accel = a * (e2 * s + 2.0 * e1 * w * c - e0 * w * w * s)
        return angle, rate, accel


@dataclass(frozen=True, slots=True)
class Impact:
    """A half-sine blow: a heel that lands. Felt by the own sensor and by the mattress."""

    body: int
    start_s: float
    width_s: float
    peak_g: float
    weight: float = 1.0

    @property
    def end_s(self) -> float:
        """When the blow is over."""
        return self.start_s + self.width_s

    def evaluate_g(self, t_s: Floats) -> Floats:
        """Return the blow [g] at float64[n] times."""
        x = (t_s - self.start_s) / self.width_s
        inside = (x > 0.0) & (x < 1.0)
        return np.where(inside, self.peak_g * np.sin(np.pi * x), 0.0)


Element = Flexion | Oscillation | Impact
