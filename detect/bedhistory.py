"""What one bed has shown tonight of both sleepers. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from detect.kicks import KicksOfOneLeg
from detect.odds import probability, ratio_db
from detect.pushrate import PushRate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from detect.bouts import LegBout
    from detect.calibration import BedCalibration
    from detect.ownership import Verdict
    from detect.push import Push
    from detect.pushweights import PushWeights
    from detect.weights import Weights

KEPT = 41
"""Ratios remembered of either sleeper: some tens of minutes of a restless night."""
NEEDED = 6
"""Ratios of a sleeper needed before they count as learned."""
FELT = 3
"""Clear movements of the partner after which there is one."""


@dataclass(slots=True)
class BedHistory:
    """What this bed has shown tonight: ankle over strip [dB] of clear movements."""

    patient_db: list[float] = field(default_factory=list)
    partner_db: list[float] = field(default_factory=list)
    lag_ticks: list[int] = field(default_factory=list)
    """Strip onset minus ankle onset of clear kicks."""
    strip_seen: int = 0
    """Clear movements of the patient that the strip saw, less those it did not."""
    pushes: PushRate = field(default_factory=PushRate)
    """How many leg movements somebody else made."""
    kicks: dict[str, KicksOfOneLeg] = field(
        default_factory=lambda: {"left": KicksOfOneLeg(), "right": KicksOfOneLeg()}
    )
    """Clear kicks of one leg, by leg."""

    @classmethod
    def load(cls, memory: Mapping[str, Any]) -> BedHistory:
        """Return a history out of a snapshot."""
        kicks = {side: KicksOfOneLeg.load(kept) for side, kept in memory["kicks"].items()}
        return cls(**{**memory, "kicks": kicks, "pushes": PushRate(**memory["pushes"])})

    def learn(self, ratio_db: float, *, patient: bool) -> None:
        """Remember the ratio of a movement that was clear without it."""
        kept = self.patient_db if patient else self.partner_db
        kept.append(round(ratio_db, 2))
        del kept[:-KEPT]

    def learn_leg(self, parts: Sequence[LegBout], verdict: Verdict, w: Weights) -> None:
        """Learn from a movement of one or both legs that was clear without the strip.

        Shaking of an ankle while the other is not measured may be the patient's other leg: it
        teaches nothing of the partner.
        """
        main = max(parts, key=lambda b: b.rate_dps)
        push = verdict.push
        if push is not None:
            self.pushes.learn(push.odds, w.push)
        if not verdict.clear or not main.strip_ok:
            return
        felt = main.strip_count > 0
        patients = verdict.p_patient > 0.5
        if felt and (patients or main.other_ok):
            self.learn(ratio_db(main.accel_mg, main.strip_mv), patient=patients)
        if verdict.owner == "patient":
            if felt:
                self.learn_lag(main.strip_first - main.onset)
                one = main.other_ok and all(b.side == main.side for b in parts)
                own = push is None or push.odds < -w.push.learn_odds
                if one and own and main.turn_deg > w.push.least_deg:
                    self.kicks[main.side].learn(main, _axis_weight(push, w.push))
            seen = self.strip_seen + (1 if felt else -1)
            self.strip_seen = max(0, min(w.seen_most_count, seen))

    def learn_lag(self, ticks: int) -> None:
        """Remember how long after the ankle the strip moved in a clear kick."""
        self.lag_ticks.append(ticks)
        del self.lag_ticks[:-KEPT]

    def usual_lag(self, calibration: BedCalibration | None) -> float | None:
        """Return how long after the ankle the strip moves in this bed [ticks]; None: unknown."""
        if len(self.lag_ticks) >= NEEDED:
            return sorted(self.lag_ticks)[len(self.lag_ticks) // 2]
        if calibration is None or calibration.lag_ms is None:
            return None
        return calibration.lag_ms / 10.0

    def drift_db(self, calibration: BedCalibration | None) -> float | None:
        """Return how far tonight's ratio of the patient is from the calibrated one [dB]."""
        if calibration is None or calibration.patient_db is None:
            return None
        if len(self.patient_db) < NEEDED:
            return None
        return round(sorted(self.patient_db)[len(self.patient_db) // 2] - calibration.patient_db, 1)

    def knows_partner(self, calibration: BedCalibration | None) -> bool:
        """Whether somebody else has been felt in this bed, tonight or when it was calibrated."""
        calibrated = calibration is not None and calibration.partner_db is not None
        return calibrated or len(self.partner_db) >= FELT

    def centre(self, calibration: BedCalibration | None, *, patient: bool) -> float | None:
        """Return the typical ratio of a sleeper, or None while unknown."""
        kept = self.patient_db if patient else self.partner_db
        if len(kept) >= NEEDED:
            return sorted(kept)[len(kept) // 2]
        if calibration is None:
            return None
        return calibration.patient_db if patient else calibration.partner_db


def _axis_weight(push: Push | None, w: PushWeights) -> float:
    """Return how much the axis of a kick counts: as far as nothing else makes it a push."""
    unlike = 0.0 if push is None else push.unlike
    return max(0.001, probability(-w.axis_odds * (unlike + w.axis_even_odds)))
