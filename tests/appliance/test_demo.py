"""`plms demo` on a short night: other chips, several buses, and what it leaves behind."""

from __future__ import annotations

import socket

import pytest
from click.testing import CliRunner

from appliance.cli import main
from appliance.config import Ankle, Config, Strip
from appliance.demo.theatre import open_theatre, play_night
from appliance.store.epochs import load_epochs
from appliance.store.nights import find_night
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


def test_a_broker_that_does_not_answer_is_said(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    answer = CliRunner().invoke(
        main, ["demo", "--mqtt", f"127.0.0.1:{port}", "--dir", str(tmp_path / "state")]
    )
    assert answer.exit_code == 1
    assert f"no MQTT broker answers at 127.0.0.1:{port}" in answer.stderr
