"""Log in, log out, and the read-only share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from flask import Blueprint, abort, make_response, redirect, request

from appliance.web import passwords, sessions
from appliance.web.access import needs
from appliance.web.guard import log_in, log_out, visitor
from appliance.web.language import say
from appliance.web.limiter import visitor_of
from appliance.web.links import link
from appliance.web.render import page
from appliance.web.services import database, keep, services, writable

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from appliance.web.access import Role

pages = Blueprint("login", __name__)


def check_patience() -> str:
    """Refuse a visitor who guessed wrong too often; return who it is."""
    who = visitor_of(request.remote_addr)
    seconds = math.ceil(services().limiter.wait_s(who, services().now()))
    if seconds > 0:
        body = page("trouble_wait.html", bare=True, seconds=seconds)
        abort(make_response(body, 429, {"Retry-After": str(seconds)}))
    return who


def begin_session(role: Role, share_id: int | None = None) -> str:
    """Begin a browser's session and return its token."""
    now_utc = services().now()
    return sessions.begin(
        keep(),
        role=role,
        label=sessions.describe_browser(request.headers.get("User-Agent", "")),
        mark=passwords.password_mark(database()),
        now_utc=now_utc,
        days=services().config.web.session_days,
        share_id=share_id,
    )


def password_is_right(password: str) -> bool:
    """Check a password, one at a time: each check takes 32 MiB."""
    with services().hashing:
        return passwords.is_right(database(), password[: passwords.LONGEST])


def keep_password(password: str) -> None:
    """Store a new password."""
    held = services()
    with held.hashing:
        passwords.store_password(writable(), password, held.now(), held.password_method)


@pages.get("/login")
@needs("nobody")
def show() -> ResponseReturnValue:
    """Ask for the password."""
    if visitor().role is not None:
        return redirect(link("morning.this_morning"))
    return page("login.html", bare=True)


@pages.post("/login")
@needs("nobody")
def enter() -> ResponseReturnValue:
    """Check the password."""
    who = check_patience()
    if not password_is_right(request.form.get("password", "")):
        services().limiter.failed(who, services().now())
        wrong = say("That is not the password. Please try again.")
        return page("login.html", bare=True, wrong=wrong), 403
    services().limiter.succeeded(who)
    return log_in(redirect(link("morning.this_morning")), begin_session("owner"))


@pages.post("/logout")
@needs("partner")
def leave() -> ResponseReturnValue:
    """End this session."""
    session = visitor().session
    if session is not None:
        sessions.revoke(keep(), session.id)
    return log_out(redirect(link("login.show")))


@pages.get("/share")
@needs("nobody")
def share() -> ResponseReturnValue:
    """Ask for a share's code (a share link brings it behind the #)."""
    return page("share.html", bare=True)


@pages.post("/share")
@needs("nobody")
def enter_share() -> ResponseReturnValue:
    """Check a share's code."""
    who = check_patience()
    found = sessions.find_share(keep(), request.form.get("code", "")[:40])
    if found is None:
        services().limiter.failed(who, services().now())
        wrong = say("That code is not known. Please ask for it again.")
        return page("share.html", bare=True, wrong=wrong), 403
    services().limiter.succeeded(who)
    token = begin_session("partner", found.id)
    return log_in(redirect(link("morning.this_morning")), token)
