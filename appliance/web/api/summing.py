"""Many nights: the middle of seven, two periods, beside the diary, the doctor's table."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, jsonify, request

from appliance.web.access import needs
from appliance.web.pages.compare import FIELDS, compare_dates, parse_days
from appliance.web.pages.diary import DAYS_BESIDE
from appliance.web.render import local_now
from appliance.web.services import database, keep
from appliance.web.views.diary import beside_nights
from appliance.web.views.doctor import CHOICES, DEFAULT, view_of
from appliance.web.views.summaries import last_seven, summaries

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from appliance.web.views.compare import Comparison

api = Blueprint("api_summing", __name__)
DAYS_BACK = 90


def _comparison(result: Comparison) -> dict[str, Any]:
    return asdict(result)


@api.get("/middle")
@needs("partner")
def middle() -> ResponseReturnValue:
    """Return the median and range of the last seven nights that count."""
    first = local_now().date() - timedelta(days=DAYS_BACK)
    found = last_seven(summaries(database(), keep(), first))
    if found is None:
        return jsonify(middle=None)
    held = asdict(found)
    return jsonify(
        middle={**held, "first": found.first.isoformat(), "last": found.last.isoformat()}
    )


@api.get("/compare")
def compare() -> ResponseReturnValue:
    """Compare two periods."""
    days = parse_days([request.args.get(name, "") for name in FIELDS])
    if days is None:
        abort(400, description="from1, to1, from2, to2: dates, each period's first before its last")
    return jsonify(_comparison(compare_dates(days)))


@api.get("/beside")
def beside() -> ResponseReturnValue:
    """Return the nights beside the diary's answers."""
    nights = summaries(database(), keep(), local_now().date() - timedelta(days=DAYS_BESIDE))
    return jsonify(results=[_comparison(one) for one in beside_nights(database(), nights)])


@api.get("/doctor")
def doctor() -> ResponseReturnValue:
    """Return the doctor's table."""
    asked = request.args.get("nights", str(DEFAULT))
    if asked not in map(str, CHOICES):
        abort(400, description=f"nights: one of {', '.join(map(str, CHOICES))}")
    view = view_of(database(), keep(), int(asked))
    held = asdict(view)
    held["first"] = None if view.first is None else view.first.isoformat()
    held["last"] = None if view.last is None else view.last.isoformat()
    return jsonify(held)
