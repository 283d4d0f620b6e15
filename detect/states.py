"""What happened around a movement, where somebody measured it: stage, breathing, arousals.

Times are plain numbers, seconds or ticks; the rules must be in the same unit.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate, pairwise
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


def stages_at(onsets: Sequence[float], stages: Sequence[Staged]) -> list[str]:
    """Return the stage at each onset.

    Outside all stages, and where two overlap, it is wake: the reference scorer's answer.
    """
    ordered = sorted(stages, key=lambda staged: staged[1])
    starts = [start for _, start, _ in ordered]
    clear = all(before[2] <= after[1] for before, after in pairwise(ordered))
    found: list[str] = []
    for onset in onsets:
        begun = bisect_right(starts, onset)
        last = ordered[max(begun - 1, 0) : begun] if clear else ordered[:begun]
        there = [stage for stage, _, end in last if onset < end]
        found.append(there[0] if len(there) == 1 else WAKE)
    return found


def touching(
    movements: Sequence[LegMovement], windows: Sequence[Event], slack: float, *, inclusive: bool
) -> tuple[bool, ...]:
    """Say of each movement whether it overlaps any window, or comes as near as the slack.

    Parameters
    ----------
    movements : sequence of LegMovement
        What is asked about.
    windows : sequence of Event
        In any order.
    slack : float
        How far apart still touches.
    inclusive : bool
        Does a distance of exactly the slack touch.
    """
    ordered = sorted(windows)
    starts = [start for start, _ in ordered]
    latest_end = list(accumulate((end for _, end in ordered), max))
    begun_by = bisect_right if inclusive else bisect_left
    near = within(inclusive)
    found = []
    for movement in movements:
        begun = begun_by(starts, movement.end + slack)
        found.append(begun > 0 and near(movement.onset - slack, latest_end[begun - 1]))
    return tuple(found)


def respiratory_windows(events: Sequence[Event], rules: RuleSet) -> list[Event]:
    """Return the time around each respiratory event in which a movement is related to it."""
    at_end = rules.resp_rule == "event_end"
    return [
        ((end if at_end else start) - rules.resp_before_s, end + rules.resp_after_s)
        for start, end in events
    ]


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
    no, count = (False,), len(movements)
    if around == NOTHING_MEASURED:
        return Marks((None,) * count, no * count, no * count, (True,) * count)
    stages = around.stages
    respiratory = touching(
        movements,
        respiratory_windows(around.respiratory or (), rules),
        0,
        inclusive=rules.resp_inclusive,
    )
    arousal = touching(
        movements,
        around.arousals or (),
        rules.arousal_gap_s,
        inclusive=rules.arousal_gap_inclusive,
    )
    in_sleep = (
        [reaches_sleep(m, stages) for m in movements]
        if rules.sleep_only and stages
        else [True] * count
    )
    return Marks(
        stage=tuple(stages_at([m.onset for m in movements], stages)) if stages else (None,) * count,
        respiratory=respiratory,
        arousal=arousal,
        scored=tuple(
            sleeps and not (rules.resp_excluded and resp)
            for sleeps, resp in zip(in_sleep, respiratory, strict=True)
        ),
    )
