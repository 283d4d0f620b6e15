"""Two sleepers: who moved whom, against what chance alone would bring.

Chance is the partner's own night turned round the clock (circular shift): the same movements with
the same rhythm, only without their tie to the kicks.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from detect.movement import EPOCH_TICKS, TICKS_PER_S
from detect.spans import Span, contains

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detect.movement import Epoch, Movement

WINDOW_TICKS = 5 * TICKS_PER_S
"""A movement that begins within 5 s of the other sleeper's beginning follows it."""
SHIFTS = 99
"""Turns of the partner's night compared for the p-value: its smallest is 1/100."""


@dataclass(frozen=True, slots=True)
class Followed:
    """How often one sleeper's movement was followed by the other's within 5 s."""

    movements: int
    followed: int
    expected: float | None
    """By chance; None: nothing to compare."""
    p_value: float | None
    """Share of turned nights with as many or more; None: too short a night to turn so often."""


@dataclass(frozen=True, slots=True)
class Couple:
    """What the two did to each other."""

    kicks_then_partner: Followed
    """The patient's leg movements, followed by the partner's movements."""
    partner_then_kick: Followed
    epochs_with_movement: int
    epochs_both_moved: int
    both_moved_share: float | None
    """Of the 30 s epochs in which either moved, those in which both did."""


def _followed(first: Sequence[int], then: Sequence[int]) -> int:
    followed = position = 0
    for onset in first:
        while position < len(then) and then[position] <= onset:
            position += 1
        followed += position < len(then) and then[position] <= onset + WINDOW_TICKS
    return followed


def follow(first: Sequence[int], then: Sequence[int], within: Span) -> Followed:
    """Count movements followed by one of the other sleeper, and what chance would bring.

    The expectation is exact: over all turns of the other's night, a movement is followed with
    the share of the night that lies within 5 s after which one of the other's begins. The p-value
    compares 99 evenly spaced turns.

    Parameters
    ----------
    first, then : sequence of int
        Onsets in ticks, ordered, all within `within`.
    within : Span
        The time in bed, closed to a circle.
    """
    start, end = within
    length = end - start
    followed = _followed(first, then)
    if not first or not then or length <= WINDOW_TICKS:
        return Followed(len(first), followed, None, None)
    circle = [*then, then[0] + length]
    covered = sum([min(b - a, WINDOW_TICKS) for a, b in pairwise(circle)])
    expected = len(first) * covered / length
    if length <= (SHIFTS + 1) * WINDOW_TICKS:
        return Followed(len(first), followed, expected, None)
    turned = _followed_turned([t - start for t in first], [t - start for t in then], length)
    as_many = sum([hits >= followed for hits in turned[1:]])
    return Followed(len(first), followed, expected, (as_many + 1) / (SHIFTS + 1))


def _followed_turned(first: Sequence[int], then: Sequence[int], length: int) -> list[int]:
    """Return for each turn of `then` round a circle, from none on, how many of `first` it follows.

    Counted in hundredths of a tick, so that a turn is a whole number of them. Turns are further
    apart than the window is long: one of `then` follows one of `first` in one turn at most, which
    their places within a turn and the turns between them tell.
    """
    turns = SHIFTS + 1
    window = WINDOW_TICKS * turns
    places = sorted([divmod(t * turns, length)[::-1] for t in then])
    places += [(place + length, turn - 1) for place, turn in places if place <= window]
    ahead = [place for place, _ in places]
    hits = [0] * turns
    for tick in first:
        turn, place = divmod(tick * turns, length)
        near = places[bisect_right(ahead, place) : bisect_right(ahead, place + window)]
        for number in {(turn - other) % turns for _, other in near}:
            hits[number] += 1
    return hits


def couple_figures(
    kicks: Sequence[int],
    movements: Sequence[Movement],
    epochs: Sequence[Epoch],
    in_bed: Span,
    excluded: Sequence[Span],
) -> Couple:
    """Relate the patient's kicks to the partner's movements.

    Parameters
    ----------
    kicks : sequence of int
        Onsets of the patient's leg movements in counted time [ticks], ordered.
    movements : sequence of Movement
        The night's; those of owner partner are used.
    epochs : sequence of Epoch
        The night's.
    in_bed : Span
        Lights off to lights on.
    excluded : sequence of Span
        Time in bed that does not count.
    """
    start, end = in_bed
    theirs = [m.onset_tick for m in movements if m.owner == "partner"]
    partner = sorted([t for t in theirs if start <= t < end and not contains(excluded, t)])
    moved = both = 0
    for index, patient_s, partner_s, _, _, _, _, _ in epochs:
        if patient_s <= 0 and partner_s <= 0:
            continue
        begin = index * EPOCH_TICKS
        if not start <= begin < end or contains(excluded, begin):
            continue
        moved += 1
        both += patient_s > 0 and partner_s > 0
    return Couple(
        follow(kicks, partner, in_bed),
        follow(partner, kicks, in_bed),
        moved,
        both,
        both / moved if moved else None,
    )
