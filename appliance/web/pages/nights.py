"""Night after night: points, a calendar with its holes, and the middle of seven."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, request

from appliance.web.access import needs
from appliance.web.language import say
from appliance.web.render import local_now, page
from appliance.web.services import database, keep
from appliance.web.views.calendar import WEEKS_DRAWN, draw_points, last_day, lay_out, month_of
from appliance.web.views.summaries import last_seven, summaries
from appliance.web.words.night import rounded
from detect.nights import MIN_NIGHTS

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from appliance.web.views.summaries import Middle

pages = Blueprint("nights", __name__)


@pages.get("/nights")
@needs("partner")
def show() -> ResponseReturnValue:
    """Show the last weeks and one month."""
    today = local_now().date()
    recent = summaries(database(), keep(), today - timedelta(days=7 * WEEKS_DRAWN + 30))
    first = month_of(request.args.get("month"), today)
    of_month = summaries(database(), keep(), first, last_day(first))
    return page(
        "nights.html",
        points=draw_points(recent, today, say("The calendar below says it too.")),
        month=lay_out(first, of_month, today),
        middle=middle_words(last_seven(recent)),
        rows=[
            (
                night.name,
                "–" if night.plmi_tib is None else rounded(night.plmi_tib),
                str(night.kicks),
                say("{h} h", h=f"{night.counted_s / 3600:.1f}"),
            )
            for night in reversed(of_month)
        ],
    )


def middle_words(middle: Middle | None) -> str:
    """Say the middle of the last seven nights, with range and count in the same line."""
    if middle is None:
        return say("Not enough nights yet: the middle is given from {n} nights on.", n=MIN_NIGHTS)
    return say(
        "In the middle {median} an hour; {low} to {high} in the last {n} nights.",
        median=rounded(middle.median),
        low=rounded(middle.low),
        high=rounded(middle.high),
        n=middle.nights,
    )
