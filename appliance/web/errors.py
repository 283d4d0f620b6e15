"""A calm page (or plain JSON) for every failure."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import jsonify, request
from werkzeug.exceptions import HTTPException

from appliance.store.connect import DatabaseError
from appliance.store.raw import RawError
from appliance.web.guard import is_api
from appliance.web.language import say
from appliance.web.render import page

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

log = logging.getLogger("plms.web")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happened, and what to do about it."""

    title: str
    text: str


def _known(status: int) -> Trouble | None:
    troubles = {
        400: (
            say("That did not arrive whole"),
            say("Something in the form could not be understood. Please go back and try again."),
        ),
        401: (say("Please log in first"), say("Your log-in has ended. Log in and try again.")),
        403: (say("That is not possible from here"), ""),
        404: (
            say("There is nothing here"),
            say("The page or the night you asked for is not on this device."),
        ),
        405: (say("That is not possible from here"), say("Please go back and use the buttons.")),
        413: (say("That was too much at once"), say("Please write a shorter text.")),
        421: (
            say("This device does not know that name"),
            say(
                "For your safety it answers only to its own names and addresses. Open it by its"
                " address, or add the name under [web] names in its configuration."
            ),
        ),
        429: (say("Please wait a little"), ""),
        503: (say("Busy for a moment"), say("Please try again in a moment.")),
    }
    found = troubles.get(status)
    return None if found is None else Trouble(*found)


def _answer(status: int, trouble: Trouble, headers: dict[str, str]) -> ResponseReturnValue:
    if is_api():
        answer = jsonify(error=trouble.text or trouble.title)
        return answer, status, headers
    if status == 421:  # no link of ours may be followed under a foreign name
        return f"{trouble.title}. {trouble.text}\n", status, {"Content-Type": "text/plain"}
    return page("trouble.html", bare=status in (401, 503), trouble=trouble), status, headers


def on_http(error: HTTPException) -> ResponseReturnValue:
    """Answer a refusal."""
    if error.response is not None:
        return error.response
    status = error.code or 500
    trouble = _known(status) or Trouble(say("Something went wrong"), say("Please try again."))
    own_words = error.description != type(error).description and error.description
    if own_words and status in (400, 401, 403, 404, 409, 422, 429, 503):
        trouble = Trouble(trouble.title, say(str(own_words)))
    headers = {
        name: value
        for name, value in error.get_headers()
        if name in ("Allow", "Retry-After", "WWW-Authenticate")
    }
    return _answer(status, trouble, headers)


def on_database(error: DatabaseError | sqlite3.Error) -> ResponseReturnValue:
    """Answer when the nights cannot be read."""
    log.error("%s %s: %s", request.method, request.path, error)
    trouble = Trouble(
        say("The nights cannot be read just now"),
        say(
            "The database is missing, busy or damaged. Recording is kept apart and may go on."
            " Run “plms doctor” on the device; a backup is brought back with “plms restore”."
        ),
    )
    return _answer(503, trouble, {"Retry-After": "10"})


def on_raw(error: RawError) -> ResponseReturnValue:
    """Answer when raw signals cannot be read."""
    log.warning("%s: %s", request.path, error)
    text = say("The raw signals of this night are not there any more, or cannot be read.")
    return _answer(404, Trouble(say("No raw signals"), text), {})


def on_fault(error: Exception) -> ResponseReturnValue:
    """Answer a fault of ours; the details go to the log only."""
    log.error("%s %s", request.method, request.path, exc_info=error)
    text = say("This is a fault of the page, not of your recording. Please try again.")
    return _answer(500, Trouble(say("Something went wrong"), text), {})


def install(app: Flask) -> None:
    """Handle every failure."""
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(DatabaseError, on_database)
    app.register_error_handler(sqlite3.Error, on_database)
    app.register_error_handler(RawError, on_raw)
    handler: Any = on_fault
    app.register_error_handler(Exception, handler)
