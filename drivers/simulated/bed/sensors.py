"""What the sensors add to the truth: mount, scale, bias, noise, rattle; heart, breath and mains.

All noise is a function of time alone (one number for each 8 ms), so that a signal does not depend
on how its samples are asked for, and is white for every sampling rate below 125 Hz.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from drivers.simulated.bed.scenarios import AnkleSensor, Scenario, Sleeper, StripSensor

    Floats = NDArray[np.float64]


SLOW = 10
"""Grid steps between the points at which breath and heart rate are computed."""


def _rotation(rng: np.random.Generator) -> Floats:
    """Return a rotation matrix drawn evenly from all of them (QR of a Gaussian matrix)."""
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    if np.linalg.det(q) < 0.0:
        q[:, 0] = -q[:, 0]
    return np.asarray(q)


class NoisePool:
    """A store of normal numbers, read from a place that depends on a key alone.

    Drawing every number of a night afresh would cost more than all the physics. Two segments share
    a stretch of the pool now and then, at different offsets; no detector can know that.
    """

    SIZE = 1 << 20

    def __init__(self, seed: int) -> None:
        self._seed = seed
        rng = np.random.default_rng((seed, 6))
        self._numbers = rng.standard_normal(self.SIZE, dtype=np.float32)

    def draw(self, key: int, n: int) -> NDArray[np.float32]:
        """Return float32[n] of standard normal numbers; n up to half the pool."""
        at = int(np.random.SFC64((self._seed, 7, key)).random_raw() % (self.SIZE - n))
        numbers: NDArray[np.float32] = self._numbers[at : at + n]
        return np.asarray(numbers)


class AnkleModel:
    """One ankle sensor: how it is mounted and what is wrong with it."""

    def __init__(self, dials: AnkleSensor, rng: np.random.Generator) -> None:
        self.dials = dials
        self.mount = _rotation(rng)
        scale = 1.0 + dials.scale_error * rng.normal(size=(3, 1))
        self._matrix = np.zeros((6, 6))
        self._matrix[:3, :3] = (scale * self.mount).T
        self._matrix[3:, 3:] = self.mount.T
        self._offset_g = 0.001 * dials.offset_mg * rng.normal(size=3)
        self._bias_dps = dials.gyro_bias_dps * rng.normal(size=3)
        self._drift_phase = rng.uniform(0.0, 2.0 * np.pi, size=3)
        self._drift_hz = rng.uniform(1.0, 3.0, size=3) / 28800.0
        self._noise_size = np.repeat((0.001 * dials.noise_mg, dials.noise_dps), 3).astype("f4")

    def smooth(self, t_s: Floats, accel_g: Floats, rate_dps: Floats) -> Floats:
        """Return the noiseless reading, float64[n, 6], of a leg's float64[3, n or 1] motion.

        The drift's period is hours: within a segment a straight line.
        """
        ends = t_s[[0, -1], None]
        phase = 2.0 * np.pi * self._drift_hz * ends + self._drift_phase
        level = np.zeros((2, 6))
        level[:, :3] = self._offset_g
        level[:, 3:] = self._bias_dps + self.dials.gyro_drift_dps * np.sin(phase)
        share = (t_s - t_s[0]) / (t_s[-1] - t_s[0])
        out = np.stack((1.0 - share, share), axis=1) @ level
        out += np.concatenate((accel_g, rate_dps)).T @ self._matrix
        return out

    def noise(self, pool: NoisePool, key: int, n: int, rate_dps: Floats) -> NDArray[np.float32]:
        """Return float32[n, 6] of noise, with the rattle of a loose strap while the leg turns.

        `rate_dps` (float64[3, n or 1]) is the leg's angular rate at the same instants.
        """
        noise: NDArray[np.float32] = pool.draw(key, n * 6).reshape(n, 6) * self._noise_size
        if self.dials.rattle_mg > 0.0 and rate_dps.shape[1] == n:
            speed = np.sqrt((rate_dps**2).sum(axis=0)) / 100.0
            size = 0.001 * self.dials.rattle_mg * np.minimum(speed, 3.0)
            noise[:, :3] += pool.draw(key + 1, n * 3).reshape(n, 3) * size[:, None]
        return noise

    def limit(self, values: Floats) -> Floats:
        """Clip float64[n, 6] to the sensor's ranges."""
        a, g = self.dials.accel_range_g, self.dials.gyro_range_dps
        np.clip(values[:, :3], -a, a, out=values[:, :3])
        np.clip(values[:, 3:], -g, g, out=values[:, 3:])
        return values


