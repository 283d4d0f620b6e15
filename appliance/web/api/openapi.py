"""The OpenAPI document: one table of operations, and the schemas that check them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, jsonify

from appliance.version import VERSION
from appliance.web.access import needs
from appliance.web.api import schemas
from appliance.web.api.schemas import Schema, array, enum, record
from appliance.web.guard import session_cookie
from appliance.web.views.doctor import CHOICES
from appliance.web.views.downloads import FORMATS
from detect.rules import RULE_SETS

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

api = Blueprint("api_openapi", __name__)

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing a program may do."""

    method: str
    path: str
    summary: str
    answer: Schema | None
    """None: 204, nothing to say."""
    body: str | Schema | None = None
    """Name of the body's schema, or the schema."""
    query: tuple[tuple[str, Schema, bool], ...] = ()
    """(name, schema, required)"""
    status: int = 200
    media: str = "application/json"
    needs: str = "owner"


ANY_FILE = "*/*"
FILE: Schema = {}
DATE: Schema = {"type": "string", "format": "date"}
NAME: Schema = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(-[a-z0-9]+)*$"}
NUMBER: Schema = {"type": "integer", "minimum": 0}
PATH_SCHEMAS = {"name": NAME, "seq": NUMBER, "number": NUMBER, "day": DATE, "kind": enum(*FORMATS)}
SIGNAL_QUERY = (
    ("from_s", {"type": "number", "minimum": 0, "maximum": 172800}, True),
    ("length_s", {"type": "number", "minimum": 0.01, "maximum": 120}, True),
)
PERIOD_QUERY = tuple((name, DATE, True) for name in ("from1", "to1", "from2", "to2"))
NIGHTS_QUERY = (("from", DATE, False), ("to", DATE, False))
RULES_QUERY = (("rules", enum(*RULE_SETS), False),)
DOCTOR_QUERY = (("nights", {"type": "integer", "enum": list(CHOICES)}, False),)
BROKER_TRIED = record(ok=schemas.BOOLEAN, words=schemas.STRING)
DIARY_DAY = record(evening={"type": "object"}, morning={"type": "object"})


def operations() -> list[Operation]:
    """Return every operation of the API."""
    return [*_of_nights(), *_of_many(), *_of_now(), *_of_diary(), *_of_settings(), *_of_access()]


def _of_nights() -> list[Operation]:
    night = "/nights/{name}"
    one = f"{night}/movements/{{seq}}"
    return [
        Operation("get", "/nights", "Closed nights in a few numbers each, oldest first",
                  record(nights=array(schemas.SUMMARY)), query=NIGHTS_QUERY, needs="partner"),
        Operation("get", "/sits", "Closed evening tests in a few numbers each, oldest first",
                  record(sits=array(schemas.SIT)), query=NIGHTS_QUERY, needs="partner"),
        Operation("get", night, "A night (or an evening test) with its score", schemas.NIGHT,
                  query=RULES_QUERY, needs="partner"),
        Operation("delete", night, "Delete a closed night for good", None),
        Operation("put", f"{night}/lights", "Set lights off and on", None, body="Lights"),
        Operation("get", f"{night}/movements", "A night's movements, with owner and evidence",
                  record(movements=array(schemas.MOVEMENT)), needs="partner"),
        Operation("get", one, "One movement", schemas.MOVEMENT, needs="partner"),
        Operation("put", f"{one}/correction", "Keep the person's word beside the device's", None,
                  body="Correction"),
        Operation("delete", f"{one}/correction", "Take the person's word back", None),
        Operation("get", f"{night}/epochs", "A night's epochs of 30 s",
                  record(epochs=array({"type": "object"})), needs="partner"),
        Operation("get", f"{night}/export/{{kind}}", "A night as a file", FILE, media=ANY_FILE),
        Operation("post", "/backup", "A copy of the database as a file", FILE, media=ANY_FILE),
        Operation("get", f"{night}/signal", "Raw signals, up to two minutes", schemas.SIGNAL,
                  query=SIGNAL_QUERY),
    ]  # fmt: skip


