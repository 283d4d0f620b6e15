"""Whose movement was it? Evidence from physics, added up as log-odds.

The patient's own kick turns the ankle: a rate of turn sustained into an angle. A jolt passed on by
the mattress shakes both ankles alike, for a moment, and turns them hardly at all, while the strip
moves much. What one bed adds (how much strip a kick of a given strength moves) is learned during
the night from the movements that are clear without it, or taken from `plms calibrate`. Rhythm is
no evidence: a partner with PLMS has the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detect.movement import Evidence
from detect.odds import clip, decibels, log2, probability, ratio_db
from detect.push import weigh_push

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detect.bedhistory import BedHistory
    from detect.bouts import BedBout, LegBout
    from detect.calibration import BedCalibration
    from detect.movement import Owner
    from detect.parameters import Parameters
    from detect.push import Push
    from detect.weights import Weights


@dataclass(frozen=True, slots=True)
class Verdict:
    """Owner, certainty and why."""

    owner: Owner
    p_patient: float
    evidence: Evidence
    strip_more_db: float | None
    """How much more the strip moved than with the patient's usual kick [dB]; None: not known."""
    strip_excess: bool
    """The strip moved far more than this kick explains: the partner moved too."""
    heaved: bool
    """It moved so much while both legs turned far: the patient's trunk did."""
    clear: bool
    """Clear without what was learned of the bed, and not overturned by it."""
    push: Push | None
    """Whether somebody else moved the leg; None: nobody did, or it cannot be said."""


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
    w = p.weights
    apart = _onsets_apart(parts)
    odds = without = _ankle_odds(main, turn, tilt, apart, w)
    odds -= _rocked(main, turn, bed_first_ticks, w)
    excess = heaved = False
    push = None
    more_db = None
    if main.strip_ok:
        own_db = history.centre(calibration, patient=True)
        more_db = _strip_more_db(main, own_db)
        excess = more_db is not None and more_db > w.excess_db
        odds -= _swung(main, turn, more_db, w)
        heaved = trunk_heaved(parts, own_db, w)
        odds += _strip_odds(main, own_db, history, calibration, w)
        if lag_trusted:
            odds -= _strip_led(main, history, calibration, bed_first_ticks, p)
        push = weigh_push(
            parts, history, calibration, w, apart_ticks=apart, lag_trusted=lag_trusted
        )
        if push is not None and push.odds > 0.0:
            odds = min(odds, -push.odds)
    elif bed_first_ticks > w.led_ticks:
        odds -= w.led_unheard_odds
    clear = abs(without) > w.clear_odds and without * odds > 0.0
    owner: Owner = "unsure"
    value = probability(odds)
    if value >= w.patient_sure:
        owner = "patient"
        if push is not None:  # no surer than that nobody pushed
            value = max(w.patient_sure, min(value, probability(-push.odds)))
    elif value <= w.partner_sure:
        owner = "partner"
    evidence = leg_evidence(main, turn, tilt)
    return Verdict(owner, value, evidence, more_db, excess, heaved, clear, push)


def _ankle_odds(main: LegBout, turn: float, tilt: float, apart_ticks: int, w: Weights) -> float:
    """Return log-odds for the patient by what the ankles did."""
    most, rate = w.rotation_most_odds, w.rate_most_odds
    odds = clip(w.rotation_odds * log2(turn / w.rotation_even_deg), -most, most)
    odds += clip(w.rate_odds * log2(main.rate_dps / w.rate_even_dps), -rate, rate)
    odds += clip(log2(tilt / w.tilt_even_deg), -w.tilt_least_odds, w.tilt_most_odds)
    odds -= _struck(main, turn, w)
    if not main.other_ok:
        return odds
    share = main.other_rate_dps / max(main.rate_dps, w.rest_dps)
    if share < w.still_share:
        return odds + w.still_odds
    odds -= _one_shock(main, turn, apart_ticks, w)
    if share > w.swing_share and main.common > w.swing_common_share and turn < w.swing_deg:
        odds -= _same_jolt(main, apart_ticks, w)
    return odds


