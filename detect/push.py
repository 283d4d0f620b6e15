"""Did the partner push this leg? Judged by what is usual in kicks of this leg in this bed.

A pushed leg turns, holds and returns as a kicking one does. But somebody else moved: the strip
earlier and more than with a kick, the other ankle too, and the leg perhaps about an axis that its
owner's joints do not turn it about. None of it is proof. Added up, against what tonight's kicks
have shown, it is worth something. Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detect.kicks import Usual
from detect.odds import clip, log2, mg_db, ratio_db

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detect.bedhistory import BedHistory
    from detect.bouts import LegBout
    from detect.calibration import BedCalibration
    from detect.hinge import Hinge
    from detect.kicks import KicksOfOneLeg
    from detect.pushweights import PushWeights
    from detect.weights import Weights


@dataclass(frozen=True, slots=True)
class Push:
    """What speaks for it that somebody else moved the leg or legs of an entry."""

    odds: float
    """Log-odds, all told."""
    unlike: float
    """Log-odds of what is unlike a kick, leaving out the axis and how common pushes are."""


def weigh_push(
    parts: Sequence[LegBout],
    history: BedHistory,
    calibration: BedCalibration | None,
    weights: Weights,
    *,
    apart_ticks: int,
    lag_trusted: bool,
) -> Push | None:
    """Weigh whether somebody else moved the leg or legs of an entry.

    Parameters
    ----------
    parts : sequence of LegBout
        The monolateral movements of one entry, at least one.
    history : BedHistory
        What this bed has shown tonight.
    calibration : BedCalibration or None
        What `plms calibrate` learned of this bed.
    weights : Weights
    apart_ticks : int
        Ticks between the first onsets of both legs; 0 where one moved.
    lag_trusted : bool
        False where the clocks' audit failed: who moved first is no evidence.

    Returns
    -------
    Push or None
        None: nobody pushed, or it cannot be said. A leg that is not measured may have moved first;
        what does not move the strip was not moved by the partner; legs that begin one well after
        the other, or turn far, are moved by their owner; and what is usual must be known.
    """
    w = weights.push
    main = max(parts, key=lambda b: b.rate_dps)
    turn_deg = max(b.turn_deg for b in parts)
    if not main.strip_ok or not main.other_ok or main.strip_first < 0:
        return None
    if turn_deg >= w.most_deg or apart_ticks >= weights.legs_apart_ticks:
        return None
    kicks = history.kicks[main.side]
    known = _known(kicks, calibration)
    if known is None:
        return None
    strip, lag = known
    strip_lag = main.strip_first - main.onset
    if lag_trusted and strip_lag <= -w.lead_longest_ticks:
        return None
    before = history.pushes.odds(w)
    if not history.knows_partner(calibration):
        before -= w.stranger_odds
    step_db = max(w.strip_step_ratio * strip.spread, w.strip_least_step_db)
    more = (strip.middle - ratio_db(main.accel_mg, main.strip_early_mv)) / step_db
    unlike = clip(more, -w.strip_least_odds, w.strip_most_odds)
    if lag_trusted:
        step_ticks = max(w.lead_step_ratio * lag.spread, w.lead_least_step_ticks)
        lead = (lag.middle - strip_lag - w.lead_offset_ticks) / step_ticks
        unlike += clip(lead, -w.lead_least_odds, w.lead_most_odds)
    if not kicks.known:
        return Push(before + unlike, unlike)
    unlike += _size_odds(main, kicks, w)
    if any(b.side != main.side for b in parts):
        return Push(before + unlike, unlike)
    unlike += _other_ankle_odds(main, kicks, w)
    return Push(before + unlike + _hinge_odds(main, kicks.hinge, w), unlike)


def _known(kicks: KicksOfOneLeg, calibration: BedCalibration | None) -> tuple[Usual, Usual] | None:
    """Return what strip and lag usually are: tonight's, or the calibrated; None: not known."""
    if kicks.known:
        return kicks.strip(), kicks.lag()
    if calibration is None or calibration.patient_db is None or calibration.lag_ms is None:
        return None
    return Usual(calibration.patient_db, 0.0), Usual(calibration.lag_ms / 10.0, 0.0)


def _other_ankle_odds(main: LegBout, kicks: KicksOfOneLeg, w: PushWeights) -> float:
    """Return log-odds for a push by how the ankle that did not move was shaken."""
    more_db, spread_db = kicks.other_excess(main)
    step_db = max(w.other_step_ratio * spread_db, w.other_least_step_db)
    odds = clip(more_db / step_db, -w.other_least_odds, w.other_most_odds)
    if main.other_early_mg < main.other_floor_mg:
        return min(odds, 0.0) - w.other_quiet_odds
    return odds


def _hinge_odds(main: LegBout, hinge: Hinge, w: PushWeights) -> float:
    """Return log-odds for a push by the axis about which the leg turned."""
    agreement = hinge.agreement(main.turned_deg)
    if agreement is None:
        return 0.0
    odds = w.hinge_odds * hinge.firmness() * (log2(w.hinge_even_share) - log2(agreement))
    return clip(odds, -w.hinge_least_odds, w.hinge_most_odds)


def _size_odds(main: LegBout, kicks: KicksOfOneLeg, w: PushWeights) -> float:
    """Return log-odds for a push by how much weaker than the kicks of this leg it was."""
    usual = kicks.ankle()
    weaker_db = usual.middle - mg_db(main.accel_mg)
    step_db = max(w.size_step_ratio * usual.spread, w.size_least_step_db)
    return clip((weaker_db - w.size_even_db) / step_db, -w.size_least_odds, w.size_most_odds)
