"""Intervals and series of periodic leg movements, with the reason each series ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise, repeat
from typing import TYPE_CHECKING

from detect.legs import highest, lowest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detect.legs import LegMovement
    from detect.rules import RuleSet


class Ended(StrEnum):
    """Why a series ended; the texts are published."""

    SHORT_INTERVAL = "short interval"
    LONG_INTERVAL = "long interval"
    NOT_A_CLM = "not a CLM"
    SENSOR_GAP = "sensor gap"
    NIGHT_END = "night end"


@dataclass(frozen=True, slots=True)
class Series:
    """At least four candidates in rhythm."""

    number: int
    """1 for the first of the night."""
    members: tuple[int, ...]
    """Positions in the list of leg movements."""
    ended: Ended


def intervals(
    movements: Sequence[LegMovement], cuts: Sequence[float | None] | None = None
) -> list[float | None]:
    """Return the interval (IMI) before each movement, onset to onset.

    None for the first, for and after a movement that is no candidate (WASM 3.3.3), and where the
    interval could not be measured.

    Parameters
    ----------
    movements : sequence of LegMovement
        Ordered by onset.
    cuts : sequence of float or None, optional
        Per movement: when, since the movement before, measuring stopped; None: it did not.
    """
    if not movements:
        return []
    result: list[float | None] = [None]
    result += [
        after.onset - before.onset if before.clm and after.clm else None
        for before, after in pairwise(movements)
    ]
    for position, cut in enumerate(cuts or ()):
        if cut is not None:
            result[position] = None
    return result


Closed = tuple[list[int], Ended]
"""The members of a series that is over, and why."""


class SeriesBuilder:
    """Grows runs of candidates one at a time; both the batch and the live scorer use it.

    Parameters
    ----------
    rules : RuleSet
        In the unit of the onsets.
    """

    __slots__ = ("_longest", "_shortest", "last_onset", "rules", "run")

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self._shortest = lowest(rules.min_imi_s, inclusive=rules.min_imi_inclusive)
        self._longest = highest(rules.max_imi_s, inclusive=rules.max_imi_inclusive)
        self.run: list[int] = []
        """The candidates in rhythm so far, as they were called in `add`."""
        self.last_onset: float | None = None
        """Onset from which the next interval is measured; None: it cannot be."""

    def too_late(self, onset: float) -> bool:
        """Say whether the interval from the last candidate to this onset is too long."""
        return self.last_onset is not None and onset - self.last_onset > self._longest

    def close(self, ended: Ended) -> Closed | None:
        """Forget the rhythm; return the run if it was a series."""
        run, self.run, self.last_onset = self.run, [], None
        return (run, ended) if len(run) >= self.rules.min_series else None

    def cut(self, since: float) -> Closed | None:
        """Stop measuring at `since`: no interval reaches across."""
        return self.close(Ended.LONG_INTERVAL if self.too_late(since) else Ended.SENSOR_GAP)

    def add(self, member: int, movement: LegMovement) -> Closed | None:
        """Take the next movement, called `member`; return the series that it ended, if it did."""
        onset = movement.onset
        if not movement.clm:
            if self.rules.long_movement == "ignored":
                return None
            return self.close(Ended.LONG_INTERVAL if self.too_late(onset) else Ended.NOT_A_CLM)
        closed = None
        if self.last_onset is not None:
            interval = onset - self.last_onset
            if interval < self._shortest:
                if self.rules.short_imi == "skip_later":
                    return None
                closed = self.close(Ended.SHORT_INTERVAL)
                if self.rules.short_imi == "no_restart":
                    self.last_onset = onset
                    return closed
            elif interval > self._longest:
                closed = self.close(Ended.LONG_INTERVAL)
        self.run.append(member)
        self.last_onset = onset
        return closed

    def finish(self, end: float | None) -> Closed | None:
        """End the night at `end`."""
        late = end is not None and self.too_late(end)
        return self.close(Ended.LONG_INTERVAL if late else Ended.NIGHT_END)


def find_series(
    movements: Sequence[LegMovement],
    rules: RuleSet,
    scored: Sequence[bool] | None = None,
    cuts: Sequence[float | None] | None = None,
    end_cut: float | None = None,
    end: float | None = None,
) -> list[Series]:
    """Find the series of a night.

    Parameters
    ----------
    movements : sequence of LegMovement
        Ordered by onset.
    rules : RuleSet
        In the unit of the movements.
    scored : sequence of bool, optional
        False: the movement is taken out before series are built (a respiratory-related one).
    cuts : sequence of float or None, optional
        Per movement: when, since the movement before, measuring stopped; None: it did not.
    end_cut : float, optional
        When measuring stopped after the last movement; None: it went on until the end.
    end : float, optional
        End of the night, for the reason the last series ended.
    """
    builder = SeriesBuilder(rules)
    closed: list[Closed] = []
    each = zip(movements, scored or repeat(True), cuts or repeat(None), strict=False)
    for position, (movement, counts, cut) in enumerate(each):
        over = None if cut is None else builder.cut(cut)
        if counts:
            over = builder.add(position, movement) or over
        if over is not None:
            closed.append(over)
    last = None if end_cut is None else builder.cut(end_cut)
    last = builder.finish(end) or last
    if last is not None:
        closed.append(last)
    return [Series(number, tuple(run), ended) for number, (run, ended) in enumerate(closed, 1)]
