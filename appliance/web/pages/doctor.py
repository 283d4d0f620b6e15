"""For the doctor: one A4 page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, request

from appliance.version import VERSION
from appliance.web.render import local_now, page
from appliance.web.services import database, keep
from appliance.web.views.calendar import WEEKS_DRAWN, draw_points
from appliance.web.views.doctor import CHOICES, DEFAULT, view_of
from appliance.web.views.summaries import summaries
from detect.score import SCORING_VERSION

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

pages = Blueprint("doctor", __name__)


@pages.get("/doctor")
def show() -> ResponseReturnValue:
    """Show the page of the newest nights."""
    count = request.args.get("nights", DEFAULT, type=int)
    if count not in CHOICES:
        count = DEFAULT
    view = view_of(database(), keep(), count)
    today = local_now().date()
    nights = summaries(database(), keep(), today - timedelta(days=7 * WEEKS_DRAWN))
    return page(
        "doctor.html",
        view=view,
        count=count,
        choices=CHOICES,
        points=draw_points(nights, today),
        version=VERSION,
        scoring=SCORING_VERSION,
        today=today.isoformat(),
    )
