"""Two periods compared."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, request

from appliance.web.language import say
from appliance.web.render import local_now, page
from appliance.web.services import database, keep
from appliance.web.views.compare import compare
from appliance.web.views.summaries import summaries
from appliance.web.words.times import short_date

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from appliance.web.views.compare import Comparison

pages = Blueprint("compare", __name__)

FIELDS = ("from1", "to1", "from2", "to2")


def default_periods(today: date) -> tuple[date, date, date, date]:
    """Return the fortnight before the last, and the last."""
    ends = (28, 15, 14, 1)
    first, second, third, fourth = (today - timedelta(days=days) for days in ends)
    return first, second, third, fourth


def compare_dates(days: tuple[date, date, date, date]) -> Comparison:
    """Compare the nights of two periods, all days included."""
    titles = [
        say("{first} to {last}", first=short_date(first), last=short_date(last))
        for first, last in (days[:2], days[2:])
    ]
    groups = [summaries(database(), keep(), first, last) for first, last in (days[:2], days[2:])]
    return compare(titles[0], groups[0], titles[1], groups[1])


def parse_days(texts: list[str]) -> tuple[date, date, date, date] | None:
    """Return four dates, or None where they are not two periods."""
    try:
        first, second, third, fourth = (date.fromisoformat(text) for text in texts)
    except ValueError:
        return None
    if first > second or third > fourth:
        return None
    return first, second, third, fourth


@pages.get("/nights/compare")
def show() -> ResponseReturnValue:
    """Compare two periods; without dates the last two fortnights."""
    today = local_now().date()
    wrong = None
    days = default_periods(today)
    if request.args:
        given = parse_days([request.args.get(name, "") for name in FIELDS])
        if given is None:
            wrong = say("Please give four dates, each period’s first before its last.")
        else:
            days = given
    return page(
        "compare.html",
        result=compare_dates(days),
        days=[day.isoformat() for day in days],
        wrong=wrong,
        today=today.isoformat(),
    )
