"""When a night starts and ends by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from appliance.config import Night as NightConfig

HOURS_PER_DAY = 24.0
NS_PER_MIN = 60_000_000_000
NAP_FROM_H, NAP_UNTIL_H = 9.0, 18.0
"""A recording begun in these local hours is a nap."""


def hour_of(local: datetime) -> float:
    """Return the local hour as a number, 23.5 for half past eleven."""
    return local.hour + local.minute / 60 + local.second / 3600


def within_hours(hour: float, first: float, last: float) -> bool:
    """Say whether an hour lies from `first` to before `last`, over midnight where they cross it."""
    return (hour - first) % HOURS_PER_DAY < (last - first) % HOURS_PER_DAY


def is_nap(local: datetime) -> bool:
    """Say whether a recording begun now is a nap."""
    return within_hours(hour_of(local), NAP_FROM_H, NAP_UNTIL_H)


@dataclass(slots=True)
class Since:
    """How long something has been so without interruption."""

    start_ns: int | None = None

    def held_ns(self, so: bool | None, now_ns: int) -> int:
        """Return for how long it has been so [ns]; None is neither yes nor no, and waits."""
        if so is False:
            self.start_ns = None
        elif so and self.start_ns is None:
            self.start_ns = now_ns
        return 0 if self.start_ns is None else now_ns - self.start_ns


@dataclass(slots=True)
class AutoStart:
    """Starts a night when somebody with an ankle sensor has been in bed for a while."""

    in_bed: Since

    @classmethod
    def fresh(cls) -> AutoStart:
        """Begin to watch."""
        return cls(Since())

    def due(
        self, config: NightConfig, *, in_bed: bool | None, now_ns: int, local: datetime | None
    ) -> bool:
        """Say whether a night should start now.

        Parameters
        ----------
        config : appliance.config.Night
            The owner's wishes.
        in_bed : bool or None
            What the detector says.
        now_ns : int
            Monotonic clock.
        local : datetime or None
            Local time; None when the clock was never set: then the hour does not matter.
        """
        held_ns = self.in_bed.held_ns(in_bed, now_ns)
        if not config.auto_start or held_ns < config.auto_start_in_bed_min * NS_PER_MIN:
            return False
        first, last = config.auto_start_from_h, config.auto_start_until_h
        return local is None or within_hours(hour_of(local), first, last)


@dataclass(slots=True)
class AutoEnd:
    """Ends a night after a long time out of bed, or when the clock passes the set hour."""

    out_of_bed: Since
    last_hour: float | None = None

    @classmethod
    def fresh(cls) -> AutoEnd:
        """Begin to watch."""
        return cls(Since())

    def due(
        self, config: NightConfig, *, in_bed: bool | None, now_ns: int, local: datetime | None
    ) -> str | None:
        """Return why the night should end now ("out_of_bed", "hour"), or None.

        A bathroom visit is shorter than `auto_end_out_of_bed_min` and ends nothing.
        """
        out = None if in_bed is None else not in_bed
        held_ns = self.out_of_bed.held_ns(out, now_ns)
        passed = self._passed(config.auto_end_at_h, local)
        if not config.auto_end:
            return None
        if held_ns >= config.auto_end_out_of_bed_min * NS_PER_MIN:
            return "out_of_bed"
        return "hour" if passed else None

    def _passed(self, end_hour: float, local: datetime | None) -> bool:
        if local is None:
            return False
        before, self.last_hour = self.last_hour, hour_of(local)
        if before is None:
            return False
        # A clock set back, or forward by half a day, has not passed the hour in this sense.
        went_h = (self.last_hour - before) % HOURS_PER_DAY
        to_go_h = (end_hour - before) % HOURS_PER_DAY
        return 0 < to_go_h <= went_h < HOURS_PER_DAY / 2
