"""What happened around a movement, where somebody measured it: stage, breathing, arousals.

Times are plain numbers, seconds or ticks; the rules must be in the same unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detect.legs import within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detect.legs import LegMovement
    from detect.rules import RuleSet

WAKE = "W"
COLUMNS = {
    "TIB": frozenset({"W", "N1", "N2", "N3", "R"}),
    "TST": frozenset({"N1", "N2", "N3", "R"}),
    "Wake": frozenset({"W"}),
    "N1": frozenset({"N1"}),
    "N2": frozenset({"N2"}),
    "N3": frozenset({"N3"}),
    "REM": frozenset({"R"}),
    "NREM": frozenset({"N1", "N2", "N3"}),
}
"""The states that figures are given for, and the stages in each."""

Event = tuple[float, float]
"""(start, end)."""
Staged = tuple[str, float, float]
"""(stage, start, end)."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What was measured beside the movements. None: it was not; empty: there was nothing."""

    stages: tuple[Staged, ...] | None = None
    respiratory: tuple[Event, ...] | None = None
    arousals: tuple[Event, ...] | None = None


NOTHING_MEASURED = Surroundings()


def stage_at(onset: float, stages: Sequence[Staged]) -> str:
    """Return the stage at a movement's onset.

    Outside all stages, and where two overlap, it is wake: the reference scorer's answer.
    """
    found = [stage for stage, start, end in stages if start <= onset < end]
    return found[0] if len(found) == 1 else WAKE


def respiratory_related(movement: LegMovement, events: Sequence[Event], rules: RuleSet) -> bool:
    """Say whether any part of the movement lies in a respiratory event's window."""
    touches = within(rules.resp_inclusive)
    for start, end in events:
        opens = (end if rules.resp_rule == "event_end" else start) - rules.resp_before_s
        closes = end + rules.resp_after_s
        if touches(movement.onset, closes) and touches(opens, movement.end):
            return True
    return False


def arousal_related(movement: LegMovement, arousals: Sequence[Event], rules: RuleSet) -> bool:
    """Do an arousal and the movement overlap, or rest less than the gap apart, either first."""
    near = within(rules.arousal_gap_inclusive)
    return any(
        near(start, movement.end + rules.arousal_gap_s)
        and near(movement.onset - rules.arousal_gap_s, end)
        for start, end in arousals
    )


def reaches_sleep(movement: LegMovement, stages: Sequence[Staged]) -> bool:
    """Is any part of the movement in a sleep stage."""
    return any(
        stage != WAKE and start < movement.end and movement.onset < end
        for stage, start, end in stages
    )


@dataclass(frozen=True, slots=True)
class Marks:
    """Per movement: what surrounds it."""

    stage: tuple[str | None, ...]
    respiratory: tuple[bool, ...]
    arousal: tuple[bool, ...]
    scored: tuple[bool, ...]
    """Does the rule set score it at all (AASM: in sleep, not respiratory)."""


def mark(movements: Sequence[LegMovement], around: Surroundings, rules: RuleSet) -> Marks:
    """Look around every movement."""
    if around == NOTHING_MEASURED:
        no, count = (False,), len(movements)
        return Marks((None,) * count, no * count, no * count, (True,) * count)
    stages, events, arousals = around.stages, around.respiratory or (), around.arousals or ()
    respiratory = tuple(bool(events) and respiratory_related(m, events, rules) for m in movements)
    in_sleep = (
        [reaches_sleep(m, stages) for m in movements]
        if rules.sleep_only and stages
        else [True] * len(movements)
    )
    return Marks(
        stage=tuple(stage_at(m.onset, stages) if stages else None for m in movements),
        respiratory=respiratory,
        arousal=tuple(bool(arousals) and arousal_related(m, arousals, rules) for m in movements),
        scored=tuple(
            sleeps and not (rules.resp_excluded and resp)
            for sleeps, resp in zip(in_sleep, respiratory, strict=True)
        ),
    )
