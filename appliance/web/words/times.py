"""Times and durations as people say them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from appliance.store.anchors import TICK_S, load_anchors, utc_by_anchors
from appliance.web.language import say

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from appliance.store.anchors import Anchor
    from appliance.store.nights import Night

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def zone(name: str) -> ZoneInfo:
    """Return a time zone; UTC where the name is not known here."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def long_date(day: date) -> str:
    """Write a day: "Monday, 5 January"."""
    return say(
        "{weekday}, {day} {month}",
        weekday=say(DAYS[day.weekday()]),
        day=day.day,
        month=say(MONTHS[day.month - 1]),
    )


def short_date(day: date) -> str:
    """Write a day shortly: "5 Jan"."""
    return say("{day} {month}", day=day.day, month=say(MONTHS[day.month - 1])[:3])


def month_name(day: date) -> str:
    """Write a month: "January 2026"."""
    return say("{month} {year}", month=say(MONTHS[day.month - 1]), year=day.year)


def evening_of(name: str) -> date | None:
    """Return the evening's date from a night's name ("2026-01-05-2")."""
    try:
        return date.fromisoformat(name[:10])
    except ValueError:
        return None


def duration(seconds: float) -> str:
    """Write a duration: "7 h 36 min", "12 min", "40 s".

    Seconds are rounded to the unit written, so that 59.9 min is "1 h".
    """
    if seconds < 90:
        return say("{n} s", n=round(seconds))
    minutes = round(seconds / 60)
    if minutes < 60:
        return say("{n} min", n=minutes)
    hours, rest = divmod(minutes, 60)
    if rest == 0:
        return say("{n} h", n=hours)
    return say("{h} h {m} min", h=hours, m=rest)


@dataclass(frozen=True, slots=True)
class WallClock:
    """What the clock on the wall showed during one night."""

    anchors: Sequence[Anchor]
    start_utc: float | None
    zone: ZoneInfo

    @classmethod
    def of(cls, db: sqlite3.Connection, night: Night) -> WallClock:
        """Read a night's clock."""
        return cls(load_anchors(db, night.id), night.start_utc, zone(night.time_zone))

    def at(self, tick: int) -> datetime | None:
        """Return the local time of a tick; None when the clock was never set."""
        utc = utc_by_anchors(self.anchors, tick)
        if utc is None and self.start_utc is not None:
            utc = self.start_utc + tick * TICK_S
        return None if utc is None else datetime.fromtimestamp(utc, UTC).astimezone(self.zone)

    def hour(self, tick: int) -> str:
        """Write a time of day: "23:05"; without a clock the time since the start: "+1:05"."""
        local = self.at(tick)
        if local is not None:
            return local.strftime("%H:%M")
        minutes = int(tick * TICK_S // 60)
        return f"+{minutes // 60}:{minutes % 60:02d}"

    def second(self, tick: int) -> str:
        """Write a time of day with seconds."""
        local = self.at(tick)
        if local is not None:
            return local.strftime("%H:%M:%S")
        seconds = int(tick * TICK_S)
        return f"+{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"

    def iso(self, tick: int) -> str | None:
        """Write a time for programs: ISO 8601 with offset, or None."""
        local = self.at(tick)
        return None if local is None else local.isoformat(timespec="milliseconds")

    def first_full_hour_s(self) -> float:
        """Return how far tick 0 lies after a full hour of the wall clock [s]; 0 without a clock."""
        local = self.at(0)
        if local is None:
            return 0.0
        return (local - local.replace(minute=0, second=0, microsecond=0)) / timedelta(seconds=1)
