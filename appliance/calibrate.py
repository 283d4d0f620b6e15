"""The guided sitting that teaches the device one bed, and what becomes of it.

The recorder records it as a calibration; each step is a mark in it. Nothing here touches a chip.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from appliance.record.begin import raw_blocks
from appliance.record.drift import calibrated_again
from appliance.store import calibrations, commands, marks, status
from appliance.store.raw import RawError, raw_path
from detect.learn import STEPS, LearnError, learn_bed

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

    from appliance.store.nights import Night
    from detect.calibration import BedCalibration
    from detect.learn import Step

MARK = "calibrate"
"""Marks of the steps read "calibrate still", "calibrate patient" and so on, and "calibrate end"."""

ANSWER_S = 30.0
POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Prompt:
    """What to ask for in one step, and for how long."""

    step: Step
    words: str
    duration_s: float


PROMPTS = (
    Prompt("still", "Both lie still, as you sleep.", 60.0),
    Prompt("patient", "Patient: pull each foot up five times, a few seconds apart.", 75.0),
    Prompt("partner", "Partner: kick five times, a few seconds apart, then turn over twice.", 75.0),
    Prompt("tap", "Somebody: tap the mattress between you three times with a fist, slowly.", 20.0),
)


class CalibrateError(Exception):
    """A calibration that cannot be made; the text says what to do."""


def ask_recorder(
    db: sqlite3.Connection,
    verb: str,
    args: dict[str, str],
    now_s: Callable[[], float] = time.time,
    pause: Callable[[float], None] = time.sleep,
) -> str:
    """Hand the recorder a command and return its answer.

    Raises
    ------
    CalibrateError
        When it refuses, or does not answer.
    """
    number = commands.submit(db, verb, args, "calibrate", now_s())
    until_s = now_s() + ANSWER_S
    while now_s() < until_s:
        command = commands.get(db, number)
        if command is not None and command.ok is not None:
            if not command.ok:
                raise CalibrateError(f"the recorder refuses: {command.result}")
            return command.result or ""
        pause(POLL_S)
    raise CalibrateError("the recorder does not answer: `systemctl status plms-record`")


def check_ready(db: sqlite3.Connection, now_utc: float) -> None:
    """Check that a sitting can begin.

    Raises
    ------
    CalibrateError
        When no recorder runs, a night does, or a sensor is missing.
    """
    said = status.read(db)
    if said is None or now_utc - said.updated > status.ALIVE_S:
        raise CalibrateError("the recorder is not running: `sudo systemctl start plms-record`")
    if said.phase != "idle":
        raise CalibrateError(f"night {said.night} is running: end it first")
    missing = [device for device, state in said.sensors.items() if state not in ("ok", "starting")]
    if missing:
        raise CalibrateError(f"{', '.join(missing)} does not deliver: `plms doctor` says why")


def sit(
    db: sqlite3.Connection,
    prompt: Callable[[Prompt], None],
    wait: Callable[[Prompt], None],
    ask: Callable[[sqlite3.Connection, str, dict[str, str]], str] = ask_recorder,
) -> None:
    """Lead through the sitting; it is ended whatever happens in it.

    Parameters
    ----------
    db : sqlite3.Connection
        Writable database.
    prompt : callable
        Shows a step and returns when the people are ready.
    wait : callable
        Returns when the step's time is over.
    ask : callable
        See `ask_recorder`.
    """
    ask(db, "start_night", {"kind": "calibration"})
    try:
        for step in PROMPTS:
            prompt(step)
            ask(db, "mark", {"text": f"{MARK} {step.step}"})
            wait(step)
        ask(db, "mark", {"text": f"{MARK} end"})
    finally:
        ask(db, "end_night", {})


def step_ticks(found: list[marks.Mark]) -> dict[Step, tuple[int, int]]:
    """Return first and last-plus-one tick of each step.

    Raises
    ------
    CalibrateError
        When the recording has no such marks.
    """
    ticks = {mark.text: mark.tick for mark in found if mark.kind == "mark"}
    names = [f"{MARK} {name}" for name in (*STEPS, "end")]
    if any(name not in ticks for name in names):
        raise CalibrateError("it holds no guided sitting: `plms calibrate` without a name guides")
    edges = [ticks[name] for name in names]
    return {step: (edges[i], edges[i + 1]) for i, step in enumerate(STEPS)}


def learn_from(db: sqlite3.Connection, state_dir: Path, night: Night) -> BedCalibration:
    """Return what a recorded sitting teaches.

    Raises
    ------
    CalibrateError
        When it has no marks or no raw signals, or too little was felt in it.
    """
    try:
        steps = step_ticks(marks.load_marks(db, night.id))
        if night.recording is None:
            raise CalibrateError("its raw signals were not kept: set storage.keep_raw = true")
        end_tick = steps["tap"][1]
        samples = np.full((end_tick, 13), -32768, np.int16)
        for block in raw_blocks(raw_path(state_dir, night.recording), 0, end_tick):
            samples[block.first_tick : block.first_tick + len(block.samples)] = block.samples
        return learn_bed(samples, steps, night.scale.gains(), night.scale.offsets())
    except (CalibrateError, LearnError, RawError) as error:
        raise CalibrateError(f"night {night.name}: {error}") from error


def keep(db: sqlite3.Connection, learnt: BedCalibration, now_utc: float) -> int:
    """Store what was learnt; it counts from the next night on."""
    number = calibrations.add(db, asdict(learnt), now_utc)
    calibrated_again(db, now_utc)
    return number


def words_of(learnt: BedCalibration) -> list[str]:
    """Return what was learnt as plain sentences."""
    if learnt.patient_db is None or learnt.partner_db is None:
        return ["Nothing was learnt."]
    apart = learnt.patient_db - learnt.partner_db
    lines = [
        f"Patient's kicks: {learnt.patient_db:.1f} dB of ankle over strip;"
        f" partner's movements: {learnt.partner_db:.1f} dB.",
        "That tells the two apart well."
        if apart >= 6.0
        else "That is close together: move the strip towards the partner, and more will be sure.",
    ]
    if learnt.ring_down_s is not None:
        lines.append(f"The mattress rings for {learnt.ring_down_s:.1f} s.")
    if not learnt.clocks_agree:
        lines.append("The taps did not reach all sensors together: who moved first is not used.")
    return lines
