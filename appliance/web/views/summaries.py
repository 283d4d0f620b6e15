"""The few numbers of each night that the pages over many nights show, counted once and kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import TYPE_CHECKING

from appliance.nightdata import load_night_input
from appliance.store.nights import IS_SLEEP, get_night
from appliance.version import VERSION
from appliance.web.views.counted import counted_once, names_between
from appliance.web.words.times import evening_of
from detect.nights import MIN_COUNTED_S, MIN_NIGHTS, as_told
from detect.rules import WASM2016
from detect.score import score_night

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from appliance.store.nights import Night
    from detect.nightscore import NightScore


@dataclass(frozen=True, slots=True)
class Summary:
    """One night in a few numbers; None is not measured, or too little was to give an index."""

    name: str
    kind: str
    plmi_tib: float | None
    low: float | None
    high: float | None
    plm: int
    kicks: int
    unsure: int
    series: int
    counted_s: float
    in_bed_s: float
    ankles: int
    periodicity: float | None
    """Periodicity index, movements form."""
    rhythm_s: float | None
    partner_moved: int | None
    partner_after_kick: int | None
    estimated_sleep_s: float | None

    @property
    def day(self) -> date:
        """The evening's date."""
        return evening_of(self.name) or date.min

    @property
    def eligible(self) -> bool:
        """Enough was measured for a median."""
        return (
            self.kind == "night" and self.plmi_tib is not None and self.counted_s >= MIN_COUNTED_S
        )


def summary_of(night: Night, score: NightScore) -> Summary:
    """Take the few numbers out of a score."""
    couple = None if night.private else score.couple
    told = as_told(score)
    return Summary(
        name=night.name,
        kind=night.kind,
        plmi_tib=told.plmi_tib,
        low=told.plmi_tib_low,
        high=told.plmi_tib_high,
        plm=score.plm,
        kicks=score.leg_movements,
        unsure=score.unsure,
        series=len(score.series),
        counted_s=score.counted_s,
        in_bed_s=score.in_bed_s,
        ankles=len(score.fitted),
        periodicity=told.periodicity_index_movements,
        rhythm_s=score.imi_geometric_mean_s,
        partner_moved=None if couple is None else couple.partner_then_kick.movements,
        partner_after_kick=None if couple is None else couple.kicks_then_partner.followed,
        estimated_sleep_s=score.estimated_sleep_s,
    )


_FINGERPRINTS = f"""
SELECT n.id, n.name, n.end_tick, n.detector, n.lights_off_tick, n.lights_on_tick, n.start_utc,
       COUNT(c.seq) AS corrected, MAX(c.created_utc) AS corrected_utc
FROM nights n LEFT JOIN corrections c ON c.night_id = n.id
WHERE n.state = 'closed' AND {IS_SLEEP} AND n.name >= ? AND n.name < ?
GROUP BY n.id ORDER BY n.name
"""


def fingerprint(row: sqlite3.Row) -> str:
    """Return what a summary was counted from; another one means counting again."""
    return "|".join([VERSION, WASM2016.name, str(WASM2016.version), *map(str, tuple(row))])


def summaries(
    db: sqlite3.Connection,
    keep: sqlite3.Connection,
    first: date | None = None,
    last: date | None = None,
) -> list[Summary]:
    """Return the closed nights and naps between two evenings (both included), oldest first.

    Parameters
    ----------
    db : sqlite3.Connection
        The nights.
    keep : sqlite3.Connection
        Where summaries are remembered between requests and restarts.
    """
    bounds = names_between(first, last)
    rows = db.execute(_FINGERPRINTS, bounds).fetchall()

    def count(night_id: int) -> Summary:
        night = get_night(db, night_id)
        # Not through the remembered scores: hundreds of old nights would drive out tonight's.
        return summary_of(night, score_night(load_night_input(db, night)))

    wanted = [(row["name"], fingerprint(row), row["id"]) for row in rows]
    return counted_once(keep, bounds, wanted, Summary, count)


@dataclass(frozen=True, slots=True)
class Middle:
    """Several nights in three numbers."""

    median: float
    low: float
    high: float
    nights: int
    first: date
    last: date


def middle_of(nights: Iterable[Summary]) -> Middle | None:
    """Return the median and range of the eligible nights; None below three."""
    held = [night for night in nights if night.eligible]
    values = sorted(night.plmi_tib for night in held if night.plmi_tib is not None)
    if len(values) < MIN_NIGHTS:
        return None
    days = [night.day for night in held]
    return Middle(median(values), values[0], values[-1], len(values), min(days), max(days))


def last_seven(nights: Sequence[Summary]) -> Middle | None:
    """Return the median of the last seven eligible nights."""
    return middle_of([night for night in nights if night.eligible][-7:])
