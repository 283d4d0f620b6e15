"""How the recorder is now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.sit.due import due_hour
from appliance.store import commands, status
from appliance.store.anchors import TICK_S
from appliance.store.nights import current_night
from appliance.web.language import say
from appliance.web.views.faults import fault_texts
from appliance.web.words.times import WallClock, duration

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import datetime

    from appliance.store.nights import Night
    from appliance.store.status import Status

WAITING_S = 10.0
"""A wish that the recorder has not answered by then is said to wait."""


@dataclass(frozen=True, slots=True)
class Lamp:
    """One sensor: a sign, and the same in words."""

    name: str
    sign: str
    words: str


@dataclass(frozen=True, slots=True)
class Live:
    """The recorder now."""

    alive: bool
    phase: str
    headline: str
    lines: tuple[str, ...]
    lamps: tuple[Lamp, ...]
    faults: tuple[str, ...]
    night: Night | None
    sit: bool
    """An evening test is being prepared or runs."""


def live_of(db: sqlite3.Connection, now_utc: float) -> Live:
    """Read how the recorder is."""
    said = status.read(db)
    alive = said is not None and now_utc - said.updated < status.ALIVE_S
    night = current_night(db)
    phase = said.phase if said is not None and alive else "silent"
    sit = said is not None and alive and said.sit is not None
    return Live(
        alive,
        phase,
        say("Evening test") if sit else _headline(phase, said),
        tuple(_lines(db, said, night, now_utc)) if said is not None and alive else (),
        lamps_of(said if alive else None),
        fault_texts(db),
        night,
        sit,
    )


def _headline(phase: str, said: Status | None) -> str:
    if phase == "recording":
        return say("Recording")
    if phase == "paused":
        return say("Paused")
    if phase == "idle":
        return say("Ready for tonight")
    if said is None:
        return say("The recorder has not run yet")
    return say("The recorder does not answer")


def _lines(db: sqlite3.Connection, said: Status, night: Night | None, now_utc: float) -> list[str]:
    lines = []
    if night is not None:
        since = WallClock.of(db, night).hour(0)
        told_s = (said.newest_tick or night.end_tick or 0) * TICK_S
        # The status is written seldom, for the card's sake; the night went on since then.
        length = duration(told_s + max(0.0, now_utc - said.updated))
        lines.append(say("since {hour}, {length}", hour=since, length=length))
    if said.phase == "recording":
        if said.in_bed is not None:
            lines.append(say("You are in bed.") if said.in_bed else say("You are out of bed."))
        if said.kicks_tonight is not None:
            lines.append(
                say(
                    "{tonight} kicks so far, {hour} in the last hour",
                    tonight=said.kicks_tonight,
                    hour=said.kicks_last_hour or 0,
                )
            )
        if said.series_active:
            lines.append(say("A series is running."))
        if said.raw == "full":
            lines.append(say("The disk is nearly full: raw signals are not kept, kicks are."))
    if said.message:
        lines.append(said.message)
    return lines


def lamps_of(said: Status | None) -> tuple[Lamp, ...]:
    """Say how each sensor is."""
    names = {
        "left": say("Left ankle"),
        "right": say("Right ankle"),
        "strip": say("Mattress strip"),
    }
    words = {
        "ok": ("✓", say("works")),
        "lost": ("✗", say("does not answer")),
        "absent": ("–", say("not fitted")),
        "starting": ("…", say("is starting")),
    }
    unknown = ("?", say("not known"))
    held = {} if said is None else said.sensors
    return tuple(
        Lamp(name, *words.get(held.get(device, ""), unknown)) for device, name in names.items()
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a wish."""

    words: str
    is_open: bool
    ok: bool


def due_words(hours: Sequence[float], local: datetime) -> str | None:
    """Say that an evening test is due, within a quarter of an hour of a time the owner set."""
    hour = due_hour(hours, local)
    if hour is None:
        return None
    whole, minutes = int(hour), round(60 * (hour % 1))
    return say("An evening test is due: {hour}.", hour=f"{whole:02d}:{minutes:02d}")


def answer_to(db: sqlite3.Connection, number: int | None, now_utc: float) -> Answer | None:
    """Say what became of the command with this number."""
    command = None if number is None else commands.get(db, number)
    if command is None:
        return None
    if command.done_utc is None:
        late = now_utc - command.created_utc > WAITING_S
        waiting = say("The recorder has not answered yet.") if late else say("A moment …")
        return Answer(waiting, is_open=True, ok=True)
    result = command.result or ""
    text = result[:1].upper() + result[1:] + ("" if result.endswith(".") else ".")
    return Answer(text, is_open=False, ok=bool(command.ok))
