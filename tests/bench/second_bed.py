"""A second, independent simulator: other physics, so that no detector can be fitted to one.

It shares nothing with `drivers/simulated/bed` but the 13 channels. Three worlds:

* `rigid`: a shank turns about an axis in any direction with raised-cosine strokes, holds perfectly
  still and returns, not always all the way;
* `burst`: a kick is a burst of band-limited noise in both sensors with no net tilt;
* `pulse`: a kick is two pulses of rate (and the accelerations of a lever), with the angle that
  follows from them; jolts are decaying tones.

In all of them the partner reaches the ankles as the same decaying oscillation in both, with little
rotation, and the strip much harder; the strip's scale, breath, heart, the noise of all sensors,
gyro bias and drift, and gravity's direction are drawn per night.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from drivers.channels import MISSING, NightScale

Floats = NDArray[np.float64]
RATE = 100


@dataclass(frozen=True, slots=True)
class Truth:
    """One true movement of either sleeper."""

    onset_s: float
    duration_s: float
    who: str
    kind: str
    side: str | None
    visible: bool = True
    pushed: bool = False
    seen_side: str | None = None
    """The legs whose movement was large enough to be seen, where that differs."""

    @property
    def end_s(self) -> float:
        return self.onset_s + self.duration_s


@dataclass(frozen=True, slots=True)
class Dials:
    """One kind of night in one of the worlds."""

    world: str
    kick_imi_s: float = 25.0
    kick_dps: tuple[float, float] = (25.0, 200.0)
    partner_per_h: float = 30.0
    partner_plms: bool = False
    jolt_mg: tuple[float, float] = (3.0, 60.0)
    jolt_dps: float = 2.0
    turns_per_h: float = 2.0
    noise_mg: tuple[float, float] = (1.0, 10.0)
    strip: bool = True
    pushes: float = 0.0


def band_noise(rng: np.random.Generator, n: int, low: float, high: float) -> Floats:
    """Return noise of one standard deviation between two frequencies."""
    spectrum = np.fft.rfft(rng.normal(size=n))
    f = np.fft.rfftfreq(n, 1.0 / RATE)
    spectrum[(f < low) | (f > high)] = 0.0
    out = np.fft.irfft(spectrum, n)
    return out / max(out.std(), 1e-12)


def unit(rng: np.random.Generator) -> Floats:
    v = rng.normal(size=3)
    return v / np.linalg.norm(v)


def turned(v: Floats, axis: Floats, angle: Floats) -> Floats:
    """Turn vectors by angles [rad] about a fixed axis (Rodrigues), float64[n, 3]."""
    c, s = np.cos(angle)[:, None], np.sin(angle)[:, None]
    return v * c + np.cross(axis, v) * s + axis * (axis @ v) * (1.0 - c)


class Night:
    """A night in the making: physical signals and what truly happened."""

    def __init__(self, dials: Dials, seed: int, hours: float) -> None:
        self.d = dials
        self.rng = rng = np.random.default_rng([seed, 77])
        self.n = int(hours * 3600 * RATE)
        self.accel = np.zeros((2, self.n, 3))
        self.rate = np.zeros((2, self.n, 3))
        self.strip = np.zeros(self.n)
        self.gravity = [unit(rng), unit(rng)]
        self.lift = [np.tile(g, (self.n, 1)) for g in self.gravity]
        self.truth: list[Truth] = []
        self.mv = 10.0 ** rng.uniform(-0.5, 1.5)
        self.ring_hz = rng.uniform(4.0, 14.0)
        self.ring_s = rng.uniform(0.08, 0.35)
        self.lag = int(rng.integers(-4, 5))

    # -- building blocks

    def span(self, t: float, length: float) -> tuple[int, int]:
        a = round(t * RATE)
        return a, min(self.n, a + max(1, round(length * RATE)))

    def shake_strip(self, a: int, wave: Floats, mv: float) -> None:
        a = max(0, a + self.lag)
        m = min(len(wave), self.n - a)
        self.strip[a : a + m] += mv * wave[:m]

    def jolt(self, t: float, mg: float, strip_mv: float) -> float:
        """Shake both ankles alike by a decaying tone; return how long it lasts."""
        rng = self.rng
        tau = self.ring_s * rng.uniform(0.7, 1.4)
        length = 5.0 * tau
        a, b = self.span(t, length)
        s = np.arange(b - a) / RATE
        wave = np.exp(-s / tau) * np.sin(2 * np.pi * self.ring_hz * rng.uniform(0.9, 1.1) * s)
        axes = [unit(rng), unit(rng)]
        for leg in range(2):
            share = rng.uniform(0.7, 1.3)
            self.accel[leg, a:b] += 1e-3 * mg * share * wave[:, None] * axes[leg]
            spin = self.d.jolt_dps * rng.uniform(0.0, 1.0) * mg / 60.0
            self.rate[leg, a:b] += spin * wave[:, None] * unit(rng)
        self.shake_strip(a, wave, strip_mv)
        return length

    def rock(self, leg: int, a: int, b: int, angle: Floats, axis: Floats, lever: float) -> None:
        """Turn a leg through `angle` [rad] over samples a..b, leaving it where it ends."""
        rate = np.gradient(angle, 1.0 / RATE)
        now = self.lift[leg][a].copy()
        self.lift[leg][a:b] = turned(now, axis, -angle)
        self.lift[leg][b:] = self.lift[leg][b - 1]
        self.rate[leg, a:b] += np.degrees(rate)[:, None] * axis
        push = lever * np.gradient(rate, 1.0 / RATE) / 9.81
        side = np.cross(axis, unit(self.rng))
        self.accel[leg, a:b] += push[:, None] * side / max(np.linalg.norm(side), 0.3)

    # -- movements

    def kick(self, t: float, legs: list[int], shake: bool = True) -> None:
        rng, d = self.rng, self.d
        dps = float(np.exp(rng.uniform(*np.log(d.kick_dps))))
        length = float(np.clip(2.2 * rng.lognormal(0.0, 0.5), 0.6, 9.5))
        end = t
        for i, leg in enumerate(legs):
            start = t + (rng.uniform(0.0, 0.3) if i else 0.0)
            own = length * (rng.uniform(0.8, 1.1) if i else 1.0)
            a, b = self.span(start, own)
            if b - a < 40:
                return
            {"rigid": self._rigid, "burst": self._burst, "pulse": self._pulse}[d.world](
                leg, a, b, dps * rng.uniform(0.7, 1.2)
            )
            end = max(end, b / RATE)
        if shake:
            a = round(t * RATE)
            wave = band_noise(rng, 160, 2.0, 12.0) * np.exp(-np.arange(160) / 40.0)
            self.shake_strip(a, wave, self.mv * rng.uniform(0.3, 1.0) * dps / 40.0)
        side = "both" if len(legs) == 2 else ("left", "right")[legs[0]]
        self.truth.append(Truth(t, end - t, "patient", "kick", side))

    def _rigid(self, leg: int, a: int, b: int, dps: float) -> None:
        rng = self.rng
        rise = min(rng.uniform(0.25, 0.5), 0.45 * (b - a) / RATE)
        fall = min(rise * rng.uniform(1.0, 2.0), (b - a) / RATE - rise)
        top = np.radians(dps) * rise * 2.0 / np.pi
        s = np.arange(b - a) / RATE
        up = 0.5 - 0.5 * np.cos(np.pi * np.clip(s / rise, 0.0, 1.0))
        left = rng.choice((0.0, 0.0, rng.uniform(0.0, 0.15)))
        back = (s - ((b - a) / RATE - fall)) / fall
        down = (1.0 - left) * (0.5 - 0.5 * np.cos(np.pi * np.clip(back, 0.0, 1.0)))
        self.rock(leg, a, b, top * (up - down), unit(rng), rng.uniform(0.1, 0.35))

    def _burst(self, leg: int, a: int, b: int, dps: float) -> None:
        rng = self.rng
        n = b - a
        window = np.minimum(1.0, np.minimum(np.arange(n), np.arange(n)[::-1]) / 8.0)
        for axis in range(3):
            noise = window * band_noise(rng, n, 1.0, 8.0)
            self.rate[leg, a:b, axis] += dps / 2.5 * noise
            self.accel[leg, a:b, axis] += 5e-3 * dps / 2.5 * window * band_noise(rng, n, 1.0, 10.0)

    def _pulse(self, leg: int, a: int, b: int, dps: float) -> None:
        rng = self.rng
        n = b - a
        first = min(n // 2, int(rng.integers(20, 50)))
        rate = np.zeros(n)
        rate[:first] = dps * np.sin(np.pi * np.arange(first) / first)
        rate[n - first :] -= dps * np.sin(np.pi * np.arange(first) / first)
        angle = np.radians(np.cumsum(rate) / RATE)
        self.rock(leg, a, b, angle, unit(rng), rng.uniform(0.1, 0.3))

    def partner(self, t: float, push: bool = True) -> None:
        """Move the partner: one to six jolts within some seconds."""
        rng = self.rng
        mg = float(np.exp(rng.uniform(*np.log(self.d.jolt_mg))))
        mv = self.mv * rng.uniform(1.5, 8.0)
        end = t
        at = t
        for _ in range(int(rng.integers(1, 7)) if not self.d.partner_plms else 2):
            share = rng.uniform(0.4, 1.0)
            end = max(end, at + self.jolt(at, mg * share, mv * share))
            at += rng.uniform(0.1, 0.6)
        pushed = push and rng.random() < self.d.pushes
        pushed = pushed and all(t - k.end_s > 1.0 for k in self.truth[-6:])
        if pushed:
            a, b = self.span(t + 0.05, rng.uniform(0.8, 2.0))
            s = np.linspace(0.0, 1.0, b - a)
            top = np.radians(rng.uniform(1.0, 4.0))
            for leg in range(2):
                self.rock(leg, a, b, top * np.sin(np.pi * s) ** 2, unit(rng), 0.05)
        self.truth.append(Truth(t, end - t, "partner", "bed", None, pushed=pushed))

    def turn(self, t: float) -> None:
        rng = self.rng
        length = rng.uniform(2.5, 6.0)
        a, b = self.span(t, length)
        if b - a < 200:
            return
        s = np.linspace(0.0, 1.0, b - a)
        for leg in range(2):
            top = np.radians(rng.uniform(40.0, 100.0))
            self.rock(leg, a, b, top * (s * s * (3.0 - 2.0 * s)), unit(rng), 0.1)
            self.accel[leg, a:b] += (
                0.03
                * np.sin(np.pi * s)[:, None]
                * np.stack([band_noise(rng, b - a, 0.5, 5.0) for _ in range(3)], 1)
            )
        wave = np.sin(np.pi * s) * band_noise(rng, b - a, 1.0, 10.0)
        self.shake_strip(a, wave, self.mv * 5.0)
        self.truth.append(Truth(t, (b - a) / RATE, "patient", "turn", "both"))

    # -- the whole

    def plan(self) -> None:
        rng, d = self.rng, self.d
        hours = self.n / RATE / 3600.0
        busy: list[tuple[float, float]] = []
        todo: list = []  # moves in any order: legs must be turned in the order of time

        def free(t: float, length: float, gap: float) -> bool:
            return all(t > e + gap or t + length < s - gap for s, e in busy)

        for _ in range(rng.poisson(d.turns_per_h * hours)):
            t = rng.uniform(60.0, self.n / RATE - 30.0)
            if free(t, 7.0, 15.0):
                busy.append((t, t + 7.0))
                todo.append((t, self.turn, ()))
        t = 40.0
        while t < self.n / RATE - 20.0:
            if free(t, 10.0, 3.0):
                pick = rng.random()
                legs = [0, 1] if pick < 0.35 else [int(rng.integers(2))]
                todo.append((t, self.kick, (legs,)))
                if rng.random() < 0.05:
                    late = t + rng.uniform(0.6, 2.0)
                    todo.append((late, self.partner, (False,)))
            step = float(np.clip(d.kick_imi_s * rng.lognormal(0.0, 0.35), 5.0, 85.0))
            t += max(step, 11.0) + (rng.uniform(100.0, 400.0) if rng.random() < 0.05 else 0.0)
        if d.partner_plms:
            starts = np.arange(50.0, self.n / RATE - 20.0, d.kick_imi_s * 1.07)
        else:
            starts = np.sort(
                rng.uniform(40, self.n / RATE - 20, rng.poisson(d.partner_per_h * hours))
            )
        todo.extend((float(t), self.partner, ()) for t in starts if free(float(t), 4.0, 2.0))
        for at, move, more in sorted(todo, key=lambda m: m[0]):
            move(at, *more)
        self.truth.sort(key=lambda m: m.onset_s)

    def samples(self) -> NDArray[np.int16]:
        """Add noise, bias, breath and heart; quantise."""
        rng, d = self.rng, self.d
        x = np.empty((self.n, 13))
        t = np.arange(self.n) / RATE
        for leg in range(2):
            c = 6 * leg
            mg = float(np.exp(rng.uniform(*np.log(d.noise_mg))))
            x[:, c : c + 3] = self.lift[leg] + self.accel[leg]
            x[:, c : c + 3] += rng.normal(0.0, 1e-3 * mg, (self.n, 3))
            bias = rng.uniform(-4.0, 4.0, 3) + rng.uniform(-1.0, 1.0, 3) * np.sin(
                2 * np.pi * t[:, None] / rng.uniform(2000.0, 9000.0)
            )
            x[:, c + 3 : c + 6] = self.rate[leg] + bias
            x[:, c + 3 : c + 6] += rng.normal(0.0, rng.uniform(0.03, 0.3), (self.n, 3))
        breath = self.mv * rng.uniform(0.2, 10.0) * np.sin(2 * np.pi * rng.uniform(0.2, 0.33) * t)
        beat = rng.uniform(0.7, 1.1)
        phase = np.mod(t, beat)
        heart = np.exp(-(((phase - 0.15) / 0.05) ** 2)) * np.sin(2 * np.pi * 6.0 * phase)
        x[:, 12] = self.strip + breath + self.mv * rng.uniform(0.02, 0.15) * heart
        x[:, 12] += rng.normal(0.0, self.mv * rng.uniform(0.01, 0.05), self.n)
        scale = NightScale()
        counts = np.rint((x - np.array(scale.offsets())) / np.array(scale.gains()))
        out = np.clip(counts, -32767, 32767).astype(np.int16)
        if not d.strip:
            out[:, 12] = MISSING
        return out


def second_night(dials: Dials, seed: int, hours: float) -> tuple[NDArray[np.int16], list[Truth]]:
    """Return a night int16[n, 13] of the second simulator and what truly happened."""
    night = Night(dials, seed, hours)
    night.plan()
    return night.samples(), night.truth


WORLDS = {
    "rigid": Dials("rigid"),
    "burst": Dials("burst"),
    "pulse": Dials("pulse"),
    "rigid soft": Dials("rigid", kick_dps=(15.0, 30.0)),
    "burst soft": Dials("burst", kick_dps=(18.0, 35.0)),
    "rigid partner plms": Dials("rigid", partner_plms=True),
    "burst no strip": Dials("burst", strip=False),
    "rigid no strip": Dials("rigid", strip=False),
    "pulse restless partner": Dials("pulse", partner_per_h=90.0),
    "rigid pushes": Dials("rigid", pushes=0.3),
    "pulse strong jolts": replace(Dials("pulse"), jolt_mg=(30.0, 150.0), jolt_dps=6.0),
}
"""Named nights of the second simulator."""
