"""The page of this morning, and every other night in the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect

from appliance.store.nights import current_night
from appliance.web.access import needs
from appliance.web.links import link
from appliance.web.render import page
from appliance.web.services import database, keep
from appliance.web.views.facts import newest_night, night_named, read_facts
from appliance.web.views.faults import fault_texts
from appliance.web.views.morning import view_of
from appliance.web.views.neighbours import neighbours
from appliance.web.views.sits import row_of
from appliance.web.views.sitsums import sit_summaries
from appliance.web.words.times import evening_of

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from appliance.store.nights import Night
    from appliance.web.views.sits import SitRow

pages = Blueprint("morning", __name__)


@pages.get("/")
@needs("partner")
def this_morning() -> ResponseReturnValue:
    """Show the newest night."""
    night = newest_night(database())
    if night is None:
        running = current_night(database()) is not None
        return page("no_nights.html", running=running, notices=fault_texts(database()))
    return _show(night)


@pages.get("/night/<name>")
@needs("partner")
def one_night(name: str) -> ResponseReturnValue:
    """Show one night; an evening test has a page of its own."""
    night = night_named(database(), name)
    if night.kind == "sit":
        return redirect(link("sits.one", name=name))
    return _show(night)


def _show(night: Night) -> ResponseReturnValue:
    facts = read_facts(database(), night)
    return page(
        "morning.html",
        night=night,
        view=view_of(database(), facts),
        score=facts.score,
        around=neighbours(database(), night),
        notices=fault_texts(database()),
        sits=sits_before(night),
    )


def sits_before(night: Night) -> list[SitRow]:
    """Return the evening tests of the same date."""
    day = evening_of(night.name)
    if day is None or night.kind != "night":
        return []
    return [row_of(test) for test in sit_summaries(database(), keep(), day, day)]
