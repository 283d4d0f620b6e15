"""Sleep estimated from movement, with the kicks themselves masked out.

Cole, Kripke, Gruen, Mullaney, Gillin 1992 (Sleep 15:461-469), the one-minute form: a minute is
sleep when 0.001 (106 a[-4] + 54 a[-3] + 58 a[-2] + 76 a[-1] + 230 a[0] + 74 a[1] + 67 a[2]) < 1,
a being the minute's activity in scaled counts, clipped at 300. The weights are theirs (wrist); the
scale from this device's ankle activity to counts is ours and not validated.

Known bias: at the ankle Cole-Kripke overestimates sleep (+43 min in 29 children, PMC12215244), so
an index per estimated hour comes out about 9 % too low; actigraphy finds sleep (sensitivity .965)
far better than lying awake and still (specificity .329).
"""

from __future__ import annotations

from math import fsum
from operator import attrgetter, mul
from typing import TYPE_CHECKING

from detect.movement import EPOCH_TICKS, TICKS_PER_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detect.movement import Epoch, Movement

WEIGHTS = (0.106, 0.054, 0.058, 0.076, 0.230, 0.074, 0.067)
"""For the minutes -4 ... +2 (Cole 1992, times 0.001)."""
_BEFORE, _AFTER = 4, 2
MAX_COUNT = 300.0
"""Counts are clipped here (the published scaling)."""
COUNTS_PER_MG_S = 0.01
"""Scaled counts per mg s of masked ankle activity: ours, not validated against sleep recordings."""
BIAS = (
    "estimated from movement (Cole-Kripke, kicks masked out); at the ankle it finds about "
    "43 minutes too much sleep, so the index per estimated hour is about 9 % too low"
)
_NEVER_WAKES = 1.5
"""Seven minutes of at most this count are asleep: the weights add up to 0.665."""


def kick_seconds(movements: Sequence[Movement], epochs: int) -> list[float]:
    """Return, per epoch, the seconds in which the patient's own legs moved."""
    ticks = [0] * epochs
    kicks = [
        (m.onset_tick, m.end_tick)
        for m in movements
        if m.kind in {"leg", "jerk"} and m.owner != "partner"
    ]
    for start, end in kicks:
        epoch = start // EPOCH_TICKS
        while start < end and epoch < epochs:
            stop = min(end, (epoch + 1) * EPOCH_TICKS)
            ticks[epoch] += stop - start
            start, epoch = stop, epoch + 1
    return [t / TICKS_PER_S for t in ticks]


def masked_activity(epochs: Sequence[Epoch], movements: Sequence[Movement]) -> dict[int, float]:
    """Return activity [mg s] by epoch number without the kicks' share.

    The share is by time: of an epoch with 6 s of movement, 4 s of them kicks, a third is left.
    Epochs whose activity was not measured are absent.
    """
    numbers = [epoch.index for epoch in epochs]
    moved_s = map(attrgetter("patient_moving_s"), epochs)
    measured = map(attrgetter("activity_mg_s"), epochs)
    kicks = kick_seconds(movements, max(numbers, default=-1) + 1)
    return {
        index: activity * ((moving - kicks[index]) / moving) if moving > kicks[index] else 0.0
        for index, moving, activity in zip(numbers, moved_s, measured, strict=True)
        if activity is not None
    }


def asleep(epochs: Sequence[Epoch], movements: Sequence[Movement]) -> dict[int, bool]:
    """Estimate sleep per epoch; epochs without measured activity are absent.

    Minutes are pairs of epochs; a minute of which one epoch was measured counts that one twice, a
    minute without any is quiet to its neighbours and unknown itself.
    """
    activity = masked_activity(epochs, movements)
    if not activity:
        return {}
    whole = range(2 * (max(activity) // 2 + 1))
    mg_s = [activity.get(index, 0.0) for index in whole]
    for unmeasured in set(whole).difference(activity):
        mg_s[unmeasured] = mg_s[unmeasured ^ 1]  # the other half of its minute
    counts = [
        min((first + second) * COUNTS_PER_MG_S, MAX_COUNT) if first or second else 0.0
        for first, second in zip(mg_s[::2], mg_s[1::2], strict=True)
    ]
    padded = [0.0] * _BEFORE + counts + [0.0] * _AFTER
    reached = {
        minute
        for moved, count in enumerate(counts)
        if count > _NEVER_WAKES
        for minute in range(max(moved - _AFTER, 0), moved + _BEFORE + 1)
    }
    awake = {
        minute
        for minute in reached
        # fsum: sum adds floats in another way from Python 3.12 on
        if fsum(map(mul, WEIGHTS, padded[minute : minute + len(WEIGHTS)])) >= 1.0
    }
    return {index: index // 2 not in awake for index in activity}
