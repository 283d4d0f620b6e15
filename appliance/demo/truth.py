"""What the detector said against what the simulated sleepers did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detect.movement import Movement
    from drivers.simulated.bed import TrueMovement


@dataclass(frozen=True, slots=True)
class Agreement:
    """Kicks found, missed and wrongly counted."""

    true_kicks: int
    """Kicks of the patient that an ankle sensor could see."""
    found: int
    counted: int
    """Leg movements given to the patient."""
    wrong: int
    """Of these, how many the patient's legs did not do."""
    partner_counted: int
    """Of the wrong ones, how many were a movement of the partner."""


def _overlaps(onset_s: float, end_s: float, truth: TrueMovement) -> bool:
    return onset_s < truth.onset_s + truth.duration_s and truth.onset_s < end_s


def compare(
    movements: Sequence[Movement],
    truth: Sequence[TrueMovement],
    away: Sequence[tuple[float, float]],
) -> Agreement:
    """Count agreements by overlap in time.

    Parameters
    ----------
    movements : sequence of Movement
        What was detected; times since the same instant as the truth's.
    truth : sequence of TrueMovement
        What happened.
    away : sequence of (start_s, end_s)
        Times in which a sensor was unplugged: left out on both sides.
    """

    def present(onset_s: float, end_s: float) -> bool:
        return not any(onset_s < end and start < end_s for start, end in away)

    kicks = [
        t
        for t in truth
        if t.who == "patient"
        and t.kind == "kick"
        and t.visible
        and present(t.onset_s, t.onset_s + t.duration_s)
    ]
    counted = [
        (m.onset_s, m.onset_s + m.duration_s)
        for m in movements
        if m.kind == "leg"
        and m.owner in ("patient", "both")
        and present(m.onset_s, m.onset_s + m.duration_s)
    ]
    own = [t for t in truth if t.who == "patient"]
    partners = [t for t in truth if t.who == "partner"]
    wrong = [(a, b) for a, b in counted if not any(_overlaps(a, b, t) for t in own)]
    return Agreement(
        true_kicks=len(kicks),
        found=sum(any(_overlaps(a, b, t) for a, b in counted) for t in kicks),
        counted=len(counted),
        wrong=len(wrong),
        partner_counted=sum(any(_overlaps(a, b, t) for t in partners) for a, b in wrong),
    )
