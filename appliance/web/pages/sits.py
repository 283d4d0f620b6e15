"""The evening tests that are over: one page each, and all of them in a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, request

from appliance.store.raw import has_raw
from appliance.web.access import needs
from appliance.web.deletion import delete_for_good
from appliance.web.guard import visitor
from appliance.web.language import say
from appliance.web.links import link
from appliance.web.render import local_now, page
from appliance.web.services import database, keep, services
from appliance.web.views.facts import read_facts
from appliance.web.views.morning import hour_lists
from appliance.web.views.sits import cells_of, sit_named, view_of
from appliance.web.views.sitsums import sit_summaries
from appliance.web.views.sittrend import trend_of
from appliance.web.words.times import evening_of

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from appliance.store.nights import Night

pages = Blueprint("sits", __name__)


@pages.get("/sits")
@needs("partner")
def every() -> ResponseReturnValue:
    """Show the tests of the last year."""
    mine = visitor().role == "owner"
    told = trend_of(database(), keep(), local_now().date(), with_diary=mine)
    return page("sits.html", trend=told)


@pages.get("/sits/<name>")
@needs("partner")
def one(name: str) -> ResponseReturnValue:
    """Show one test."""
    return _show(sit_named(database(), name))


def _show(night: Night, wrong: str | None = None) -> str:
    day = evening_of(night.name)
    others = [] if day is None else sit_summaries(database(), keep(), day, day)
    return page(
        "sit_result.html",
        night=night,
        raw=has_raw(services().state_dir, night.recording),
        view=view_of(database(), night, with_diary=visitor().role == "owner"),
        same_evening=[cells_of(test) for test in others] if len(others) > 1 else [],
        lists=hour_lists(read_facts(database(), night)),
        wrong=wrong,
    )


@pages.post("/sits/<name>/delete")
def delete(name: str) -> ResponseReturnValue:
    """Delete a test for good, once the person has said so twice."""
    night = sit_named(database(), name)
    if request.form.get("sure") != "on":
        return _show(night, say("Tick the box first, if you are sure.")), 400
    if not delete_for_good(night.name):
        abort(409, description=say("The test is still running. End it first."))
    return redirect(link("sits.every"))
