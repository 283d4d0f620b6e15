"""What the detector says: movements, epochs and gaps. Plain records, standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TICKS_PER_S = 100
EPOCH_TICKS = 3000
"""An epoch is 30 s, nothing else."""

Kind = Literal["leg", "jerk", "body", "bed", "walk"]
Side = Literal["left", "right", "both"]
Leg = Literal["left", "right"]
Owner = Literal["patient", "partner", "both", "unsure"]

Record = TypeVar("Record", bound=tuple[Any, ...])


def records(kind: type[Record], rows: Iterable[tuple[Any, ...]]) -> Iterator[Record]:
    """Make named tuples of rows that hold all their fields, three times as fast as one by one."""
    return map(tuple.__new__, repeat(kind), rows)


class Part(NamedTuple):
    """One monolateral movement, as the kernel saw it on one leg.

    Parts, movements and epochs are named tuples: a night holds thousands, and they are made three
    times as fast as frozen dataclasses when old nights are scored again.
    """

    side: Leg
    onset_tick: int
    end_tick: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a movement was given to its owner. None: could not be measured."""

    tilt_deg: float | None = None
    """Largest change of the leg's direction against gravity [deg]."""
    common_mode: float | None = None
    """Similarity of the two ankles' motion, 0 (unlike) to 1 (the same jolt in both)."""
    ankle_strip_db: float | None = None
    """Ankle energy over strip energy, each relative to its own noise floor [dB]."""
    lag_ms: float | None = None
    """Strip onset minus ankle onset [ms]; positive: the ankle moved first."""
    ring_ratio: float | None = None
    """Share of the movement's energy that rings down after its first half second, 0 to 1."""


NO_EVIDENCE = Evidence()


class Movement(NamedTuple):
    """One movement of one sleeper (or of both, where they cannot be told apart).

    `kind`: leg (a leg movement of any duration), jerk (isolated, under 0.5 s), body (turn or
    gross movement), bed (seen by the strip only or passively at the ankles), walk (out of bed).
    """

    onset_tick: int
    end_tick: int
    kind: Kind
    side: Side | None
    owner: Owner
    p_patient: float | None
    peak_mg: float | None
    peak_dps: float | None
    parts: tuple[Part, ...] = ()
    evidence: Evidence = NO_EVIDENCE
    note: str | None = None
    """A named special case: "hypnic" (jerk at sleep onset), "kick_moved_partner", "posture"."""

    @property
    def onset_s(self) -> float:
        """Onset in seconds since the night began."""
        return self.onset_tick / TICKS_PER_S

    @property
    def duration_s(self) -> float:
        """Duration in seconds."""
        return (self.end_tick - self.onset_tick) / TICKS_PER_S


class Epoch(NamedTuple):
    """30 seconds of movement of both sleepers."""

    index: int  # type: ignore[assignment]  # tuples have a method of that name; nobody needs it
    patient_moving_s: float
    """Seconds with movement of the patient."""
    partner_moving_s: float
    """Seconds with movement of the partner."""
    in_bed_s: float | None
    """Seconds the patient was in bed; None: cannot be told."""
    usable_left_s: float
    usable_right_s: float
    usable_strip_s: float
    activity_mg_s: float | None
    """Integral of the larger ankle's movement envelope [mg s], for the sleep estimate."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without usable samples of one device."""

    device: Literal["left", "right", "strip"]
    start_tick: int
    end_tick: int
