"""The few numbers of each evening test that lists and charts show, counted once and kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from appliance.sitdata import load_sit_input
from appliance.store.nights import get_night
from appliance.version import VERSION
from appliance.web.views.counted import counted_once, names_between
from appliance.web.words.times import WallClock, evening_of
from detect.rules import SIT
from detect.sit import SIT_VERSION
from detect.sitscore import score_sit

if TYPE_CHECKING:
    import sqlite3

    from appliance.store.nights import Night
    from detect.sit import SitScore


@dataclass(frozen=True, slots=True)
class SitSummary:
    """One test in a few numbers; None is not measured."""

    name: str
    start_utc: float | None
    began: str
    """Time of day: "20:05"; without a clock "+0:00"."""
    began_h: float | None
    """The same as a number; None: the clock was not set."""
    counted_s: float
    duration_s: float
    partial: bool
    one_leg: bool
    posture_watched: bool
    movements: int
    movements_per_counted_hour: float | None
    low: float | None
    high: float | None
    leg_movements: int
    periodic_share: float | None
    interval_median_s: float | None
    discomfort_mean: float | None
    discomfort_min: int | None
    discomfort_max: int | None
    answered: int
    simulated: bool

    @property
    def day(self) -> date:
        """The evening's date."""
        return evening_of(self.name) or date.min


def sit_summary(db: sqlite3.Connection, night: Night, score: SitScore) -> SitSummary:
    """Take the few numbers out of a score."""
    clock = WallClock.of(db, night)
    local = clock.at(0)
    return SitSummary(
        name=night.name,
        start_utc=night.start_utc,
        began=clock.hour(0),
        began_h=None if local is None else local.hour + local.minute / 60,
        counted_s=score.counted_s,
        duration_s=score.duration_s,
        partial=score.partial,
        one_leg=score.one_leg,
        posture_watched=score.posture_watched,
        movements=score.movements,
        movements_per_counted_hour=score.movements_per_counted_hour,
        low=score.movements_per_counted_hour_low,
        high=score.movements_per_counted_hour_high,
        leg_movements=score.leg_movements,
        periodic_share=score.periodic_share,
        interval_median_s=score.imi_median_s,
        discomfort_mean=score.discomfort_mean,
        discomfort_min=min((a.discomfort for a in score.answers), default=None),
        discomfort_max=score.discomfort_max,
        answered=len(score.answers),
        simulated=night.simulated,
    )


_FINGERPRINTS = """
SELECT n.id, n.name, n.end_tick, n.detector, n.start_utc,
       (SELECT COUNT(*) || '/' || MAX(created_utc) FROM corrections c WHERE c.night_id = n.id),
       (SELECT GROUP_CONCAT(minute || ':' || discomfort) FROM sit_answers a
        WHERE a.night_id = n.id),
       (SELECT GROUP_CONCAT(start_tick || ':' || end_tick || reason) FROM sit_aways w
        WHERE w.night_id = n.id)
FROM nights n
WHERE n.kind = 'sit' AND n.state = 'closed' AND n.name >= ? AND n.name < ?
ORDER BY n.id
"""


def sit_summaries(
    db: sqlite3.Connection,
    keep: sqlite3.Connection,
    first: date | None = None,
    last: date | None = None,
) -> list[SitSummary]:
    """Return the closed tests between two evenings (both included), oldest first.

    Parameters
    ----------
    db : sqlite3.Connection
        The nights.
    keep : sqlite3.Connection
        Where summaries are remembered between requests and restarts.
    """
    bounds = names_between(first, last)
    rows = db.execute(_FINGERPRINTS, bounds).fetchall()

    def count(night_id: int) -> SitSummary:
        night = get_night(db, night_id)
        return sit_summary(db, night, score_sit(load_sit_input(db, night)))

    versions = [VERSION, SIT_VERSION, str(SIT.version)]
    wanted = [
        (row["name"], "|".join([*versions, *map(str, tuple(row))]), row["id"]) for row in rows
    ]
    return counted_once(keep, bounds, wanted, SitSummary, count)
