"""The recorder now, and wishes to it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from flask import Blueprint, abort, jsonify

from appliance.publish.standing import read_standing
from appliance.store import commands, faults, status
from appliance.version import VERSION
from appliance.web.access import needs
from appliance.web.api.reading import body_as
from appliance.web.services import database, services, writable
from appliance.web.views.tonight import live_of
from detect.sit import LEAST, MOST, TEST_MIN

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from appliance.store.commands import Command

api = Blueprint("api_live", __name__)

Verb = Literal[
    "start_night", "end_night", "mark", "pause", "resume", "lights_off", "lights_on", "private",
    "sit_start", "sit_next", "sit_answer", "sit_stop",
]  # fmt: skip


class StartArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a command may be told."""

    kind: Literal["night", "nap", "sit", "calibration"] | None = None
    private: bool = False
    text: str = msgspec.field(default="")
    guided: bool = True
    """Evening test: check the posture before it begins."""
    one_leg: bool = False
    """Evening test: with the only ankle that delivers."""
    discomfort: Annotated[int, msgspec.Meta(ge=LEAST, le=MOST)] | None = None
    """Evening test: the answer to the question that is open."""
    minute: Annotated[int, msgspec.Meta(ge=0, le=TEST_MIN)] | None = None
    """Evening test: of the question that is answered."""


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A command."""

    verb: Verb
    args: StartArguments = msgspec.field(default_factory=StartArguments)


@api.get("/status")
@needs("partner")
def now() -> ResponseReturnValue:
    """Return how the recorder is."""
    said = status.read(database())
    live = live_of(database(), services().now())
    return jsonify(
        version=VERSION,
        alive=live.alive,
        status=None if said is None else asdict(said),
        mqtt=asdict(read_standing(database())),
    )


@api.get("/faults")
@needs("partner")
def open_faults() -> ResponseReturnValue:
    """Return the faults that are not cleared."""
    return jsonify(faults=[asdict(fault) for fault in faults.open_faults(database())])


def command_json(command: Command) -> dict[str, Any]:
    """Return a command and what became of it."""
    return asdict(command)


@api.post("/commands")
def submit() -> ResponseReturnValue:
    """Pass a wish to the recorder."""
    wish = body_as(Wish)
    arguments = msgspec.to_builtins(wish.args)
    given = {key: value for key, value in arguments.items() if value is not None}
    number = commands.submit(writable(), wish.verb, given, "page", services().now())
    found = commands.get(writable(), number)
    return jsonify(None if found is None else command_json(found)), 202


@api.get("/commands/<int:number>")
def one(number: int) -> ResponseReturnValue:
    """Return what became of a wish."""
    found = commands.get(database(), number)
    if found is None:
        abort(404, description="There is no such command (any more).")
    return jsonify(command_json(found))
