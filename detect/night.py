"""One night as the scorer takes it, and the time in it that counts."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Literal, get_args

from detect.movement import EPOCH_TICKS, TICKS_PER_S, Epoch, Gap, Leg, Movement
from detect.rules import RuleError
from detect.spans import Span, overlap, total, union

if TYPE_CHECKING:
    from collections.abc import Iterable

Device = Literal["left", "right", "strip"]
StageName = Literal["W", "N1", "N2", "N3", "R"]
STAGES: tuple[StageName, ...] = get_args(StageName)
LEGS: tuple[Leg, ...] = get_args(Leg)

_HALF_EPOCH_S = EPOCH_TICKS / TICKS_PER_S / 2
_SLACK_TICKS = TICKS_PER_S
"""An epoch's shortage that gaps explain to within a second needs no rounding to whole epochs."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A scored stretch of sleep or wake, from elsewhere (this device scores none)."""

    stage: StageName
    start_tick: int
    end_tick: int


@dataclass(frozen=True, slots=True)
class NightInput:
    """Everything a score is made of. A score is a function of this and of a rule set alone.

    `stages`, `respiratory` and `arousals` ((start, end) in ticks) are None unless somebody else
    measured them: None means unknown, an empty tuple means there were none.
    """

    duration_ticks: int
    movements: tuple[Movement, ...]
    epochs: tuple[Epoch, ...]
    gaps: tuple[Gap, ...]
    lights_off_tick: int | None = None
    lights_on_tick: int | None = None
    stages: tuple[Stage, ...] | None = None
    respiratory: tuple[Span, ...] | None = None
    arousals: tuple[Span, ...] | None = None


@dataclass(frozen=True, slots=True)
class CountedTime:
    """Which time of the night is in the denominator, and why the rest is not."""

    in_bed: Span
    """Lights off to lights on; the whole recording without marks."""
    fitted: tuple[Leg, ...]
    """Ankles usable for at least half of the time in bed."""
    excluded: tuple[Span, ...]
    """Within `in_bed`: out of bed, or a fitted ankle was unusable."""
    out_of_bed_ticks: int
    sensor_ticks: int
    """In bed while a fitted ankle was unusable, or no ankle was fitted."""
    in_bed_unknown_ticks: int
    """Time of which it could not be told whether the sleeper was in bed; it is counted."""
    unusable: dict[Device, tuple[Span, ...]]
    """Per device over the whole recording."""

    @property
    def counted_ticks(self) -> int:
        """The denominator `tib`: usable time in bed. 0 when no ankle was fitted."""
        if not self.fitted:
            return 0
        return self.in_bed[1] - self.in_bed[0] - total(self.excluded)

    def holds(self, tick: int) -> bool:
        """Tell whether a tick lies in counted time."""
        start, end = self.in_bed
        return start <= tick < end and not any(a <= tick < b for a, b in self.excluded)


def check_night(night: NightInput) -> None:
    """Refuse what no rule can score.

    Raises
    ------
    RuleError
        One line, with the movement's number (from 0).
    """
    if night.duration_ticks < 0:
        raise RuleError(f"the night lasts {night.duration_ticks} ticks")
    for number, movement in enumerate(night.movements):
        if movement.end_tick < movement.onset_tick:
            raise RuleError(f"movement {number}: ends before it begins")
        for side, onset, end in movement.parts:
            if end < onset:
                raise RuleError(f"movement {number}: a part ends before it begins")
            if side not in LEGS:
                raise RuleError(f"movement {number}: unknown side {side!r}")


def time_in_bed(night: NightInput) -> Span:
    """Return lights off to lights on in ticks.

    A missing mark is the start or end of the recording; a lights-on before the lights-off is no
    mark.
    """
    end = max(night.duration_ticks, 0)
    start = min(max(night.lights_off_tick or 0, 0), end)
    if night.lights_on_tick is not None and start < night.lights_on_tick < end:
        end = night.lights_on_tick
    return start, end


def _epoch_span(epoch: Epoch) -> Span:
    return epoch.index * EPOCH_TICKS, (epoch.index + 1) * EPOCH_TICKS


def _unusable(night: NightInput, device: Device) -> list[Span]:
    """Gaps, and epochs mostly unusable for a reason that left no gap."""
    whole = (0, night.duration_ticks)
    gaps = union(((g.start_tick, g.end_tick) for g in night.gaps if g.device == device), whole)
    usable_s = attrgetter(f"usable_{device}_s")
    spoilt: list[Span] = []
    for epoch, seconds in zip(night.epochs, map(usable_s, night.epochs), strict=True):
        if seconds >= _HALF_EPOCH_S:
            continue
        start, end = _epoch_span(epoch)
        end = min(end, night.duration_ticks)
        if seconds >= (end - start) / TICKS_PER_S / 2:
            continue
        missing = end - start - seconds * TICKS_PER_S
        if missing - overlap(gaps, start, end) > _SLACK_TICKS:
            spoilt.append((start, end))
    return union([*gaps, *spoilt], whole) if spoilt else gaps


def out_of_bed(epochs: Iterable[Epoch]) -> list[Span]:
    """Epochs of which the sleeper spent less than half in bed."""
    return [
        _epoch_span(epoch)
        for epoch in epochs
        if epoch.in_bed_s is not None and epoch.in_bed_s < _HALF_EPOCH_S
    ]


def counted_time(night: NightInput) -> CountedTime:
    """Work out the denominator.

    Time in bed, minus out of bed (epochs of which less than half was spent in bed), minus time in
    which a fitted ankle was unusable.
    """
    in_bed = time_in_bed(night)
    out = union(out_of_bed(night.epochs), in_bed)
    there = in_bed[1] - in_bed[0] - total(out)
    unusable: dict[Device, tuple[Span, ...]] = {
        device: tuple(_unusable(night, device)) for device in ("left", "right", "strip")
    }
    fitted: list[Leg] = []
    lost: list[Span] = []
    for leg in LEGS:
        gone = union(unusable[leg], in_bed)
        away = total(union([*gone, *out], in_bed)) - total(out)
        if there > 0 and 2 * (there - away) >= there:
            fitted.append(leg)
            lost.extend(gone)
    excluded = union([*out, *lost], in_bed)
    unknown = [_epoch_span(e) for e in night.epochs if e.in_bed_s is None]
    return CountedTime(
        in_bed=in_bed,
        fitted=tuple(fitted),
        excluded=tuple(excluded),
        out_of_bed_ticks=total(out),
        sensor_ticks=total(excluded) - total(out) if fitted else there,
        in_bed_unknown_ticks=total(union(unknown, in_bed)),
        unusable=unusable,
    )
