"""Many nights: what they say together, and whether a change is more than ordinary variation.

Nothing here is random: where there are too many ways to divide the nights to try them all, a
fixed sequence of divisions is tried, so that the same nights always give the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from math import comb, floor
from statistics import fmean, median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from detect.nightscore import NightScore

MIN_NIGHTS = 3
"""Fewer usable nights are shown as they are and never summed up."""
MIN_COUNTED_S = 4 * 3600.0
"""A night with less counted time in bed stands in no summary [s]."""
MIN_TOLD_S = 2 * 3600.0
"""A night with less counted time in bed is told without an index [s]."""
CONFIDENCE = 0.95
_MAX_DIVISIONS = 20_000
"""Up to this many ways to divide the nights all are tried; beyond, a fixed choice of them."""
_CHOSEN_DIVISIONS = 4_999
_ROUNDING = 1e-9

TROTTI_2009 = {
    "people": 20,
    "nights_each": (10, 15),
    "individual_range_per_hour": 25.1,
    "one_night_above": {5: 0.701, 10: 0.519, 15: 0.341},
    "one_of_five_nights_above": {5: 0.912, 10: 0.808, 15: 0.627},
}
"""Trotti 2009: people with restless legs, ankle recorder. Share above 5, 10, 15 an hour."""
ONE_NIGHT = (
    "One night above 15 an hour means little: of 20 people with restless legs 34.1 % of single "
    "nights were above 15, and 62.7 % of the people were above 15 on at least one of five nights "
    "(Trotti 2009). Look at the median of several nights."
)


@dataclass(frozen=True, slots=True)
class NightPoint:
    """One night's figure among many."""

    name: str
    value: float | None
    excluded: str | None = None
    """Why the night is in no summary; None: it is."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Several nights together."""

    nights: int
    """Usable ones."""
    median: float | None
    """None under three usable nights; so are `low` and `high`."""
    low: float | None
    high: float | None
    points: tuple[NightPoint, ...]
    """Every night, the excluded ones with their reason."""


@dataclass(frozen=True, slots=True)
class Change:
    """A later period against an earlier one."""

    nights_before: int
    nights_after: int
    effect: float
    """Mean after minus mean before."""
    low: float | None
    """95 % interval of the effect; None: too few nights to bound it."""
    high: float | None
    p_value: float
    """Share of all divisions of these nights into two such periods that differ as much."""
    beyond_ordinary: bool
    """Is the change more than these nights vary by themselves (p below 5 %)."""
    divisions: int
    exact: bool
    """All divisions were tried, not a choice of them."""


def has_index_to_go_by(score: NightScore) -> bool:
    """Say whether enough of a night was counted to tell people an index of it."""
    return score.plmi_tib is not None and score.counted_s >= MIN_TOLD_S


def as_told(score: NightScore) -> NightScore:
    """Return a score as people are told it: with no index of a night too short to go by."""
    if has_index_to_go_by(score):
        return score
    return replace(
        score,
        plmi_tib=None,
        plmi_tib_low=None,
        plmi_tib_high=None,
        plmi_tib_sure=None,
        plmi_tib_possible=None,
        plmi_est_sleep=None,
        clm_per_hour_tib=None,
        periodicity_index_intervals=None,
        periodicity_index_movements=None,
    )


def exclusion_reason(score: NightScore) -> str | None:
    """Say why a night stands in no summary; None: it does."""
    if not score.fitted:
        return "no ankle sensor was usable for at least half of the time in bed"
    if score.counted_s < MIN_COUNTED_S:
        return (
            f"only {score.counted_s / 60:.0f} minutes counted, {MIN_COUNTED_S / 60:.0f} are needed"
        )
    return None


def summarise(points: Sequence[NightPoint]) -> Summary:
    """Sum up nights: median and range, and nothing under three usable ones.

    A night without a value and without a reason is excluded as "not measured".
    """
    kept = tuple(
        NightPoint(p.name, None, "not measured") if p.value is None and p.excluded is None else p
        for p in points
    )
    values = [p.value for p in kept if p.excluded is None and p.value is not None]
    if len(values) < MIN_NIGHTS:
        return Summary(len(values), None, None, None, kept)
    return Summary(len(values), median(values), min(values), max(values), kept)


def _chosen(total: int, size: int) -> Iterator[tuple[int, ...]]:
    """Yield a fixed sequence of subsets (a linear congruential generator after Knuth)."""
    state = 0x5DEECE66D
    for _ in range(_CHOSEN_DIVISIONS):
        order = list(range(total))
        for place in range(size):
            state = (6364136223846793005 * state + 1442695040888963407) % 2**64
            other = place + (state >> 33) % (total - place)
            order[place], order[other] = order[other], order[place]
        yield tuple(order[:size])


def compare_periods(before: Sequence[float], after: Sequence[float]) -> Change | None:
    """Compare two periods by permutation of their nights.

    The test divides the same nights in every other way into periods of these lengths. The
    interval holds the effects that the test, at 5 %, would not contradict (Pitman's): the division
    S and the effect d agree where the difference of means, d taken out of the later nights, is the
    same for S as for the true division.

    Parameters
    ----------
    before, after : sequence of float
        One figure a night, usable nights only.

    Returns
    -------
    Change or None
        None where either period has fewer than three nights.
    """
    n1, n2 = len(before), len(after)
    if min(n1, n2) < MIN_NIGHTS:
        return None
    values = [*before, *after]
    total = sum(values)
    effect = fmean(after) - fmean(before)
    exact = comb(n1 + n2, n2) <= _MAX_DIVISIONS
    true = tuple(range(n1, n1 + n2))
    divisions = combinations(range(n1 + n2), n2) if exact else _chosen(n1 + n2, n2)
    as_large = 1
    bounds: list[float] = []
    tried = 1
    for later in divisions:
        if later == true:
            continue
        tried += 1
        inside = sum([values[i] for i in later])
        difference = inside / n2 - (total - inside) / n1
        as_large += abs(difference) >= abs(effect) - _ROUNDING
        shared = sum([i >= n1 for i in later])
        moved = 1.0 - (shared / n2 - (n2 - shared) / n1)
        if moved > 0:
            bounds.append((effect - difference) / moved)
    bounds.sort()
    rank = floor((1 - CONFIDENCE) / 2 * tried + _ROUNDING)
    p_value = as_large / tried
    return Change(
        nights_before=n1,
        nights_after=n2,
        effect=effect,
        low=bounds[rank - 1] if rank else None,
        high=bounds[-rank] if rank else None,
        p_value=p_value,
        beyond_ordinary=p_value < 1 - CONFIDENCE,
        divisions=tried,
        exact=exact,
    )
