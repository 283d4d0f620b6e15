"""One run of the rules over one list of movements; a night needs several of them."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

from detect.legs import LegMovement, LegSide, Lm, combine_legs
from detect.movement import Part, records
from detect.night import LEGS
from detect.series import Series, find_series, intervals
from detect.spans import outside
from detect.states import Marks, Surroundings, mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from detect.movement import Movement
    from detect.night import CountedTime
    from detect.rules import RuleSet

SIDES: dict[str, LegSide] = {"left": "L", "right": "R"}
SURE = frozenset({"patient", "both"})
POSSIBLE = SURE | {"unsure"}
P_PATIENT = 0.5
"""An unsure movement at least this likely the patient's is in the middle figure."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """Where measuring stopped; no interval reaches across."""

    before: tuple[float | None, ...] | None = None
    """Per movement: when, since the movement before; None: it did not."""
    at_end: float | None = None
    """When, after the last movement; None: it did not."""
    end: float | None = None
    """End of the night."""


NO_CUTS = Cuts()


@dataclass(frozen=True, slots=True)
class Pass:
    """Leg movements, their intervals, series and surroundings, in the unit of the rules."""

    movements: tuple[LegMovement, ...]
    imis: tuple[float | None, ...]
    series: tuple[Series, ...]
    series_number: tuple[int, ...]
    """Per movement; 0: in none."""
    plm_nr: tuple[bool, ...]
    """Per movement: in a series once respiratory-related ones are taken out."""
    marks: Marks
    cuts: Cuts
    periodic: tuple[LegMovement, ...]
    """The movements in series."""
    clm: int
    """Candidates."""

    @property
    def plm(self) -> int:
        """Candidates in series."""
        return len(self.periodic)


def run_rules(
    movements: Sequence[LegMovement],
    rules: RuleSet,
    around: Surroundings,
    cuts: Cuts = NO_CUTS,
) -> Pass:
    """Measure intervals, find series with and without respiratory-related movements.

    Parameters
    ----------
    movements : sequence of LegMovement
        After the legs are combined, ordered by onset.
    rules : RuleSet
        In the unit of the movements.
    around : Surroundings
        What was measured beside them.
    cuts : Cuts
        Where intervals could not be measured.
    """
    marks = mark(movements, around, rules)
    series = find_series(movements, rules, marks.scored, cuts.before, cuts.at_end, cuts.end)
    numbers = [0] * len(movements)
    for one in series:
        for member in one.members:
            numbers[member] = one.number
    plm_nr = tuple(number > 0 for number in numbers)
    if any(marks.respiratory):
        breathed = [
            scored and not resp
            for scored, resp in zip(marks.scored, marks.respiratory, strict=True)
        ]
        left = {
            member
            for one in find_series(movements, rules, breathed, cuts.before, cuts.at_end, cuts.end)
            for member in one.members
        }
        plm_nr = tuple(position in left for position in range(len(movements)))
    return Pass(
        tuple(movements),
        tuple(intervals(movements, cuts.before)),
        tuple(series),
        tuple(numbers),
        plm_nr,
        marks,
        cuts,
        periodic=tuple([movements[member] for one in series for member in one.members]),
        clm=sum([m.clm for m in movements]),
    )


def sure(movement: Movement) -> bool:
    """Is it the patient's beyond the detector's doubt (alone, or both sleepers' at once)."""
    return movement.owner in SURE


def likely(movement: Movement) -> bool:
    """Is it the patient's, or unsure but rather the patient's."""
    if movement.owner != "unsure":
        return movement.owner in SURE
    return movement.p_patient is not None and movement.p_patient >= P_PATIENT


def possible(movement: Movement) -> bool:
    """Is it the patient's or unsure."""
    return movement.owner in POSSIBLE


def is_leg(movement: Movement) -> bool:
    """Is it a leg movement, of any duration."""
    return movement.kind == "leg"


