"""`plms demo` on a short night: other chips, several buses, and what it leaves behind."""

from __future__ import annotations

import os
import re
import socket
from contextlib import closing

import pytest
from click.testing import CliRunner

from appliance.cli import main
from appliance.config import Ankle, Config, Strip
from appliance.demo.evening import DISCOMFORT
from appliance.demo.theatre import open_theatre, play_night
from appliance.record.lock import LockedError, StateLock
from appliance.sitdata import sit_score
from appliance.store.connect import open_database
from appliance.store.epochs import load_epochs
from appliance.store.nights import find_night, nights_of_kind
from appliance.store.sits import find_sit
from detect.movement import EPOCH_TICKS, TICKS_PER_S


def test_it_prints_a_summary_beside_the_truth_and_ends(tmp_path):
    folder = tmp_path / "state"
    answer = CliRunner().invoke(
        main, ["demo", "--night-only", "--hours", "0.4", "--dir", str(folder)]
    )
    assert answer.exit_code == 0, answer.output
    assert "periodic kicks an hour in bed" in answer.stdout
    assert "Against what the simulated sleepers really did" in answer.stdout
    assert "A screening log, not a diagnosis" in answer.stdout
    assert "No MQTT broker" in answer.stderr
    assert (folder / "plms.db").exists()


@pytest.mark.parametrize(
    "config",
    [
        Config(strip=Strip(bus=3)),
        Config(left=Ankle(chip="mpu6050", address=0x68), right=Ankle(chip="mpu6050", address=0x69)),
        Config(right=Ankle(chip="none", address=0x6B), strip=Strip(chip="none")),
    ],
    ids=["two buses", "MPU-6050", "one ankle only"],
)
def test_every_configured_sensor_delivers(tmp_path, config):
    theatre = open_theatre(tmp_path, config, seed=2, hours=0.1)
    try:
        night = find_night(theatre.db, play_night(theatre, 0.1, lambda minutes: None))
        epochs = load_epochs(theatre.db, night.id)[1:-1]
    finally:
        theatre.close()
    whole_s = EPOCH_TICKS / TICKS_PER_S
    for epoch in epochs:
        assert epoch.usable_left_s == whole_s
        assert epoch.usable_right_s == (0.0 if config.right.chip == "none" else whole_s)
        assert (epoch.usable_strip_s > 0.99 * whole_s) == (config.strip.chip != "none")


def test_a_taken_port_is_said_before_anything_is_simulated(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = CliRunner().invoke(
            main, ["demo", "--port", str(port), "--dir", str(tmp_path / "state")]
        )
    assert answer.exit_code == 1
    assert f"port {port} is in use" in answer.stderr
    assert "Waking" not in answer.stderr


def test_a_folder_in_which_somebody_records_is_left_alone(tmp_path):
    with closing(StateLock(tmp_path)):
        answer = CliRunner().invoke(main, ["demo", "--night-only", "--dir", str(tmp_path)])
    assert answer.exit_code == 1
    assert f"{tmp_path}: another recorder is running there (process {os.getpid()})" in answer.stderr
    assert not (tmp_path / "plms.db").exists()


def test_while_it_runs_nobody_else_records_or_restores(tmp_path, monkeypatch):
    refused = []

    def try_lock(state_dir, *_):
        with pytest.raises(LockedError) as error:
            StateLock(state_dir)
        refused.append(str(error.value))

    monkeypatch.setattr("appliance.cli.demo._perform", try_lock)
    answer = CliRunner().invoke(main, ["demo", "--night-only", "--dir", str(tmp_path)])
    assert answer.exit_code == 0, answer.output
    assert refused == [f"{tmp_path}: another recorder is running there (process {os.getpid()})"]
    StateLock(tmp_path).close()


def test_a_broker_that_does_not_answer_is_said(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    answer = CliRunner().invoke(
        main, ["demo", "--mqtt", f"127.0.0.1:{port}", "--dir", str(tmp_path / "state")]
    )
    assert answer.exit_code == 1
    assert f"no MQTT broker answers at 127.0.0.1:{port}" in answer.stderr


@pytest.mark.slow
def test_an_evening_test_through_the_chips_counts_what_the_legs_did(tmp_path):
    folder = tmp_path / "state"
    answer = CliRunner().invoke(
        main,
        [
            "demo",
            "--evening",
            "--night-only",
            "--hours",
            "0.1",
            "--seed",
            "3",
            "--dir",
            str(folder),
        ],
    )
    assert answer.exit_code == 0, answer.output
    with closing(open_database(folder, readonly=True)) as db:
        (night,) = nights_of_kind(db, "sit")
        score = sit_score(db, night)
        sit = find_sit(db, night.id)
    assert night.end_reason == "complete"
    assert sit.upright is not None
    assert (score.partial, score.counted_s) == (False, 3600.0)
    assert [a.discomfort for a in score.answers] == list(DISCOMFORT)
    words = re.search(r"(\d+) of (\d+) movements found; (\d+) of (\d+) were none", answer.stdout)
    found, true, wrong, _ = map(int, words.groups())
    assert true > 60
    assert found >= 0.97 * true
    assert wrong <= 0.02 * true
