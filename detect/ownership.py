"""Whose movement was it? Evidence from physics, added up as log-odds.

The patient's own kick turns the ankle: a rate of turn sustained into an angle. A jolt passed on by
the mattress shakes both ankles alike, for a moment, and turns them hardly at all, while the strip
moves much. What one bed adds (how much strip a kick of a given strength moves) is learned during
the night from the movements that are clear without it, or taken from `plms calibrate`. Rhythm is
no evidence: a partner with PLMS has the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, frexp
from typing import TYPE_CHECKING

from detect.movement import Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detect.bouts import BedBout, LegBout
    from detect.calibration import BedCalibration
    from detect.movement import Owner
    from detect.parameters import Parameters

KEPT = 41
"""Ratios remembered of either sleeper: some tens of minutes of a restless night."""
NEEDED = 6
"""Ratios of a sleeper needed before they count as learned."""
FELT = 3
"""Clear movements of the partner after which there is one."""
DB_PER_DOUBLING = 6.020599913279624


def log2(x: float) -> float:
    """Return log2 of x > 0 to 0.09, piecewise linear: the same on every machine."""
    mantissa, exponent = frexp(max(x, 1e-9))
    return exponent + 2.0 * mantissa - 2.0


def clip(x: float, low: float, high: float) -> float:
    """Return x kept within low and high."""
    return min(high, max(low, x))


def probability(odds: float) -> float:
    """Return the probability of log-odds, rounded so that every machine prints the same."""
    return round(1.0 / (1.0 + exp(-clip(odds, -9.0, 9.0))), 3)


@dataclass(slots=True)
class BedHistory:
    """What this bed has shown tonight: ankle over strip [dB] of clear movements."""

    patient_db: list[float] = field(default_factory=list)
    partner_db: list[float] = field(default_factory=list)
    lag_ticks: list[int] = field(default_factory=list)
    """Strip onset minus ankle onset of clear kicks."""
    strip_seen: int = 0
    """Clear movements of the patient that the strip saw, less those it did not."""

    def learn(self, ratio_db: float, *, patient: bool) -> None:
        """Remember the ratio of a movement that was clear without it."""
        kept = self.patient_db if patient else self.partner_db
        kept.append(round(ratio_db, 2))
        del kept[:-KEPT]

    def learn_lag(self, ticks: int) -> None:
        """Remember how long after the ankle the strip moved in a clear kick."""
        self.lag_ticks.append(ticks)
        del self.lag_ticks[:-KEPT]

    def hardest(self) -> float | None:
        """Return the ratio [dB] that all but an eighth of the patient's clear kicks exceed."""
        if len(self.patient_db) < NEEDED:
            return None
        return sorted(self.patient_db)[len(self.patient_db) // 8]

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


def ratio_db(ankle_mg: float, strip_mv: float) -> float:
    """Return ankle acceleration over strip voltage [dB of mg/mV]."""
    return DB_PER_DOUBLING * (log2(max(ankle_mg, 0.1)) - log2(max(strip_mv, 1e-6)))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Owner, certainty and why."""

    owner: Owner
    p_patient: float
    evidence: Evidence
    strip_excess: bool
    """The strip moved far more than this kick explains: the partner moved too."""
    clear: bool
    """Clear without what was learned of the bed, and not overturned by it."""


def judge_legs(
    parts: Sequence[LegBout],
    history: BedHistory,
    calibration: BedCalibration | None,
    p: Parameters,
    *,
    bed_first_ticks: int,
    lag_trusted: bool = True,
) -> Verdict:
    """Decide whose a leg movement is.

    Parameters
    ----------
    parts : sequence of LegBout
        The monolateral movements of one entry, at least one.
    history : BedHistory
        What this bed has shown tonight.
    calibration : BedCalibration or None
        What `plms calibrate` learned of this bed.
    p : Parameters
    bed_first_ticks : int
        Ticks for which the bed had been moving when the leg began; 0: it had not.
    lag_trusted : bool
        False where the clocks' audit failed: who moved first is no evidence.
    """
    main = max(parts, key=lambda b: b.rate_dps)
    turn = max(b.turn_deg for b in parts)
    tilt = max(b.tilt_deg for b in parts)
    odds = 2.0 * clip(log2(turn / p.rotation_even_deg), -2.5, 2.5)
    odds += clip(log2(main.rate_dps / p.rate_even_dps), -2.0, 2.0)
    odds += clip(log2(tilt / 1.5), -0.5, 1.5)
    if main.other_ok:
        share = main.other_rate_dps / max(main.rate_dps, 0.1)
        if share < 0.3:
            odds += 1.5
        else:
            apart = _onsets_apart(parts)
            odds -= _one_shock(main, turn, apart, p)
            if share > 0.6 and main.common > 0.4 and turn < 4.0:
                odds -= _same_jolt(main, turn, apart, p)
    without = odds
    excess = False
    if main.strip_ok:
        extra, excess = _strip_odds(main, history, calibration)
        odds += extra
        if lag_trusted:
            odds -= _strip_led(main, history, calibration, bed_first_ticks, p)
            if _is_pushed(parts, main, history, calibration, p):
                odds -= p.push_odds
    elif bed_first_ticks > 20:
        odds -= 1.0
    clear = abs(without) > 3.0 and without * odds > 0.0
    owner: Owner = "unsure"
    value = probability(odds)
    if value >= p.patient_sure:
        owner = "patient"
    elif value <= p.partner_sure:
        owner = "partner"
    return Verdict(owner, value, leg_evidence(main, turn, tilt), excess, clear)


def _onsets_apart(parts: Sequence[LegBout]) -> int:
    """Return the ticks between the two legs' first onsets; 0 where only one moved."""
    first: dict[str, int] = {}
    for part in parts:
        first[part.side] = min(part.onset, first.get(part.side, part.onset))
    return max(first.values()) - min(first.values())


def _one_shock(main: LegBout, turn: float, apart_ticks: int, p: Parameters) -> float:
    """Return log-odds for the partner where both ankles were shaken in step, and not turned.

    A mattress passes one shock to both ankles, each by its own share: their vibrations are alike in
    time whatever their sizes. Two legs that kick together each have their own course, and a leg
    that turns by a degree within a quarter of a second is accelerated by less than 80 mg.
    """
    if main.accel_mg < p.shaken_mg * turn:
        return 0.0
    if main.alike > 0.98:
        return 14.0
    return 3.0 if main.alike > 0.95 and apart_ticks < p.legs_apart_ticks else 0.0


def _same_jolt(main: LegBout, turn: float, apart_ticks: int, p: Parameters) -> float:
    """Return log-odds for the partner where both ankles swing alike.

    A stroke of a leg of 4 degrees takes a quarter of a second and turns at a rate of some 16
    deg/s: angle over rate is 0.2 s and more. A leg shaken by a ringing mattress turns to and fro:
    angle over rate is below 1 / (2 pi 3 Hz) = 0.05 s. A jolt reaches both ankles within tens of
    milliseconds; legs that start 0.1 s apart are moved by their owner.
    """
    if apart_ticks >= p.legs_apart_ticks:
        return -1.0
    odds = 1.0 if main.common < 0.7 else 2.0
    if turn < 0.06 * main.rate_dps and main.common > 0.55:
        odds += 1.5
    return odds


def _strip_led(
    main: LegBout,
    history: BedHistory,
    calibration: BedCalibration | None,
    bed_first_ticks: int,
    p: Parameters,
) -> float:
    """Return log-odds for the partner where the bed moved before the leg."""
    if bed_first_ticks > 20 or 0 <= main.strip_first <= main.onset - p.lead_ticks:
        return 1.5
    usual = history.usual_lag(calibration)
    if usual is None or main.strip_first < 0:
        return 0.0
    return 1.0 if usual - (main.strip_first - main.onset) >= 5 else 0.0


def _is_pushed(
    parts: Sequence[LegBout],
    main: LegBout,
    history: BedHistory,
    calibration: BedCalibration | None,
    p: Parameters,
) -> bool:
    """Whether the partner pushed the leg: the strip moved just before it, and too much for it.

    Either alone happens in true kicks; together, and with what is usual in this bed known, hardly.
    Where nobody else has been felt in this bed, nobody pushes. Legs that begin one well after the
    other are moved by their owner.
    """
    own = history.centre(calibration, patient=True)
    usual = history.usual_lag(calibration)
    if own is None or usual is None or main.strip_first < 0:
        return False
    if not history.knows_partner(calibration):
        return False
    if max(b.turn_deg for b in parts) >= p.push_deg or main.rate_dps >= p.push_dps:
        return False
    if _onsets_apart(parts) >= p.legs_apart_ticks:
        return False
    ratio = ratio_db(main.accel_mg, main.strip_early_mv)
    hardest = history.hardest()
    if hardest is not None and ratio > hardest - p.push_beyond_db:
        return False
    early = usual - (main.strip_first - main.onset)
    return p.push_lead_ticks <= early < p.push_lead_most_ticks and own - ratio > p.push_excess_db


def _strip_odds(
    main: LegBout, history: BedHistory, calibration: BedCalibration | None
) -> tuple[float, bool]:
    """Return the strip's log-odds for the patient, and whether it moved far too much for him."""
    if main.strip_count == 0:
        return (1.0, False) if history.strip_seen > 5 else (0.0, False)
    ratio = ratio_db(main.accel_mg, main.strip_mv)
    own = history.centre(calibration, patient=True)
    other = history.centre(calibration, patient=False)
    if own is None:
        return 0.0, False
    excess = ratio < own - 14.0
    if other is None or other > own - 4.0:
        return clip((ratio - (own - 12.0)) / 4.0, -2.5, 0.5), excess
    most = 2.5 if own - other < 10.0 else 4.0
    return clip((ratio - (own + other) / 2.0) * 8.0 / (own - other), -most, 3.0), excess


def leg_evidence(main: LegBout, turn: float, tilt: float) -> Evidence:
    """Return the evidence as it is shown."""
    strip_db = None
    lag = None
    if main.strip_ok and main.strip_count > 0:
        ankle = log2(max(main.own_vib_mg, 0.01) / max(main.other_floor_mg, 0.01))
        strip = log2(max(main.strip_mv, 1e-6) / max(main.strip_floor, 1e-6))
        strip_db = round(DB_PER_DOUBLING * (ankle - strip), 1)
        lag = 10.0 * (main.strip_first - main.onset)
    return Evidence(
        tilt_deg=round(max(tilt, min(turn, 180.0)) if tilt < 0.5 * turn else tilt, 1),
        common_mode=None if main.common < 0.0 else main.common,
        ankle_strip_db=strip_db,
        lag_ms=lag,
        ring_ratio=main.late,
    )


def bed_evidence(bouts: Sequence[BedBout]) -> Evidence:
    """Return the evidence of a disturbance that no leg explains."""
    main = max(bouts, key=lambda b: (b.strip_mv, b.vib_mg))
    strip_db = None
    if main.strip_ok and main.strip_mv > 0.0:
        ankle = log2(max(main.vib_mg, 0.01) / max(main.vib_floor_mg, 0.01))
        strip = log2(max(main.strip_mv, 1e-6) / max(main.strip_floor, 1e-6))
        strip_db = round(DB_PER_DOUBLING * (ankle - strip), 1)
    common = main.common if main.ankles_ok and main.common >= 0.0 else None
    return Evidence(
        tilt_deg=0.0 if main.ankles_ok else None, common_mode=common, ankle_strip_db=strip_db
    )
