"""Odd nights: what other sleepers, beds and homes do, each by itself, on the second simulator.

`second_bed` draws whole nights of ordinary kicks. Here single oddities are put into an otherwise
ordinary night: kicks of other shapes, visits to the bathroom, animals, machines, slipping straps.
The shapes are drawn from what limbs and things do, not from what the detector looks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tests.bench.second_bed import RATE, Dials, Floats, Night, Truth, band_noise, unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Odd:
    """One oddity: how kicks look, and what else happens."""

    kick: str = "ordinary"
    extra: str = ""
    partner: bool = True
    noise_mg: tuple[float, float] = (1.0, 4.0)


def smooth(n: int) -> Floats:
    """Return a stroke from 0 to 1 (minimum jerk) in n samples."""
    u = np.linspace(0.0, 1.0, n)
    return 10 * u**3 - 15 * u**4 + 6 * u**5


def stroke(up: int, hold: int, down: int) -> Floats:
    """Return flexion, hold and return, 0 to 1 to 0."""
    return np.concatenate([smooth(up), np.ones(hold), 1.0 - smooth(down)])


class Hour:
    """A stretch of night in the making."""

    def __init__(self, odd: Odd, seed: int, hours: float) -> None:
        self.odd = odd
        self.night = Night(Dials("rigid", noise_mg=odd.noise_mg), seed, hours)
        self.rng = self.night.rng
        self.long = [self._along(g) for g in self.night.gravity]
        """Along each shank: where gravity points in somebody who stands."""

    def _along(self, gravity: Floats) -> Floats:
        """Return a direction 60 to 95 degrees from where gravity points in somebody who lies."""
        across = np.cross(gravity, unit(self.rng))
        angle = np.radians(self.rng.uniform(60.0, 95.0))
        return np.cos(angle) * gravity + np.sin(angle) * across / np.linalg.norm(across)

    # -- kicks

    def rock(self, leg: int, t: float, degrees: float, shape: Floats, axis: Floats) -> float:
        """Turn a leg by `degrees` times `shape` from t on; return the end."""
        a = round(t * RATE)
        lever = self.rng.uniform(0.05, 0.3)
        self.night.rock(leg, a, a + len(shape), np.radians(degrees) * shape, axis, lever)
        return t + len(shape) / RATE

    def shape(self) -> tuple[float, Floats]:
        """Return the size [deg] and course of one kick."""
        rng = self.rng
        hold = int(rng.uniform(0.0, 200.0))
        match self.odd.kick:
            case "slow":  # dorsiflexion of the ankle alone: 15 to 25 deg/s at the most
                up = int(rng.uniform(60, 120))
                degrees = rng.uniform(17.0, 26.0) * up / RATE / 1.875
                return degrees, stroke(up, hold, int(up * rng.uniform(1.0, 1.3)))
            case "two bursts":
                up = int(rng.uniform(18, 35))
                gap = np.zeros(int(rng.uniform(10, 40)))
                one = stroke(up, hold // 3, int(up * rng.uniform(1.0, 1.6)))
                return rng.uniform(4.0, 15.0), np.concatenate([one, gap, rng.uniform(0.4, 1) * one])
            case "micro bursts":  # little strokes 0.3 s apart
                pieces = []
                for _ in range(int(rng.integers(3, 9))):
                    pieces += [rng.uniform(0.5, 1.0) * stroke(10, 0, 12), np.zeros(30)]
                return rng.uniform(2.0, 5.0), np.concatenate(pieces[:-1])
            case "triple flexion":
                up = int(rng.uniform(35, 70))
                return rng.uniform(25.0, 60.0), stroke(up, hold, int(up * rng.uniform(1.0, 2.0)))
            case "trembling":
                up = int(rng.uniform(20, 40))
                one = stroke(up, 60 + hold, 2 * up)
                shake = 0.06 * np.sin(2 * np.pi * rng.uniform(4, 7) * np.arange(len(one)) / RATE)
                return rng.uniform(5.0, 15.0), one * (1.0 + shake)
            case "half back":  # comes back by steps
                up = int(rng.uniform(20, 40))
                part = rng.uniform(0.3, 0.6)
                first = np.concatenate([smooth(up), np.ones(hold // 2)])
                second = 1.0 - part * smooth(up)
                third = (1.0 - part) * (1.0 - smooth(up))
                return rng.uniform(6.0, 18.0), np.concatenate(
                    [first, second, np.full(60, 1.0 - part), third]
                )
            case _:
                up = int(rng.uniform(20, 45))
                return rng.uniform(4.0, 18.0), stroke(up, hold, int(up * rng.uniform(1.0, 2.2)))

    def kick(self, t: float) -> float:
        """Kick with one leg or both."""
        rng = self.rng
        legs = [0, 1] if rng.random() < 0.3 else [int(rng.integers(2))]
        degrees, shape = self.shape()
        end = t
        for i, leg in enumerate(legs):
            late = rng.uniform(0.05, 0.3) if i else 0.0
            size = degrees * (rng.uniform(0.8, 1.2) if i else 1.0)
            end = max(end, self.rock(leg, t + late, size, shape, unit(rng)))
        wave = band_noise(rng, 160, 2.0, 12.0) * np.exp(-np.arange(160) / 40.0)
        self.night.shake_strip(round(t * RATE), wave, self.night.mv * degrees / rng.uniform(5, 15))
        side = "both" if len(legs) == 2 else ("left", "right")[legs[0]]
        self.night.truth.append(Truth(t, end - t, "patient", "kick", side))
        return end

    # -- what else happens

    def visit(self, t: float) -> float:
        """Sit up, sit on the edge, walk, stand, walk back, lie down."""
        rng, n = self.rng, self.night
        begin = t
        stride = rng.uniform(1.0, 1.45)
        swing = rng.uniform(20.0, 50.0)
        axes, ups = [], []
        for leg in range(2):
            down = n.lift[leg][round(t * RATE)]
            axis = np.cross(self.long[leg], down)
            axes.append(axis / np.linalg.norm(axis))
            ups.append(float(np.degrees(np.arccos(np.clip(down @ self.long[leg], -1, 1)))))
        length = int(rng.uniform(150, 300))
        for leg in range(2):
            self.rock(leg, t + leg * rng.uniform(0, 0.3), ups[leg], smooth(length), axes[leg])
        self.heave(t, 3.0)
        t += 3.5
        sits = rng.uniform(0.0, 40.0)
        t = self.shuffle(t, t + sits, axes, 6.0)
        t = self.walk(t, rng.uniform(8.0, 25.0), stride, swing, axes)
        t = self.shuffle(t + 1.0, t + rng.uniform(60.0, 240.0), axes, 18.0)
        t = self.walk(t, rng.uniform(8.0, 25.0), stride, swing, axes)
        t += rng.uniform(1.0, 4.0)
        self.heave(t, 3.0)
        for leg in range(2):
            self.rock(leg, t + 0.2 * leg, -ups[leg], smooth(length), axes[leg])
        t += 3.5
        n.truth.append(Truth(begin, t - begin, "patient", "walk", "both"))
        return t

    def shuffle(self, t: float, end: float, axes: list[Floats], every_s: float) -> float:
        """Stand or sit: sway, shift a foot now and then."""
        while t < end - 2.0:
            leg = int(self.rng.integers(2))
            up = int(self.rng.uniform(20, 50))
            size = self.rng.uniform(4.0, 22.0)
            self.rock(leg, t, size, stroke(up, 10, up), axes[leg])
            t += 2.0 + self.rng.exponential(every_s)
        return max(t, end)

    def walk(
        self, t: float, length: float, stride: float, swing: float, axes: list[Floats]
    ) -> float:
        """Walk: a fast swing, a heel strike, a slow way back, legs in turns."""
        end = t
        for leg in range(2):
            at = t + 0.5 * stride * leg
            while at < t + length:
                own = stride * self.rng.normal(1.0, 0.03)
                fast, slow = round(38 * own), round(58 * own)
                size = swing * self.rng.normal(1.0, 0.08)
                shape = np.concatenate([smooth(fast), 1.0 - smooth(slow)])
                self.rock(leg, at, size, shape, axes[leg])
                a = round((at + 0.38 * own) * RATE)
                self.night.accel[leg, a : a + 4] += self.rng.uniform(0.3, 1.5) * unit(self.rng)
                at += own
                end = max(end, at)
        return end

    def heave(self, t: float, length: float) -> None:
        """Move a trunk in bed, for the strip."""
        n = round(length * RATE)
        wave = np.sin(np.pi * np.linspace(0, 1, n)) * band_noise(self.rng, n, 0.8, 8.0)
        self.night.shake_strip(round(t * RATE), wave, 6.0 * self.night.mv)

    def partner_rolls(self, t: float) -> float:
        """Roll the partner over: strip, swaying of both legs by some degrees, small jolts."""
        rng = self.rng
        length = rng.uniform(3.0, 6.0)
        self.heave(t, length)
        n = round(length * RATE)
        sway = np.sin(np.pi * np.linspace(0, 1, n)) ** 2 * band_noise(rng, n, 0.2, 1.0)
        for leg in range(2):
            self.rock(leg, t + 0.1, rng.uniform(0.3, 1.0), sway, unit(rng))
            shake = 1e-3 * rng.uniform(3, 20) * band_noise(rng, n, 3.0, 12.0)
            a = round(t * RATE)
            self.night.accel[leg, a : a + n] += shake[:, None] * unit(rng)
        self.night.truth.append(Truth(t, length, "partner", "turn", None))
        return t + length

    def push(self, t: float) -> float:
        """Let the partner kick against one leg of the sleeper: it rolls away and rolls back."""
        rng = self.rng
        begin = t
        jolt = self.night.jolt(t, rng.uniform(3.0, 30.0), self.night.mv * rng.uniform(1.0, 6.0))
        up = int(rng.uniform(18, 45))
        shape = stroke(up, int(rng.uniform(0.0, 200.0)), int(up * rng.uniform(1.0, 2.0)))
        size, leg = rng.uniform(2.0, 9.0), int(rng.integers(2))
        a = round((t + rng.uniform(0.0, 0.15)) * RATE)
        lever = rng.uniform(0.05, 0.2)
        self.night.rock(leg, a, a + len(shape), np.radians(size) * shape, unit(rng), lever)
        end = max(t + jolt, (a + len(shape)) / RATE)
        truth = Truth(begin, end - begin, "partner", "push", ("left", "right")[leg], pushed=True)
        self.night.truth.append(truth)
        return end

    def turn_and_kick(self, t: float) -> float:
        """Turn over, then kick soon after."""
        self.night.turn(t)
        self.kick(t + 7.0 + self.rng.uniform(0.5, 4.0))
        return t + 16.0

    def slip(self, t: float) -> float:
        """Slip a strap: the sensor is turned for good."""
        leg = int(self.rng.integers(2))
        size = self.rng.uniform(8.0, 30.0)
        end = self.rock(leg, t, size, smooth(int(self.rng.uniform(15, 60))), unit(self.rng))
        self.night.truth.append(Truth(t, end - t, "patient", "posture", ("left", "right")[leg]))
        return end

    def cat(self, t: float) -> float:
        """Let an animal walk over the blanket: light steps on strip and ankles."""
        rng = self.rng
        at = t
        while at < t + 8.0:
            for leg in range(2):
                a = round(at * RATE)
                wave = np.exp(-np.arange(20) / 5.0) * np.sin(np.arange(20) / 100 * 2 * np.pi * 8)
                self.night.accel[leg, a : a + 20] += (
                    1e-3 * rng.uniform(2, 25) * wave[:, None] * unit(rng)
                )
                self.night.rate[leg, a : a + 20] += rng.uniform(0, 3) * wave[:, None] * unit(rng)
            self.night.shake_strip(round(at * RATE), wave, self.night.mv * rng.uniform(0.5, 4.0))
            at += rng.uniform(0.3, 0.6)
        self.night.truth.append(Truth(t, 8.5, "partner", "cat", None))
        return t + 9.0

    def buzz(self, t: float) -> float:
        """Let a phone buzz on the mattress: 180 Hz, seen at 100 samples a second as 20 Hz."""
        n = 150
        s = t + np.arange(n) / RATE
        wave = np.sin(2 * np.pi * 181.0 * s) * (np.mod(s, 1.0) < 0.6)
        a = round(t * RATE)
        for leg in range(2):
            size = 1e-3 * self.rng.uniform(3, 30)
            self.night.accel[leg, a : a + n] += size * wave[:, None] * unit(self.rng)
            self.night.rate[leg, a : a + n] += 1.5 * wave[:, None] * unit(self.rng)
        self.night.shake_strip(a, wave, 0.5 * self.night.mv)
        self.night.truth.append(Truth(t, 1.5, "partner", "buzz", None))
        return t + 2.0

    def machine(self, t: float) -> float:
        """Let a washing machine spin for two minutes: 5 to 15 Hz at all sensors."""
        rng = self.rng
        n = 12000
        s = np.arange(n) / RATE
        course = np.minimum(1.0, np.minimum(s, s[::-1]) / 15.0)
        wave = course * np.sin(2 * np.pi * np.cumsum(5.0 + 10.0 * course) / RATE)
        a = round(t * RATE)
        for leg in range(2):
            size = 1e-3 * rng.uniform(2, 12)
            self.night.accel[leg, a : a + n] += size * wave[:, None] * unit(rng)
            self.night.rate[leg, a : a + n] += rng.uniform(0.1, 1.0) * wave[:, None] * unit(rng)
        self.night.shake_strip(a, wave, 0.3 * self.night.mv)
        self.night.truth.append(Truth(t, 120.0, "partner", "machine", None))
        return t + 121.0

    def mains(self, t: float) -> float:
        """Let the strip hear the mains all night."""
        s = np.arange(self.night.n) / RATE
        self.night.strip += 3.0 * self.night.mv * np.sin(2 * np.pi * 49.93 * s)
        return t

    # -- the whole

    def plan(self) -> None:
        """Kicks in series with rests between; partner and oddities in the rests."""
        extras: dict[str, tuple[Callable[[float], float], int]] = {
            "visit": (self.visit, 1),
            "rolls": (self.partner_rolls, 6),
            "push": (self.push, 6),
            "turn and kick": (self.turn_and_kick, 4),
            "slip": (self.slip, 3),
            "cat": (self.cat, 4),
            "buzz": (self.buzz, 6),
            "machine": (self.machine, 1),
        }
        rng, end_s = self.rng, self.night.n / RATE - 420.0
        t = 60.0
        if self.odd.extra == "mains":
            self.mains(t)
        while t < end_s:
            for _ in range(int(rng.integers(8, 30))):
                if t > end_s:
                    break
                t = self.kick(t) + rng.uniform(11.0, 35.0)
            t += rng.uniform(20.0, 60.0)
            if self.odd.extra in extras:
                do, times = extras[self.odd.extra]
                for _ in range(times if times > 1 or rng.random() < 0.3 else 0):
                    t = do(t) + rng.uniform(8.0, 40.0)
            if self.odd.partner:
                for _ in range(int(rng.integers(1, 6))):
                    self.night.partner(t)
                    t += rng.uniform(12.0, 40.0)
        self.night.truth.sort(key=lambda m: m.onset_s)


def odd_night(odd: Odd, seed: int, hours: float) -> tuple[NDArray[np.int16], list[Truth]]:
    """Return an odd night int16[n, 13] and what truly happened."""
    hour = Hour(odd, seed, hours)
    hour.plan()
    return hour.night.samples(), hour.night.truth


ODD = {
    "slow": Odd("slow"),
    "two bursts": Odd("two bursts"),
    "micro bursts": Odd("micro bursts"),
    "triple flexion": Odd("triple flexion"),
    "trembling": Odd("trembling"),
    "half back": Odd("half back"),
    "visit": Odd(extra="visit"),
    "visit alone": Odd(extra="visit", partner=False),
    "partner rolls": Odd(extra="rolls"),
    "partner pushes": Odd(extra="push"),
    "turn and kick": Odd(extra="turn and kick"),
    "strap slips": Odd(extra="slip"),
    "cat": Odd(extra="cat"),
    "phone": Odd(extra="buzz"),
    "washing machine": Odd(extra="machine"),
    "mains": Odd(extra="mains"),
}
"""Named oddities."""
