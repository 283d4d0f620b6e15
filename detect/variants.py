"""Which ambiguous rule moved tonight's number, and by how much."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING

from detect.indices import per_hour
from detect.legs import join_same_leg

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from detect.legs import Lm
    from detect.passes import Pass
    from detect.rules import RuleSet


@dataclass(frozen=True, slots=True)
class Variant:
    """The night with one ambiguous rule answered the other way."""

    name: str
    question: str
    answer: str
    """How the variant answers it."""
    plm: int
    plmi_tib: float | None
    change_per_hour: float | None
    """The variant's index minus the night's."""


def _leg_gap_met(lms: Sequence[Lm], rules: RuleSet) -> bool:
    """Do two movements ever rest exactly the gap between the legs."""
    reach = float("-inf")
    gap_s = rules.leg_gap_s
    for lm in lms:
        if lm.onset == reach:
            return True
        touched = lm.end + gap_s
        if touched > reach:
            reach = touched
    return False


@dataclass(frozen=True, slots=True)
class _Flip:
    """One ambiguous rule answered the other way."""

    name: str
    question: str
    answer: str
    rules: RuleSet
    recombine: bool
    """Does the answer change how the legs are combined."""


@lru_cache(maxsize=32)
def _flips(rules: RuleSet) -> tuple[_Flip, ...]:
    restart = rules.short_imi == "restart"
    return (
        _Flip(
            "short_interval_restart",
            "May a kick less than the shortest interval after another start a series?",
            "no" if restart else "yes",
            replace(rules, short_imi="no_restart" if restart else "restart"),
            recombine=False,
        ),
        _Flip(
            "interval_exactly_longest",
            "Is an interval of exactly the longest length inside a series?",
            "no" if rules.max_imi_inclusive else "yes",
            replace(rules, max_imi_inclusive=not rules.max_imi_inclusive),
            recombine=False,
        ),
        _Flip(
            "leg_gap_exactly_limit",
            "Are movements of the two legs exactly the limit apart one movement?",
            "no" if rules.leg_gap_inclusive else "yes",
            replace(rules, leg_gap_inclusive=not rules.leg_gap_inclusive),
            recombine=True,
        ),
        _Flip(
            "same_leg_join",
            "Are bursts of one leg less than half a second apart one movement?",
            "no",
            replace(rules, same_leg_gap_s=None),
            recombine=True,
        ),
        _Flip(
            "exactly_longest_movement",
            "Is a movement of exactly the longest duration a candidate?",
            "no" if rules.max_mono_inclusive else "yes",
            replace(rules, max_mono_inclusive=not rules.max_mono_inclusive),
            recombine=True,
        ),
    )


def _matters(lms: Sequence[Lm], base: Pass, rules: RuleSet) -> dict[str, bool]:
    """Say, cheaply, of which ambiguity the night holds a case."""
    measured = [imi for imi in base.imis if imi is not None]
    joins = rules.same_leg_gap_s is not None
    return {
        "short_interval_restart": min(measured, default=rules.max_imi_s) <= rules.min_imi_s,
        "interval_exactly_longest": rules.max_imi_s in measured,
        "leg_gap_exactly_limit": rules.leg_rule == "onset_onset" or _leg_gap_met(lms, rules),
        "same_leg_join": joins and len(join_same_leg(lms, rules)) != len(lms),
        "exactly_longest_movement": rules.max_mono_s in map(attrgetter("duration"), lms),
    }


def rule_variants(
    lms: Sequence[Lm],
    base: Pass,
    rules: RuleSet,
    counted_s: float,
    run: Callable[[RuleSet, bool], int],
) -> tuple[Variant, ...]:
    """Score the night with each ambiguous rule answered the other way.

    Parameters
    ----------
    lms : sequence of Lm
        The movements of single legs behind `base`.
    base : Pass
        The night under `rules`.
    rules : RuleSet
        In the unit of `lms`.
    counted_s : float
        Denominator [s].
    run : callable
        Counts PLM by other rules, with the legs combined anew or not; called only where the
        answer can matter.
    """
    index = per_hour(base.plm, counted_s)
    matters = _matters(lms, base, rules)
    variants = []
    for flip in _flips(rules):
        plm = run(flip.rules, flip.recombine) if matters[flip.name] else base.plm
        other = per_hour(plm, counted_s)
        change = None if other is None or index is None else other - index
        variants.append(Variant(flip.name, flip.question, flip.answer, plm, other, change))
    return tuple(variants)
