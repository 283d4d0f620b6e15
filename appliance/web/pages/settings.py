"""Settings: the device's, the password, who is logged in, the partner's share, programs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, redirect, request

from appliance.config import ConfigError
from appliance.publish.credentials import write_password
from appliance.web import passwords, sessions
from appliance.web.guard import log_in, visitor
from appliance.web.language import say
from appliance.web.links import link
from appliance.web.pages.login import (
    begin_session,
    check_patience,
    keep_password,
    password_is_right,
)
from appliance.web.pages.setup import password_trouble
from appliance.web.render import page
from appliance.web.services import database, keep, services, settings_in_force, writable
from appliance.web.views.broker import standing_on_page, try_broker
from appliance.web.views.settings import (
    LONGEST_SECRET,
    OFFERED,
    SECRET,
    changes_from_form,
    fields_of,
    in_page_words,
    sections,
    store_changes,
    with_labels,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue

pages = Blueprint("settings", __name__)


@pages.get("/settings")
def menu() -> ResponseReturnValue:
    """Show the sections."""
    return page("settings.html", sections=sections())


@pages.get("/settings/<section>")
def show(section: str) -> ResponseReturnValue:
    """Show one section."""
    if section not in OFFERED:
        abort(404)
    return _section(section)


@pages.post("/settings/<section>")
def change(section: str) -> ResponseReturnValue:
    """Change a section's settings."""
    if section not in OFFERED:
        abort(404)
    secret = request.form.get(SECRET, "") if section == "mqtt" else ""
    try:
        changes = changes_from_form(section, request.form)
        config = store_changes(writable(), services().config, changes, services().now())
    except ConfigError as error:
        again = say("The password was not kept: type it once more.") if secret else ""
        wrong = f"{in_page_words(error)} {again}".strip()
        return _section(section, request.form, wrong=wrong), 400
    if section == "mqtt" and (secret or request.form.get("forget") == "on"):
        write_password(services().state_dir, secret.split("\n")[0][:LONGEST_SECRET])
    if section == "mqtt" and "try" in request.form:
        tried = try_broker(config.mqtt, services().state_dir)
        tried = replace(tried, words=with_labels(tried.words))
        silent = not config.mqtt.enabled
        return _section(section, said=say("Kept."), tried=tried, silent=silent)
    return redirect(link("settings.show", section=section, kept=1))


def _section(section: str, typed: Mapping[str, str] | None = None, **more: Any) -> str:  # noqa: ANN401
    kept = request.method == "GET" and request.args.get("kept")
    return page(
        "settings_section.html",
        section=section,
        title=sections()[section],
        fields=fields_of(section, settings_in_force(), typed),
        standing=standing_on_page(database()) if section == "mqtt" else None,
        **{"said": say("Kept.") if kept else None, **more},
    )


@pages.get("/settings/access")
def access() -> ResponseReturnValue:
    """Show who may look."""
    return _access()


def _access(**more: Any) -> str:  # noqa: ANN401
    mark = passwords.password_mark(database())
    session = visitor().session
    return page(
        "settings_access.html",
        sessions=sessions.living(keep(), mark=mark, now_utc=services().now()),
        mine=None if session is None else session.id,
        shares=sessions.list_shares(keep()),
        shortest=passwords.SHORTEST,
        **more,
    )


@pages.post("/settings/access/password")
def new_password() -> ResponseReturnValue:
    """Change the password; every other session ends."""
    if services().access.open:
        abort(403, description=say("The demonstration has no password."))
    who = check_patience()
    if not password_is_right(request.form.get("old", "")):
        services().limiter.failed(who, services().now())
        return _access(wrong=say("The present password is not right.")), 403
    wrong = password_trouble(request.form.get("password", ""), request.form.get("again", ""))
    if wrong is not None:
        return _access(wrong=wrong), 400
    keep_password(request.form["password"])
    sessions.revoke_others(keep(), None)
    return log_in(redirect(link("settings.access")), begin_session("owner"))


@pages.post("/settings/access/sessions/<int:session_id>/end")
def end_session(session_id: int) -> ResponseReturnValue:
    """End one session."""
    sessions.revoke(keep(), session_id)
    return redirect(link("settings.access"))


@pages.post("/settings/access/sessions/end-others")
def end_others() -> ResponseReturnValue:
    """End every session but this one."""
    session = visitor().session
    sessions.revoke_others(keep(), None if session is None else session.id)
    return redirect(link("settings.access"))


@pages.post("/settings/access/shares")
def new_share() -> ResponseReturnValue:
    """Make a read-only share; its code is shown this once."""
    name = request.form.get("name", "").strip() or say("Partner")
    code = sessions.new_share(keep(), name, services().now())
    return _access(code=code, share_link=f"{request.host_url}share#{code}")


@pages.post("/settings/access/shares/<int:share_id>/end")
def end_share(share_id: int) -> ResponseReturnValue:
    """End a share and all who came through it."""
    sessions.end_share(keep(), share_id)
    return redirect(link("settings.access"))


@pages.post("/settings/access/programs")
def new_program() -> ResponseReturnValue:
    """Make a token for a program; it is shown this once."""
    name = request.form.get("name", "").strip() or say("A program")
    role = "owner" if request.form.get("role") == "owner" else "partner"
    token = sessions.begin(
        keep(),
        role="owner" if role == "owner" else "partner",
        label=name,
        mark=passwords.password_mark(database()),
        now_utc=services().now(),
        days=None,
    )
    return _access(token=token)
