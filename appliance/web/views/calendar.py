"""A month with its nights and its holes."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from appliance.web.charts import nightpoints
from appliance.web.language import many, say
from appliance.web.views.summaries import Summary, last_seven
from appliance.web.words.night import rounded
from appliance.web.words.times import long_date, month_name, short_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

WEEKS_DRAWN = 8
EARLIEST = date(1990, 1, 1)
"""No night is older; the calendar of Python ends in the year 1."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of the calendar."""

    day: int | None
    """None: outside the month."""
    night: str | None
    number: str
    said: str
    """For a screen reader."""


@dataclass(frozen=True, slots=True)
class Month:
    """One month."""

    title: str
    weekdays: tuple[str, ...]
    cells: tuple[Cell, ...]
    before: str
    after: str | None


def month_of(text: str | None, today: date) -> date:
    """Return the first day of a month named "2026-01"; this month's where it is no month.

    A later month is this one, one before all nights the earliest.
    """
    try:
        first = date.fromisoformat(f"{text}-01") if text else today
    except ValueError:
        first = today
    return max(EARLIEST, min(first, today)).replace(day=1)


def last_day(first: date) -> date:
    """Return the last day of a month."""
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def lay_out(first: date, nights: Sequence[Summary], today: date) -> Month:
    """Lay out a month; weeks begin on Monday."""
    by_day = {night.day: night for night in nights if night.kind == "night"}
    cells = [Cell(None, None, "", "") for _ in range(first.weekday())]
    for number in range(1, last_day(first).day + 1):
        day = first.replace(day=number)
        cells.append(Cell(number, None, "", "") if day > today else _cell(day, by_day.get(day)))
    following = last_day(first) + timedelta(days=1)
    weekdays = (say("Mo"), say("Tu"), say("We"), say("Th"), say("Fr"), say("Sa"), say("Su"))
    return Month(
        month_name(first),
        weekdays,
        tuple(cells),
        (first - timedelta(days=1)).strftime("%Y-%m"),
        following.strftime("%Y-%m") if following <= today else None,
    )


def _cell(day: date, night: Summary | None) -> Cell:
    if night is None:
        return Cell(day.day, None, "", say("{day}: no night", day=long_date(day)))
    number = "–" if night.plmi_tib is None else rounded(night.plmi_tib)
    if not night.eligible and night.plmi_tib is not None:
        number = f"({number})"
    said = say("{day}: {number} an hour", day=long_date(day), number=number)
    return Cell(day.day, night.name, number, said)


def draw_points(nights: Sequence[Summary], today: date, also: str = "") -> Markup:
    """Draw the nights of the last weeks as points; `also` says where the same stands in words."""
    first = today - timedelta(days=7 * WEEKS_DRAWN)
    held = [n for n in nights if n.kind == "night" and n.plmi_tib is not None and n.day >= first]
    points = [
        nightpoints.Point(
            (n.day - first).days,
            n.plmi_tib or 0.0,
            n.plmi_tib or 0.0 if n.low is None else n.low,
            n.plmi_tib or 0.0 if n.high is None else n.high,
            n.eligible,
        )
        for n in held
    ]
    spans = []
    middle = last_seven(nights)
    if middle is not None and middle.first >= first:
        spans.append(
            nightpoints.Span(
                (middle.first - first).days,
                (middle.last - first).days,
                middle.median,
                middle.low,
                middle.high,
            )
        )
    days = [
        (offset, short_date(first + timedelta(days=offset)))
        for offset in range(0, 7 * WEEKS_DRAWN + 1, 14)
    ]
    count = many(len(held), "{n} night in {w} weeks.", "{n} nights in {w} weeks.", w=WEEKS_DRAWN)
    return nightpoints.draw(
        points,
        spans,
        days,
        7 * WEEKS_DRAWN + 1,
        say("Rhythmic kicks an hour, night by night"),
        f"{count} {also}".strip(),
    )
