"""Counts and indices by sleep and wake, for nights whose stages somebody scored."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detect.indices import per_hour
from detect.states import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from detect.passes import Pass

PER_HOUR = ("CLM", "PLM", "PLMnr", "PLMa")
"""Counts that are also given per hour."""

Table = dict[str, dict[str, float | None]]


@dataclass(frozen=True, slots=True)
class States:
    """Figures by state (TIB, TST, Wake, N1, ...). PLM of TST are PLMS, of Wake PLMW."""

    seconds: dict[str, float]
    counts: dict[str, dict[str, int]]
    """CLM, PLM, PLMnr (respiratory-related taken out), nonCLM, PLMa (with arousal), CLMr."""
    per_hour: Table
    """CLM, PLM, PLMnr, PLMa per hour of the state; PI and PInr: periodicity index, movements
    form, rounded to 2 decimals as the reference scorer does. None: no time in that state."""


def round_half_up(value: float, digits: int = 2) -> float:
    """Round halves away from zero (the reference scorer's manner)."""
    scale = 10**digits
    return math.copysign(math.trunc(abs(value) * scale + 0.5) / scale, value)


def _kinds(result: Pass) -> list[tuple[str, ...]]:
    """Return, per movement, the counts that it belongs to (CLMnr serves PInr only)."""
    kinds: list[tuple[str, ...]] = []
    for position, movement in enumerate(result.movements):
        if not movement.clm:
            kinds.append(("nonCLM",))
            continue
        resp, plm = result.marks.respiratory[position], result.series_number[position] > 0
        belongs = {
            "CLM": True,
            "PLM": plm,
            "PLMnr": result.plm_nr[position] and not resp,
            "PLMa": plm and result.marks.arousal[position],
            "CLMr": resp,
            "CLMnr": not resp,
        }
        kinds.append(tuple(kind for kind, yes in belongs.items() if yes))
    return kinds


def by_state(result: Pass, stage_seconds: Mapping[str, float]) -> States:
    """Count a night's movements by the state at their onset.

    Parameters
    ----------
    result : Pass
        Scored with stages.
    stage_seconds : mapping
        Time in each stage (W, N1, N2, N3, R) [s].
    """
    names = ("CLM", "PLM", "PLMnr", "nonCLM", "PLMa", "CLMr", "CLMnr")
    found = Counter(
        (kind, stage)
        for stage, kinds in zip(result.marks.stage, _kinds(result), strict=True)
        for kind in kinds
    )
    counts = {
        name: {column: sum(found[name, s] for s in stages) for column, stages in COLUMNS.items()}
        for name in names
    }
    seconds = {
        column: sum(stage_seconds.get(stage, 0.0) for stage in sorted(stages))
        for column, stages in COLUMNS.items()
    }
    hourly: Table = {
        name: {column: per_hour(counts[name][column], seconds[column]) for column in COLUMNS}
        for name in PER_HOUR
    }
    for name, part, whole in (("PI", "PLM", "CLM"), ("PInr", "PLMnr", "CLMnr")):
        hourly[name] = {
            column: round_half_up(counts[part][column] / counts[whole][column])
            if counts[whole][column]
            else None
            for column in COLUMNS
        }
    del counts["CLMnr"]
    return States(seconds, counts, hourly)