class _Body:
    """Heart and breath of one sleeper: closed forms of time."""

    def __init__(self, sleeper: Sleeper, dials: StripSensor, size: float,
                 rng: np.random.Generator) -> None:  # fmt: skip
        self._heart_hz = sleeper.heart_per_min / 60.0 * rng.lognormal(0.0, 0.05)
        self._breath_hz = sleeper.breath_per_min / 60.0 * rng.lognormal(0.0, 0.05)
        self._phase = rng.uniform(0.0, 2.0 * np.pi, size=4)
        self._heart_mv = size * dials.heart_mv
        self._breath_mv = size * dials.breath_mv
        beat = np.linspace(0.0, 1.0, 257)
        wave = np.exp(-(((beat - 0.3) / 0.11) ** 2)) * np.cos(2.0 * np.pi * 5.0 * (beat - 0.3))
        wave += (
            0.5 * np.exp(-(((beat - 0.6) / 0.1) ** 2)) * np.cos(2.0 * np.pi * 4.0 * (beat - 0.6))
        )
        self._beat, self._wave = beat, wave - np.linspace(wave[0], wave[-1], beat.size)

    def signal_mv(self, grid_s: Floats) -> Floats:
        """Return heart and breath at the strip, float64[n] mV; slow parts from every tenth step."""
        p = self._phase
        t_s = grid_s[::SLOW]
        breath = 2.0 * np.pi * self._breath_hz * t_s + p[0]
        breath += 1.5 * np.sin(2.0 * np.pi * t_s / 97.0 + p[1])
        heart = self._heart_hz * t_s + 0.6 * np.sin(2.0 * np.pi * t_s / 240.0 + p[2])
        heart += 0.08 * np.sin(breath)
        swell = 1.0 + 0.15 * np.sin(2.0 * np.pi * t_s / 31.0 + p[3])
        breath_mv = self._breath_mv * swell * (np.sin(breath) + 0.3 * np.sin(2.0 * breath))
        phase = np.interp(grid_s, t_s, heart)
        beats = np.interp(phase - np.floor(phase), self._beat, self._wave)
        return np.asarray(np.interp(grid_s, t_s, breath_mv) + self._heart_mv * beats)


class StripModel:
    """The strip, its amplifier, and the hearts and breaths that it feels all night."""

    def __init__(self, scenario: Scenario, rng: np.random.Generator) -> None:
        self.dials = scenario.strip
        self._patient = _Body(scenario.patient, self.dials, 1.0, rng)
        share = self.dials.partner_share
        other = scenario.partner
        self._partner = _Body(other, self.dials, share, rng) if other else None
        self._mains_phase = rng.uniform(0.0, 2.0 * np.pi)

    def smooth(self, t_s: Floats, movers_mv: Floats, in_bed: Floats) -> Floats:
        """Return the noiseless output, float64[n, 1] mV; `in_bed` is 1 where the patient is."""
        if self.dials.stuck != "no":
            level = 0.0 if self.dials.stuck == "mid" else self.dials.rail_mv
            return np.full((t_s.size, 1), level)
        total = movers_mv + in_bed * self._patient.signal_mv(t_s)
        if self._partner is not None:
            total += self._partner.signal_mv(t_s)
        return total[:, None]

    def finish(self, t_s: Floats, values: Floats) -> Floats:
        """Add mains at the true sampling instants (it would alias on the grid), and clip."""
        dials = self.dials
        if dials.mains_mv > 0.0 and dials.stuck == "no":
            phase = 2.0 * np.pi * dials.mains_hz * t_s + self._mains_phase
            values[:, 0] += dials.mains_mv * np.sin(phase)
        np.clip(values, -dials.rail_mv, dials.rail_mv, out=values)
        return values

    def noise(self, pool: NoisePool, key: int, n: int) -> NDArray[np.float32]:
        """Return float32[n, 1] of noise; a dead strip has a tenth of it."""
        size = self.dials.noise_mv * (1.0 if self.dials.stuck == "no" else 0.1)
        return pool.draw(key, n)[:, None] * np.float32(size)
