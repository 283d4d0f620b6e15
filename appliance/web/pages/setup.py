"""Set-up, one small step a page. The password comes first: nothing is served before it."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, request

from appliance.config import ConfigError
from appliance.web import passwords
from appliance.web.access import needs
from appliance.web.guard import log_in
from appliance.web.language import say
from appliance.web.links import link
from appliance.web.pages.login import begin_session, check_patience, keep_password
from appliance.web.pages.tonight import draw_newest
from appliance.web.render import page
from appliance.web.services import database, services, settings_in_force, writable
from appliance.web.views.broker import standing_on_page
from appliance.web.views.settings import (
    changes_from_form,
    fields_of,
    in_page_words,
    store_changes,
)
from appliance.web.views.tonight import answer_to, live_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue

pages = Blueprint("setup", __name__)

STEPS = ("names", "sensors", "straps", "bed", "broker", "done")
FEWEST_CHARACTERS = 4
"""Different ones: "aaaaaaaaaa" is no password."""
REFRESH_S = 5


@pages.get("/setup")
@needs("nobody")
def first() -> ResponseReturnValue:
    """Ask for the first password."""
    if services().access.open or passwords.stored_hash(database()) is not None:
        return redirect(link("setup.step", name=STEPS[0]))
    needs_code = passwords.setup_code(database()) is not None
    return page("setup_first.html", bare=True, needs_code=needs_code, shortest=passwords.SHORTEST)


@pages.post("/setup")
@needs("nobody")
def first_done() -> ResponseReturnValue:
    """Store the first password and log in."""
    if services().access.open or passwords.stored_hash(database()) is not None:
        return redirect(link("morning.this_morning"))
    who = check_patience()
    code = passwords.setup_code(database())
    wrong = password_trouble(request.form.get("password", ""), request.form.get("again", ""))
    if code is not None and not is_code(code, request.form.get("code", "")):
        services().limiter.failed(who, services().now())
        wrong = say("That is not the code that the installer printed.")
    if wrong is not None:
        answer = page(
            "setup_first.html",
            bare=True,
            needs_code=code is not None,
            shortest=passwords.SHORTEST,
            wrong=wrong,
        )
        return answer, 400
    keep_password(request.form["password"])
    return log_in(redirect(link("setup.step", name=STEPS[0])), begin_session("owner"))


def is_code(code: str, given: str) -> bool:
    """Compare set-up codes; capitals, spaces and dashes do not matter."""
    plain = [text.lower().replace("-", "").replace(" ", "").encode() for text in (code, given)]
    return hmac.compare_digest(*plain)


def password_trouble(password: str, again: str) -> str | None:
    """Say what is wrong with a new password, or None."""
    if len(password) < passwords.SHORTEST:
        return say("Please take at least {n} characters.", n=passwords.SHORTEST)
    if len(password) > passwords.LONGEST:
        return say("Please take at most {n} characters.", n=passwords.LONGEST)
    if len(set(password)) < FEWEST_CHARACTERS:
        return say("Please take a password with more different characters.")
    if password != again:
        return say("The two passwords are not the same.")
    return None


@pages.get("/setup/<name>")
def step(name: str) -> ResponseReturnValue:
    """Show one step."""
    if name not in STEPS:
        abort(404)
    return _step(name)


@pages.post("/setup/<name>")
def step_done(name: str) -> ResponseReturnValue:
    """Keep what a step asked for and go on."""
    section = {"names": "device", "broker": "mqtt"}.get(name)
    if section is None:
        abort(404)
    try:
        changes = changes_from_form(section, request.form)
        store_changes(writable(), services().config, changes, services().now())
    except ConfigError as error:
        return _step(name, typed=request.form, wrong=in_page_words(error)), 400
    return redirect(link("setup.step", name=STEPS[STEPS.index(name) + 1]))


def newest_sitting() -> str | None:
    """Return the name of the last sitting that has ended."""
    row = (
        database()
        .execute(
            "SELECT name FROM nights WHERE kind = 'calibration' AND state = 'closed'"
            " ORDER BY id DESC LIMIT 1"
        )
        .fetchone()
    )
    return None if row is None else str(row["name"])


def _step(name: str, typed: Mapping[str, str] | None = None, wrong: str | None = None) -> str:
    place = STEPS.index(name)
    now_utc = services().now()
    section = {"names": "device", "broker": "mqtt"}.get(name)
    live = name in ("sensors", "straps", "bed")
    return page(
        f"setup_{name}.html",
        refresh_s=REFRESH_S if live else None,
        place=place + 1,
        places=len(STEPS),
        before=STEPS[place - 1] if place else None,
        after=STEPS[place + 1] if place + 1 < len(STEPS) else None,
        live=live_of(database(), now_utc) if live else None,
        drawing=draw_newest() if name == "straps" else None,
        fields=fields_of(section, settings_in_force(), typed) if section else [],
        standing=standing_on_page(database()) if name == "broker" else None,
        sitting=newest_sitting() if name == "bed" else None,
        answer=answer_to(database(), request.args.get("c", type=int), now_utc),
        wrong=wrong,
    )
