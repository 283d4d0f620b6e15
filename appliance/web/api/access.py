"""Who is logged in, and shares."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import msgspec
from flask import Blueprint, abort, jsonify

from appliance.web import passwords, sessions
from appliance.web.api.reading import body_as
from appliance.web.services import database, keep, services

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

api = Blueprint("api_access", __name__)
LARGEST_ID = 2**63 - 1


class NewShare(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For whom a share is."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


@api.get("/sessions")
def living() -> ResponseReturnValue:
    """Return who is logged in."""
    mark = passwords.password_mark(database())
    held = sessions.living(keep(), mark=mark, now_utc=services().now())
    return jsonify(sessions=[asdict(session) for session in held])


@api.delete("/sessions/<int:number>")
def end(number: int) -> ResponseReturnValue:
    """End a session."""
    if number > LARGEST_ID or not sessions.revoke(keep(), number):
        abort(404, description="There is no such session.")
    return "", 204


@api.get("/shares")
def shares() -> ResponseReturnValue:
    """Return the read-only shares."""
    return jsonify(shares=[asdict(share) for share in sessions.list_shares(keep())])


@api.post("/shares")
def new_share() -> ResponseReturnValue:
    """Make a share; its code is told this once."""
    code = sessions.new_share(keep(), body_as(NewShare).name, services().now())
    return jsonify(code=code), 201


@api.delete("/shares/<int:number>")
def end_share(number: int) -> ResponseReturnValue:
    """End a share."""
    if number > LARGEST_ID or not sessions.end_share(keep(), number):
        abort(404, description="There is no such share.")
    return "", 204
