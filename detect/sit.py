"""The evening test, the suggested immobilisation test (SIT): what it is and what its score holds.

One hour awake, sitting in bed with legs outstretched and still; every ten minutes the person says
how the legs feel, 0 to 10. Movements are scored by the rules of 2001 (`detect.rules.SIT`). Those
rules and the published figures are of the electromyogram; here it is the ankles' motion.
Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from detect.movement import TICKS_PER_S
from detect.rules import RuleError

if TYPE_CHECKING:
    from detect.movement import Epoch, Gap, Leg, Movement
    from detect.nightscore import Flags

SIT_VERSION = "1"
"""Raised whenever the same test and rules come to another number."""

TEST_MIN = 60
SLOT_MIN = 10
QUESTIONS_MIN = tuple(range(0, TEST_MIN + 1, SLOT_MIN))
"""Minutes at which the person is asked; the last is asked as the test ends."""
LEAST, MOST = 0, 10
"""Discomfort: 0 none, 10 the worst. Sleep 2013;36:1101 (PMC3669063): every 10 min, 0 to 10."""
TEST_TICKS = TEST_MIN * 60 * TICKS_PER_S
SLOT_TICKS = SLOT_MIN * 60 * TICKS_PER_S

CUT_OFF_PER_HOUR = 40.0
CUT_OFF_RIGHT = 0.81
CUT_OFF_SOURCE = "Montplaisir 1998, Mov Disord 13:324-329 (doi 10.1002/mds.870130220)"
"""Above it: 81 % of patients and 81 % of controls told right, by EMG of both legs."""
COMMON_IMI_S = (11.0, 12.0)
"""The most common interval of patients awake; Michaud 2001."""

LEAST_COUNTED_S = 600.0
"""Less counted time than one slot gives no number per hour (ours; the published tests are of one
hour)."""
BINS = 90
"""Of the histogram of intervals, 1 s each."""

Reason = Literal["posture", "standing", "sensor_gap", "ended_early"]
REASONS: tuple[Reason, ...] = ("posture", "standing", "sensor_gap", "ended_early")


class Away(NamedTuple):
    """A stretch in which the legs did not lie outstretched (`detect.posture`)."""

    reason: Literal["posture", "standing"]
    start_tick: int
    end_tick: int


class SitAnswer(NamedTuple):
    """How the legs felt, as the person said."""

    minute: int
    """One of `QUESTIONS_MIN`."""
    discomfort: int
    """`LEAST` to `MOST`."""


@dataclass(frozen=True, slots=True)
class SitInput:
    """Everything a test's score is made of."""

    duration_ticks: int
    movements: tuple[Movement, ...]
    epochs: tuple[Epoch, ...]
    gaps: tuple[Gap, ...]
    aways: tuple[Away, ...] | None = None
    """None: nobody watched the posture."""
    answers: tuple[SitAnswer, ...] = ()


@dataclass(frozen=True, slots=True)
class SitSlot:
    """Ten minutes of the test."""

    start_min: int
    movements: int
    movements_low: int
    movements_high: int
    counted_s: float
    movements_per_counted_hour: float | None
    """None: nothing of it was counted."""
    discomfort_before: int | None
    """Asked as it began; None: not answered."""
    discomfort_after: int | None
    """Asked as it ended."""


@dataclass(frozen=True, slots=True)
class SitScore:
    """Every number of one test. None: not measured."""

    rules: str
    rules_version: int
    sit_version: str
    duration_s: float
    """Of the test, at most an hour."""
    planned_s: float
    counted_s: float
    """The denominator: in the posture, with every fitted ankle usable."""
    excluded_s: dict[Reason, float]
    """Why the rest of the hour is not counted; with `counted_s` they add up to `planned_s`."""
    posture_watched: bool
    fitted: tuple[Leg, ...]
    usable_s: dict[str, float]
    """Per device, of the test."""
    movements: int
    """Scored: 0.5 to 10 s long, 4 to 90 s apart, in series of four; sure ones, and unsure ones
    that are rather the patient's."""
    movements_sure: int
    movements_possible: int
    movements_per_counted_hour: float | None
    """The number that was published with a cut-off."""
    movements_per_counted_hour_low: float | None
    movements_per_counted_hour_high: float | None
    leg_movements: int
    """All of 0.5 to 10 s, in series or not."""
    leg_movements_per_counted_hour: float | None
    periodic_share: float | None
    """`movements` over `leg_movements`."""
    unsure: int
    """Leg movements of unsure owner."""
    left: int
    right: int
    both: int
    """Of `movements`."""
    series: int
    duration_median_s: float | None
    """Of the leg movements."""
    imi_histogram: tuple[int, ...]
    """Intervals between leg movements, onset to onset, in bins of 1 s from 0 to 90 s."""
    imi_longer: int
    imi_count: int
    imi_median_s: float | None
    imi_mode_s: float | None
    """Middle of the fullest two neighbouring bins; None below ten intervals."""
    slots: tuple[SitSlot, ...]
    answers: tuple[SitAnswer, ...]
    discomfort_mean: float | None
    discomfort_max: int | None
    flags: tuple[Flags, ...]
    """Of each of the movements given, in their order; `clm`: counted, `plm`: in a series."""

    @property
    def partial(self) -> bool:
        """Did it end before its hour was over."""
        return self.duration_s < self.planned_s

    @property
    def one_leg(self) -> bool:
        """Does the number rest on a single ankle."""
        return len(self.fitted) == 1


def check_answer(minute: int, discomfort: int) -> SitAnswer:
    """Return an answer that can be scored.

    Raises
    ------
    RuleError
        One line with what is allowed.
    """
    if minute not in QUESTIONS_MIN:
        raise RuleError(f"minute {minute}: one of {', '.join(map(str, QUESTIONS_MIN))}")
    if not LEAST <= discomfort <= MOST:
        raise RuleError(f"discomfort {discomfort}: a whole number from {LEAST} to {MOST}")
    return SitAnswer(minute, discomfort)
