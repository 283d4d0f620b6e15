"""What the page, the button and MQTT may ask of the recorder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.record.refused import RefusedError
from appliance.sit.evening import BUTTON
from appliance.store import marks, nights
from appliance.store.connect import transaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.record.recorder import Recorder
    from appliance.record.running import RunningNight

KINDS = ("night", "nap", "sit", "calibration")


def _running(recorder: Recorder) -> RunningNight:
    if recorder.running is None:
        raise RefusedError("no night is running")
    return recorder.running


def _sleeping(recorder: Recorder) -> RunningNight:
    """Return what is recorded, if it is somebody's sleep."""
    running = _running(recorder)
    if running.night.kind == "sit":
        raise RefusedError("an evening test is running: that belongs to a night")
    return running


def _start_night(recorder: Recorder, args: dict[str, Any], source: str) -> str:
    kind = args.get("kind")
    if kind is not None and kind not in KINDS:
        raise RefusedError(f"kind {kind!r}: one of {', '.join(KINDS)}")
    if kind == "sit":
        return recorder.evening.start(recorder, {**args, "guided": False}, source)
    if recorder.running is not None and recorder.running.night.kind == "sit":
        recorder.end("night")  # somebody goes to bed: the test is over, and partial
    if recorder.running is not None:
        raise RefusedError(f"night {recorder.night_name} is running already")
    name = recorder.begin(reason=source, kind=kind, private=bool(args.get("private", False)))
    return f"night {name} has begun"


def _end_night(recorder: Recorder, args: dict[str, Any], source: str) -> str:  # noqa: ARG001
    if recorder.running is None or recorder.running.night.kind == "sit":
        try:
            return recorder.evening.stop(recorder, source)
        except RefusedError:
            raise RefusedError("no night is running") from None
    return f"night {recorder.end(source)} has ended"


def _mark(recorder: Recorder, args: dict[str, Any], source: str) -> str:  # noqa: ARG001
    running = _running(recorder)
    text = args.get("text")
    mark = marks.Mark(running.next_tick, "mark", None if text is None else str(text))
    marks.add_mark(recorder.station.db, running.night.id, mark)
    return "marked"


def _lights(kind: str) -> Callable[[Recorder, dict[str, Any], str], str]:
    def carry_out_lights(recorder: Recorder, args: dict[str, Any], source: str) -> str:  # noqa: ARG001
        running, db = _sleeping(recorder), recorder.station.db
        tick = running.next_tick
        night = nights.get_night(db, running.night.id)
        with transaction(db):
            marks.add_mark(db, night.id, marks.Mark(tick, kind))
            if kind == "lights_off":
                nights.set_lights(db, night.id, tick, None)
            else:
                nights.set_lights(db, night.id, night.lights_off_tick, tick)
        return "lights off" if kind == "lights_off" else "lights on"

    return carry_out_lights


def _pause(recorder: Recorder, args: dict[str, Any], source: str) -> str:  # noqa: ARG001
    if source == BUTTON and recorder.evening.run is not None:
        return recorder.evening.stop(recorder, source)  # held once more, the button ends the test
    running = _sleeping(recorder)
    if recorder.phase == "paused":
        raise RefusedError("the night is paused already")
    marks.add_mark(recorder.station.db, running.night.id, marks.Mark(running.next_tick, "pause"))
    recorder.pause(paused=True)
    return f"night {running.night.name} is paused"


def _resume(recorder: Recorder, args: dict[str, Any], source: str) -> str:  # noqa: ARG001
    running = _sleeping(recorder)
    if recorder.phase != "paused":
        raise RefusedError("the night is not paused")
    marks.add_mark(recorder.station.db, running.night.id, marks.Mark(running.next_tick, "resume"))
    recorder.pause(paused=False)
    return f"night {running.night.name} goes on"


def _private(recorder: Recorder, args: dict[str, Any], source: str) -> str:
    """Begin a private night, or make the running one private."""
    if recorder.running is None:
        return _start_night(recorder, {**args, "private": True}, source)
    running = _running(recorder)
    if running.night.private:
        raise RefusedError("the night is private already")
    recorder.make_private()
    return f"night {running.night.name} is private now"


def _sit_start(recorder: Recorder, args: dict[str, Any], source: str) -> str:
    return recorder.evening.start(recorder, args, source)


def _sit_next(recorder: Recorder, args: dict[str, Any], source: str) -> str:  # noqa: ARG001
    return recorder.evening.next_step(recorder)


def _sit_answer(recorder: Recorder, args: dict[str, Any], source: str) -> str:
    return recorder.evening.answer(recorder, args, source)


def _sit_stop(recorder: Recorder, args: dict[str, Any], source: str) -> str:  # noqa: ARG001
    return recorder.evening.stop(recorder, source)


VERBS: dict[str, Callable[[Recorder, dict[str, Any], str], str]] = {
    "start_night": _start_night,
    "end_night": _end_night,
    "mark": _mark,
    "lights_off": _lights("lights_off"),
    "lights_on": _lights("lights_on"),
    "pause": _pause,
    "resume": _resume,
    "private": _private,
    "sit_start": _sit_start,
    "sit_next": _sit_next,
    "sit_answer": _sit_answer,
    "sit_stop": _sit_stop,
}


def carry_out(recorder: Recorder, verb: str, args: dict[str, Any], source: str) -> tuple[bool, str]:
    """Do what was asked; return whether it worked and a plain sentence.

    Parameters
    ----------
    recorder : Recorder
        Of whom it is asked.
    verb : str
        One of `VERBS`.
    args : dict
        Its arguments.
    source : str
        Who asks: page, mqtt, button.

    Raises
    ------
    sqlite3.Error
        When the database cannot be written: the command stays and is tried again.
    """
    action = VERBS.get(verb)
    if action is None:
        return False, f"{verb!r} is not a command; there are {', '.join(VERBS)}"
    try:
        return True, action(recorder, args, source)
    except RefusedError as refused:
        return False, str(refused)
