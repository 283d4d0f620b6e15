"""Set-up, one small step a page. The password comes first: nothing is served before it."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from flask import Blueprint, redirect, request

from appliance.web import passwords
from appliance.web.access import needs
from appliance.web.guard import log_in
from appliance.web.language import say
from appliance.web.links import link
from appliance.web.pages.login import begin_session, check_patience
from appliance.web.render import page
from appliance.web.services import database, services, writable

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

pages = Blueprint("setup", __name__)


@pages.get("/setup")
@needs("nobody")
def first() -> ResponseReturnValue:
    """Ask for the first password."""
    if services().access.open or passwords.stored_hash(database()) is not None:
        return redirect(link("morning.this_morning"))
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
    given = request.form.get("code", "").strip().lower()
    wrong = password_trouble(request.form.get("password", ""), request.form.get("again", ""))
    if code is not None and not hmac.compare_digest(given.encode(), code.strip().lower().encode()):
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
    with services().hashing:
        passwords.store_password(writable(), request.form["password"], services().now())
    return log_in(redirect("setup/names"), begin_session("owner"))


def password_trouble(password: str, again: str) -> str | None:
    """Say what is wrong with a new password, or None."""
    if len(password) < passwords.SHORTEST:
        return say("Please take at least {n} characters.", n=passwords.SHORTEST)
    if len(password) > passwords.LONGEST:
        return say("Please take at most {n} characters.", n=passwords.LONGEST)
    if len(set(password)) < 4:
        return say("Please take a password with more different characters.")
    if password != again:
        return say("The two passwords are not the same.")
    return None
