"""The score of one night: a pure function of stored movements and a rule set.

Other packages take everything they need of a score from here.
"""

from __future__ import annotations

from functools import lru_cache, partial
from itertools import pairwise
from typing import TYPE_CHECKING

from detect.couple import couple_figures
from detect.figures import (
    Passes,
    flags_of,
    hours_of,
    index_figures,
    rhythm_figures,
    time_figures,
)
from detect.indices import per_hour
from detect.legs import combine_legs
from detect.movement import EPOCH_TICKS, TICKS_PER_S
from detect.night import LEGS, CountedTime, NightInput, Stage, check_night, counted_time
from detect.nightscore import Flags, NightScore
from detect.passes import (
    Pass,
    count_plm,
    in_counted_time,
    likely,
    monolaterals,
    of_owner,
    possible,
    run_night,
)
from detect.rules import RULE_SETS, WASM2016, RuleError, RuleSet, find_rules, in_ticks
from detect.scorejson import flags_to_json, score_to_json
from detect.sleep import asleep
from detect.spans import overlap, total, union
from detect.staged import by_state
from detect.states import Surroundings
from detect.variants import rule_variants

if TYPE_CHECKING:
    from detect.couple import Couple
    from detect.staged import States

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


@lru_cache(maxsize=32)
def _rules_in_ticks(rules: RuleSet) -> RuleSet:
    return in_ticks(rules, TICKS_PER_S)


def _estimated_sleep(
    night: NightInput, time: CountedTime, result: Pass
) -> tuple[float, int] | None:
    """Return (estimated sleep within the counted time [s], PLM in it); None: no activity."""
    sleeping = asleep(night.epochs, night.movements)
    if not sleeping or not time.fitted:
        return None
    epochs = sorted([index for index, sleep in sleeping.items() if sleep])
    breaks = [at for at, (a, b) in enumerate(pairwise(epochs), 1) if b - a != 1]
    runs = [
        (epochs[first] * EPOCH_TICKS, (epochs[after - 1] + 1) * EPOCH_TICKS)
        for first, after in pairwise([0, *breaks, len(epochs)])
        if epochs
    ]
    spans = union(runs, time.in_bed)
    ticks = total(spans) - sum(overlap(spans, start, end) for start, end in time.excluded)
    plm = sum([sleeping.get(int(m.onset) // EPOCH_TICKS, False) for m in result.periodic])
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
    """Return the couple's figures; None where a sensor was unusable most of the time in bed.

    Without an ankle, what its leg does and what the partner does feel the same to the strip.
    """
    start, end = time.in_bed
    lost = overlap(time.unusable["strip"], start, end)
    if len(time.fitted) < len(LEGS) or not night.epochs or 2 * lost > end - start:
        return None
    kicks = [int(m.onset) for m in result.movements]
    return couple_figures(kicks, night.movements, night.epochs, time.in_bed, time.excluded)


def _run(night: NightInput, time: CountedTime, rules: RuleSet) -> Passes:
    around = _surroundings(night)
    counted_s = time.counted_ticks / TICKS_PER_S

    everything = monolaterals(night.movements, time.fitted, possible)
    combined = combine_legs(everything, rules)
    rather = [likely(m) for m in night.movements]
    base = run_night(of_owner(everything, combined, rather, rules), rules, time, around)
    lms = [lm for lm in everything if rather[lm.source[0]]]

    def count(other: RuleSet, recombine: bool) -> int:
        if not recombine:
            return count_plm(base.movements, other, around, base.cuts)
        kept, cuts = in_counted_time(combine_legs(lms, other), time)
        return count_plm(kept, other, around, cuts)

    variants = rule_variants(lms, base, rules, counted_s, count)
    certain = [m.owner != "unsure" for m in night.movements]
    unsure = {number for number, sure in enumerate(certain) if not sure}
    if unsure.isdisjoint([lm.source[0] for lm in everything]):
        return Passes(base.plm, base, base.plm, variants, 0)
    surely, cuts = in_counted_time(of_owner(everything, combined, certain, rules), time)
    maybe, maybe_cuts = in_counted_time(combined, time)
    return Passes(
        count_plm(surely, rules, around, cuts),
        base,
        count_plm(maybe, rules, around, maybe_cuts),
        variants,
        sum([not unsure.isdisjoint(m.source) for m in maybe]),
    )


def _surrounding_figures(
    build: partial[NightScore], night: NightInput, time: CountedTime, result: Pass
) -> partial[NightScore]:
    """Add what needs more than movements: None where it was not measured."""
    sleep = _estimated_sleep(night, time, result)
    related = zip(result.movements, result.marks.respiratory, strict=True)
    aroused = zip(result.series_number, result.marks.arousal, strict=True)
    breathed = None if night.respiratory is None else sum(result.plm_nr)
    return partial(
        build,
        estimated_sleep_s=None if sleep is None else sleep[0],
        plmi_est_sleep=None if sleep is None else per_hour(sleep[1], sleep[0]),
        plm_est_sleep=None if sleep is None else sleep[1],
        couple=_couple(night, time, result),
        states=_states(night, time, result),
        plm_without_respiratory=breathed,
        plmi_tib_without_respiratory=None
        if breathed is None
        else per_hour(breathed, time.counted_ticks / TICKS_PER_S),
        clm_respiratory=None if breathed is None else sum(m.clm and r for m, r in related),
        plm_arousal=None if night.arousals is None else sum(n > 0 and a for n, a in aroused),
    )


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
    build = partial(
        NightScore,
        rules=rules.name,
        rules_version=rules.version,
        scoring_version=SCORING_VERSION,
        hours=hours_of(result, time),
        flags=flags_of(result, len(night.movements)),
    )
    build = time_figures(build, night, time)
    build = index_figures(build, passes, time.counted_ticks / TICKS_PER_S)
    build = rhythm_figures(build, result, ticks)
    return _surrounding_figures(build, night, time, result)()
