"""The score of one night: a pure function of stored movements and a rule set.

Other packages take everything they need of a score from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import exp
from typing import TYPE_CHECKING

from detect.couple import couple_figures
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
from detect.legs import combine_legs
from detect.movement import EPOCH_TICKS, TICKS_PER_S
from detect.night import CountedTime, NightInput, Stage, check_night, counted_time
from detect.nightscore import Flags, Hour, NightScore, SeriesScore, SideScore
from detect.passes import Pass, likely, monolaterals, of_owner, possible, run_night, run_rules
from detect.rules import RULE_SETS, WASM2016, RuleError, RuleSet, find_rules, in_ticks
from detect.scorejson import flags_to_json, score_to_json
from detect.sleep import asleep
from detect.spans import Span, overlap, total, union
from detect.staged import by_state
from detect.states import Surroundings
from detect.variants import rule_variants

if TYPE_CHECKING:
    from detect.couple import Couple
    from detect.staged import States
    from detect.variants import Variant

__all__ = [
    "RULE_SETS",
    "SCORING_VERSION",
    "WASM2016",
    "Flags",
    "NightInput",
    "NightScore",
    "RuleError",
    "RuleSet",
    "Stage",
    "find_rules",
    "flags_to_json",
    "score_night",
    "score_to_json",
]

SCORING_VERSION = "1"
"""Raised whenever the same movements and rules come to another number."""

_HOUR_TICKS = 3600 * TICKS_PER_S


@lru_cache(maxsize=32)
def _rules_in_ticks(rules: RuleSet) -> RuleSet:
    return in_ticks(rules, TICKS_PER_S)


def _hours(result: Pass, time: CountedTime) -> tuple[Hour, ...]:
    start, end = time.in_bed
    onsets = [m.onset for m in result.periodic]
    hours: list[Hour] = []
    for number, begin in enumerate(range(start, end, _HOUR_TICKS), 1):
        stop = min(begin + _HOUR_TICKS, end)
        ticks = stop - begin - overlap(time.excluded, begin, stop) if time.fitted else 0
        plm = sum(1 for onset in onsets if begin <= onset < stop)
        counted_s = ticks / TICKS_PER_S
        hours.append(Hour(number, plm, counted_s, per_hour(plm, counted_s)))
    return tuple(hours)


def _sides(result: Pass) -> SideScore:
    plm = [m.side for m in result.periodic]
    alternating, pairs = alternations(result.movements, result.series)
    return SideScore(plm.count("L"), plm.count("R"), plm.count("B"), alternating, pairs)


def _flags(result: Pass, count: int) -> tuple[Flags, ...]:
    flags = [Flags(clm=False, plm=False, series=None)] * count
    alike: dict[tuple[bool, int], Flags] = {}
    for movement, number in zip(result.movements, result.series_number, strict=True):
        key = (movement.clm, number)
        if key not in alike:
            alike[key] = Flags(clm=movement.clm, plm=number > 0, series=number or None)
        flags[movement.source[0]] = alike[key]
    return tuple(flags)


def _estimated_sleep(
    night: NightInput, time: CountedTime, result: Pass
) -> tuple[float, int] | None:
    """Return (estimated sleep within the counted time [s], PLM in it); None: no activity."""
    sleeping = asleep(night.epochs, night.movements)
    if not sleeping or not time.fitted:
        return None
    runs: list[Span] = []
    for epoch in sorted(index for index, sleep in sleeping.items() if sleep):
        start, end = epoch * EPOCH_TICKS, (epoch + 1) * EPOCH_TICKS
        if runs and runs[-1][1] == start:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    spans = union(runs, time.in_bed)
    ticks = total(spans) - sum(overlap(spans, start, end) for start, end in time.excluded)
    plm = sum(1 for m in result.periodic if sleeping.get(int(m.onset) // EPOCH_TICKS, False))
    return ticks / TICKS_PER_S, plm


def _surroundings(night: NightInput) -> Surroundings:
    stages = night.stages
    return Surroundings(
        None if stages is None else tuple((s.stage, s.start_tick, s.end_tick) for s in stages),
        night.respiratory,
        night.arousals,
    )


def _states(night: NightInput, time: CountedTime, result: Pass) -> States | None:
    if not night.stages:
        return None
    seconds: dict[str, float] = {}
    for stage in night.stages:
        low, high = max(stage.start_tick, time.in_bed[0]), min(stage.end_tick, time.in_bed[1])
        ticks = max(high - low, 0) - overlap(time.excluded, low, high)
        seconds[stage.stage] = seconds.get(stage.stage, 0.0) + ticks / TICKS_PER_S
    return by_state(result, seconds)


def _couple(night: NightInput, time: CountedTime, result: Pass) -> Couple | None:
    """Return the couple's figures; None where the strip was unusable most of the time in bed."""
    start, end = time.in_bed
    lost = overlap(time.unusable["strip"], start, end)
    if not time.fitted or not night.epochs or 2 * lost > end - start:
        return None
    kicks = [int(m.onset) for m in result.movements]
    return couple_figures(kicks, night.movements, night.epochs, time.in_bed, time.excluded)


@dataclass(frozen=True, slots=True)
class _Passes:
    """The night with sure movements, with likely ones (the middle figure), with possible ones."""

    sure: int
    """PLM."""
    likely: Pass
    possible: int
    """PLM."""
    variants: tuple[Variant, ...]
    unsure: int


