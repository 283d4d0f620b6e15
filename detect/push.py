"""Did the partner push this leg? Judged by what is usual in kicks of this leg in this bed.

A pushed leg turns, holds and returns as a kicking one does. But somebody else moved: the strip
earlier and more than with a kick, the other ankle too, and the leg perhaps about an axis that its
owner's joints do not turn it about. None of it is proof. Added up, against what tonight's kicks
have shown, it is worth something. Standard library only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from detect.bedhistory import other_db, ratio_db
from detect.odds import clip, log2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detect.bedhistory import BedHistory
    from detect.bouts import LegBout
    from detect.calibration import BedCalibration
    from detect.pushweights import PushWeights


def push_odds(
    parts: Sequence[LegBout],
    history: BedHistory,
    calibration: BedCalibration | None,
    w: PushWeights,
    *,
    apart_ticks: int,
    lag_trusted: bool,
) -> float | None:
    """Return the log-odds that somebody else moved the leg or legs of an entry.

    Parameters
    ----------
    parts : sequence of LegBout
        The monolateral movements of one entry, at least one.
    history : BedHistory
        What this bed has shown tonight.
    calibration : BedCalibration or None
        What `plms calibrate` learned of this bed.
    w : PushWeights
    apart_ticks : int
        Ticks between the first onsets of both legs; 0 where one moved.
    lag_trusted : bool
        False where the clocks' audit failed: who moved first is no evidence.

    Returns
    -------
    float or None
        None: nobody pushed, or it cannot be said. A leg that is not measured may have moved first;
        what does not move the strip was not moved by the partner; legs that begin one well after
        the other, or turn far, are moved by their owner; and what is usual must be known.
    """
    main = max(parts, key=lambda b: b.rate_dps)
    turn_deg = max(b.turn_deg for b in parts)
    if not main.strip_ok or not main.other_ok or main.strip_first < 0:
        return None
    if turn_deg >= w.most_deg or apart_ticks >= w.apart_ticks:
        return None
    lag, usual_db = history.usual_lag(calibration), history.early_centre(calibration)
    if lag is None or usual_db is None:
        return None
    early = lag - (main.strip_first - main.onset)
    if lag_trusted and early >= w.lead_longest_ticks:
        return None
    odds = -w.rare_odds
    if not history.knows_partner(calibration):
        odds -= w.stranger_odds
    more_db = usual_db - ratio_db(main.accel_mg, main.strip_early_mv)
    odds += clip(more_db / w.strip_step_db, -w.strip_least_odds, w.strip_most_odds)
    if lag_trusted:
        lead = (early - w.lead_offset_ticks) / w.lead_step_ticks
        odds += clip(lead, -w.lead_least_odds, w.lead_most_odds)
    if all(b.side == main.side for b in parts):
        odds += _other_ankle_odds(main, history, w) + _hinge_odds(main, history, w)
    return odds + _size_odds(turn_deg, main.rate_dps, w)


def _other_ankle_odds(main: LegBout, history: BedHistory, w: PushWeights) -> float:
    """Return log-odds for a push by how the ankle that did not move was shaken."""
    usual_db = history.other_centre()
    if usual_db is None:
        return 0.0
    more_db = usual_db - other_db(main, w)
    odds = clip(more_db / w.other_step_db, -w.other_least_odds, w.other_most_odds)
    if main.other_early_mg < w.other_quiet_ratio * main.other_floor_mg:
        return min(odds, 0.0) - w.other_quiet_odds
    return odds


def _hinge_odds(main: LegBout, history: BedHistory, w: PushWeights) -> float:
    """Return log-odds for a push by the axis about which the leg turned."""
    hinge = history.hinges[main.side]
    agreement = hinge.agreement(main.turned_deg)
    if agreement is None:
        return 0.0
    odds = w.hinge_odds * hinge.firmness() * (log2(w.hinge_even_share) - log2(agreement))
    return clip(odds, -w.hinge_least_odds, w.hinge_most_odds)


def _size_odds(turn_deg: float, rate_dps: float, w: PushWeights) -> float:
    """Return log-odds for a push by how far and fast the leg turned."""
    odds = -w.size_odds * log2(turn_deg / w.size_even_deg)
    fast = w.fast_odds * max(0.0, log2(rate_dps / w.fast_dps))
    return clip(odds, -w.size_least_odds, w.size_most_odds) - fast
