"""Numbers made of leg movements and their intervals. Not measured is None, never 0."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import fmean, median
from typing import TYPE_CHECKING

from detect.legs import highest, lowest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from detect.legs import LegMovement
    from detect.rules import RuleSet
    from detect.series import Series

SECONDS_PER_HOUR = 3600.0
LEAST_S = 30.0
"""Three intervals of 10 s, the shortest WASM series: in less time no periodic movement can be
found, and a count of 0 would be no measurement."""


def per_hour(count: int, seconds: float) -> float | None:
    """Return a count per hour; None when there was too little time (`LEAST_S`)."""
    return count / (seconds / SECONDS_PER_HOUR) if seconds >= LEAST_S else None


def ratio(part: int, whole: int) -> float | None:
    """Return a share; None of nothing."""
    return part / whole if whole else None


def periodicity_index_movements(plm: int, clm: int) -> float | None:
    """Periodicity index, movements form: PLM over CLM (PLMScoRe, SOMAS)."""
    return ratio(plm, clm)


def periodicity_index_intervals(imis: Iterable[float | None], rules: RuleSet) -> float | None:
    """Periodicity index, intervals form (Ferri 2006).

    Intervals in runs of at least three successive qualifying ones (10 < i <= 90 s), over all
    measured intervals. An interval that could not be measured ends a run and is in no count.

    Parameters
    ----------
    imis : iterable of float or None
        In the unit of the rules, in order.
    """
    shortest = lowest(rules.min_imi_s, inclusive=rules.pi_min_inclusive)
    longest = highest(rules.max_imi_s, inclusive=rules.max_imi_inclusive)
    measured = periodic = run = 0
    for imi in imis:
        if imi is not None:
            measured += 1
            if shortest <= imi <= longest:
                run += 1
                continue
        periodic += run if run >= rules.pi_min_intervals else 0
        run = 0
    periodic += run if run >= rules.pi_min_intervals else 0
    return ratio(periodic, measured)


def log_imi(imis: Iterable[float | None], rules: RuleSet, unit_s: float) -> list[float]:
    """Return ln(IMI in seconds) of the intervals a series may have."""
    shortest = lowest(rules.min_imi_s, inclusive=rules.min_imi_inclusive)
    longest = highest(rules.max_imi_s, inclusive=rules.max_imi_inclusive)
    return [
        math.log(imi * unit_s) for imi in imis if imi is not None and shortest <= imi <= longest
    ]


def mean_or_none(values: Sequence[float]) -> float | None:
    """Return the mean; None of nothing."""
    return fmean(values) if values else None


def sd_or_none(values: Sequence[float]) -> float | None:
    """Return the sample standard deviation; None below two values."""
    if len(values) <= 1:
        return None
    mean = fmean(values)
    return math.sqrt(math.fsum([(v - mean) ** 2 for v in values]) / (len(values) - 1))


def median_or_none(values: Sequence[float]) -> float | None:
    """Return the median; None of nothing."""
    return median(values) if values else None


def short_interval(imis: Sequence[float | None], rules: RuleSet) -> list[bool]:
    """Say of each movement whether the interval before it was too short for a series."""
    shortest = lowest(rules.min_imi_s, inclusive=rules.min_imi_inclusive)
    return [imi is not None and imi < shortest for imi in imis]


def alternations(movements: Sequence[LegMovement], series: Iterable[Series]) -> tuple[int, int]:
    """Return (PLM on the other leg than the one before, pairs compared).

    Compared are successive members of one series that are both of one leg only.
    """
    alternating = pairs = 0
    for one in series:
        for before, after in pairwise([movements[member].side for member in one.members]):
            if before != "B" and after != "B":
                pairs += 1
                alternating += before != after
    return alternating, pairs
