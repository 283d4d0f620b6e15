"""A walk of the patient, joined until it ends. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detect.movement import Movement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detect.bouts import LegBout
    from detect.weights import Weights


@dataclass(slots=True)
class Walk:
    """What is kept of a walk while it goes on."""

    onset: int
    end: int
    peak_mg: float = 0.0
    peak_dps: float = 0.0

    def take(self, steps: Sequence[LegBout], end: int) -> None:
        """Take in the steps that lead to `end`."""
        self.end = max(self.end, end)
        self.peak_mg = max(self.peak_mg, *(b.accel_mg for b in steps))
        self.peak_dps = max(self.peak_dps, *(b.rate_dps for b in steps))

    def movement(self, w: Weights) -> Movement:
        """Return the movement that it was."""
        return Movement(
            onset_tick=self.onset,
            end_tick=self.end,
            kind="walk",
            side="both",
            owner="patient",
            p_patient=w.walk_sure,
            peak_mg=round(self.peak_mg, 1),
            peak_dps=round(self.peak_dps, 2),
        )
