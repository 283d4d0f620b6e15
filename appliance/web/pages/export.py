"""Export and backup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort

from appliance.export import ExportError
from appliance.store.nights import list_nights
from appliance.store.raw import has_raw
from appliance.web.language import say
from appliance.web.render import local_now, page
from appliance.web.services import database, keep, services
from appliance.web.views.downloads import FORMATS, backup_file, night_file, sits_csv, summaries_csv
from appliance.web.views.facts import night_named
from appliance.web.views.sitsums import sit_summaries
from appliance.web.views.summaries import summaries

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

pages = Blueprint("export", __name__)
SHOWN = 14


@pages.get("/export")
def show() -> ResponseReturnValue:
    """Show what can be taken away."""
    nights = [night for night in list_nights(database()) if night.state == "closed"]
    shown = nights[:SHOWN]
    raw = [has_raw(services().state_dir, night.recording) for night in shown]
    return page("export.html", nights=list(zip(shown, raw, strict=True)), more=len(nights) > SHOWN)


@pages.get("/export/night/<name>/<kind>")
def night(name: str, kind: str) -> ResponseReturnValue:
    """Send one night as a file."""
    if kind not in FORMATS:
        abort(404)
    try:
        return night_file(night_named(database(), name), kind)
    except ExportError:
        abort(404, description=say("The raw signals of this night are not kept (any more)."))


@pages.get("/export/nights.csv")
def nights() -> ResponseReturnValue:
    """Send all nights in a few numbers each."""
    return summaries_csv(summaries(database(), keep()))


@pages.get("/export/evening-tests.csv")
def sits() -> ResponseReturnValue:
    """Send all evening tests in a few numbers each."""
    return sits_csv(sit_summaries(database(), keep()))


@pages.post("/export/backup")
def backup() -> ResponseReturnValue:
    """Send a copy of everything but the raw signals."""
    return backup_file(local_now().date().isoformat())
