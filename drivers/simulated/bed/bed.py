"""The bed: two sleepers, planned as far as asked, rendered minute by minute."""

from __future__ import annotations

from collections import OrderedDict
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from drivers.channels import COLUMNS, TICKS_PER_S
from drivers.simulated.bed.elements import LEFT, RIGHT
from drivers.simulated.bed.mattress import RATE_HZ, Bedframe, Strap
from drivers.simulated.bed.render import render
from drivers.simulated.bed.sensors import AnkleModel, NoisePool, StripModel
from drivers.simulated.bed.story import SEGMENT_S, Story

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from drivers.simulated.bed.scenarios import Scenario
    from drivers.simulated.bed.truth import TrueMovement

    Floats = NDArray[np.float64]

SEGMENT = SEGMENT_S * RATE_HZ
PAD = 10 * RATE_HZ
"""Steps rendered before a segment: the memory of mattress and strap."""
KEPT_SEGMENTS = 8
EDGE = 1e-6
"""Grid steps by which a time may miss its grid point through rounding."""
NOISE_HZ = 125
WIDTHS = {device: len(columns) for device, columns in COLUMNS.items()}


class Source:
    """One sensor's view of the bed: what a simulated chip samples."""

    def __init__(self, bed: Bed, device: str) -> None:
        self._bed = bed
        self._device = device

    def sample(self, t_s: Floats) -> Floats:
        """Return the sensor's physical input at the given times.

        Parameters
        ----------
        t_s : float64[n]
            Seconds since the simulation began, not negative, non-decreasing.

        Returns
        -------
        float64[n, k]
            Ankles: three axes in g, three in deg/s (k = 6); strip: mV (k = 1). Noise, bias and
            everything else that is wrong with the sensor included; not quantised.
        """
        return self._bed.sample(self._device, t_s)


