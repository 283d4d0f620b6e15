"""What a guided sitting teaches about one bed: samples of known movements in, numbers out.

The sitting has four steps: both lie still, the patient kicks, the partner moves, somebody taps the
mattress. Who moved is known here, so the ratio that the detector measures for each movement is
the ratio of that sleeper, whatever it would have guessed.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Literal

import numpy as np

from detect.calibration import BedCalibration
from detect.detector import Detector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

Step = Literal["still", "patient", "partner", "tap"]
STEPS: tuple[Step, ...] = ("still", "patient", "partner", "tap")

TICKS_PER_S = 100
BLOCK_ROWS = 500
ENOUGH_KICKS = 3
ENOUGH_PARTNER = 2
TAP_WINDOW_TICKS = 10
"""A tap's swing is looked at in maxima of 0.1 s, longer than half a period of any mattress."""
TAP_OVER_STILL = 8.0
"""A tap is this much larger than anything while both lie still."""
FELT_OVER_STILL = 3.0
TAP_APART_TICKS = 100
LOOK_BACK_TICKS, LOOK_ON_TICKS = 10, 60
RING_LONGEST_TICKS = 300
LAG_LIMIT_TICKS = 6
"""A tap reaches all sensors within 60 ms, or the clocks do not agree."""
MISSING = -32768


class LearnError(Exception):
    """A sitting that teaches nothing; the text says what was missing."""


def learn_bed(
    samples: NDArray[np.int16],
    steps: Mapping[Step, tuple[int, int]],
    gains: Sequence[float],
    offsets: Sequence[float],
) -> BedCalibration:
    """Return what a sitting teaches.

    Parameters
    ----------
    samples : int16[n, 13]
        The whole sitting, one row a tick.
    steps : mapping
        First and last-plus-one row of each of `STEPS`, in that order and without overlap.
    gains, offsets : sequence of float
        Physical value = count * gain + offset.

    Raises
    ------
    LearnError
        When too few movements were felt in a step.
    """
    detector = Detector(gains, offsets)
    learnt: dict[str, list[float]] = {}
    lags: list[float] = []
    row = 0
    for step in STEPS:
        # a movement is decided some seconds after it: until the next step begins it is this one's
        until = len(samples) if step == "tap" else steps[STEPS[STEPS.index(step) + 1]][0]
        before = _heard(detector)
        for first in range(row, until, BLOCK_ROWS):
            found = detector.feed(first, samples[first : min(first + BLOCK_ROWS, until)])
            known = [m.evidence.lag_ms for m in found if m.evidence.lag_ms is not None]
            lags += known if step == "patient" else []
        row = until
        after = _heard(detector)
        learnt[step] = [*after[0][len(before[0]) :], *after[1][len(before[1]) :]]
    _check(learnt)
    ring_s, agree = _taps(_physical(samples, gains, offsets), steps["still"], steps["tap"])
    return BedCalibration(
        patient_db=round(median(learnt["patient"]), 1),
        partner_db=round(median(learnt["partner"]), 1),
        lag_ms=median(lags) if lags else None,
        ring_down_s=ring_s,
        clocks_agree=agree,
    )


def _heard(detector: Detector) -> tuple[list[float], list[float]]:
    """Return copies of the ratios [dB] that the detector has kept of both sleepers."""
    history = detector.history
    return list(history.patient_db), list(history.partner_db)


def _check(learnt: Mapping[str, Sequence[float]]) -> None:
    kicks, moves = len(learnt["patient"]), len(learnt["partner"])
    if kicks < ENOUGH_KICKS:
        raise LearnError(
            f"only {kicks} of the patient's kicks were felt by ankles and strip: check both, and "
            "kick a little more"
        )
    if moves < ENOUGH_PARTNER:
        raise LearnError(
            f"only {moves} of the partner's movements were felt: does the strip reach under the "
            "partner?"
        )


def _physical(
    samples: NDArray[np.int16], gains: Sequence[float], offsets: Sequence[float]
) -> NDArray[np.float64]:
    values = samples * np.asarray(gains, np.float64) + np.asarray(offsets, np.float64)
    return np.where(samples == MISSING, np.nan, values)


def _taps(
    values: NDArray[np.float64], still: tuple[int, int], tap: tuple[int, int]
) -> tuple[float | None, bool]:
    """Return the strip's ring-down time [s] and whether all sensors felt the taps together."""
    channels = {
        "strip": np.abs(_swing(values[:, 12])),
        "left": np.linalg.norm([_swing(values[:, c]) for c in range(3)], axis=0),
        "right": np.linalg.norm([_swing(values[:, c]) for c in range(6, 9)], axis=0),
    }
    quiet = {name: _largest(x[still[0] : still[1]]) for name, x in channels.items()}
    taps = {name: x[tap[0] : tap[1]] for name, x in channels.items()}
    if not quiet["strip"] or not np.isfinite(taps["strip"]).any():
        return None, True
    rings, agree = [], []
    for rough in _rises(taps["strip"], TAP_OVER_STILL * quiet["strip"]):
        near = slice(max(rough - LOOK_BACK_TICKS, 0), rough + LOOK_ON_TICKS)
        ring = _ring_down(taps["strip"][near.start : near.start + RING_LONGEST_TICKS])
        rings += [] if ring is None else [ring]
        onset = _onset(taps["strip"][near])
        agree += [
            abs(_onset(taps[name][near]) - onset) <= LAG_LIMIT_TICKS
            for name in ("left", "right")
            if _largest(taps[name][near]) > FELT_OVER_STILL * quiet[name] > 0.0
        ]
    return (
        round(median(rings) / TICKS_PER_S, 2) if rings else None,
        not agree or sum(agree) * 2 > len(agree),
    )


def _onset(x: NDArray[np.float64]) -> int:
    """Return where a tap's swing first reaches a third of its largest."""
    known = np.nan_to_num(x)
    return int(np.argmax(known >= known.max() / 3.0))


def _swing(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x less its mean over the 0.25 s before and after: a tap stays, gravity goes."""
    width = 51
    known = np.where(np.isnan(x), 0.0, x)
    counts = np.convolve(~np.isnan(x), np.ones(width), mode="same")
    means = np.convolve(known, np.ones(width), mode="same") / np.maximum(counts, 1.0)
    return np.asarray(x - means)


def _largest(x: NDArray[np.float64]) -> float:
    """Return the largest known value but the rarest hundredth; 0 where none is known."""
    known = x[np.isfinite(x)]
    return float(np.percentile(known, 99)) if len(known) else 0.0


def _rises(x: NDArray[np.float64], threshold: float) -> list[int]:
    """Return where x rises over a threshold after at least a second below it."""
    found: list[int] = []
    last = -TAP_APART_TICKS
    for index in np.flatnonzero(x > threshold):
        if index - last >= TAP_APART_TICKS:
            found.append(int(index))
        last = int(index)
    return found


def _ring_down(x: NDArray[np.float64]) -> int | None:
    """Return the ticks from a tap's maximum until its swing stays below a tenth of it."""
    count = len(x) // TAP_WINDOW_TICKS
    if count < 2:
        return None
    swings = np.nanmax(np.nan_to_num(x[: count * TAP_WINDOW_TICKS]).reshape(count, -1), axis=1)
    peak = int(np.argmax(swings))
    loud = np.flatnonzero(swings[peak:] >= swings[peak] / 10.0)
    return int(loud[-1] + 1) * TAP_WINDOW_TICKS
