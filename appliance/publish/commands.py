"""Commands from home automation: into the commands table, and the recorder's answer back."""

from __future__ import annotations

import json
import logging
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from appliance.store import commands

if TYPE_CHECKING:
    import sqlite3

    from appliance.mqtt import Received
    from appliance.publish.backoff import Tuning

LOG = logging.getLogger(__name__)

SOURCE: Final = "mqtt"
VERBS: Final = (
    "start_night",
    "end_night",
    "mark",
    "pause",
    "resume",
    "lights_off",
    "lights_on",
    "private",
    "sit_start",
    "sit_next",
    "sit_answer",
    "sit_stop",
    "recording",
    "announce",
)
"""`recording` takes ON or OFF (a switch); `announce` is carried out by the publisher itself."""
_SWITCH: Final = {"ON": "start_night", "OFF": "end_night"}
_LONGEST_BYTES: Final = 2048
_MOST_WAITING: Final = 20
_REMEMBERED_REQUESTS: Final = 100


class CommandError(Exception):
    """A command that cannot be understood; the text says why."""


@dataclass(frozen=True, slots=True)
class Request:
    """A command as it was understood."""

    verb: str
    args: dict[str, Any]
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A command the recorder has not answered yet."""

    asked_verb: str
    request_id: str | None
    until_s: float


def parse_request(verb: str, payload: bytes) -> Request:
    """Understand a command.

    Parameters
    ----------
    verb : str
        Last level of the topic.
    payload : bytes
        Empty, a JSON object of arguments (`request_id` comes back with the result), or ON / OFF
        for `recording`.

    Raises
    ------
    CommandError
        Saying what is wrong.
    """
    if verb not in VERBS:
        raise CommandError(f"there is no command {verb[:40]!r}; there are {', '.join(VERBS)}")
    if len(payload) > _LONGEST_BYTES:
        raise CommandError(f"a command has at most {_LONGEST_BYTES} bytes")
    try:
        text = payload.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise CommandError("a command is UTF-8 text") from error
    if verb == "recording":
        if text.upper() not in _SWITCH:
            raise CommandError("recording takes ON or OFF")
        return Request(_SWITCH[text.upper()], {}, None)
    return _with_arguments(verb, text)


def _with_arguments(verb: str, text: str) -> Request:
    try:
        args = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise CommandError("a command's payload is empty or a JSON object") from error
    if not isinstance(args, dict):
        raise CommandError("a command's payload is empty or a JSON object")
    request_id = args.pop("request_id", None)
    if request_id is not None and not isinstance(request_id, str):
        raise CommandError("request_id is a text")
    return Request(verb, args, request_id)


class CommandDesk:
    """Takes commands in and gives results out.

    Parameters
    ----------
    db : sqlite3.Connection
        The writable database, used by the calling thread only.
    tuning : Tuning
        How long the recorder may take.
    """

    def __init__(self, db: sqlite3.Connection, tuning: Tuning) -> None:
        self._db = db
        self._tuning = tuning
        self._waiting: dict[int, Waiting] = {}
        self._seen: deque[str] = deque(maxlen=_REMEMBERED_REQUESTS)
        self._results: list[dict[str, Any]] = []
        self.announce_wanted = False

    @property
    def waiting(self) -> int:
        """Number of commands that the recorder has not answered."""
        return len(self._waiting)

    def received(self, verb: str, message: Received, now_s: float, now_utc: float) -> None:
        """Take one command; what cannot be carried out is logged and answered, never obeyed."""
        if message.retained:
            # A retained command would be repeated at every reconnection, for ever; clearing it is
            # no command either.
            LOG.warning("ignored a retained command on %s, or what clears one", message.topic)
            return
        try:
            request = parse_request(verb, message.payload)
        except CommandError as error:
            LOG.warning("ignored a command on %s: %s", message.topic, error)
            self._answer(verb, None, ok=False, text=str(error))
            return
        if request.request_id is not None:
            if request.request_id in self._seen:
                return
            self._seen.append(request.request_id)
        self._carry_out(verb, request, now_s, now_utc)

    def results(self, now_s: float, now_utc: float) -> list[dict[str, Any]]:
        """Return the results that have come in since the last call, ready to be published."""
        for number, waiting in list(self._waiting.items()):
            command = commands.get(self._db, number)
            if command is not None and command.done_utc is None and now_s < waiting.until_s:
                continue
            del self._waiting[number]
            if command is not None and command.done_utc is None:
                text = "the recorder does not answer: the command was withdrawn"
                commands.finish(self._db, number, ok=False, result=text, done_utc=now_utc)
                command = commands.get(self._db, number)
            ok = command is not None and bool(command.ok)
            text = (command.result or "") if command is not None else "the command is gone"
            self._answer(waiting.asked_verb, waiting.request_id, ok=ok, text=text)
        ready, self._results = self._results, []
        return ready

    def _carry_out(self, asked_verb: str, request: Request, now_s: float, now_utc: float) -> None:
        if request.verb == "announce":
            self.announce_wanted = True
            self._answer(asked_verb, request.request_id, ok=True, text="announced again")
        elif len(self._waiting) >= _MOST_WAITING:
            self._answer(asked_verb, request.request_id, ok=False, text="too many commands wait")
        else:
            number = commands.submit(self._db, request.verb, request.args, SOURCE, now_utc)
            until_s = now_s + self._tuning.command_s
            self._waiting[number] = Waiting(asked_verb, request.request_id, until_s)

    def _answer(self, verb: str, request_id: str | None, *, ok: bool, text: str) -> None:
        self._results.append({"verb": verb, "request_id": request_id, "ok": ok, "text": text})
