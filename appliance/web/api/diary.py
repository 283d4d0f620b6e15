"""The diary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from flask import Blueprint, abort, jsonify

from appliance.store import diary
from appliance.web.api.reading import body_as
from appliance.web.render import local_now
from appliance.web.services import database, services, writable
from appliance.web.views.diary import Evening, Morning, parse_day

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

api = Blueprint("api_diary", __name__)


def _day(text: str) -> str:
    day = parse_day(text, local_now().date())
    if day is None:
        abort(404, description="There is no diary page of that day.")
    return day.isoformat()


def _answers(given: Evening | Morning) -> dict[str, Any]:
    held = msgspec.to_builtins(given)
    return {name: value for name, value in held.items() if value is not None}


@api.get("/diary")
def days() -> ResponseReturnValue:
    """Return the days with an entry."""
    return jsonify(days=diary.dates(database()))


@api.get("/diary/<day>")
def one(day: str) -> ResponseReturnValue:
    """Return what was noted on a day."""
    return jsonify(diary.get(database(), _day(day)))


@api.put("/diary/<day>/evening")
def put_evening(day: str) -> ResponseReturnValue:
    """Keep an evening."""
    held = _answers(body_as(Evening))
    diary.put(writable(), _day(day), "evening", held, services().now())
    return "", 204


@api.put("/diary/<day>/morning")
def put_morning(day: str) -> ResponseReturnValue:
    """Keep a morning."""
    held = _answers(body_as(Morning))
    diary.put(writable(), _day(day), "morning", held, services().now())
    return "", 204


@api.delete("/diary/<day>")
def delete(day: str) -> ResponseReturnValue:
    """Delete what was noted on a day."""
    diary.delete(writable(), _day(day))
    return "", 204
