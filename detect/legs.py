"""Combining the legs: movements of one leg -> leg movements of the sleeper, and which are CLM.

Times are plain numbers, seconds or ticks; the rules must be in the same unit.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from detect.rules import RuleSet

LegSide = Literal["L", "R", "B"]


@dataclass(slots=True)
class Lm:
    """A movement of one leg.

    `source` numbers the entry that it came from, so that a flag finds its way back.
    """

    onset: float
    duration: float
    end: float
    side: LegSide
    source: tuple[int, ...] = ()


@dataclass(slots=True)
class LegMovement:
    """A leg movement of the sleeper, after the legs are combined."""

    onset: float
    duration: float
    end: float
    side: LegSide
    monolaterals: int
    """Movements joined between the legs; 0 for a movement of one leg."""
    clm: bool
    source: tuple[int, ...]


def within(inclusive: bool) -> Callable[[float, float], bool]:
    """Return "at most" or "less than"."""
    return operator.le if inclusive else operator.lt


def lowest(limit: float, *, inclusive: bool) -> float:
    """Return the least number that is at least (inclusive) or above the limit.

    What is asked thousands of times of one limit is then one plain comparison.
    """
    return limit if inclusive else math.nextafter(limit, math.inf)


def highest(limit: float, *, inclusive: bool) -> float:
    """Return the greatest number that is at most (inclusive) or below the limit."""
    return limit if inclusive else math.nextafter(limit, -math.inf)


def _same_leg_near(lms: Sequence[Lm], gap_s: float) -> bool:
    """Say, quickly, whether any movement of one leg begins at most the gap after another ended."""
    left = right = -math.inf
    for lm in lms:
        if lm.side == "L":
            if lm.onset <= left:
                return True
            left = lm.end + gap_s
        else:
            if lm.onset <= right:
                return True
            right = lm.end + gap_s
    return False


def join_same_leg(lms: Sequence[Lm], rules: RuleSet) -> list[Lm]:
    """Join one leg's movements whose gap, offset to onset, is below the limit.

    Overlapping movements of one leg are left to the joining between legs, as in the reference
    scorer. `lms` ordered by onset; so is the result.
    """
    if rules.same_leg_gap_s is None:
        return list(lms)
    if not _same_leg_near(lms, rules.same_leg_gap_s):
        return list(lms)
    near = within(rules.same_leg_gap_inclusive)
    taken = [False] * len(lms)
    joined: list[Lm] = []
    for first, lm in enumerate(lms):
        if taken[first]:
            continue
        end, source, grew = lm.end, lm.source, True
        while grew:
            grew = False
            reach = end + rules.same_leg_gap_s
            for other in range(first + 1, len(lms)):
                after = lms[other]
                if not near(after.onset, reach):
                    break
                if taken[other] or after.side != lm.side or after.onset < lm.end:
                    continue
                taken[other] = True
                end, source = max(end, after.end), source + after.source
                grew = rules.same_leg_chain
        joined.append(
            lm if source is lm.source else Lm(lm.onset, end - lm.onset, end, lm.side, source)
        )
    return joined


def combine_legs(lms: Sequence[Lm], rules: RuleSet) -> list[LegMovement]:
    """Turn movements of single legs into leg movements and say which are candidates.

    Parameters
    ----------
    lms : sequence of Lm
        Ordered by onset.
    rules : RuleSet
        In the unit of the movements.

    Returns
    -------
    list of LegMovement
        Ordered by onset. Movements below the shortest duration are gone.
    """
    shortest = lowest(rules.min_duration_s, inclusive=rules.min_duration_inclusive)
    joined = join_same_leg([lm for lm in lms if lm.duration > 0], rules)
    kept = [lm for lm in joined if lm.duration >= shortest]
    if rules.leg_rule == "onset_onset":
        return _combine_by_onsets(kept, rules)
    return _combine_by_gaps(kept, rules)


def _combine_by_gaps(lms: Sequence[Lm], rules: RuleSet) -> list[LegMovement]:
    """WASM: the legs overlap, or rest less than the gap, chained."""
    near = within(rules.leg_gap_inclusive)
    gap_s = rules.leg_gap_s
    longest = highest(rules.max_mono_s, inclusive=rules.max_mono_inclusive)
    longest_both = highest(rules.max_bilateral_s, inclusive=rules.max_bilateral_inclusive)
    movements: list[LegMovement] = []
    reach = -math.inf
    for lm in lms:
        onset, end, clm = lm.onset, lm.end, lm.duration <= longest
        if not near(onset, reach):
            movements.append(LegMovement(onset, lm.duration, end, lm.side, 0, clm, lm.source))
            reach = end + gap_s
            continue
        last = movements[-1]
        last.end = max(last.end, end)
        reach = last.end + gap_s
        last.side, last.monolaterals = "B", (last.monolaterals or 1) + 1
        last.clm = last.clm and clm
        last.source += lm.source
    for movement in movements:
        if movement.monolaterals:
            movement.duration = movement.end - movement.onset
            movement.clm = (
                movement.clm
                and movement.monolaterals <= rules.max_monolaterals
                and movement.duration <= longest_both
            )
    return movements


def _combine_by_onsets(lms: Sequence[Lm], rules: RuleSet) -> list[LegMovement]:
    """AASM: movements of different legs with onsets closer than the limit are one.

    The duration rule is each leg's own: a longer movement is no leg movement and joins nothing.
    """
    near = within(rules.leg_gap_inclusive)
    fits = within(rules.max_mono_inclusive)
    movements: list[LegMovement] = []
    anchor: LegMovement | None = None
    anchor_sides: set[str] = set()
    for lm in lms:
        if not fits(lm.duration, rules.max_mono_s):
            movements.append(
                LegMovement(lm.onset, lm.duration, lm.end, lm.side, 0, False, lm.source)
            )
            continue
        if (
            anchor is not None
            and lm.side not in anchor_sides
            and near(lm.onset - anchor.onset, rules.leg_gap_s)
        ):
            anchor_sides.add(lm.side)
            anchor.end = max(anchor.end, lm.end)
            anchor.duration = anchor.end - anchor.onset
            anchor.side, anchor.monolaterals = "B", 2
            anchor.source += lm.source
            continue
        anchor = LegMovement(lm.onset, lm.duration, lm.end, lm.side, 0, True, lm.source)
        anchor_sides = {lm.side}
        movements.append(anchor)
    return movements
