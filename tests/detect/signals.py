"""Hand-made signals: what a leg, a bed and a sensor do, written down sample by sample."""

from __future__ import annotations

import numpy as np

from detect.detector import Detector
from drivers.channels import MISSING, NightScale

SCALE = NightScale()
GAINS = np.array(SCALE.gains())
OFFSETS = np.array(SCALE.offsets())


class Hand:
    """Some minutes of two still legs, to which movements are added by hand."""

    def __init__(self, seconds=120.0, seed=1, noise_mg=2.0, noise_dps=0.1, bias=(1.5, -2.0, 0.7)):
        self.rng = np.random.default_rng(seed)
        self.n = int(seconds * 100)
        self.t = np.arange(self.n) / 100
        self.noise_mg, self.noise_dps = noise_mg, noise_dps
        self.angle = np.zeros((2, self.n))  # [rad] about the sensor's z axis, which is level
        self.heading = np.zeros((2, self.n))  # [rad] about the vertical
        self.extra = np.zeros((self.n, 13))
        self.bias = np.array(bias)
        self.lost: list[tuple[slice, slice]] = []

    def stroke(self, leg, at, deg, rise):
        """Tilt a leg by `deg` within `rise` seconds (minimum jerk); it stays there."""
        self.angle[leg] += np.radians(deg) * self.rising(at, rise)
        return self

    def swing(self, leg, at, deg, rise):
        """Turn a leg about the vertical, as `stroke` tilts it."""
        self.heading[leg] += np.radians(deg) * self.rising(at, rise)
        return self

    def rising(self, at, rise):
        u = np.clip((self.t - at) / rise, 0, 1)
        return 10 * u**3 - 15 * u**4 + 6 * u**5

    def kick(self, leg, at, deg=8.0, rise=0.4, hold=0.8, fall=0.6):
        """Flex, hold still, return; lasts rise + hold + fall."""
        return self.stroke(leg, at, deg, rise).stroke(leg, at + rise + hold, -deg, fall)

    def jolt(self, at, mg=20.0, mv=200.0, hz=7.0, tau=0.3, legs=(0, 1), dps=0.5):
        """Shake legs and strip alike by a decaying tone."""
        s = self.t - at
        wave = np.where(s >= 0, np.exp(-np.maximum(s, 0) / tau) * np.sin(2 * np.pi * hz * s), 0.0)
        for leg in legs:
            self.extra[:, 6 * leg + 1] += 1e-3 * mg * wave
            self.extra[:, 6 * leg + 4] += dps * wave
        self.extra[:, 12] += mv * wave
        return self

    def shake(self, start, end, mg=60.0, mv=300.0, hz=6.0, dps=15.0):
        """Shake both ankles alike, and the strip, from `start` to `end`, to and fro."""
        wave = np.where((self.t >= start) & (self.t < end), np.sin(2 * np.pi * hz * self.t), 0.0)
        for leg in (0, 1):
            self.extra[:, 6 * leg + 1] += 1e-3 * mg * wave
            self.extra[:, 6 * leg + 4] += dps * wave
        self.extra[:, 12] += mv * wave
        return self

    def lose(self, device, start, end):
        columns = {"left": slice(0, 6), "right": slice(6, 12), "strip": slice(12, 13)}[device]
        self.lost.append((slice(int(start * 100), int(end * 100)), columns))
        return self

    def samples(self):
        """Return the counts, int16[n, 13]."""
        x = self.extra.copy()
        for leg in range(2):
            c = 6 * leg
            x[:, c] += np.cos(self.angle[leg])
            x[:, c + 1] += np.sin(self.angle[leg])
            x[:, c + 5] += np.degrees(np.gradient(self.angle[leg], 0.01))
            swing_dps = np.degrees(np.gradient(self.heading[leg], 0.01))
            x[:, c + 3] += swing_dps * np.cos(self.angle[leg])
            x[:, c + 4] += swing_dps * np.sin(self.angle[leg])
            x[:, c : c + 3] += self.rng.normal(0, 1e-3 * self.noise_mg, (self.n, 3))
            x[:, c + 3 : c + 6] += self.bias + self.rng.normal(0, self.noise_dps, (self.n, 3))
        beat = np.exp(-(((np.mod(self.t, 0.95) - 0.2) / 0.05) ** 2))
        x[:, 12] += 80 * np.sin(2 * np.pi * 0.25 * self.t) + 4 * beat
        x[:, 12] += self.rng.normal(0, 1.0, self.n)
        counts = np.clip(np.rint((x - OFFSETS) / GAINS), -32767, 32767).astype(np.int16)
        for rows, columns in self.lost:
            counts[rows, columns] = MISSING
        return counts


def run(samples, **kwargs):
    """Return all movements of a stretch."""
    detector = Detector(GAINS, OFFSETS, **kwargs)
    return detector.feed(0, samples) + detector.finish()


def legs(movements):
    """Return the leg movements that are counted for the patient."""
    return [m for m in movements if m.kind == "leg" and m.owner in ("patient", "both")]
