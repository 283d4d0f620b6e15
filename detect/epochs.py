"""Thirty seconds of two sleepers, from counts and stretches. Standard library only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detect.movement import EPOCH_TICKS, TICKS_PER_S, Epoch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detect.bouts import RawEpoch

Stretch = tuple[int, int]
"""First tick and one past the last."""


def covered(spans: Sequence[Stretch], start: int, end: int) -> int:
    """Return how many ticks of [start, end) the spans cover together."""
    total = 0
    reached = start
    for onset, stop in sorted(spans):
        first, last = max(onset, reached), min(stop, end)
        if last > first:
            total += last - first
            reached = last
    return total


def epoch_of(
    raw: RawEpoch, patient: Sequence[Stretch], partner: Sequence[Stretch], out: Sequence[Stretch]
) -> Epoch:
    """Return an epoch.

    Parameters
    ----------
    raw : RawEpoch
        What the loop counted.
    patient, partner : sequence of Stretch
        When each moved.
    out : sequence of Stretch
        When the patient was out of bed.
    """
    start, end = raw.start, raw.start + EPOCH_TICKS
    left, right, strip = (min(EPOCH_TICKS, n) / TICKS_PER_S for n in raw.usable)
    in_bed = max(0, raw.known - covered(out, start, end))
    return Epoch(
        index=start // EPOCH_TICKS,
        patient_moving_s=covered(patient, start, end) / TICKS_PER_S,
        partner_moving_s=covered(partner, start, end) / TICKS_PER_S,
        in_bed_s=None if 2 * raw.known < EPOCH_TICKS else in_bed / TICKS_PER_S,
        usable_left_s=left,
        usable_right_s=right,
        usable_strip_s=strip,
        activity_mg_s=None if left + right == 0.0 else raw.activity_mg_s,
    )
