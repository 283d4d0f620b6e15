"""The diary: the evening in ten seconds, one question in the morning."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from flask import Blueprint, abort, redirect, request

from appliance.store import diary
from appliance.web.language import say
from appliance.web.links import link
from appliance.web.render import local_now, page
from appliance.web.services import database, keep, services, writable
from appliance.web.views.diary import (
    Evening,
    Morning,
    beside_nights,
    from_form,
    parse_day,
    remembered,
)
from appliance.web.views.summaries import summaries
from appliance.web.words.times import long_date

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

pages = Blueprint("diary", __name__)

NOON_H = 12
DAYS_BESIDE = 365


def evening_now(local: datetime) -> date:
    """Return the evening that a time of day belongs to: before noon it is yesterday's."""
    return local.date() - timedelta(days=1) if local.hour < NOON_H else local.date()


@pages.get("/diary")
def today() -> ResponseReturnValue:
    """Show the diary of now."""
    return _show(evening_now(local_now()))


@pages.get("/diary/<day>")
def one_day(day: str) -> ResponseReturnValue:
    """Show the diary of one evening."""
    return _show(_day(day))


@pages.post("/diary/<day>/<part>")
def note(day: str, part: str) -> ResponseReturnValue:
    """Keep the answers of an evening or a morning."""
    held = _day(day)
    if part not in ("evening", "morning"):
        abort(404)
    kind = Evening if part == "evening" else Morning
    try:
        answers = from_form(kind, request.form.to_dict())
    except msgspec.ValidationError:
        abort(400, description=say("One of the answers is out of range."))
    if part == "evening":
        diary.put(writable(), held.isoformat(), "evening", answers, services().now())
    else:
        diary.put(writable(), held.isoformat(), "morning", answers, services().now())
    return redirect(link("diary.one_day", day=held.isoformat(), kept=part))


def _day(text: str) -> date:
    found = parse_day(text, local_now().date())
    if found is None:
        abort(404, description=say("There is no diary page of that day."))
    return found


def _show(day: date) -> ResponseReturnValue:
    local = local_now()
    held = diary.get(database(), day.isoformat())
    kept = request.args.get("kept")
    return page(
        "diary.html",
        day=day.isoformat(),
        title=long_date(day),
        evening=held["evening"] or remembered(database(), day),
        evening_kept=bool(held["evening"]),
        morning=held["morning"],
        morning_first=local.hour < NOON_H,
        morning_open=day < local.date(),
        before=(day - timedelta(days=1)).isoformat(),
        after=(day + timedelta(days=1)).isoformat() if day < evening_now(local) else None,
        said=say("Kept.") if kept in ("evening", "morning") else None,
    )


@pages.get("/diary/beside")
def beside() -> ResponseReturnValue:
    """Show the nights beside what was noted."""
    first = local_now().date() - timedelta(days=DAYS_BESIDE)
    nights = summaries(database(), keep(), first)
    return page("diary_beside.html", results=beside_nights(database(), nights))
