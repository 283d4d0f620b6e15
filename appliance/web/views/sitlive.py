"""The evening test while it is prepared and while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from appliance.store import status
from appliance.store.nights import last_closed_sit
from appliance.web.language import many, say
from appliance.web.views.tonight import Lamp, lamps_of
from appliance.web.words.times import WallClock
from detect.movement import TICKS_PER_S
from detect.sit import LEAST, MOST, QUESTIONS_MIN, TEST_MIN

if TYPE_CHECKING:
    import sqlite3

    from appliance.store.status import SitStatus, Status

Stage = Literal["silent", "busy", "ready", "edge", "stretch", "running", "asking"]

GUIDE_REFRESH_S = 2
ASKED_REFRESH_S = 20
"""Long enough to read the question and to tap without the page going away."""
LONGEST_REFRESH_S = 30
JUST_ENDED_S = 1800.0
ANKLES = 2
"""The first lamps are the ankles'."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the eleven buttons."""

    value: int
    words: str
    """For a screen reader."""
    chosen: bool


@dataclass(frozen=True, slots=True)
class SitLive:
    """Everything on the page of the test that is to begin, or runs."""

    stage: Stage
    lamps: tuple[Lamp, ...]
    ankles_ok: bool
    one_leg: bool
    """Only one ankle delivers."""
    reason: str
    """What the guided start waits for."""
    left: str
    """How much of the hour is to come."""
    left_words: str
    passed_min: int
    posture: str
    """Empty where there is nothing to say."""
    posture_ok: bool
    choices: tuple[Choice, ...]
    """Empty: no question is open."""
    asked_minute: int | None
    """Of the question that is open."""
    asked: str
    said: str
    """What was answered to the open question."""
    answered: int
    over: str
    """What is said when the hour is over."""
    night: str | None
    """Name of the test that runs, or has just ended."""
    ended: tuple[str, str] | None
    """Name and hour of a test that has just ended."""
    refresh_s: int


def sit_live(db: sqlite3.Connection, now_utc: float) -> SitLive:
    """Read how the test stands."""
    told = status.read(db)
    alive = told is not None and now_utc - told.updated < status.ALIVE_S
    said = told if alive else None
    test = None if said is None else said.sit
    stage = _stage(said, test)
    lamps = lamps_of(said)[:ANKLES]
    states = [] if said is None else [said.sensors.get(device) for device in ("left", "right")]
    delivers = "ok" in states or "starting" in states
    lost = any(state in (None, "lost") for state in states)
    asked = None if test is None or stage not in ("running", "asking") else test.open_minute
    given = {} if test is None else dict(test.answers)
    passed_s = 0.0 if said is None else _passed_s(said, now_utc)
    left_min = max(0, -int(-(TEST_MIN * 60 - passed_s) // 60))
    return SitLive(
        stage=stage,
        lamps=lamps,
        ankles_ok=delivers and not lost,
        one_leg=delivers and lost,
        reason=(test.reason or "") if test is not None else "",
        left=str(left_min),
        left_words=many(left_min, "minute to go", "minutes to go"),
        passed_min=min(TEST_MIN, int(passed_s // 60)),
        posture=_posture(test) if stage == "running" else "",
        posture_ok=test is None or test.posture in ("in", "unknown"),
        choices=() if asked is None else _choices(given.get(asked)),
        asked_minute=asked,
        asked="" if asked is None else say("How do your legs feel now?"),
        said="" if asked is None or asked not in given else _answered(given[asked]),
        answered=len(given),
        over=say("The hour is over. You may move.")
        if asked == TEST_MIN
        else say("The test is over. You may move."),
        night=None if test is None else test.night,
        ended=_just_ended(db, now_utc) if test is None else None,
        refresh_s=_refresh_s(test, stage, asked, now_utc),
    )


def _stage(said: Status | None, test: SitStatus | None) -> Stage:
    if said is None:
        return "silent"
    if test is not None:
        return test.state
    return "ready" if said.phase == "idle" else "busy"


def _passed_s(said: Status, now_utc: float) -> float:
    """Return how long the test runs; where its clock was never set, by its samples."""
    if said.sit is None:
        return 0.0
    passed_s = (said.newest_tick or 0) / TICKS_PER_S + now_utc - said.updated
    if said.sit.started_utc is not None:
        passed_s = now_utc - said.sit.started_utc
    return min(TEST_MIN * 60.0, max(0.0, passed_s))


def _posture(test: SitStatus | None) -> str:
    if test is None or test.posture in ("in", "unknown"):
        return ""
    if test.posture == "standing":
        return say("You stand: this time is not counted. Sit down again when you can.")
    return say("A leg is not stretched out: this time is not counted until it is.")


def _choices(chosen: int | None) -> tuple[Choice, ...]:
    ends = {LEAST: say("{n}, no discomfort"), MOST: say("{n}, unbearable")}
    return tuple(
        Choice(value, ends.get(value, "{n}").format(n=value), value == chosen)
        for value in range(LEAST, MOST + 1)
    )


def _answered(value: int) -> str:
    return say("You said {n}. Another tap changes it.", n=value)


def _just_ended(db: sqlite3.Connection, now_utc: float) -> tuple[str, str] | None:
    """Return the newest test when it ended a moment ago."""
    newest = last_closed_sit(db)
    if newest is None or newest.start_utc is None:
        return None
    ended_utc = newest.start_utc + (newest.end_tick or 0) / TICKS_PER_S
    if now_utc - ended_utc > JUST_ENDED_S:
        return None
    return newest.name, WallClock.of(db, newest).hour(0)


def _refresh_s(test: SitStatus | None, stage: Stage, asked: int | None, now_utc: float) -> int:
    """Return when a page without JavaScript should come again."""
    if stage in ("edge", "stretch"):
        return GUIDE_REFRESH_S
    if test is None or stage not in ("running", "asking"):
        return LONGEST_REFRESH_S
    if asked is not None and asked not in dict(test.answers):
        return ASKED_REFRESH_S
    coming = [test.closes_utc, test.ends_utc]
    wait_s = min((utc - now_utc for utc in coming if utc is not None and utc > now_utc), default=60)
    return max(GUIDE_REFRESH_S, min(LONGEST_REFRESH_S, int(wait_s) + 1))


def kept_by_stopping(live: SitLive) -> str:
    """Say what is kept when the test is ended now."""
    return say(
        "{n} of {m} minutes and {k} of {questions} answers are kept, marked as a part of a test.",
        n=live.passed_min,
        m=TEST_MIN,
        k=live.answered,
        questions=len(QUESTIONS_MIN),
    )