def _struck(main: LegBout, turn: float, w: Weights) -> float:
    """Return log-odds for somebody else where a leg was struck rather than turned.

    A leg that turns by a few degrees about its own hinge is accelerated by so much only where it
    trembles, which adds up to far more than its largest angle.
    """
    struck = turn < w.swing_deg and main.accel_mg > w.shaken_mg * turn
    return w.struck_odds if struck and main.path_deg < w.struck_ratio * turn else 0.0


def _onsets_apart(parts: Sequence[LegBout]) -> int:
    """Return the ticks between the two legs' first onsets; 0 where only one moved."""
    first: dict[str, int] = {}
    for part in parts:
        first[part.side] = min(part.onset, first.get(part.side, part.onset))
    return max(first.values()) - min(first.values())


def _one_shock(main: LegBout, turn: float, apart_ticks: int, w: Weights) -> float:
    """Return log-odds for the partner where both ankles were shaken in step.

    A mattress passes one shock to both ankles, each by its own share: their vibrations are alike in
    time whatever their sizes. Two legs that kick together each have their own course; a leg that
    turns by a degree within a quarter of a second is accelerated by less than 80 mg; and a stroke
    goes there and back, where a leg on a mattress that rings or rolls swings to and fro.
    """
    jolted = main.accel_mg > w.shaken_mg * turn and main.path_deg > w.stroke_ratio * turn
    if not jolted and main.path_deg < w.to_and_fro_ratio * turn:
        return 0.0
    if main.alike > w.shock_cosine:
        return w.shock_odds
    near = main.alike > w.near_shock_cosine and apart_ticks < w.legs_apart_ticks
    return w.near_shock_odds if near else 0.0


def _swung(main: LegBout, turn: float, strip_more_db: float | None, w: Weights) -> float:
    """Return log-odds for the partner where both ankles swung to and fro with the mattress.

    Legs that tremble together swing alike too, but move the strip no more than other kicks.
    """
    if strip_more_db is None or strip_more_db < w.swung_db or turn >= w.rocked_deg:
        return 0.0
    alike = main.common > w.swung_share and main.alike > w.swung_cosine
    to_and_fro = main.path_deg >= w.to_and_fro_ratio * turn
    return w.swung_odds if alike and to_and_fro else 0.0


def _rocked(main: LegBout, turn: float, bed_first_ticks: int, w: Weights) -> float:
    """Return log-odds for the partner where the bed moved first and rocked both ankles with it."""
    if bed_first_ticks <= w.rocked_ticks or turn >= w.rocked_deg or not main.other_ok:
        return 0.0
    both = main.other_rate_dps > w.swing_share * main.rate_dps
    return w.rocked_odds if both and main.common > w.swung_share else 0.0


def _same_jolt(main: LegBout, apart_ticks: int, w: Weights) -> float:
    """Return log-odds for the partner where both ankles swing alike.

    A jolt reaches both ankles within tens of milliseconds; legs that start 0.1 s apart are moved by
    their owner.
    """
    if apart_ticks >= w.legs_apart_ticks:
        return -w.legs_apart_odds
    return w.swing_odds if main.common < w.swing_alike_share else w.swing_alike_odds


def _strip_led(
    main: LegBout,
    history: BedHistory,
    calibration: BedCalibration | None,
    bed_first_ticks: int,
    p: Parameters,
) -> float:
    """Return log-odds for the partner where the bed moved before the leg."""
    w = p.weights
    if bed_first_ticks > w.led_ticks or 0 <= main.strip_first <= main.onset - p.lead_ticks:
        return w.led_odds
    usual = history.usual_lag(calibration)
    if usual is None or main.strip_first < 0:
        return 0.0
    early = usual - (main.strip_first - main.onset)
    return w.early_odds if early >= w.early_ticks else 0.0