def _run(night: NightInput, time: CountedTime, rules: RuleSet) -> _Passes:
    around = _surroundings(night)
    counted_s = time.counted_ticks / TICKS_PER_S

    everything = monolaterals(night.movements, time.fitted, possible)
    combined = combine_legs(everything, rules)
    rather = [likely(m) for m in night.movements]
    base = run_night(of_owner(everything, combined, rather, rules), rules, time, around)
    lms = [lm for lm in everything if rather[lm.source[0]]]

    def count(other: RuleSet, recombine: bool) -> int:
        if recombine:
            return run_night(combine_legs(lms, other), other, time, around).plm
        return run_rules(base.movements, other, around, base.cuts).plm

    variants = rule_variants(lms, base, rules, counted_s, count)
    certain = [m.owner != "unsure" for m in night.movements]
    if all(certain[lm.source[0]] for lm in everything):
        return _Passes(base.plm, base, base.plm, variants, 0)
    all_of_them = run_night(combined, rules, time, around)
    only_sure = run_night(of_owner(everything, combined, certain, rules), rules, time, around)
    return _Passes(
        only_sure.plm,
        base,
        all_of_them.plm,
        variants,
        sum(not all(certain[number] for number in m.source) for m in all_of_them.movements),
    )


def _excluded_s(night: NightInput, time: CountedTime) -> dict[str, float]:
    return {
        "before_lights_off": time.in_bed[0] / TICKS_PER_S,
        "after_lights_on": (night.duration_ticks - time.in_bed[1]) / TICKS_PER_S,
        "out_of_bed": time.out_of_bed_ticks / TICKS_PER_S,
        "sensor_unusable": time.sensor_ticks / TICKS_PER_S,
    }


def score_night(night: NightInput, rules: RuleSet = WASM2016) -> NightScore:
    """Score a night by a rule set.

    Parameters
    ----------
    night : NightInput
        What the detector stored.
    rules : RuleSet
        Times in seconds.

    Raises
    ------
    detect.rules.RuleError
        A movement that no rule can score; names its number.
    """
    check_night(night)
    ticks = _rules_in_ticks(rules)
    time = counted_time(night)
    passes = _run(night, time, ticks)
    result = passes.likely
    counted_s = time.counted_ticks / TICKS_PER_S
    index = per_hour(result.plm, counted_s)
    bounds = [per_hour(plm, counted_s) for plm in (passes.sure, result.plm, passes.possible)]
    known = [bound for bound in bounds if bound is not None]
    sleep = _estimated_sleep(night, time, result)
    states = _states(night, time, result)
    breathed = None if night.respiratory is None else sum(result.plm_nr)
    logs = log_imi(result.imis, ticks, 1 / TICKS_PER_S)
    log_mean = mean_or_none(logs)
    short = short_interval(result.imis, ticks)
    clm_s = [m.duration / TICKS_PER_S for m in result.movements if m.clm]
    whole = night.duration_ticks
    return NightScore(
        rules=rules.name,
        rules_version=rules.version,
        scoring_version=SCORING_VERSION,
        duration_s=whole / TICKS_PER_S,
        usable_s={d: (whole - total(spans)) / TICKS_PER_S for d, spans in time.unusable.items()},
        in_bed_s=(time.in_bed[1] - time.in_bed[0]) / TICKS_PER_S,
        counted_s=counted_s,
        excluded_s=_excluded_s(night, time),
        in_bed_unknown_s=time.in_bed_unknown_ticks / TICKS_PER_S,
        fitted=time.fitted,
        plmi_tib=index,
        plmi_tib_low=min(known, default=None),
        plmi_tib_high=max(known, default=None),
        plmi_tib_sure=bounds[0],
        plmi_tib_possible=bounds[2],
        estimated_sleep_s=None if sleep is None else sleep[0],
        plmi_est_sleep=None if sleep is None else per_hour(sleep[1], sleep[0]),
        plm=result.plm,
        plm_sure=passes.sure,
        plm_possible=passes.possible,
        plm_est_sleep=None if sleep is None else sleep[1],
        clm=result.clm,
        clm_per_hour_tib=per_hour(result.clm, counted_s),
        leg_movements=len(result.movements),
        not_clm=len(result.movements) - result.clm,
        unsure=passes.unsure,
        isolated=sum(
            m.clm and not number and not near
            for m, number, near in zip(result.movements, result.series_number, short, strict=True)
        ),
        short_interval=sum(short),
        series=tuple(_series(result)),
        periodicity_index_intervals=periodicity_index_intervals(result.imis, ticks),
        periodicity_index_movements=periodicity_index_movements(result.plm, result.clm),
        imi_log_mean=log_mean,
        imi_log_sd=sd_or_none(logs),
        imi_geometric_mean_s=None if log_mean is None else exp(log_mean),
        imi_count=len(logs),
        clm_duration_mean_s=mean_or_none(clm_s),
        clm_duration_median_s=median_or_none(clm_s),
        plm_duration_mean_s=mean_or_none([m.duration / TICKS_PER_S for m in result.periodic]),
        sides=_sides(result),
        hours=_hours(result, time),
        variants=passes.variants,
        couple=_couple(night, time, result),
        states=states,
        plm_without_respiratory=breathed,
        plmi_tib_without_respiratory=None if breathed is None else per_hour(breathed, counted_s),
        clm_respiratory=None
        if night.respiratory is None
        else sum(
            m.clm and r for m, r in zip(result.movements, result.marks.respiratory, strict=True)
        ),
        plm_arousal=None
        if night.arousals is None
        else sum(
            n > 0 and a for n, a in zip(result.series_number, result.marks.arousal, strict=True)
        ),
        flags=_flags(result, len(night.movements)),
    )


def _series(result: Pass) -> list[SeriesScore]:
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