def _of_many() -> list[Operation]:
    return [
        Operation("get", "/middle", "Median and range of the last seven nights that count",
                  record(middle={"type": ["object", "null"]}), needs="partner"),
        Operation("get", "/compare", "Two periods compared", schemas.COMPARISON,
                  query=PERIOD_QUERY),
        Operation("get", "/beside", "The nights beside the diary's answers",
                  record(results=array(schemas.COMPARISON))),
        Operation("get", "/doctor", "The doctor's table", {"type": "object"}, query=DOCTOR_QUERY),
    ]  # fmt: skip


def _of_now() -> list[Operation]:
    return [
        Operation("get", "/status", "How the recorder is", schemas.STATUS, needs="partner"),
        Operation("get", "/faults", "Faults that are not cleared",
                  record(faults=array({"type": "object"})), needs="partner"),
        Operation("post", "/commands", "Ask the recorder for something", schemas.COMMAND,
                  body="Wish", status=202),
        Operation("get", "/commands/{number}", "What became of a command", schemas.COMMAND),
    ]  # fmt: skip


def _of_diary() -> list[Operation]:
    return [
        Operation("get", "/diary", "Days with an entry", record(days=array(schemas.STRING))),
        Operation("get", "/diary/{day}", "What was noted on a day", DIARY_DAY),
        Operation("put", "/diary/{day}/evening", "Keep an evening", None, body="Evening"),
        Operation("put", "/diary/{day}/morning", "Keep a morning", None, body="Morning"),
        Operation("delete", "/diary/{day}", "Delete what was noted on a day", None),
    ]


def _of_settings() -> list[Operation]:
    held: Schema = {"type": "object"}
    return [
        Operation("get", "/settings", "Settings in force", held),
        Operation("patch", "/settings", "Change some settings", held, body="Settings"),
        Operation("put", "/broker/password", "Keep the broker's password", None,
                  body="BrokerPassword"),
        Operation("post", "/broker/test", "Try the broker", BROKER_TRIED),
    ]  # fmt: skip


def _of_access() -> list[Operation]:
    share = record(id=schemas.INTEGER, name=schemas.STRING, created_utc=schemas.NUMBER)
    return [
        Operation("get", "/sessions", "Who is logged in", record(sessions=array(schemas.SESSION))),
        Operation("delete", "/sessions/{number}", "End a session", None),
        Operation("get", "/shares", "Read-only shares", record(shares=array(share))),
        Operation("post", "/shares", "Make a share; its code is told once",
                  record(code=schemas.STRING), body="NewShare", status=201),
        Operation("delete", "/shares/{number}", "End a share and its sessions", None),
    ]  # fmt: skip


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    inside = [
        {"name": name, "in": "path", "required": True, "schema": PATH_SCHEMAS[name]}
        for name in names
    ]
    asked = [
        {"name": name, "in": "query", "required": required, "schema": schema}
        for name, schema, required in operation.query
    ]
    return [*inside, *asked]


def _describe(operation: Operation) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "Done."}
    if operation.answer is not None:
        done["content"] = {operation.media: {"schema": operation.answer}}
    status = str(operation.status if operation.answer is not None else 204)
    refused = {
        "description": "Refused; `error` says why.",
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    described: dict[str, Any] = {
        "summary": operation.summary,
        "description": f"Needs: {operation.needs}.",
        "parameters": _parameters(operation),
        "responses": {status: done, "4XX": refused, "503": refused},
    }
    if operation.body is not None:
        schema = {"$ref": f"#/components/schemas/{operation.body}"}
        described["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    return described


def document(session_cookie: str) -> dict[str, Any]:
    """Return the whole document.

    Parameters
    ----------
    session_cookie : str
        Name of the cookie of a browser's session.
    """
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations():
        paths.setdefault(operation.path, {})[operation.method] = _describe(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "PLMS monitor",
            "version": VERSION,
            "description": "Everything on the pages. A browser's session needs the header"
            " X-CSRF-Token with every write; a program's token needs none.",
        },
        "servers": [{"url": "./"}],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": {
                **schemas.body_schemas(),
                "Settings": schemas.settings_schema(),
                "Error": schemas.ERROR,
            },
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": session_cookie},
            },
        },
    }


@api.get("/openapi.json")
@needs("partner")
def show() -> ResponseReturnValue:
    """Return the document."""
    return jsonify(document(session_cookie()))