def _strip_more_db(main: LegBout, own_db: float | None) -> float | None:
    """Return how much more the strip moved than with the patient's usual kick of that size [dB].

    None: what is usual is not known yet.
    """
    if own_db is None:
        return None
    if main.strip_count == 0:
        return 0.0
    return own_db - ratio_db(main.accel_mg, main.strip_mv)


def trunk_heaved(parts: Sequence[LegBout], own_db: float | None, w: Weights) -> bool:
    """Whether the patient's trunk moved: a turn, or somebody who settles himself.

    Both legs turned far, by gyroscope and gravity, one lies a little elsewhere than before, and the
    strip moved far more than with a kick.

    Parameters
    ----------
    parts : sequence of LegBout
        The monolateral movements of one entry, at least one.
    own_db : float or None
        Ankle over strip in the patient's kicks [dB of mg/mV]; None: not known yet.
    w : Weights
    """
    main = max(parts, key=lambda b: b.rate_dps)
    more_db = _strip_more_db(main, own_db) if main.strip_ok else None
    if more_db is None or more_db < w.heave_db:
        return False
    farthest = {"left": 0.0, "right": 0.0}
    for part in parts:
        seen = min(part.turn_deg, part.tilt_deg)
        farthest[part.side] = max(farthest[part.side], seen)
    elsewhere = max(part.rest_deg for part in parts)
    return min(farthest.values()) >= w.heave_deg and elsewhere >= w.heave_rest_deg


def _strip_odds(
    main: LegBout,
    own: float | None,
    history: BedHistory,
    calibration: BedCalibration | None,
    w: Weights,
) -> float:
    """Return the strip's log-odds for the patient, whose usual ratio is `own` [dB]."""
    if main.strip_count == 0:
        return w.unmoved_odds if history.strip_seen > w.unmoved_count else 0.0
    if own is None:
        return 0.0
    ratio = ratio_db(main.accel_mg, main.strip_mv)
    other = history.centre(calibration, patient=False)
    if other is None or other > own - w.apart_db:
        alone = (ratio - (own - w.alone_db)) / w.alone_step_db
        return clip(alone, -w.alone_least_odds, w.alone_most_odds)
    least = w.between_near_odds if own - other < w.near_db else w.between_far_odds
    between = (ratio - (own + other) / 2.0) * w.between_odds / (own - other)
    return clip(between, -least, w.between_most_odds)


def leg_evidence(main: LegBout, turn: float, tilt: float) -> Evidence:
    """Return the evidence as it is shown."""
    strip_db = None
    lag = None
    if main.strip_ok and main.strip_count > 0:
        ankle = decibels(max(main.own_vib_mg, 0.01), max(main.own_floor_mg, 0.01))
        strip = decibels(max(main.strip_mv, 1e-6), max(main.strip_floor, 1e-6))
        strip_db = round(ankle - strip, 1)
        lag = 10.0 * (main.strip_first - main.onset)
    return Evidence(
        tilt_deg=round(max(tilt, min(turn, 180.0)) if tilt < 0.5 * turn else tilt, 1),
        common_mode=None if main.common < 0.0 else round(main.common, 3),
        ankle_strip_db=strip_db,
        lag_ms=lag,
        ring_ratio=round(main.late, 3),
    )


def bed_evidence(bouts: Sequence[BedBout]) -> Evidence:
    """Return the evidence of a disturbance that no leg explains."""
    main = max(bouts, key=lambda b: (b.strip_mv, b.vib_mg))
    strip_db = None
    if main.strip_ok and main.strip_mv > 0.0:
        ankle = decibels(max(main.vib_mg, 0.01), max(main.vib_floor_mg, 0.01))
        strip = decibels(max(main.strip_mv, 1e-6), max(main.strip_floor, 1e-6))
        strip_db = round(ankle - strip, 1)
    common = round(main.common, 3) if main.ankles_ok and main.common >= 0.0 else None
    return Evidence(
        tilt_deg=0.0 if main.ankles_ok else None, common_mode=common, ankle_strip_db=strip_db
    )
