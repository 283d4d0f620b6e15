"""A stuck bus: the recorder asks, the script that root may run frees it, on pins that pretend."""

import os
import subprocess
from pathlib import Path

import pytest

from appliance.record.stuckbus import StuckBuses

S = 1_000_000_000
SCRIPT = Path(__file__).resolve().parents[3] / "systemd" / "free-bus.sh"
NAME = "fe804000.i2c"

PINCTRL = """#!/bin/sh
# SDA (GPIO 2) is held low until SCL (GPIO 3) has risen $(cat left) times
cd "$(dirname "$0")" || exit 1
if [ "$1" = get ]; then
    level=hi
    [ "$2" = 2 ] && [ "$(cat left)" -gt 0 ] && level=lo
    echo " $2: a0    pu | $level // GPIO$2 = SDA1"
    exit 0
fi
shift
echo "$*" >>log
if [ "$1" = 3 ] && [ "$2" = ip ] && [ "$(tail -n 2 log | head -n 1)" = "3 op dl" ]; then
    left=$(cat left)
    [ "$left" -eq 0 ] || echo $((left - 1)) >left
fi
"""


def test_a_bus_is_reported_after_ten_seconds_and_taken_back_when_it_moves(tmp_path):
    buses = StuckBuses(tmp_path)
    file = tmp_path / "bus-stuck-3"
    buses.look({3}, 100 * S)
    buses.look({3}, 109 * S)
    assert not file.exists()
    buses.look({3}, 110 * S)
    assert file.exists()
    buses.look(set(), 111 * S)
    assert not file.exists()


def test_it_is_reported_again_ten_minutes_later_and_not_before(tmp_path):
    buses = StuckBuses(tmp_path)
    file = tmp_path / "bus-stuck-1"
    for at_s in (0, 10):
        buses.look({1}, at_s * S)
    file.unlink()
    buses.look({1}, 600 * S)
    assert not file.exists()
    buses.look({1}, 610 * S)
    assert file.exists()
    StuckBuses(tmp_path)
    assert not file.exists()


def test_a_state_directory_that_cannot_be_written_stops_nothing(tmp_path):
    gone = tmp_path / "gone"
    buses = StuckBuses(gone)
    for at_s in (0, 10):
        buses.look({1}, at_s * S)
    assert not gone.exists()


@pytest.fixture
def machine(tmp_path):
    """A board with one adapter, and a state directory in which bus 1 is said to be stuck."""
    driver = tmp_path / "sys/bus/platform/drivers/i2c-bcm2835"
    device = tmp_path / "sys/devices/platform/soc" / NAME
    (device / "i2c-1").mkdir(parents=True)
    driver.mkdir(parents=True)
    for name in ("bind", "unbind"):
        (driver / name).touch()
    (device / "driver").symlink_to(driver)
    devices = tmp_path / "sys/bus/i2c/devices"
    devices.mkdir(parents=True)
    (devices / "i2c-1").symlink_to(device / "i2c-1")
    (tmp_path / "bin").mkdir()
    pinctrl = tmp_path / "bin/pinctrl"
    pinctrl.write_text(PINCTRL)
    pinctrl.chmod(0o755)
    (tmp_path / "bin/log").touch()
    (tmp_path / "state").mkdir()
    (tmp_path / "state/bus-stuck-1").touch()
    return tmp_path


def free_bus(machine, held_for, **environment):
    (machine / "bin/left").write_text(f"{held_for}\n")
    answer = subprocess.run(
        [SCRIPT],
        env={
            "PATH": f"{machine}/bin:{os.environ['PATH']}",
            "PLMS_STATE_DIR": str(machine / "state"),
            "PLMS_SYS": str(machine / "sys"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert not (machine / "state/bus-stuck-1").exists()
    driver = machine / "sys/bus/platform/drivers/i2c-bcm2835"
    done = tuple((driver / name).read_text().strip() for name in ("unbind", "bind"))
    return answer, (machine / "bin/log").read_text().splitlines(), done


@pytest.mark.parametrize("held_for", [1, 4, 9])
def test_a_held_line_is_clocked_free_and_the_adapter_comes_back(machine, held_for):
    answer, log, done = free_bus(machine, held_for)
    assert answer.returncode == 0, answer.stderr
    assert f"free after {held_for} pulses" in answer.stderr
    assert done == (NAME, NAME)
    assert log.count("3 op dl") == held_for + 1  # and the stop
    assert log[-1] == "2,3 a0 pu"
    assert not [line for line in log if "dh" in line]  # never driven high


def test_a_line_that_stays_low_is_reported_and_the_adapter_comes_back(machine):
    answer, log, done = free_bus(machine, 99)
    assert answer.returncode == 1
    assert "switch the sensors' supply off and on" in answer.stderr
    assert log.count("3 op dl") == 9
    assert done == (NAME, NAME)


def test_a_line_that_nobody_holds_is_left_alone(machine):
    answer, log, done = free_bus(machine, 0)
    assert answer.returncode == 0
    assert (log, done) == ([], ("", ""))


def test_what_is_not_known_changes_nothing(machine):
    (machine / "state/bus-stuck-7").touch()
    (machine / "state/bus-stuck-1;reboot").touch()
    answer, log, _ = free_bus(machine, 0)
    assert answer.returncode == 1
    assert "bus 7: its pins are not known: set PLMS_BUS_7" in answer.stderr
    assert log == []
    assert not (machine / "state/bus-stuck-7").exists()


def test_a_board_without_that_adapter_is_told(machine):
    (machine / "sys/bus/i2c/devices/i2c-1").unlink()
    answer, log, done = free_bus(machine, 3)
    assert answer.returncode == 1
    assert "no adapter that could be detached" in answer.stderr
    assert (log, done) == ([], ("", ""))
