"""The evening tests one after another, beside what the diary says of their evenings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from appliance.store import diary
from appliance.web.charts import nightpoints
from appliance.web.language import many, say
from appliance.web.views.sits import SitRow, row_of
from appliance.web.views.sitsums import sit_summaries
from appliance.web.words import sit as words
from appliance.web.words.times import short_date
from detect.sit import CUT_OFF_PER_HOUR

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from datetime import date

    from markupsafe import Markup

    from appliance.web.views.sitsums import SitSummary

SHORTEST_DAYS = 28
LONGEST_DAYS = 365
MARKS = 4
DAY_H = 24.0
EVENING_SHIFT_H = 12.0
"""An evening goes on after midnight."""


@dataclass(frozen=True, slots=True)
class Told:
    """One test with the diary's words of its evening."""

    row: SitRow
    evening: str


@dataclass(frozen=True, slots=True)
class SitTrend:
    """The whole page."""

    movements: Markup
    discomfort: Markup
    told: tuple[Told, ...]
    """Newest first."""
    line: tuple[str, ...]
    caveats: tuple[str, ...]
    """Said once for all tests: pregnancy, a child."""


def trend_of(
    db: sqlite3.Connection, keep: sqlite3.Connection, today: date, *, with_diary: bool
) -> SitTrend:
    """Work out the page of the last year.

    Parameters
    ----------
    db, keep : sqlite3.Connection
        The nights, and the summaries.
    today : date
        The last day drawn.
    with_diary : bool
        Whether the reader may see the diary.
    """
    tests = sit_summaries(db, keep, today - timedelta(days=LONGEST_DAYS), today)
    first = min([today - timedelta(days=SHORTEST_DAYS), *(test.day for test in tests)])
    notes: list[dict[str, Any]] = [
        diary.get(db, test.name[:10])["evening"] if with_diary else {} for test in tests
    ]
    return SitTrend(
        _draw_movements([p for test in tests for p in _point(first, test)], first, today),
        _draw_felt([p for test in tests for p in _felt_point(first, test)], first, today),
        tuple(
            Told(row_of(test), said_of(evening))
            for test, evening in zip(reversed(tests), reversed(notes), strict=True)
        ),
        words.published_line(),
        tuple(dict.fromkeys(text for evening in notes for text in words.about_the_person(evening))),
    )


def _at(first: date, test: SitSummary) -> float:
    hour = EVENING_SHIFT_H if test.began_h is None else test.began_h
    return (test.day - first).days + (hour - EVENING_SHIFT_H) % DAY_H / DAY_H


def _point(first: date, test: SitSummary) -> list[nightpoints.Point]:
    value = test.movements_per_counted_hour
    if value is None:
        return []
    low = value if test.low is None else test.low
    high = value if test.high is None else test.high
    return [nightpoints.Point(_at(first, test), value, low, high, not test.partial)]


def _felt_point(first: date, test: SitSummary) -> list[nightpoints.Point]:
    mean, low, high = test.discomfort_mean, test.discomfort_min, test.discomfort_max
    if mean is None or low is None or high is None:
        return []
    return [nightpoints.Point(_at(first, test), mean, low, high, not test.partial)]


def _marks(first: date, today: date) -> tuple[list[tuple[int, str]], int]:
    count = (today - first).days
    days = [round(count * mark / MARKS) for mark in range(MARKS + 1)]
    return [(day, short_date(first + timedelta(days=day))) for day in days], count + 1


def _draw_movements(points: Sequence[nightpoints.Point], first: date, today: date) -> Markup:
    days, count = _marks(first, today)
    line = round(CUT_OFF_PER_HOUR)
    return nightpoints.draw(
        points,
        (),
        days,
        count,
        say("Rhythmic leg movements an hour, test by test"),
        many(
            len(points),
            "{n} test. The list below says it too.",
            "{n} tests. The list below says it too.",
        ),
        name="sitpoints",
        least=1.25 * CUT_OFF_PER_HOUR,
        line=(CUT_OFF_PER_HOUR, say("line of 1998: {n}", n=line)),
    )


def _draw_felt(points: Sequence[nightpoints.Point], first: date, today: date) -> Markup:
    days, count = _marks(first, today)
    return nightpoints.draw(
        points,
        (),
        days,
        count,
        say("Discomfort, 0 to 10, test by test"),
        many(
            len(points),
            "{n} test. The list below says it too.",
            "{n} tests. The list below says it too.",
        ),
        name="feltpoints",
        least=10.0,
    )


def said_of(evening: Mapping[str, Any]) -> str:
    """Write an evening of the diary in one line; empty where nothing was noted."""
    said = []
    counted = {"caffeine": say("{n} × caffeine"), "alcohol": say("{n} × alcohol")}
    for name, text in counted.items():
        if evening.get(name):
            said.append(text.format(n=evening[name]))
    flags = {
        "smoking": say("smoked"),
        "iron": say("took iron"),
        "legs_cooled": say("cooled the legs"),
    }
    said += [text for name, text in flags.items() if evening.get(name)]
    if evening.get("exercise") in ("some", "hard"):
        said.append(say("exercise"))
    if evening.get("medicine"):
        said.append(str(evening["medicine"]))
    if evening.get("child_age"):
        said.append(say("a child of {n}", n=evening["child_age"]))
    if evening.get("pregnancy_week"):
        said.append(say("week {n} of pregnancy", n=evening["pregnancy_week"]))
    return ", ".join(said)
