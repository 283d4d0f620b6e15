"""The rule books of periodic leg movement scoring: named, frozen, each constant with its source.

A comparison that the published scorers answer differently is a field of its own, so that a night
can be scored both ways and the difference be shown.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

WASM = "WASM/IRLSSG/EURLSSG 2016, Ferri et al., Sleep Med 26:86-95"
REFERENCE = "PLMScoRe 0.1.3 (R, MIT), by a co-author of WASM 2016"
AASM = "AASM manual v2/v3, as tabulated in PMC9619152 table 3"
MICHAUD = "Michaud et al. 2001, Sleep Med 2:317-321 (abstract, PMID 11438248)"
SILENT = "the abstract of 2001 is silent; as WASM 2016"


class RuleError(ValueError):
    """A rule set that does not exist, or movements that no rule can score; names the row."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One rule book; times in seconds. `SOURCES` names the origin of every field."""

    name: str
    version: int = 1
    """Raised when the same name comes to score a night differently."""

    min_duration_s: float = 0.5
    """A shorter movement of one leg is none [s]."""
    min_duration_inclusive: bool = True
    """A movement of exactly `min_duration_s` is one."""
    max_mono_s: float = 10.0
    """A longer movement of one leg is no candidate (CLM) [s]."""
    max_mono_inclusive: bool = True
    """A movement of exactly `max_mono_s` is a candidate."""
    max_bilateral_s: float = 15.0
    """A longer movement of both legs is no candidate [s]."""
    max_bilateral_inclusive: bool = True
    """A bilateral movement of exactly `max_bilateral_s` is a candidate."""
    max_monolaterals: int = 4
    """A bilateral movement of more monolateral ones is no candidate."""

    same_leg_gap_s: float | None = 0.5
    """One leg's movements closer than this, offset to onset, are one [s]; None: never joined."""
    same_leg_gap_inclusive: bool = False
    """A gap of exactly `same_leg_gap_s` is joined."""
    same_leg_chain: bool = False
    """A third burst within the gap joins too; the reference scorer looks ahead only once."""
    leg_rule: Literal["offset_onset", "onset_onset"] = "offset_onset"
    """What is measured between the legs: a gap in movement, or onset to onset."""
    leg_gap_s: float = 0.5
    """Movements of the two legs closer than this are one [s]."""
    leg_gap_inclusive: bool = False
    """A distance of exactly `leg_gap_s` is joined."""

    min_imi_s: float = 10.0
    """Shortest interval of a series, onset to onset [s]."""
    min_imi_inclusive: bool = True
    """An interval of exactly `min_imi_s` continues a series."""
    max_imi_s: float = 90.0
    """Longest interval of a series [s]."""
    max_imi_inclusive: bool = True
    """An interval of exactly `max_imi_s` continues a series."""
    min_series: int = 4
    """Candidates that make a series."""
    short_imi: Literal["restart", "no_restart", "skip_later"] = "restart"
    """After a short interval: the later movement may start a series, may not, or is passed over."""
    long_movement: Literal["ends_series", "ignored"] = "ends_series"
    """What a movement that is no candidate does to a series."""

    resp_rule: Literal["event_end", "whole_event"] = "event_end"
    """Is the respiratory window laid around the event's end or around the whole event."""
    resp_before_s: float = 2.0
    """The window opens this long before [s]."""
    resp_after_s: float = 10.25
    """The window closes this long after the event's end [s]."""
    resp_inclusive: bool = True
    """A movement that only touches the window is respiratory-related."""
    resp_excluded: bool = False
    """Respiratory-related movements are never scored (else: reported with and without)."""
    arousal_gap_s: float = 0.5
    """A movement and an arousal closer than this belong together [s]."""
    arousal_gap_inclusive: bool = True
    """A distance of exactly `arousal_gap_s` belongs together."""
    sleep_only: bool = False
    """Only movements that reach into a sleep epoch are scored, where stages are known."""

    pi_min_intervals: int = 3
    """Successive qualifying intervals that count in the intervals form of the periodicity index."""
    pi_min_inclusive: bool = False
    """In that form an interval of exactly `min_imi_s` qualifies."""


