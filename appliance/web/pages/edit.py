"""Put a night right: when the lights went off and on; or delete it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, request

from appliance.store.nights import set_lights
from appliance.web.deletion import delete_for_good
from appliance.web.language import say
from appliance.web.links import link
from appliance.web.render import page
from appliance.web.services import database, writable
from appliance.web.views.facts import night_named
from appliance.web.words.times import WallClock, evening_of, long_date
from detect.movement import TICKS_PER_S

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from appliance.store.nights import Night

pages = Blueprint("edit", __name__)

_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


@pages.get("/night/<name>/edit")
def show(name: str) -> ResponseReturnValue:
    """Show what can be put right."""
    return _show(night_named(database(), name))


def _show(night: Night, wrong: str | None = None) -> str:
    clock = WallClock.of(database(), night)
    day = evening_of(night.name)
    return page(
        "edit.html",
        night=night,
        title=night.name if day is None else long_date(day),
        start=clock.hour(0),
        end=clock.hour(night.end_tick or 0),
        off="" if night.lights_off_tick is None else clock.hour(night.lights_off_tick),
        on="" if night.lights_on_tick is None else clock.hour(night.lights_on_tick),
        has_clock=clock.at(0) is not None,
        wrong=wrong,
    )


@pages.post("/night/<name>/edit")
def lights(name: str) -> ResponseReturnValue:
    """Set lights off and on."""
    night = night_named(database(), name)
    clock = WallClock.of(database(), night)
    texts = [request.form.get(field, "").strip() for field in ("off", "on")]
    ticks = [tick_of(clock, night, text) if text else None for text in texts]
    if any(text and tick is None for text, tick in zip(texts, ticks, strict=True)):
        wrong = say("Please give times like 23:15 that lie within the night.")
        return _show(night, wrong), 400
    off, on = ticks
    if off is not None and on is not None and on <= off:
        return _show(night, say("Lights go off before they go on.")), 400
    set_lights(writable(), night.id, off, on)
    return redirect(link("morning.one_night", name=name))


def tick_of(clock: WallClock, night: Night, text: str) -> int | None:
    """Return the tick of a time of day within a night; None where there is none."""
    match = _TIME.fullmatch(text)
    start = clock.at(0)
    if match is None or start is None:
        return None
    local = start.replace(hour=int(match[1]), minute=int(match[2]), second=0, microsecond=0)
    if local < start.replace(second=0, microsecond=0):
        local += timedelta(days=1)
    # Through UTC: on the night of a clock change an hour is missing or there twice.
    tick = max(0, round((local.timestamp() - start.timestamp()) * TICKS_PER_S))
    return tick if tick <= (night.end_tick or 0) else None


@pages.post("/night/<name>/delete")
def delete(name: str) -> ResponseReturnValue:
    """Delete a night for good, once the person has said so twice."""
    night = night_named(database(), name)
    if request.form.get("sure") != "on":
        return _show(night, say("Tick the box first, if you are sure.")), 400
    if not delete_for_good(night.name):
        abort(409, description=say("The night is still running. End it first."))
    return redirect(link("nights.show"))
