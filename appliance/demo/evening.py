"""An evening test in the simulated bedroom, before its night: guided start, hour, answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from appliance.demo.theatre import STORE_EVERY_NS, in_turn, wire
from detect.sit import QUESTIONS_MIN, SLOT_TICKS
from drivers.simulated.bed import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from appliance.config import Config
    from appliance.demo.theatre import Theatre

BEFORE_BED = timedelta(hours=2)
EDGE_S = 40.0
"""So long the person sits on the edge of the bed."""
SAYS_SO_S = 12.0
ANSWERS_AFTER_S = 40.0
LONGEST_START_S = 300.0
DISCOMFORT = (1, 2, 2, 4, 6, 7, 8)
"""What the simulated person answers; nobody published how it grows."""


class NoTestError(Exception):
    """The test did not begin; the text says what it waited for."""


def open_evening(state_dir: Path, config: Config, seed: int, bedtime: datetime) -> Theatre:
    """Make the bed for a test, two hours before the night.

    Parameters
    ----------
    state_dir : Path
        Where nights are kept.
    config : Config
        The owner's configuration.
    seed : int
        Of everything random.
    bedtime : datetime
        Of the night that follows.
    """
    script = replace(SCENARIOS["sit_restless"], edge_s=EDGE_S)
    return wire(state_dir, config, seed, script, bedtime - BEFORE_BED)


def _let_pass(theatre: Theatre, seconds: float) -> None:
    clock, step = theatre.clock, in_turn(theatre.acquisition.loops)
    end_ns = clock.now_ns + round(seconds * 1e9)
    while clock.now_ns < end_ns:
        until_ns = min(clock.now_ns + STORE_EVERY_NS, end_ns)
        while clock.now_ns < until_ns:
            clock.sleep_until(step())
        theatre.recorder.step()


def play_test(theatre: Theatre, progress: Callable[[int], object]) -> str:
    """Let the person do one test, and return its name.

    Parameters
    ----------
    theatre : Theatre
        From `open_evening`.
    progress : callable
        Told how many minutes have passed since the last call.

    Raises
    ------
    NoTestError
        When it does not begin within five minutes.
    """
    evening = theatre.recorder.evening
    theatre.db.execute("PRAGMA synchronous = OFF")
    _let_pass(theatre, 5.0)
    theatre.ask("sit_start")
    _let_pass(theatre, SAYS_SO_S)
    theatre.ask("sit_next")
    waited_s = 0.0
    while evening.run is None:
        if waited_s > LONGEST_START_S or evening.guide is None:
            raise NoTestError(evening.guide.reason if evening.guide else "the test was refused")
        _let_pass(theatre, 1.0)
        waited_s += 1.0
    run = evening.run
    name = run.running.night.name
    for minute, discomfort in zip(QUESTIONS_MIN, DISCOMFORT, strict=True):
        _let_pass(theatre, ANSWERS_AFTER_S)
        theatre.ask("sit_answer", discomfort=discomfort, minute=minute)
        _let_pass(theatre, 10.0)
        while evening.run is not None and run.now_tick < (minute // 10 + 1) * SLOT_TICKS:
            _let_pass(theatre, 5.0)
        progress(10 if minute < QUESTIONS_MIN[-1] else 0)
    return name
