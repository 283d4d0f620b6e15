"""The door: host, set-up, session, role, token; in this order, before any page."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import Response, abort, current_app, g, redirect, request

from appliance.web import csrf, passwords, sessions
from appliance.web.access import Need, Role, need_of
from appliance.web.keep import csrf_key
from appliance.web.links import relative
from appliance.web.services import database, keep, services

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response as AnyResponse

    from appliance.web.sessions import Session

YEAR_S = 365 * 86400


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who sends this request."""

    role: Role | None
    session: Session | None
    bound_to: str
    """What form tokens are bound to."""
    by_cookie: bool
    """A browser sends cookies by itself, so its writes need a token; a program's do not."""


def visitor() -> Visitor:
    """Return who sends this request."""
    return cast("Visitor", g.visitor)


def session_cookie() -> str:
    """Return the session cookie's name; browsers share cookies among the ports of a host."""
    return f"plms_session_{services().config.web.port}"


def _anonymous_cookie() -> str:
    return f"plms_form_{services().config.web.port}"


def form_token() -> str:
    """Return a fresh token for a form on this page."""
    return csrf.make_token(csrf_key(keep()), visitor().bound_to)


def install(app: Flask) -> None:
    """Put the door before every page."""
    app.before_request(check_request)
    app.after_request(set_cookies)


def check_request() -> AnyResponse | None:
    """Let a request in, send it to the log-in, or refuse it."""
    g.visitor = Visitor(None, None, "", by_cookie=True)
    if not services().names.accept(request.headers.get("Host", "")):
        abort(421)
    view = current_app.view_functions.get(request.endpoint or "")
    need = need_of(view)
    if request.endpoint in ("static", "health.healthz"):
        return None
    if not services().access.open and passwords.stored_hash(database()) is None:
        g.visitor = _anonymous()
        if not (request.endpoint or "").startswith("setup.first"):
            return _to_setup()
    else:
        g.visitor = _identify()
    refusal = _refuse(need)
    if refusal is not None:
        return refusal
    _check_write()
    return None


def _identify() -> Visitor:
    if services().access.open:
        anonymous = _anonymous()
        return Visitor("owner", None, anonymous.bound_to, by_cookie=True)
    now_utc = services().now()
    mark = passwords.password_mark(database())
    header = request.headers.get("Authorization", "")
    if header.lower().startswith("bearer "):
        token = header[7:].strip()
        found = sessions.find(keep(), token, "program", mark=mark, now_utc=now_utc)
        return Visitor(found.role if found else None, found, token, by_cookie=False)
    token = request.cookies.get(session_cookie(), "")
    found = None
    if token:
        found = sessions.find(keep(), token, "browser", mark=mark, now_utc=now_utc)
    if found is None:
        return _anonymous()
    fresh = sessions.rotate(keep(), found, token=token, now_utc=now_utc)
    if fresh is not None:
        g.new_session_token = fresh
    # Bound to the session, not to its token: a rotation must not spoil open forms.
    return Visitor(found.role, found, f"session-{found.id}", by_cookie=True)


def _anonymous() -> Visitor:
    value = request.cookies.get(_anonymous_cookie(), "")
    if not value:
        value = secrets.token_urlsafe(16)
        g.new_form_cookie = value
    return Visitor(None, None, value, by_cookie=True)


def is_api() -> bool:
    """Tell whether a program asks (and wants JSON, also for errors)."""
    return request.path.startswith(("/api/", "/metrics", "/healthz"))


def _to_setup() -> AnyResponse:
    if is_api():
        abort(503, description="Set-up is not done: open the page in a browser first.")
    return redirect(relative("/setup"))


def _refuse(need: Need) -> AnyResponse | None:
    role = visitor().role
    if need == "nobody" or role == "owner" or (need == "partner" and role == "partner"):
        return None
    if role == "partner":
        abort(403, description="This page is the owner's. You are looking by a read-only share.")
    if is_api() and visitor().by_cookie:
        abort(401, description="Log in, or send a token as “Authorization: Bearer …”.")
    if is_api():
        abort(401, description="This token is not known here, or not any more.")
    if request.method != "GET":
        abort(401)
    return redirect(relative("/login"))


def _check_write() -> None:
    if request.method in csrf.SAFE_METHODS or not visitor().by_cookie:
        return
    host = request.headers.get("Host", "")
    if not csrf.is_same_origin(host, request.headers.get("Origin"), request.headers.get("Referer")):
        abort(403, description="This came from another page, not from this one.")
    token = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    if not csrf.is_good(csrf_key(keep()), visitor().bound_to, token):
        abort(403, description="The page was open for too long. Please reload it and try again.")


def log_in(response: AnyResponse, token: str) -> AnyResponse:
    """Hand a new session to the browser."""
    _set_cookie(response, session_cookie(), token, services().config.web.session_days * 86400)
    response.delete_cookie(_anonymous_cookie(), path=request.script_root or "/")
    return response


def log_out(response: AnyResponse) -> AnyResponse:
    """Take the session from the browser."""
    response.delete_cookie(session_cookie(), path=request.script_root or "/")
    return response


def set_cookies(response: Response) -> Response:
    """Send what this request made anew."""
    if "new_session_token" in g:
        days = services().config.web.session_days
        _set_cookie(response, session_cookie(), g.new_session_token, days * 86400)
    if "new_form_cookie" in g and response.status_code < 400:
        _set_cookie(response, _anonymous_cookie(), g.new_form_cookie, YEAR_S)
    return response


def _set_cookie(response: AnyResponse, name: str, value: str, max_age_s: int) -> None:
    response.set_cookie(
        name,
        value,
        max_age=max_age_s,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
        path=request.script_root or "/",
    )
