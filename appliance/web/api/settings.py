"""Settings and the broker's test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from flask import Blueprint, abort, jsonify
from msgspec import Meta

from appliance.config import ConfigError
from appliance.publish.credentials import write_password
from appliance.web.api.reading import body_as
from appliance.web.services import services, settings_in_force, writable
from appliance.web.views.broker import try_broker
from appliance.web.views.settings import LONGEST_SECRET, offered_keys, store_changes

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from appliance.config import Config

api = Blueprint("api_settings", __name__)


class BrokerPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The broker's password; empty: forget it."""

    password: Annotated[str, Meta(max_length=LONGEST_SECRET, pattern=r"^[^\n\x00]*$")]


def _values(config: Config) -> dict[str, Any]:
    plain = msgspec.to_builtins(config)
    keys = [key.partition(".") for key in offered_keys()]
    return {f"{section}.{name}": plain[section][name] for section, _, name in keys}


@api.get("/settings")
def show() -> ResponseReturnValue:
    """Return the settings in force."""
    return jsonify(_values(settings_in_force()))


@api.patch("/settings")
def change() -> ResponseReturnValue:
    """Change some settings."""
    changes = body_as(dict[str, bool | int | float | str | list[float]])
    try:
        config = store_changes(writable(), services().config, changes, services().now())
    except ConfigError as error:
        abort(400, description=str(error))
    return jsonify(_values(config))


@api.put("/broker/password")
def password() -> ResponseReturnValue:
    """Keep the broker's password."""
    given = body_as(BrokerPassword).password
    if len(given) > LONGEST_SECRET or "\n" in given or "\0" in given:
        abort(400, description="password: one line of at most 256 characters")
    write_password(services().state_dir, given)
    return "", 204


@api.post("/broker/test")
def test_broker() -> ResponseReturnValue:
    """Try the broker with the settings in force."""
    tried = try_broker(settings_in_force().mqtt, services().state_dir)
    return jsonify(ok=tried.ok, words=tried.words)