def _itself(movement: Movement) -> tuple[Part, ...]:
    """Return the whole of a movement without parts as its parts."""
    return tuple(
        Part(leg, movement.onset_tick, movement.end_tick)
        for leg in LEGS
        if movement.side in (leg, "both")
    )


def monolaterals(
    movements: Iterable[Movement],
    fitted: Sequence[str],
    mine: Callable[[Movement], bool],
    counts: Callable[[Movement], bool] = is_leg,
) -> list[Lm]:
    """Return the movements of single legs, ordered, `source` the position in `movements`.

    An entry without parts stands for itself. A leg whose ankle was not fitted is left out, so
    that an index is of one leg or of two, never of one and a half.
    """
    rows: list[tuple[float, float, float, LegSide, tuple[int]]] = []
    letters = {leg: SIDES[leg] for leg in fitted}
    for number, movement in enumerate(movements):
        if not counts(movement) or not mine(movement):
            continue
        source = (number,)
        for side, onset, end in movement.parts or _itself(movement):
            if side in letters:
                rows.append((onset, end - onset, end, letters[side], source))
    rows.sort(key=itemgetter(0))
    return list(records(Lm, rows))


def in_counted_time(
    movements: Sequence[LegMovement], time: CountedTime
) -> tuple[list[LegMovement], Cuts]:
    """Keep the movements that began in counted time; say where no interval can be measured."""
    end = time.in_bed[1]
    first, *later = outside([m.onset for m in movements], time.in_bed, time.excluded)
    kept = list(movements[first])
    if not later:
        return kept, Cuts(end=end)
    cuts: list[float | None] = [None] * len(kept)
    since: float | None = None
    for (start, _), piece in zip(time.excluded, later, strict=True):
        if kept and since is None:
            since = start
        if found := movements[piece]:
            kept += found
            cuts += [since] + [None] * (len(found) - 1)
            since = None
    return kept, Cuts(tuple(cuts), since, end)


def of_owner(
    lms: Sequence[Lm],
    combined: Sequence[LegMovement],
    owned: Sequence[bool],
    rules: RuleSet,
) -> list[LegMovement]:
    """Combine the legs of some of the entries only.

    Movements joined by gaps are apart from all others, so that taking whole ones out of the
    combined list is the same as combining again; where one mixes owners, or the legs are joined by
    their onsets, they are combined again.

    Parameters
    ----------
    lms : sequence of Lm
        All movements of single legs.
    combined : sequence of LegMovement
        `combine_legs(lms, rules)`.
    owned : sequence of bool
        By `source`: keep it.
    rules : RuleSet
        In the unit of the movements.
    """
    apart = rules.leg_rule == "offset_onset" and (rules.same_leg_gap_s or 0) <= rules.leg_gap_s
    kept: list[LegMovement] = []
    for movement in combined:
        source = movement.source
        mine = owned[source[0]]
        if not apart or (len(source) > 1 and any(owned[number] != mine for number in source)):
            return combine_legs([lm for lm in lms if owned[lm.source[0]]], rules)
        if mine:
            kept.append(movement)
    return kept


def count_plm(
    movements: Sequence[LegMovement], rules: RuleSet, around: Surroundings, cuts: Cuts
) -> int:
    """Count the periodic ones only; see `run_rules`."""
    scored = mark(movements, around, rules).scored
    series = find_series(movements, rules, scored, cuts.before, cuts.at_end, cuts.end)
    return sum([len(one.members) for one in series])


def run_night(
    movements: Sequence[LegMovement], rules: RuleSet, time: CountedTime, around: Surroundings
) -> Pass:
    """Keep what began in counted time, and run the rules.

    Parameters
    ----------
    movements : sequence of LegMovement
        Ticks, after the legs are combined, ordered by onset.
    rules : RuleSet
        In ticks.
    time : CountedTime
        Of the night.
    around : Surroundings
        In ticks.
    """
    kept, cuts = in_counted_time(movements, time)
    return run_rules(kept, rules, around, cuts)
