"""Combining the legs: movements of one leg -> leg movements of the sleeper, and which are CLM.

Times are plain numbers, seconds or ticks; the rules must be in the same unit.
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Literal, NamedTuple

from detect.movement import records

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from detect.rules import RuleSet

LegSide = Literal["L", "R", "B"]


class Lm(NamedTuple):
    """A movement of one leg."""

    onset: float
    duration: float
    end: float
    side: LegSide
    source: tuple[int, ...] = ()
    """Numbers of the entries that it came from, so that a flag finds its way back."""


class LegMovement(NamedTuple):
    """A leg movement of the sleeper, after the legs are combined."""

    onset: float
    duration: float
    end: float
    side: LegSide
    monolaterals: int
    """Movements joined between the legs; 0 for a movement of one leg."""
    clm: bool
    source: tuple[int, ...]
    """Numbers of the entries that it came from."""


_Row = tuple[float, float, float, LegSide, int, bool, tuple[int, ...]]
"""The fields of a `LegMovement`."""


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
    for onset, _, end, side, _ in lms:
        if side == "L":
            if onset <= left:
                return True
            left = end + gap_s
        else:
            if onset <= right:
                return True
            right = end + gap_s
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
    rows: list[_Row] = []
    reach = -math.inf
    for onset, duration, end, side, source in lms:
        clm = duration <= longest
        if not near(onset, reach):
            rows.append((onset, duration, end, side, 0, clm, source))
            reach = end + gap_s
            continue
        first, _, last_end, _, count, all_clm, sources = rows[-1]
        last_end = max(last_end, end)
        reach = last_end + gap_s
        if source != sources:  # both legs of one entry stay one number
            sources += source
        joined = (count or 1) + 1
        rows[-1] = (first, last_end - first, last_end, "B", joined, all_clm and clm, sources)
    for number, (onset, duration, end, side, count, _, source) in enumerate(rows):
        if count and (count > rules.max_monolaterals or duration > longest_both):
            rows[number] = (onset, duration, end, side, count, False, source)
    return list(records(LegMovement, rows))


def _combine_by_onsets(lms: Sequence[Lm], rules: RuleSet) -> list[LegMovement]:
    """AASM: movements of different legs with onsets closer than the limit are one.

    The duration rule is each leg's own: a longer movement is no leg movement and joins nothing.
    """
    near = within(rules.leg_gap_inclusive)
    longest = highest(rules.max_mono_s, inclusive=rules.max_mono_inclusive)
    rows: list[_Row] = []
    anchor: int | None = None
    for onset, duration, end, side, source in lms:
        if duration > longest:
            rows.append((onset, duration, end, side, 0, False, source))
            continue
        if anchor is not None:
            first, _, first_end, first_side, _, _, sources = rows[anchor]
            if first_side not in (side, "B") and near(onset - first, rules.leg_gap_s):
                last_end = max(first_end, end)
                rows[anchor] = (first, last_end - first, last_end, "B", 2, True, sources + source)
                continue
        anchor = len(rows)
        rows.append((onset, duration, end, side, 0, True, source))
    return list(records(LegMovement, rows))