class Bed:
    """Two sleepers in a bed, with two ankle sensors and a strip.

    Parameters
    ----------
    scenario : Scenario
        The dials of the night.
    seed : int
        The same seed gives the same night, however it is asked for.
    """

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario = scenario
        self.seed = seed
        self.left, self.right = Source(self, "left"), Source(self, "right")
        self.strip = Source(self, "strip")
        self._segments: OrderedDict[int, dict[str, tuple[Floats, NDArray[np.float32]]]] = (
            OrderedDict()
        )
        corner = scenario.strip.highpass_hz
        self._frame = Bedframe(scenario.mattress, corner)
        dials = (scenario.left, scenario.right)
        self._straps = [
            Strap(d.loose_hz, d.loose_damping) if d.loose_hz > 0.0 else None for d in dials
        ]
        self._pool = NoisePool(seed)
        self._ankles = [
            AnkleModel(d, np.random.default_rng((seed, 3, i))) for i, d in enumerate(dials)
        ]
        self._strip_model = StripModel(scenario, np.random.default_rng((seed, 4)))
        self._late_s = {
            "left": scenario.left.late_ms / 1000.0, "right": scenario.right.late_ms / 1000.0,
            "strip": 0.0,
        }  # fmt: skip
        self._story = Story(scenario, seed, self._frame)

    # ------------------------------------------------------------------ the truth
    @property
    def truth(self) -> tuple[TrueMovement, ...]:
        """Everything planned so far, in order of onset."""
        return tuple(self._story.truth)

    @property
    def truth_until_s(self) -> float:
        """Up to when the truth is complete."""
        return self._story.planner.horizon_s

    @property
    def truth_in_bed(self) -> tuple[tuple[float, float], ...]:
        """Intervals planned so far in which the patient is in bed; the last one is still open."""
        edges = [0.0]
        for start, end in self._story.planner.out_of_bed:
            edges += [start, end]
        edges.append(max(self._story.planner.horizon_s, edges[-1]))
        return tuple(zip(edges[::2], edges[1::2], strict=True))

    def plan_until(self, t_s: float) -> None:
        """Plan so that the truth is complete up to a time."""
        self._story.planner.plan_until(t_s)

    def force_series(self, at_s: float, length_s: float = 600.0) -> None:
        """Have a PLM series of the patient run from a time that is not planned yet.

        Raises
        ------
        ValueError
            If that time is planned already.
        """
        self._story.planner.force_series(at_s, length_s)

    # ------------------------------------------------------------------ the signals
    def sample(self, device: str, t_s: Floats) -> Floats:
        """Return what a device feels at the given times; see `Source.sample`."""
        if len(t_s) == 0:
            return np.empty((0, WIDTHS[device]))
        if self._late_s[device] != 0.0:
            t_s = np.maximum(t_s - self._late_s[device], 0.0)
        grid = np.asarray(t_s, dtype=np.float64) * RATE_HZ
        segment = ((grid + EDGE) / SEGMENT).astype(np.int64)
        first, last = int(segment[0]), int(segment[-1])
        if first == last:
            values = self._interpolate(device, first, grid)
        else:
            cuts = np.searchsorted(segment, np.arange(first, last + 2))
            values = np.concatenate(
                [
                    self._interpolate(device, first + i, grid[a:b])
                    for i, (a, b) in enumerate(pairwise(cuts))
                ]
            )
        return self._finish(device, t_s, values)

    def _interpolate(self, device: str, segment: int, grid: Floats) -> Floats:
        smooth, noise = self._segment(segment)[device]
        local = grid - segment * SEGMENT
        step = (local + EDGE).astype(np.int64)
        low = smooth[step]
        values = smooth[step + 1]
        values -= low
        values *= (local - step)[:, None]
        values += low
        values += noise[_noise_cell(local)]
        return values

    def _finish(self, device: str, t_s: Floats, values: Floats) -> Floats:
        if device == "strip":
            return self._strip_model.finish(t_s, values)
        model = self._ankles[LEFT if device == "left" else RIGHT]
        for start, end in model.dials.stuck_s:
            stuck = (t_s >= start) & (t_s < end)
            if stuck.any():
                held = self._interpolate(
                    device, int(start // SEGMENT_S), np.array([start * RATE_HZ])
                )
                values[stuck] = held
        return model.limit(values)

    def on_grid(self, device: str, first_tick: int, n: int) -> Floats:
        """Return the same as `sample` at the ticks of the 100 Hz grid, float64[n, k]."""
        if n == 0 or self._late_s[device] != 0.0:
            return self.sample(device, np.arange(first_tick, first_tick + n) / TICKS_PER_S)
        parts = []
        tick, end = first_tick, first_tick + n
        stride = RATE_HZ // TICKS_PER_S
        while tick < end:
            index = tick * stride // SEGMENT
            smooth, noise = self._segment(index)[device]
            local = np.arange(tick * stride - index * SEGMENT, SEGMENT, stride)[: end - tick]
            values = smooth[local[0] : local[-1] + 1 : stride] + noise[_noise_cell(local)]
            parts.append(values)
            tick += local.size
        times = np.arange(first_tick, end) / TICKS_PER_S
        return self._finish(device, times, np.concatenate(parts))

    def _segment(self, index: int) -> dict[str, tuple[Floats, NDArray[np.float32]]]:
        found = self._segments.get(index)
        if found is None:
            found = self._render_segment(index)
            self._segments[index] = found
            if len(self._segments) > KEPT_SEGMENTS:
                self._segments.popitem(last=False)
        return found

    def _render_segment(self, index: int) -> dict[str, tuple[Floats, NDArray[np.float32]]]:
        start = index * SEGMENT
        self._story.planner.plan_until((start + SEGMENT + RATE_HZ) / RATE_HZ)
        t = (start - PAD + np.arange(PAD + SEGMENT + 1)) / RATE_HZ
        elements = self._story.elements(index)
        in_bed = self._story.in_bed(t)
        base = self._story.base_rad(float(t[0]))
        world = render(self._frame, self._straps, t, elements, base, in_bed)
        t, in_bed = t[PAD:], in_bed[PAD:]
        result = {}
        n = SEGMENT * NOISE_HZ // RATE_HZ
        at = PAD + np.arange(n) * RATE_HZ // NOISE_HZ
        for leg, device in ((LEFT, "left"), (RIGHT, "right")):
            accel, rate = world.accel_g[leg], world.rate_dps[leg]
            model = self._ankles[leg]
            key = 8 * index + 2 * leg
            if world.moved[leg]:
                noise = model.noise(self._pool, key, n, rate[:, at])
                smooth = model.smooth(t, accel[:, PAD:], rate[:, PAD:])
            else:
                noise = model.noise(self._pool, key, n, rate[:, :1])
                smooth = model.smooth(t, accel[:, :1], rate[:, :1])
            result[device] = (smooth, noise)
        smooth = self._strip_model.smooth(t, world.strip_mv[PAD:], in_bed)
        result["strip"] = (smooth, self._strip_model.noise(self._pool, 8 * index + 4, n))
        return result


def _noise_cell(local: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Return which noise number belongs to each grid position of a segment."""
    return ((local + EDGE) * (NOISE_HZ / RATE_HZ)).astype(np.int64)
