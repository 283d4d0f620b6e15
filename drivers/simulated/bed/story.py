"""The story of a night: what is planned, filed by minutes, with the truth about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drivers.simulated.bed.elements import LEFT, RIGHT, Element, Flexion
from drivers.simulated.bed.mattress import RATE_HZ, Bedframe
from drivers.simulated.bed.plan import Planner
from drivers.simulated.bed.render import LEGS, render
from drivers.simulated.bed.truth import VISIBLE_DPS, VISIBLE_MG, TrueMovement, TruePart

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from drivers.simulated.bed.moves import Motion
    from drivers.simulated.bed.scenarios import Scenario
    from drivers.simulated.bed.truth import Sleeper, TrueKind, TrueSide

    Floats = NDArray[np.float64]

SEGMENT_S = 60
LOOK_BACK_S = 15
"""How far back a movement can reach into the padding before a segment."""
LONGEST_MEASURED_S = 60.0
"""A longer movement (walking) is measured from its first minute."""

_SIDES: dict[int, TrueSide] = {LEFT: "left", RIGHT: "right"}


class Story:
    """Everything that happens in the bed, as far as it is planned.

    Attributes
    ----------
    truth : list of TrueMovement
        In order of onset.
    planner : Planner
        Who plans it.
    """

    def __init__(self, scenario: Scenario, seed: int, frame: Bedframe) -> None:
        self._frame = frame
        self._elements: dict[int, list[Element]] = {}
        self._steps: list[tuple[float, int, int, float]] = []
        self._lying = _first_posture(np.random.default_rng((seed, 5)))
        self.truth: list[TrueMovement] = []
        self.planner = Planner(scenario, seed, self._place)

    def elements(self, segment: int) -> list[Element]:
        """Return the elements that a segment and its padding feel, as far as planned."""
        return self._elements.get(segment, [])

    def in_bed(self, t_s: Floats) -> Floats:
        """Return 1 where the patient is in bed, 0 where not, float64[n]."""
        share = np.ones(t_s.size)
        for start, end in self.planner.out_of_bed:
            if start < t_s[-1] and end > t_s[0]:
                share -= np.clip(t_s - start, 0.0, 1.0) * np.clip(end - t_s, 0.0, 1.0)
        return share

    def base_rad(self, t_s: float) -> Floats:
        """Return the legs' angles from movements that ended before a time, float64[2, 3]."""
        base = self._lying.copy()
        for end, leg, axis, angle in self._steps:
            if end < t_s:
                base[leg, axis] += angle
        return base

    def _place(
        self, motion: Motion, who: Sleeper, kind: TrueKind, caused_by: int | None, note: str | None
    ) -> int:
        """Take a planned movement: into the segments it touches, and into the truth."""
        peaks_mg, peaks_dps = self._peaks(motion)
        peak_mg, peak_dps = float(peaks_mg.max()), float(peaks_dps.max())
        self._file(motion)
        own = [leg for leg in motion.legs if leg.body in LEGS]
        legs = sorted(own, key=lambda leg: (leg.onset_s, leg.body))
        parts = tuple(
            TruePart(
                side="left" if leg.body == LEFT else "right",
                onset_s=leg.onset_s,
                duration_s=leg.end_s - leg.onset_s,
                peak_mg=float(peaks_mg[leg.body]),
                peak_dps=float(peaks_dps[leg.body]),
            )
            for leg in legs
        )
        side: TrueSide | None = None
        if legs:
            side = "both" if len(legs) > 1 else _SIDES[legs[0].body]
        self.truth.append(
            TrueMovement(
                onset_s=motion.onset_s,
                duration_s=motion.end_s - motion.onset_s,
                who=who,
                kind=kind,
                side=side,
                visible=peak_mg >= VISIBLE_MG and peak_dps >= VISIBLE_DPS,
                peak_mg=peak_mg,
                peak_dps=peak_dps,
                caused_by=caused_by,
                parts=parts,
                note=note,
            )
        )
        return len(self.truth) - 1

    def _file(self, motion: Motion) -> None:
        """File a movement's elements under the segments that they touch."""
        for element in motion.elements:
            first = int(element.start_s // SEGMENT_S)
            last = int((element.end_s + LOOK_BACK_S) // SEGMENT_S)
            for segment in range(first, last + 1):
                self._elements.setdefault(segment, []).append(element)
            if isinstance(element, Flexion) and element.fall_s == 0.0 and element.body in LEGS:
                self._steps.append((element.end_s, element.body, element.axis, element.angle_rad))

    def _peaks(self, motion: Motion) -> tuple[Floats, Floats]:
        """Return what each ankle sees of this movement alone: peak change [mg], rate [deg/s]."""
        first = round(motion.onset_s * RATE_HZ) - 2
        length = min(motion.end_s - motion.onset_s, LONGEST_MEASURED_S)
        t = (first + np.arange(round((length + 0.5) * RATE_HZ))) / RATE_HZ
        base = self.base_rad(motion.onset_s)
        world = render(self._frame, (None, None), t, motion.elements, base, self.in_bed(t))
        change = world.accel_g - world.accel_g[:, :, :1]
        accel = 1000.0 * np.sqrt((change**2).sum(axis=1)).max(axis=1)
        return accel, np.sqrt((world.rate_dps**2).sum(axis=1)).max(axis=1)


def _first_posture(rng: np.random.Generator) -> Floats:
    """Return the legs' angles as the patient goes to bed: on the back, feet falling outwards."""
    base = np.radians(rng.normal(0.0, 8.0, size=(2, 3)))
    base[LEFT, 1] += np.radians(-20.0)
    base[RIGHT, 1] += np.radians(20.0)
    return np.asarray(base)
