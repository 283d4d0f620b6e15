"""Two sleepers: who moved whom, against what chance alone would bring.

Chance is the partner's own night turned round the clock (circular shift): the same movements with
the same rhythm, only without their tie to the kicks.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from detect.movement import EPOCH_TICKS, TICKS_PER_S
from detect.spans import Span, outside

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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


def follow_each_other(
    first: Sequence[int], then: Sequence[int], within: Span
) -> tuple[Followed, Followed]:
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

    Returns
    -------
    tuple of Followed
        `first` followed by `then`, and the other way round.
    """
    start, end = within
    length = end - start
    turned: tuple[list[int], list[int]] = [], []
    if length > (SHIFTS + 1) * WINDOW_TICKS:
        turned = _followed_turned([t - start for t in first], [t - start for t in then], length)
    return _follow(first, then, length, turned[0]), _follow(then, first, length, turned[1])


def _follow(
    first: Sequence[int], then: Sequence[int], length: int, turned: Sequence[int]
) -> Followed:
    followed = sum([bisect_right(then, t) < bisect_right(then, t + WINDOW_TICKS) for t in first])
    if not first or not then or length <= WINDOW_TICKS:
        return Followed(len(first), followed, None, None)
    circle = [*then, then[0] + length]
    covered = sum([min(b - a, WINDOW_TICKS) for a, b in pairwise(circle)])
    expected = len(first) * covered / length
    if not turned:
        return Followed(len(first), followed, expected, None)
    as_many = sum([hits >= followed for hits in turned[1:]])
    return Followed(len(first), followed, expected, (as_many + 1) / (SHIFTS + 1))


def _followed_turned(
    first: Sequence[int], then: Sequence[int], length: int
) -> tuple[list[int], list[int]]:
    """Return how many are followed, both ways, in each turn of the other's night round a circle.

    The first turn is none. Counted in hundredths of a tick, so that a turn is a whole number of
    them. Turns are further apart than the window is long: two movements are near each other in one
    turn at most, which their places within a turn and the turns between them tell.
    """
    if len(first) > len(then):
        back, forth = _followed_turned(then, first, length)
        return forth, back
    turns = SHIFTS + 1
    window = WINDOW_TICKS * turns
    places = sorted([(t * turns % length, t * turns // length, n) for n, t in enumerate(then)])
    first_ones = places[: bisect_left(places, (window + 1,))]
    last_ones = places[bisect_left(places, (length - window,)) :]
    around = [
        *[(place - length, turn + 1, n) for place, turn, n in last_ones],
        *places,
        *[(place + length, turn - 1, n) for place, turn, n in first_ones],
    ]
    onsets = [place for place, _, _ in around]
    followed: set[tuple[int, int]] = set()
    follows: set[tuple[int, int]] = set()
    for number, tick in enumerate(first):
        turn, place = divmod(tick * turns, length)
        near = slice(bisect_left(onsets, place - window), bisect_right(onsets, place + window))
        for at, other, n in around[near]:
            if at > place:
                followed.add((number, (turn - other) % turns))
            elif at < place:
                follows.add((n, (other - turn) % turns))
    return _by_turn(followed), _by_turn(follows)


def _by_turn(hits: Iterable[tuple[int, int]]) -> list[int]:
    count = [0] * (SHIFTS + 1)
    for _, turn in hits:
        count[turn] += 1
    return count


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
    partner = _counted([m.onset_tick for m in movements if m.owner == "partner"], in_bed, excluded)
    mine = {e.index * EPOCH_TICKS for e in epochs if e.patient_moving_s > 0}
    theirs = {e.index * EPOCH_TICKS for e in epochs if e.partner_moving_s > 0}
    moved = len(_counted(mine | theirs, in_bed, excluded))
    both = len(_counted(mine & theirs, in_bed, excluded))
    return Couple(
        *follow_each_other(kicks, partner, in_bed),
        moved,
        both,
        both / moved if moved else None,
    )


def _counted(ticks: Iterable[int], in_bed: Span, excluded: Sequence[Span]) -> list[int]:
    """Return, ordered, the ticks in bed that count."""
    ordered = sorted(ticks)
    return [tick for piece in outside(ordered, in_bed, excluded) for tick in ordered[piece]]
