"""One movement: what the sensors felt, why it was given to whom, and "that was not me"."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, get_args

from flask import Blueprint, abort, redirect, request

from appliance.store.movements import CorrectedOwner, set_correction
from appliance.store.raw import RawError
from appliance.web.access import needs
from appliance.web.language import say
from appliance.web.links import link
from appliance.web.render import page
from appliance.web.services import database, services, writable
from appliance.web.views.facts import night_named, read_facts
from appliance.web.views.moment import draw_moment
from appliance.web.views.morning import line_of, title_of
from appliance.web.words import evidence

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from markupsafe import Markup

    from appliance.store.nights import Night
    from appliance.web.views.facts import Entry, Facts

pages = Blueprint("movement", __name__)


def entry_named(facts: Facts, seq: int) -> Entry:
    """Return a movement of a night, or end the request with "not found"."""
    found = next((entry for entry in facts.entries if entry.seq == seq), None)
    if found is None:
        abort(404, description=say("There is no such movement in this night."))
    return found


def owner_of(word: str) -> CorrectedOwner | None:
    """Return a correction; None takes it back; anything else is refused."""
    if word == "":
        return None
    if word not in get_args(CorrectedOwner):
        abort(400, description=say("That answer is not known."))
    return cast("CorrectedOwner", word)


@pages.get("/night/<name>/movement/<int:seq>")
@needs("partner")
def show(name: str, seq: int) -> ResponseReturnValue:
    """Show one movement."""
    facts = read_facts(database(), night_named(database(), name))
    entry = entry_named(facts, seq)
    place = facts.entries.index(entry)
    return page(
        "movement.html",
        night=facts.night,
        night_title=title_of(facts),
        entry=entry,
        line=line_of(facts, entry),
        device_says=evidence.in_words(entry.movement),
        drawing=_drawing(facts.night, entry),
        figures=_figures(entry),
        before=facts.entries[place - 1].seq if place else None,
        after=facts.entries[place + 1].seq if place + 1 < len(facts.entries) else None,
        answers=[
            ("patient", say("mine")),
            ("partner", say("my partner’s")),
            ("both", say("both")),
            ("unsure", say("cannot tell")),
            ("nobody", say("nobody’s")),
        ],
    )


@pages.post("/night/<name>/movement/<int:seq>")
def correct(name: str, seq: int) -> ResponseReturnValue:
    """Keep the person's word beside the device's."""
    night = night_named(database(), name)
    owner = owner_of(request.form.get("owner", ""))
    try:
        set_correction(writable(), night.id, seq, owner, services().now())
    except ValueError:
        abort(404, description=say("There is no such movement in this night."))
    return redirect(link("movement.show", name=name, seq=seq))


def _drawing(night: Night, entry: Entry) -> Markup | None:
    try:
        return draw_moment(services().state_dir, night, entry.movement)
    except RawError:
        return None


def _figures(entry: Entry) -> list[tuple[str, str]]:
    movement = entry.movement
    held = movement.evidence
    figures = [
        (say("Length"), say("{n} s", n=f"{movement.duration_s:.2f}")),
        (say("Strongest push"), _with(movement.peak_mg, say("{n} mg"))),
        (say("Fastest turn"), _with(movement.peak_dps, say("{n} deg/s"))),
        (say("Leg turned"), _with(held.tilt_deg, say("{n} degrees"))),
        (say("Both ankles alike"), _share(held.common_mode)),
        (say("Ankle over mattress"), _with(held.ankle_strip_db, say("{n} dB"))),
        (say("Mattress after ankle"), _with(held.lag_ms, say("{n} ms"))),
        (say("Rang down"), _share(held.ring_ratio)),
        (say("Yours, says the device"), _share(movement.p_patient)),
    ]
    return [(name, words) for name, words in figures if words]


def _with(value: float | None, text: str) -> str:
    return "" if value is None else text.format(n=f"{value:.3g}")


def _share(value: float | None) -> str:
    return "" if value is None else say("{n} %", n=round(100 * value))
