"""A kick as the loop reports it, to be changed field by field, and a bed that knows kicks."""

from __future__ import annotations

from dataclasses import replace

from detect.bedhistory import BedHistory
from detect.bouts import LegBout

KICK = LegBout(
    side="left", onset=1000, end=1200, decided=1250, outcome=0, walk=0, edge=False, strip_ok=True,
    other_ok=True, strip_first=1003, strip_last=1100, strip_count=60, rate_dps=40.0, turn_deg=8.0,
    turned_deg=(8.0, 0.0, 0.0), path_deg=16.0, tilt_deg=8.0, rest_deg=0.1, accel_mg=300.0,
    strip_mv=100.0,
    strip_early_mv=100.0, strip_floor=5.0, strip_threshold=12.5, own_vib_mg=80.0, own_floor_mg=2.0,
    other_vib_mg=3.0, other_early_mg=3.0, other_floor_mg=2.0, other_rate_dps=1.0, common=0.05,
    alike=0.3, lively=1.0, core=190, out=False, late=0.4,
    own_onset=1000, own_end=1200, slow_deg=6.0, head_common=-1.0, tail_common=-1.0, tail_mg=0.0,
)  # fmt: skip
PUSH = replace(
    KICK, rate_dps=25.0, turn_deg=5.0, turned_deg=(0.0, 5.0, 0.0), accel_mg=80.0, strip_mv=150.0,
    strip_early_mv=150.0, strip_first=996, other_vib_mg=9.0, other_early_mg=9.0,
)  # fmt: skip
"""Seven ticks earlier, 15 dB more strip and 20 dB more of the other ankle than with the kicks of
`taught`, about an axis across theirs."""


def taught(own=10.0, other=-20.0, lag=3, ankles=38.0):
    """Return a bed that felt eight kicks of one leg and eight movements of the partner.

    `own` and `other` are ankle over strip [dB] of the sleepers, `ankles` the kicking ankle over the
    other one.
    """
    history = BedHistory()
    for _ in range(8):
        history.learn(own, patient=True)
        history.learn(other, patient=False)
        history.learn_lag(lag)
        for side in ("left", "right"):
            history.kicks[side].learn(kick_of(side, own, lag, ankles))
    return history


def kick_of(side, own, lag, ankles):
    """Return a kick of 300 mg, `own` dB over the strip and `ankles` dB over the other ankle."""
    return replace(
        KICK, side=side, strip_early_mv=300.0 / 10.0 ** (own / 20.0), strip_first=1000 + lag,
        other_early_mg=300.0 / 10.0 ** (ankles / 20.0),
    )  # fmt: skip
