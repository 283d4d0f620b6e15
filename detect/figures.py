"""Builds a night's score: time, indices, rhythm, hours and sides."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from functools import partial
from math import exp
from typing import TYPE_CHECKING

from detect.indices import (
    alternations,
    log_imi,
    mean_or_none,
    median_or_none,
    per_hour,
    periodicity_index_intervals,
    periodicity_index_movements,
    sd_or_none,
    short_interval,
)
from detect.movement import TICKS_PER_S
from detect.nightscore import Flags, Hour, NightScore, SeriesScore, SideScore
from detect.spans import overlap, total

if TYPE_CHECKING:
    from detect.night import CountedTime, NightInput
    from detect.passes import Pass
    from detect.rules import RuleSet
    from detect.variants import Variant

_HOUR_TICKS = 3600 * TICKS_PER_S


@dataclass(frozen=True, slots=True)
class Passes:
    """The night with sure movements, with likely ones (the middle figure), with possible ones."""

    sure: int
    """PLM."""
    likely: Pass
    possible: int
    """PLM."""
    variants: tuple[Variant, ...]
    unsure: int


def hours_of(result: Pass, time: CountedTime) -> tuple[Hour, ...]:
    """Count each hour since lights off by itself."""
    start, end = time.in_bed
    onsets = [m.onset for m in result.periodic]
    hours: list[Hour] = []
    for number, begin in enumerate(range(start, end, _HOUR_TICKS), 1):
        stop = min(begin + _HOUR_TICKS, end)
        ticks = stop - begin - overlap(time.excluded, begin, stop) if time.fitted else 0
        plm = bisect_left(onsets, stop) - bisect_left(onsets, begin)
        counted_s = ticks / TICKS_PER_S
        hours.append(Hour(number, plm, counted_s, per_hour(plm, counted_s)))
    return tuple(hours)


def sides_of(result: Pass) -> SideScore:
    """Count periodic movements by leg."""
    plm = [m.side for m in result.periodic]
    alternating, pairs = alternations(result.movements, result.series)
    return SideScore(plm.count("L"), plm.count("R"), plm.count("B"), alternating, pairs)


def flags_of(result: Pass, count: int) -> tuple[Flags, ...]:
    """Say of each of the night's entries what became of it."""
    none = Flags(counted=False, clm=False, plm=False, series=None)
    long, alone = replace(none, counted=True), replace(none, counted=True, clm=True)
    periodic = {one.number: Flags(True, True, True, one.number) for one in result.series}
    flags = [none] * count
    for movement, number in zip(result.movements, result.series_number, strict=True):
        flags[movement.source[0]] = periodic.get(number, alone if movement.clm else long)
    return tuple(flags)


def series_of(result: Pass) -> list[SeriesScore]:
    """List the series with times in seconds."""
    return [
        SeriesScore(
            one.number,
            result.movements[one.members[0]].onset / TICKS_PER_S,
            result.movements[one.members[-1]].onset / TICKS_PER_S,
            len(one.members),
            one.ended.value,
        )
        for one in result.series
    ]


def _excluded_s(night: NightInput, time: CountedTime) -> dict[str, float]:
    return {
        "before_lights_off": time.in_bed[0] / TICKS_PER_S,
        "after_lights_on": (night.duration_ticks - time.in_bed[1]) / TICKS_PER_S,
        "out_of_bed": time.out_of_bed_ticks / TICKS_PER_S,
        "sensor_unusable": time.sensor_ticks / TICKS_PER_S,
    }


def time_figures(
    build: partial[NightScore], night: NightInput, time: CountedTime
) -> partial[NightScore]:
    """Add which time counts."""
    whole = night.duration_ticks
    return partial(
        build,
        duration_s=whole / TICKS_PER_S,
        usable_s={d: (whole - total(spans)) / TICKS_PER_S for d, spans in time.unusable.items()},
        in_bed_s=(time.in_bed[1] - time.in_bed[0]) / TICKS_PER_S,
        counted_s=time.counted_ticks / TICKS_PER_S,
        excluded_s=_excluded_s(night, time),
        in_bed_unknown_s=time.in_bed_unknown_ticks / TICKS_PER_S,
        fitted=time.fitted,
    )


def index_figures(
    build: partial[NightScore], passes: Passes, counted_s: float
) -> partial[NightScore]:
    """Add counts and indices."""
    result = passes.likely
    index = per_hour(result.plm, counted_s)
    certain, most = per_hour(passes.sure, counted_s), per_hour(passes.possible, counted_s)
    known = [bound for bound in (certain, index, most) if bound is not None]
    return partial(
        build,
        plmi_tib=index,
        plmi_tib_low=min(known, default=None),
        plmi_tib_high=max(known, default=None),
        plmi_tib_sure=certain,
        plmi_tib_possible=most,
        plm=result.plm,
        plm_sure=passes.sure,
        plm_possible=passes.possible,
        clm=result.clm,
        clm_per_hour_tib=per_hour(result.clm, counted_s),
        leg_movements=len(result.movements),
        not_clm=len(result.movements) - result.clm,
        unsure=passes.unsure,
        variants=passes.variants,
    )


def rhythm_figures(build: partial[NightScore], result: Pass, rules: RuleSet) -> partial[NightScore]:
    """Add what the intervals say, durations and sides."""
    logs = log_imi(result.imis, rules, 1 / TICKS_PER_S)
    log_mean = mean_or_none(logs)
    short = short_interval(result.imis, rules)
    clm_s = [m.duration / TICKS_PER_S for m in result.movements if m.clm]
    alone = zip(result.movements, result.series_number, short, strict=True)
    return partial(
        build,
        isolated=sum([m.clm and not number and not near for m, number, near in alone]),
        short_interval=sum(short),
        series=tuple(series_of(result)),
        periodicity_index_intervals=periodicity_index_intervals(result.imis, rules),
        periodicity_index_movements=periodicity_index_movements(result.plm, result.clm),
        imi_log_mean=log_mean,
        imi_log_sd=sd_or_none(logs),
        imi_geometric_mean_s=None if log_mean is None else exp(log_mean),
        imi_count=len(logs),
        clm_duration_mean_s=mean_or_none(clm_s),
        clm_duration_median_s=median_or_none(clm_s),
        plm_duration_mean_s=mean_or_none([m.duration / TICKS_PER_S for m in result.periodic]),
        sides=sides_of(result),
    )
