"""The guided sitting: what is asked of the recorder, and what is made of the recording."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from appliance import calibrate
from appliance.calibrate import PROMPTS, CalibrateError
from appliance.cli.calibrate import command
from appliance.store import calibrations, commands, marks, nights, status
from appliance.store.connect import open_database
from appliance.store.raw import raw_path
from appliance.store.raw_writer import RawWriter
from drivers.block import Block
from drivers.channels import NightScale

_spec = importlib.util.spec_from_file_location(
    "test_learn", Path(__file__).parents[1] / "detect" / "test_learn.py"
)
test_learn = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(test_learn)


@pytest.fixture
def db(tmp_path):
    connection = open_database(tmp_path)
    yield connection
    connection.close()


@pytest.fixture
def recorded(db, tmp_path):
    """Return a stored sitting with marks and raw signals."""
    new = nights.NewNight(
        name="2026-01-05", kind="calibration", start_utc=1.0, time_zone="UTC", boot_id="b",
        origin_monotonic_ns=0, scale=NightScale(), detector="d", software="s",
        recording="2026-01-05.db",
    )  # fmt: skip
    night = nights.create_night(db, new)
    edges = [test_learn.STEPS[step.step][0] for step in PROMPTS] + [test_learn.TICKS - 500]
    texts = [f"calibrate {step.step}" for step in PROMPTS] + ["calibrate end"]
    for tick, text in zip(edges, texts, strict=True):
        marks.add_mark(db, night.id, marks.Mark(tick, "mark", text))
    path = raw_path(tmp_path, "2026-01-05.db")
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = RawWriter(path, NightScale())
    samples = test_learn.sitting().samples()
    for first in range(0, len(samples), 6000):
        writer.append(Block(first, np.ascontiguousarray(samples[first : first + 6000])))
    writer.commit()
    writer.close()
    nights.close_night(db, night.id, test_learn.TICKS, "page")
    return nights.find_night(db, "2026-01-05")


def test_the_sitting_asks_the_recorder_step_by_step():
    asked, shown = [], []
    calibrate.sit(
        None,
        lambda step: shown.append(step.step),
        lambda step: asked.append(("wait", step.duration_s)),
        lambda _db, verb, args: asked.append((verb, *args.values())),
    )
    assert shown == ["still", "patient", "partner", "tap"]
    assert asked[0] == ("start_night", "calibration")
    assert asked[1:3] == [("mark", "calibrate still"), ("wait", 60.0)]
    assert asked[-2:] == [("mark", "calibrate end"), ("end_night",)]


def test_a_sitting_that_is_interrupted_is_ended():
    asked = []

    def interrupted(step):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        calibrate.sit(
            None, lambda _: None, interrupted, lambda _db, verb, _args: asked.append(verb)
        )
    assert asked[-1] == "end_night"


def answering(db, *, ok, result):
    """Return a pause in which the recorder carries out what it was asked."""

    def pause(seconds):
        for waiting in commands.take_pending(db):
            commands.finish(db, waiting.id, ok=ok, result=result, done_utc=1.0)

    return pause


def test_the_recorder_s_answer_is_awaited(db):
    answer = calibrate.ask_recorder(
        db, "mark", {"text": "x"}, lambda: 1.0, answering(db, ok=True, result="marked")
    )
    assert answer == "marked"
    with pytest.raises(CalibrateError, match="the recorder refuses: no night is running"):
        calibrate.ask_recorder(
            db, "mark", {}, lambda: 1.0, answering(db, ok=False, result="no night is running")
        )


def test_a_recorder_that_is_silent_is_given_up(db):
    clock = [0.0]

    def pause(seconds):
        clock[0] += seconds

    with pytest.raises(CalibrateError, match="does not answer"):
        calibrate.ask_recorder(db, "mark", {}, lambda: clock[0], pause)
    assert clock[0] == pytest.approx(calibrate.ANSWER_S, abs=1.0)


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        (None, "is not running"),
        (status.Status(updated=1.0), "is not running"),
        (status.Status(phase="recording", night="2026-01-05", updated=1000.0), "end it first"),
        (status.Status(sensors={"left": "ok", "strip": "lost"}, updated=1000.0), "strip does not"),
    ],
)
def test_a_sitting_begins_only_when_all_is_ready(db, said, trouble):
    if said is not None:
        status.write(db, said)
    with pytest.raises(CalibrateError, match=trouble):
        calibrate.check_ready(db, 1000.0)


def test_a_sound_recorder_is_ready(db):
    status.write(db, status.Status(sensors={"left": "ok", "strip": "starting"}, updated=999.0))
    assert calibrate.check_ready(db, 1000.0) is None


def test_a_recorded_sitting_is_learnt_and_kept(db, recorded, tmp_path):
    direct = test_learn.sitting().learn()
    learnt = calibrate.learn_from(db, tmp_path, recorded)
    assert learnt.patient_db == direct.patient_db
    assert learnt.partner_db == direct.partner_db
    answer = CliRunner().invoke(command, ["2026-01-05", "--state-dir", str(tmp_path), "--json"])
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout)["patient_db"] == direct.patient_db
    _, _, values = calibrations.newest(db)
    assert values == json.loads(answer.stdout)


def test_what_was_learnt_is_said_in_words(recorded, tmp_path):
    answer = CliRunner().invoke(command, ["2026-01-05", "--state-dir", str(tmp_path)])
    assert "tells the two apart well" in answer.stdout
    assert answer.stdout.endswith("It counts from the next night on.\n")


def test_nights_that_cannot_teach_are_named(db, recorded, tmp_path):
    nights.set_recording(db, recorded.id, None)
    for name, why in (("2026-01-05", "raw signals were not kept"), ("nothing", "no night nothing")):
        answer = CliRunner().invoke(command, [name, "--state-dir", str(tmp_path)])
        assert answer.exit_code == 1
        assert why in answer.output
    db.execute("DELETE FROM marks")
    answer = CliRunner().invoke(command, ["2026-01-05", "--state-dir", str(tmp_path)])
    assert "holds no guided sitting" in answer.output
    assert calibrations.newest(db) is None
