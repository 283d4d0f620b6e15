"""The score of one evening test: a pure function of what is stored and a rule set."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import pairwise
from typing import TYPE_CHECKING

from detect.figures import flags_of
from detect.indices import mean_or_none, median_or_none, per_hour, ratio
from detect.legs import combine_legs
from detect.movement import TICKS_PER_S
from detect.night import LEGS, CountedTime, NightInput, check_night, counted_time, out_of_bed
from detect.passes import Pass, is_leg, likely, monolaterals, possible, run_night, sure
from detect.rules import SIT, RuleSet, in_ticks
from detect.sit import (
    BINS,
    LEAST_COUNTED_S,
    SIT_VERSION,
    SLOT_MIN,
    SLOT_TICKS,
    TEST_TICKS,
    Reason,
    SitInput,
    SitScore,
    SitSlot,
    check_answer,
)
from detect.spans import Span, overlap, total, union
from detect.states import NOTHING_MEASURED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from detect.movement import Leg, Movement
    from detect.sit import SitAnswer

LEAST_FOR_MODE = 10
"""Fewer intervals have no most common one."""


@lru_cache(maxsize=8)
def _in_ticks(rules: RuleSet) -> RuleSet:
    return in_ticks(rules, TICKS_PER_S)


def is_leg_awake(movement: Movement) -> bool:
    """Is it a leg's movement, also of a leg that then stayed where it went.

    A kick asleep returns; a leg that is moved by somebody awake often does not. The EMG of 2001
    knew no difference.
    """
    return is_leg(movement) or (movement.kind == "body" and movement.note == "posture")


@dataclass(frozen=True, slots=True)
class _Time:
    """What is counted, and the disjoint spans that are not, by reason."""

    counted: CountedTime
    left_out: dict[Reason, list[Span]]


def _without(spans: Iterable[Span], taken: Sequence[Span], within: Span) -> list[Span]:
    """Return the parts of the spans that are not taken already."""
    left: list[Span] = []
    for start, end in union(spans, within):
        at = start
        for begin, stop in taken:
            if stop <= at or begin >= end:
                continue
            if begin > at:
                left.append((at, begin))
            at = max(at, stop)
        if at < end:
            left.append((at, end))
    return left


def _fitted(time: CountedTime, end: int) -> tuple[Leg, ...]:
    """Return the ankles that had a sensor: usable for half as long as the better one, or longer.

    Of a night it is half of the time; but a test that lost both sensors has a good beginning.
    """
    usable = {leg: end - total(time.unusable[leg]) for leg in LEGS}
    return tuple(leg for leg in LEGS if usable[leg] > 0 and 2 * usable[leg] >= max(usable.values()))


def _time(test: SitInput, end: int) -> _Time:
    """Work out the denominator: a sensor gap before standing before a lost posture."""
    whole = (0, end)
    base = counted_time(NightInput(end, test.movements, test.epochs, test.gaps))
    fitted = _fitted(base, end)
    gap = union((s for leg in fitted for s in base.unusable[leg]), whole)
    if not fitted:
        gap = union([whole], whole)
    aways = test.aways or ()
    stood = [(a.start_tick, a.end_tick) for a in aways if a.reason == "standing"]
    stood += [(m.onset_tick, m.end_tick) for m in test.movements if m.kind == "walk"]
    stood += out_of_bed(test.epochs)
    standing = _without(stood, gap, whole)
    lost = [(a.start_tick, a.end_tick) for a in aways if a.reason == "posture"]
    posture = _without(lost, union([*gap, *standing], whole), whole)
    excluded = tuple(union([*gap, *standing, *posture], whole))
    counted = replace(base, fitted=fitted, excluded=excluded)
    return _Time(counted, {"posture": posture, "standing": standing, "sensor_gap": gap})


def _pass(
    test: SitInput, time: CountedTime, rules: RuleSet, mine: Callable[[Movement], bool]
) -> Pass:
    legs = monolaterals(test.movements, time.fitted, mine, is_leg_awake)
    return run_night(combine_legs(legs, rules), rules, time, NOTHING_MEASURED)


@dataclass(frozen=True, slots=True)
class _Passes:
    """The test with likely movements (the middle figure), with sure, and with possible ones."""

    likely: Pass
    sure: Pass
    possible: Pass

    def counts(self, of: Callable[[Pass], int]) -> tuple[int, int, int]:
        """Return (middle, least, most) of a count."""
        values = [of(one) for one in (self.likely, self.sure, self.possible)]
        return values[0], min(values), max(values)


def _slot(time: CountedTime, span: Span, passes: _Passes, felt: dict[int, int]) -> SitSlot:
    begin, stop = span
    counted_s = (stop - begin - overlap(time.excluded, begin, stop)) / TICKS_PER_S
    counted_s = counted_s if time.fitted else 0.0
    middle, low, high = passes.counts(lambda p: sum(begin <= m.onset < stop for m in p.periodic))
    start_min = begin // TICKS_PER_S // 60
    return SitSlot(
        start_min=start_min,
        movements=middle,
        movements_low=low,
        movements_high=high,
        counted_s=counted_s,
        movements_per_counted_hour=per_hour(middle, counted_s),
        discomfort_before=felt.get(start_min),
        discomfort_after=felt.get(start_min + SLOT_MIN),
    )


def _slots(time: CountedTime, passes: _Passes, answers: Iterable[SitAnswer]) -> tuple[SitSlot, ...]:
    end = time.in_bed[1]
    spans = [(begin, min(begin + SLOT_TICKS, end)) for begin in range(0, end, SLOT_TICKS)]
    return tuple(_slot(time, span, passes, dict(answers)) for span in spans)


def _mode_s(counts: Sequence[int]) -> float | None:
    """Return the middle of the fullest two neighbouring bins of a second each."""
    if sum(counts) < LEAST_FOR_MODE:
        return None
    pairs = [before + after for before, after in pairwise(counts)]
    return float(pairs.index(max(pairs)) + 1)


def _rhythm(build: partial[SitScore], result: Pass) -> partial[SitScore]:
    """Add intervals and durations."""
    imis_s = [imi / TICKS_PER_S for imi in result.imis if imi is not None]
    counts = [0] * BINS
    for imi in imis_s:
        if imi < BINS:
            counts[int(imi)] += 1
    durations = [m.duration / TICKS_PER_S for m in result.movements if m.clm]
    return partial(
        build,
        duration_median_s=median_or_none(durations),
        imi_histogram=tuple(counts),
        imi_longer=len(imis_s) - sum(counts),
        imi_count=len(imis_s),
        imi_median_s=median_or_none(imis_s),
        imi_mode_s=_mode_s(counts),
    )


def _counts(
    build: partial[SitScore], test: SitInput, passes: _Passes, counted_s: float
) -> partial[SitScore]:
    """Add how many movements, and how many an hour."""
    result = passes.likely
    enough_s = counted_s if counted_s >= LEAST_COUNTED_S else 0.0
    middle, low, high = passes.counts(lambda p: p.plm)
    sides = [m.side for m in result.periodic]
    owners = [test.movements[m.source[0]].owner for m in passes.possible.movements if m.clm]
    return partial(
        build,
        movements=middle,
        movements_sure=passes.sure.plm,
        movements_possible=passes.possible.plm,
        movements_per_counted_hour=per_hour(middle, enough_s),
        movements_per_counted_hour_low=per_hour(low, enough_s),
        movements_per_counted_hour_high=per_hour(high, enough_s),
        leg_movements=result.clm,
        leg_movements_per_counted_hour=per_hour(result.clm, enough_s),
        periodic_share=ratio(middle, result.clm),
        unsure=owners.count("unsure"),
        left=sides.count("L"),
        right=sides.count("R"),
        both=sides.count("B"),
        series=len(result.series),
    )


def _times(build: partial[SitScore], test: SitInput, time: _Time) -> partial[SitScore]:
    """Add which time counts, and why the rest does not."""
    counted, end = time.counted, time.counted.in_bed[1]
    left_out = {why: total(spans) / TICKS_PER_S for why, spans in time.left_out.items()}
    return partial(
        build,
        duration_s=end / TICKS_PER_S,
        planned_s=TEST_TICKS / TICKS_PER_S,
        counted_s=counted.counted_ticks / TICKS_PER_S,
        excluded_s=left_out | {"ended_early": (TEST_TICKS - end) / TICKS_PER_S},
        posture_watched=test.aways is not None,
        fitted=counted.fitted,
        usable_s={d: (end - total(spans)) / TICKS_PER_S for d, spans in counted.unusable.items()},
    )


def score_sit(test: SitInput, rules: RuleSet = SIT) -> SitScore:
    """Score an evening test.

    Parameters
    ----------
    test : SitInput
        What is stored of it; what came after its hour is left out.
    rules : RuleSet
        Times in seconds.

    Raises
    ------
    detect.rules.RuleError
        A movement that no rule can score, or an answer out of range.
    """
    check_night(NightInput(test.duration_ticks, test.movements, test.epochs, test.gaps))
    answers = tuple(sorted(check_answer(*answer) for answer in test.answers))
    ticks, time = _in_ticks(rules), _time(test, min(test.duration_ticks, TEST_TICKS))
    passes = _Passes(*(_pass(test, time.counted, ticks, who) for who in (likely, sure, possible)))
    felt = [answer.discomfort for answer in answers]
    build = partial(
        SitScore,
        rules=rules.name,
        rules_version=rules.version,
        sit_version=SIT_VERSION,
        slots=_slots(time.counted, passes, answers),
        answers=answers,
        discomfort_mean=mean_or_none(felt),
        discomfort_max=max(felt, default=None),
        flags=flags_of(passes.likely, len(test.movements)),
    )
    build = _times(build, test, time)
    build = _counts(build, test, passes, time.counted.counted_ticks / TICKS_PER_S)
    return _rhythm(build, passes.likely)()
