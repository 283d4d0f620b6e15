"""Tonight: start, end, mark, pause, and how the sensors are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, redirect, request

from appliance.store import commands
from appliance.store.nights import current_night
from appliance.store.raw import RawError, raw_extent, raw_path
from appliance.web.access import needs
from appliance.web.charts import signals
from appliance.web.language import say
from appliance.web.links import link
from appliance.web.render import local_now, page
from appliance.web.services import database, services, settings_in_force, writable
from appliance.web.views.moment import panels_of, raw_columns
from appliance.web.views.tonight import answer_to, due_words, live_of
from detect.movement import TICKS_PER_S

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from markupsafe import Markup

pages = Blueprint("tonight", __name__)

VERBS = (
    "start_night",
    "end_night",
    "mark",
    "pause",
    "resume",
    "lights_off",
    "lights_on",
    "private",
)
"""What the page asks of the recorder."""
KINDS = ("night", "nap", "calibration")
GUIDES = ("straps", "bed")
"""Steps of the set-up that send wishes and want to be shown again."""
LONGEST_MARK = 200
REFRESH_S = 5
TRACE_S = 20


@pages.get("/tonight")
@needs("partner")
def show() -> ResponseReturnValue:
    """Show how the recorder is."""
    now_utc = services().now()
    return page(
        "tonight.html",
        live=live_of(database(), now_utc),
        due=due_words(settings_in_force().evening_test.remind_at_h, local_now()),
        answer=answer_to(database(), request.args.get("c", type=int), now_utc),
        refresh_s=REFRESH_S,
    )


@pages.post("/tonight/<verb>")
def wish(verb: str) -> ResponseReturnValue:
    """Pass a wish to the recorder."""
    if verb not in VERBS:
        abort(404)
    number = commands.submit(writable(), verb, arguments_of(verb), "page", services().now())
    back = request.form.get("back")
    if back in GUIDES:
        return redirect(link("setup.step", name=back, c=number))
    return redirect(link("tonight.show", c=number))


def arguments_of(verb: str) -> dict[str, Any]:
    """Take a command's arguments out of the form."""
    if verb == "start_night":
        kind = request.form.get("kind", "night")
        if kind not in KINDS:
            abort(400)
        return {"kind": kind, "private": request.form.get("private") == "1"}
    text = request.form.get("text", "").strip()
    return {"text": text[:LONGEST_MARK]} if verb == "mark" and text else {}


@pages.get("/tonight/signals")
def traces() -> ResponseReturnValue:
    """Show the last twenty seconds of every sensor."""
    return page(
        "signals.html",
        live=live_of(database(), services().now()),
        drawing=draw_newest(),
        refresh_s=REFRESH_S,
    )


def draw_newest() -> Markup | None:
    """Draw the newest signals of the running night; None where there are none."""
    night = current_night(database())
    if night is None or night.recording is None:
        return None
    try:
        extent = raw_extent(raw_path(services().state_dir, night.recording))
        if extent is None:
            return None
        first, last = extent[1] - TRACE_S * TICKS_PER_S, extent[1]
        columns = raw_columns(services().state_dir, night, first, last)
    except RawError:
        return None
    return signals.draw(
        panels_of(columns, night.scale),
        signals.Window(-TRACE_S, 0.0, ()),
        say("Newest signals"),
        say("The last {n} seconds that were stored.", n=TRACE_S),
        say("s"),
    )
