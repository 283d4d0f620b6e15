"""Lists of movements scored elsewhere, in the exchange format of the rule tests.

A case holds `lms` ([onset s, duration s, "L" | "R"]) and, where they were measured, `resp` and
`arousal` ([onset, duration]) and `stages` ([stage, onset, duration], stage in W N1 N2 N3 R).
Numbers are taken and given in seconds, with the 15 significant digits of the reference scorer's
own output, and worked in floating point as it does, so that its answers are met exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeGuard

from detect.legs import Lm, combine_legs
from detect.night import STAGES
from detect.passes import Pass, run_rules
from detect.rules import WASM2016, RuleError, RuleSet
from detect.staged import PER_HOUR, by_state
from detect.states import COLUMNS, WAKE, Event, Staged, Surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping

_DIGITS = 15
_PLACES = 3
"""Onsets and durations are given to the millisecond, as in the reference output."""
_LONGEST_S = 1e11
"""Seconds, since whenever; sums of such numbers keep their milliseconds."""
_LM_FIELDS, _EVENT_FIELDS = 3, 2


@dataclass(frozen=True, slots=True)
class Case:
    """A list of movements and what was measured around them; times in seconds."""

    name: str
    lms: tuple[Lm, ...]
    """Ordered by onset; an unsorted list is sorted, equal onsets keep their order."""
    around: Surroundings
    stage_seconds: Mapping[str, float] | None
    """Time in each stage; None: stages were not measured."""


def _is_number(value: object) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= _LONGEST_S  # false for NaN


def _rows(case: Mapping[str, Any], key: str, size: int, where: str) -> list[Any] | None:
    rows = case.get(key)
    if rows is None:
        return None
    if not isinstance(rows, list):
        raise RuleError(f"{where}: {key} is not a list")
    for number, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != size:
            raise RuleError(f"{where}: {key} row {number}: expected {size} values, got {row!r}")
    return rows


def _span(onset: object, duration: object, row: str) -> tuple[float, float]:
    """Return (onset, end), or refuse the row."""
    if not _is_number(onset):
        raise RuleError(f"{row}: onset {onset!r} is not a number of seconds (up to 1e11)")
    if not _is_number(duration):
        raise RuleError(f"{row}: duration {duration!r} is not a number of seconds (up to 1e11)")
    if duration < 0:
        raise RuleError(f"{row}: duration {duration!r} s is negative")
    return float(onset), float(onset) + float(duration)


def _lms(case: Mapping[str, Any], where: str) -> tuple[Lm, ...]:
    rows = _rows(case, "lms", _LM_FIELDS, where)
    if rows is None:
        raise RuleError(f"{where}: lms is missing")
    lms = []
    for number, (onset, duration, side) in enumerate(rows):
        row = f"{where}: lms row {number}"
        start, end = _span(onset, duration, row)
        if side not in ("L", "R"):
            raise RuleError(f"{row}: side {side!r} is neither L nor R")
        lms.append(Lm(start, float(duration), end, side, (number,)))
    return tuple(sorted(lms, key=lambda lm: lm.onset))


def _events(case: Mapping[str, Any], key: str, where: str) -> tuple[Event, ...] | None:
    rows = _rows(case, key, _EVENT_FIELDS, where)
    if rows is None:
        return None
    return tuple(
        _span(onset, duration, f"{where}: {key} row {number}")
        for number, (onset, duration) in enumerate(rows)
    )


def _stages(
    case: Mapping[str, Any], where: str
) -> tuple[tuple[Staged, ...], dict[str, float]] | None:
    rows = _rows(case, "stages", _LM_FIELDS, where)
    if not rows:
        return None
    stages: list[Staged] = []
    seconds: dict[str, list[float]] = {stage: [] for stage in STAGES}
    for number, (stage, onset, duration) in enumerate(rows):
        row = f"{where}: stages row {number}"
        if stage not in STAGES:
            raise RuleError(f"{row}: unknown stage {stage!r}; there are {', '.join(STAGES)}")
        stages.append((stage, *_span(onset, duration, row)))
        seconds[stage].append(duration)
    return tuple(stages), {stage: math.fsum(values) for stage, values in seconds.items()}


def read_case(case: object, number: int = 0) -> Case:
    """Check one case of the exchange format.

    Parameters
    ----------
    case : object
        As decoded from JSON; keys other than the format's are left alone.
    number : int
        Its position in the file, the name of a case without one.

    Raises
    ------
    RuleError
        One line: the case, the list, the row (from 0) and what is wrong with it.
    """
    if not isinstance(case, dict):
        raise RuleError(f"case {number}: not an object")
    name = " ".join(str(case.get("name", number)).split())
    where = f"case {name}"
    staged = _stages(case, where)
    around = Surroundings(
        stages=None if staged is None else staged[0],
        respiratory=_events(case, "resp", where),
        arousals=_events(case, "arousal", where),
    )
    return Case(name, _lms(case, where), around, None if staged is None else staged[1])


def _digits(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{_DIGITS}g}")


def _event_rows(result: Pass) -> list[dict[str, Any]]:
    return [
        {
            "onset": round(m.onset, _PLACES),
            "dur": round(m.duration, _PLACES),
            "side": m.side,
            "n_mono": m.monolaterals,
            "clm": int(m.clm),
            "resp": int(result.marks.respiratory[i]),
            "plm": int(result.series_number[i] > 0),
            "series": result.series_number[i],
            "plm_nr": int(result.plm_nr[i]),
            "arousal": int(result.marks.arousal[i]),
            "stage": result.marks.stage[i],
            "imi": _digits(result.imis[i]),
        }
        for i, m in enumerate(result.movements)
    ]


def score_case(case: Case, rules: RuleSet = WASM2016) -> dict[str, Any]:
    """Score a case.

    Parameters
    ----------
    case : Case
        From `read_case`.
    rules : RuleSet
        Times in seconds.

    Returns
    -------
    dict
        `name`, `events`, `counts` and `per_hour` of the exchange format. Without stages only the
        TIB counts and TIB periodicity indices are known; the others are None.
    """
    result = run_rules(combine_legs(case.lms, rules), rules, case.around)
    if case.stage_seconds is not None:
        states = by_state(result, case.stage_seconds)
        counts: dict[str, Any] = {
            name: {column: float(n) for column, n in row.items()}
            for name, row in states.counts.items()
        }
        hourly = states.per_hour
    else:
        counts, hourly = _unstaged(result)
    return {
        "name": case.name,
        "events": _event_rows(result),
        "counts": counts,
        "per_hour": {
            name: {column: _digits(value) for column, value in row.items()}
            for name, row in hourly.items()
        },
    }


def _unstaged(result: Pass) -> tuple[dict[str, Any], dict[str, dict[str, float | None]]]:
    """Count without knowing sleep from wake: all of it is time in bed of unknown length."""
    in_bed = replace(result.marks, stage=(WAKE,) * len(result.movements))
    states = by_state(replace(result, marks=in_bed), {})
    counts = {
        name: {column: float(n) if column == "TIB" else None for column, n in row.items()}
        for name, row in states.counts.items()
    }
    hourly = {
        name: {column: value if column == "TIB" else None for column, value in row.items()}
        for name, row in states.per_hour.items()
    }
    return counts, hourly


__all__ = ["COLUMNS", "PER_HOUR", "Case", "read_case", "score_case"]
