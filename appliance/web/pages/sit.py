"""The evening test: its guided start, its hour with a question every ten minutes, its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, redirect, request

from appliance.sit.questions import read_discomfort
from appliance.store import commands
from appliance.web.access import needs
from appliance.web.language import say
from appliance.web.links import link
from appliance.web.render import page
from appliance.web.services import database, services, writable
from appliance.web.views.sitlive import SitLive, kept_by_stopping, sit_live
from appliance.web.views.tonight import Answer, answer_to
from detect.sit import LEAST, MOST

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

pages = Blueprint("sit", __name__)

VERBS = ("sit_start", "sit_next", "sit_stop", "sit_answer")
"""What the page asks of the recorder."""
WAITING_REFRESH_S = 1
ANSWER_SHOWN_S = 30.0


@pages.get("/sit")
@needs("partner")
def show() -> ResponseReturnValue:
    """Show the test: how to begin, or how far it is."""
    return _show(sit_live(database(), services().now()))


def _show(live: SitLive, wrong: str | None = None) -> str:
    answer = _fresh_answer(request.args.get("c", type=int))
    refresh_s = live.refresh_s
    if answer is not None and answer.is_open:
        refresh_s = WAITING_REFRESH_S
    return page(
        "sit.html",
        live=live,
        answer=answer,
        wrong=wrong,
        refresh_s=refresh_s,
        refresh_to=None if request.method == "GET" else link("sit.show"),
        dim=True,
    )


def _fresh_answer(number: int | None) -> Answer | None:
    """Say what became of a wish; not for ever: a later question has an answer of its own."""
    now_utc = services().now()
    command = None if number is None else commands.get(database(), number)
    if command is None or now_utc - (command.done_utc or now_utc) > ANSWER_SHOWN_S:
        return None
    return answer_to(database(), number, now_utc)


@pages.get("/sit/stop")
def leave() -> ResponseReturnValue:
    """Ask whether to end it early, and say what is kept."""
    live = sit_live(database(), services().now())
    if live.stage != "running":
        return redirect(link("sit.show"))
    return page("sit_stop.html", live=live, kept=kept_by_stopping(live), dim=True)


@pages.post("/sit/<verb>")
def wish(verb: str) -> ResponseReturnValue:
    """Pass a wish to the recorder; what can be seen to be wrong here is refused at once."""
    if verb not in VERBS:
        abort(404)
    live = sit_live(database(), services().now())
    arguments: dict[str, Any] = {}
    if verb == "sit_answer":
        try:
            arguments["discomfort"] = read_discomfort(request.form.get("discomfort"))
        except ValueError:
            out_of_range = say("Please tap a number from {a} to {b}.", a=LEAST, b=MOST)
            return _show(live, out_of_range), 400
        minute = request.form.get("minute", "")
        if minute.isascii() and minute.isdigit():  # a late tap never answers the next question
            arguments["minute"] = int(minute[:3])
    if verb == "sit_start" and request.form.get("one_leg") == "1":
        arguments["one_leg"] = True
    wrong = _refusal(verb, live)
    if wrong is not None:
        return _show(live, wrong), 409
    number = commands.submit(writable(), verb, arguments, "page", services().now())
    return redirect(link("sit.show", c=number))


def _refusal(verb: str, live: SitLive) -> str | None:
    """Say why a wish cannot be granted now; the recorder has the last word all the same."""
    if live.stage == "silent":
        return say("The recorder does not answer, so no test can run.")
    if verb == "sit_start" and live.stage == "busy":
        return say("A night is being recorded. End it first, then begin the test.")
    if verb == "sit_start" and live.stage != "ready":
        return say("A test has begun already.")
    if verb == "sit_answer" and not live.choices:
        return say("No question is open now.")
    if verb == "sit_next" and live.stage not in ("edge", "stretch"):
        return say("No test is being prepared.")
    if verb == "sit_stop" and live.stage in ("ready", "busy"):
        return say("No test is running.")
    return None