SOURCES = {
    "min_duration_s": f"{WASM}: LM duration; {MICHAUD}: 0.5 s",
    "min_duration_inclusive": f"{REFERENCE}: removes below 0.5 s",
    "max_mono_s": f"{WASM}: CLM, monolateral; {MICHAUD}: 10 s, for many last over 5 s awake",
    "max_mono_inclusive": f"{REFERENCE}: 10.000 s is a CLM (SOMAS: not)",
    "max_bilateral_s": f"{WASM}: CLM, bilateral; Ferri 2017, Sleep Med 32:10-15; sit: {SILENT}",
    "max_bilateral_inclusive": f"{REFERENCE}: 15.0 s is a CLM",
    "max_monolaterals": f"{WASM}: CLM, bilateral; Ferri 2017, Sleep Med 32:10-15",
    "same_leg_gap_s": f"{WASM}: follows from the LM offset rule (MATPLM, SOMAS: never joined)",
    "same_leg_gap_inclusive": f"{REFERENCE}: 0.5 s apart are two",
    "same_leg_chain": f"{REFERENCE}: one look ahead per movement",
    "leg_rule": f"{WASM}: offset to onset; {AASM}: onset to onset",
    "leg_gap_s": f"{WASM}: bilateral LM, 0.5 s; {AASM}: 5 s; sit: {SILENT}",
    "leg_gap_inclusive": f"{REFERENCE}: exactly 0.5 s is separate (MATPLM: joined)",
    "min_imi_s": f"{WASM}: PLM series, 10 s; {AASM}: 5 s; {MICHAUD}: 4 s",
    "min_imi_inclusive": f"{REFERENCE}: 10.0 s is in",
    "max_imi_s": f"{WASM} and AASM: 90 s; {MICHAUD}: 90 s",
    "max_imi_inclusive": f"{REFERENCE}, MATPLM: 90.0 s is in (SOMAS: out)",
    "min_series": f"{WASM} and AASM: 4; {MICHAUD}: 4",
    "short_imi": f"{REFERENCE}, MATPLM: restart; SOMAS: no restart; AASM silent, Pendulum skips;"
    " sit: skips, for ending a series here was new in 2016 (Ferri 2015, Sleep Med 16:1229-35)",
    "long_movement": f"{WASM} 3.3.6: ends the series; {AASM}: not an LM; sit: not an LM, likewise",
    "resp_rule": f"{WASM}: the event's end; {AASM}: the whole event",
    "resp_before_s": "Manconi 2015, PMC4288611: 2 s; alternative and AASM: 0.5 s",
    "resp_after_s": "Manconi 2015, PMC4288611: 10.25 s; alternative and AASM: 0.5 s",
    "resp_inclusive": f"{REFERENCE}: touching is within",
    "resp_excluded": f"{AASM}: not scored; {WASM}: reported with and without",
    "arousal_gap_s": f"{WASM} and PMC4434558: 0.5 s",
    "arousal_gap_inclusive": f"{REFERENCE}: exactly 0.5 s belongs (text: less than 0.5 s)",
    "sleep_only": f"{AASM}: LM in wake not scored; {WASM}: PLMW reported",
    "pi_min_intervals": "Ferri 2006, Sleep 29:759-769: runs of at least 3 intervals",
    "pi_min_inclusive": "Ferri 2006, Sleep 29:759-769: 10 < i <= 90",
}
"""Field of `RuleSet` -> where its value comes from."""

WASM2016 = RuleSet(name="wasm2016")
WASM2016_STRICT = RuleSet(name="wasm2016-strict", short_imi="no_restart")
AASM_V3 = RuleSet(
    name="aasm",
    same_leg_chain=True,
    leg_rule="onset_onset",
    leg_gap_s=5.0,
    min_imi_s=5.0,
    short_imi="skip_later",
    long_movement="ignored",
    resp_rule="whole_event",
    resp_before_s=0.5,
    resp_after_s=0.5,
    resp_excluded=True,
    sleep_only=True,
)
SIT = RuleSet(
    name="sit",
    same_leg_chain=True,
    min_imi_s=4.0,
    short_imi="skip_later",
    long_movement="ignored",
)
"""Leg movements of somebody awake, in the suggested immobilisation test (`detect.sit`)."""

RULE_SETS = {rules.name: rules for rules in (WASM2016, WASM2016_STRICT, AASM_V3, SIT)}
"""The named rule sets, the default first; `sit` is for the evening test."""

SUPERSEDED: dict[RuleSet, str] = {}
"""Earlier versions of the named sets, each with what the next one changed, in one plain sentence:
the night's page shows the number before it beside today's."""


def find_rules(name: str) -> RuleSet:
    """Return the rule set of this name.

    Raises
    ------
    RuleError
        No such rule set; the message lists those there are.
    """
    try:
        return RULE_SETS[name]
    except KeyError:
        raise RuleError(f"no rule set {name!r}; there are {', '.join(RULE_SETS)}") from None


def versions_of(name: str, superseded: Iterable[RuleSet] = SUPERSEDED) -> tuple[RuleSet, ...]:
    """Return every version of a named rule set, the oldest first and today's last.

    Raises
    ------
    RuleError
        No such rule set.
    """
    today = find_rules(name)
    older = sorted((r for r in superseded if r.name == name), key=lambda rules: rules.version)
    return (*older, today)


def with_half_second_window(rules: RuleSet) -> RuleSet:
    """Return the rules with the alternative respiratory window, 0.5 s around the event's end."""
    return replace(rules, resp_before_s=0.5, resp_after_s=0.5)


def in_ticks(rules: RuleSet, ticks_per_s: int) -> RuleSet:
    """Return the rules with every time in ticks, for exact integer arithmetic.

    Parameters
    ----------
    rules : RuleSet
        Times in seconds.
    ticks_per_s : int
        Ticks in a second; every constant of the standards is a whole number of 10 ms ticks.
    """
    times = {
        field.name: round(value * ticks_per_s)
        for field in fields(rules)
        if field.name.endswith("_s") and (value := getattr(rules, field.name)) is not None
    }
    return replace(rules, **times)
