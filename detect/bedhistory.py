"""What one bed has shown tonight of both sleepers. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from detect.hinge import Hinge
from detect.odds import decibels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from detect.bouts import LegBout
    from detect.calibration import BedCalibration
    from detect.ownership import Verdict
    from detect.pushweights import PushWeights
    from detect.weights import Weights

KEPT = 41
"""Ratios remembered of either sleeper: some tens of minutes of a restless night."""
NEEDED = 6
"""Ratios of a sleeper needed before they count as learned."""
NEEDED_OF_ONE_LEG = 3
"""Kicks of one leg after which it is known what moves with them."""
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
    early_db: list[float] = field(default_factory=list)
    """Ankle over early strip of the patient's clear kicks of one leg [dB of mg/mV]."""
    other_db: list[float] = field(default_factory=list)
    """Ankle over what the other ankle felt early in them [dB]."""
    hinges: dict[str, Hinge] = field(default_factory=lambda: {"left": Hinge(), "right": Hinge()})
    """About which axis they turned each leg."""

    @classmethod
    def load(cls, memory: Mapping[str, Any]) -> BedHistory:
        """Return a history out of a snapshot."""
        hinges = {side: Hinge(**hinge) for side, hinge in memory["hinges"].items()}
        return cls(**{**memory, "hinges": hinges})

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
        if not verdict.clear or not main.strip_ok:
            return
        felt = main.strip_count > 0
        patients = verdict.p_patient > 0.5
        if felt and (patients or main.other_ok):
            self.learn(ratio_db(main.accel_mg, main.strip_mv), patient=patients)
        if verdict.owner == "patient":
            if felt:
                self.learn_lag(main.strip_first - main.onset)
                if main.other_ok and all(b.side == main.side for b in parts):
                    self._learn_kick(main, w.push)
            seen = self.strip_seen + (1 if felt else -1)
            self.strip_seen = max(0, min(w.seen_most_count, seen))

    def learn_lag(self, ticks: int) -> None:
        """Remember how long after the ankle the strip moved in a clear kick."""
        self.lag_ticks.append(ticks)
        del self.lag_ticks[:-KEPT]

    def _learn_kick(self, main: LegBout, w: PushWeights) -> None:
        """Remember what moved with a kick of one leg, and about which axis the leg turned."""
        if main.turn_deg <= w.hinge_deg:
            return
        self.hinges[main.side].learn(main.turned_deg)
        for kept, ratio in (
            (self.early_db, ratio_db(main.accel_mg, main.strip_early_mv)),
            (self.other_db, other_db(main, w)),
        ):
            kept.append(round(ratio, 2))
            del kept[:-KEPT]

    def usual_lag(self, calibration: BedCalibration | None) -> float | None:
        """Return how long after the ankle the strip moves in this bed [ticks]; None: unknown."""
        if len(self.lag_ticks) >= NEEDED_OF_ONE_LEG:
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

    def early_centre(self, calibration: BedCalibration | None) -> float | None:
        """Return the usual ratio of ankle to early strip of the patient, or None while unknown."""
        if len(self.early_db) >= NEEDED_OF_ONE_LEG:
            return sorted(self.early_db)[len(self.early_db) // 2]
        return None if calibration is None else calibration.patient_db

    def other_centre(self) -> float | None:
        """Return the usual ratio of a kicking ankle to the other one, or None while unknown."""
        if len(self.other_db) < NEEDED_OF_ONE_LEG:
            return None
        return sorted(self.other_db)[len(self.other_db) // 2]

    def centre(self, calibration: BedCalibration | None, *, patient: bool) -> float | None:
        """Return the typical ratio of a sleeper, or None while unknown."""
        kept = self.patient_db if patient else self.partner_db
        if len(kept) >= NEEDED:
            return sorted(kept)[len(kept) // 2]
        if calibration is None:
            return None
        return calibration.patient_db if patient else calibration.partner_db


def ratio_db(ankle_mg: float, strip_mv: float) -> float:
    """Return ankle acceleration over strip voltage [dB of mg/mV]."""
    return decibels(max(ankle_mg, 0.1), max(strip_mv, 1e-6))


def other_db(main: LegBout, w: PushWeights) -> float:
    """Return a leg's acceleration over what the other ankle felt early, noise at least [dB]."""
    felt_mg = max(main.other_early_mg, w.noise_ratio * main.other_floor_mg, 0.01)
    return decibels(max(main.accel_mg, 0.1), felt_mg)
