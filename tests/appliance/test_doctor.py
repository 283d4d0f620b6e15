"""What the doctor says of sick and sound devices."""

from __future__ import annotations

import errno
import http.server
import json
import socket
import threading
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from appliance import doctor
from appliance.cli.doctor import command
from appliance.config import Config
from appliance.devices import device_settings, simulated_rig
from appliance.probe import probe
from appliance.store import faults, nights, settings, status
from appliance.store.connect import database_path, open_database
from appliance.store.raw import RECORDINGS
from drivers.bus import open_bus
from drivers.channels import NightScale
from drivers.simulated.clock import VirtualClock


def states(findings):
    return {finding.topic: finding.state for finding in findings}


def only(findings):
    assert len(findings) == 1
    return findings[0]


class Wall:
    """A clock on the wall that somebody set, or not."""

    boot_id = "test"

    def __init__(self, *, synchronised):
        self._synchronised = synchronised

    def utc(self):
        return 1_800_000_000.0

    def synchronised(self):
        return self._synchronised


# the chips themselves, simulated byte by byte


class Waving:
    """What a sensor is exposed to: some gravity, some turning, or a strip somebody lies on."""

    def __init__(self, *, gravity_g=1.0, turning_dps=0.0, strip_mv=None):
        self.gravity_g, self.turning_dps, self.strip_mv = gravity_g, turning_dps, strip_mv

    def sample(self, t_s):
        wave = np.sin(20.0 * t_s)
        if self.strip_mv is not None:
            return (self.strip_mv * wave)[:, None]
        values = np.zeros((len(t_s), 6))
        values[:, 2] = self.gravity_g
        values[:, 3] = self.turning_dps * wave
        return values


@pytest.fixture
def bedside():
    clock = VirtualClock()
    rest, bed = Waving(gravity_g=1.0), Waving(strip_mv=20.0)
    rig = simulated_rig(Config(), clock, {"left": rest, "right": rest, "strip": bed})
    return rig, lambda config=None: probe(device_settings(config or Config()), rig.open_bus, clock)


def test_sound_sensors_are_found(bedside):
    _, look = bedside
    findings = look()
    assert [finding.state for finding in findings] == ["ok", "ok", "ok"]
    assert [finding.topic for finding in findings] == [
        "left ankle",
        "right ankle",
        "mattress strip",
    ]
    assert "0x6B on bus 1" in findings[1].text
    assert "self-test passed; 99.1 samples/s, gravity 1.00 g" in findings[1].text


@pytest.mark.parametrize(
    ("device", "topic"),
    [("left", "left ankle"), ("right", "right ankle"), ("strip", "mattress strip")],
)
def test_unplugged_sensor_is_named_with_its_place(bedside, device, topic):
    rig, look = bedside
    rig.unplug(device)
    findings = look()
    assert [finding.topic for finding in findings if finding.state == "bad"] == [topic]
    sick = next(finding for finding in findings if finding.topic == topic)
    assert "on bus 1" in sick.text
    assert "i2cdetect -y 1" in sick.remedy


def test_wrong_chip_at_the_place_is_named(bedside):
    rig, look = bedside
    bus = rig.adapters[1].chips
    bus[0x6A], bus[0x48] = bus[0x48], bus[0x6A]  # an ADS1115 where the ankle sensor should be
    findings = look()
    assert states(findings)["left ankle"] == "bad"


def looked_at(**sources):
    clock = VirtualClock()
    all_three = {"left": Waving(), "right": Waving(), "strip": Waving(strip_mv=20.0)} | sources
    rig = simulated_rig(Config(), clock, all_three)
    return {f.topic: f for f in probe(device_settings(Config()), rig.open_bus, clock)}


def test_half_the_gravity_at_rest_is_a_chip_of_another_range():
    found = looked_at(left=Waving(gravity_g=0.5))["left ankle"]
    assert found.state == "bad"
    assert "gravity 0.50 g" in found.text
    assert "LSM6DSO32" in found.remedy


def test_a_strap_in_motion_is_asked_to_lie_still():
    found = looked_at(right=Waving(gravity_g=0.5, turning_dps=80.0))["right ankle"]
    assert found.state == "note"
    assert "lie still" in found.remedy


def test_a_strip_that_feels_nothing_is_worth_a_note_and_a_shorted_one_is_broken():
    assert looked_at(strip=Waving(strip_mv=0.0))["mattress strip"].state == "note"
    clock = VirtualClock()
    config = msgspec.structs.replace(
        Config(), strip=msgspec.structs.replace(Config().strip, range_mv=1024)
    )
    sources = {"left": Waving(), "right": Waving(), "strip": Level(1500.0)}
    rig = simulated_rig(config, clock, sources)
    settings = [s for s in device_settings(config) if s.device == "strip"]
    assert only(probe(settings, rig.open_bus, clock)).state == "bad"


class Level:
    def __init__(self, millivolts):
        self.millivolts = millivolts

    def sample(self, t_s):
        return np.full((len(t_s), 1), self.millivolts)


def test_broken_sensing_elements_fail_the_drivers_self_test(bedside):
    rig, look = bedside
    rig.chips["left"]._deflects = False
    found = {f.topic: f for f in look()}
    assert found["left ankle"].state == "bad"
    assert "self-test of X" in found["left ankle"].text
    assert found["right ankle"].state == "ok"


def test_a_jumper_set_wrong_is_told_from_a_missing_sensor(bedside):
    rig, look = bedside
    rig.unplug("right")
    rig.adapters[1].chips[0x69] = rig.chips["right"]
    found = {f.topic: f for f in look()}
    assert "0x69 answers there: a jumper" in found["right ankle"].text


def test_a_bus_in_use_is_left_alone(bedside):
    """The recorder's bus: no transfer of ours, and no sensor is called broken."""
    rig, look = bedside
    bus = rig.open_bus(1)
    findings = look()
    assert {finding.state for finding in findings} == {"note"}
    assert "not tested: /dev/i2c-1 is in use" in findings[0].text
    assert rig.adapters[1].transfers == 0
    bus.close()
    assert {finding.state for finding in look()} == {"ok"}


def test_sensor_that_is_not_fitted_is_no_fault(bedside):
    _, look = bedside
    config = Config()
    left = msgspec.structs.replace(config.left, chip="none")
    findings = look(msgspec.structs.replace(config, left=left))
    assert states(findings) == {"left ankle": "note", "right ankle": "ok", "mattress strip": "ok"}


def test_missing_bus_says_how_to_enable_it():
    def opener(number):
        raise FileNotFoundError(errno.ENOENT, "No such file", f"/dev/i2c-{number}")

    findings = probe(
        device_settings(Config()), lambda number: open_bus(number, opener=opener), VirtualClock()
    )
    assert {finding.state for finding in findings} == {"bad"}
    assert "/dev/i2c-1 does not exist" in findings[0].text
    assert "raspi-config" in findings[0].remedy


# clock, power, disk, database


def test_clock_that_nobody_set_is_worth_a_note_and_no_more():
    assert only(doctor.check_clock(Wall(synchronised=True))).state == "ok"
    assert only(doctor.check_clock(Wall(synchronised=False))).state == "note"


@pytest.mark.parametrize(
    ("bits", "state"),
    [("0", "ok"), ("50000", "note"), ("50005", "bad"), ("80000", "ok"), ("1", "bad")],
)
def test_supply_voltage_as_the_firmware_counts_it(tmp_path, bits, state):
    (tmp_path / "get_throttled").write_text(bits + "\n")
    assert only(doctor.check_power(tmp_path / "get_throttled")).state == state


def test_no_word_of_power_where_there_is_no_pi(tmp_path):
    assert doctor.check_power(tmp_path / "nothing") == []


def test_full_and_roomy_disk(tmp_path):
    storage = Config().storage
    assert only(doctor.check_disk(tmp_path / "not" / "yet", storage)).state == "ok"
    greedy = msgspec.structs.replace(storage, min_free_mb=10**12)
    finding = only(doctor.check_disk(tmp_path, greedy))
    assert finding.state == "bad"
    assert "1000000000000 MB" in finding.text


def test_unwritable_folder_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor.os, "access", lambda *_: False)
    finding = only(doctor.check_disk(tmp_path, Config().storage))
    assert finding.state == "bad"
    assert str(tmp_path) in finding.text


def test_database_missing_sound_damaged_and_old(tmp_path):
    assert only(doctor.check_database(tmp_path)).state == "note"
    db = open_database(tmp_path)
    faults.open_fault(db, "mqtt", "refused", "wrong password", night_id=None, started_utc=1.0)
    faults.open_fault(db, "left", "lost", "no answer", night_id=None, started_utc=1.0)
    findings = doctor.check_database(tmp_path)
    assert [finding.text for finding in findings] == ["sound, 0 nights", "mqtt: wrong password"]
    db.execute("PRAGMA user_version = 0")
    db.close()
    assert "layout 0" in only(doctor.check_database(tmp_path)).text
    path = database_path(tmp_path)
    image = bytearray(path.read_bytes())
    image[1024:] = b"\xa5" * (len(image) - 1024)
    path.write_bytes(image)
    finding = only(doctor.check_database(tmp_path))
    assert finding.state == "bad"
    assert "plms restore" in finding.remedy


@pytest.mark.parametrize(("count", "told"), [(1, "1 file of 1.5 MB"), (12, "12 files of 18.0 MB")])
def test_raw_signals_that_no_night_knows_are_named_and_kept(tmp_path, count, told):
    db = open_database(tmp_path)
    kept = nights.create_night(
        db,
        nights.NewNight(
            name="2026-01-05", start_utc=0.0, time_zone="UTC", boot_id="b", origin_monotonic_ns=0,
            scale=NightScale(), detector="d", software="s", recording="2026-01-05_2.db",
        ),
    )  # fmt: skip
    db.close()
    folder = tmp_path / RECORDINGS
    folder.mkdir()
    (folder / kept.recording).write_bytes(b"known")
    (folder / f"{kept.recording}-wal").write_bytes(b"beside it")
    assert "raw signals" not in states(doctor.check_database(tmp_path))
    names = [f"2026-01-{day:02d}.db" for day in range(5, 5 + count)]
    for name in names:
        (folder / name).write_bytes(bytes(1_500_000))
    (finding,) = (one for one in doctor.check_database(tmp_path) if one.topic == "raw signals")
    assert finding.state == "note"
    shown = ", ".join(names[:10]) + (", ..." if count > 10 else "")
    where = f"in {folder} that no night of the database knows"
    assert finding.text == f"{told} {where}: {shown}"
    assert len(list(folder.iterdir())) == count + 2


# the two processes


def say(state_dir, said):
    db = open_database(state_dir)
    status.write(db, said)
    db.close()


def test_recorder_that_is_silent_for_long_does_not_run(tmp_path):
    assert doctor.recorder_status(tmp_path, 1000.0) is None
    say(tmp_path, status.Status(phase="recording", night="2026-01-05", updated=1000.0))
    assert doctor.recorder_status(tmp_path, 1000.0 + status.ALIVE_S).night == "2026-01-05"
    assert doctor.recorder_status(tmp_path, 1001.0 + status.ALIVE_S) is None


def test_recorder_is_needed_only_where_it_is_installed():
    assert only(doctor.check_recorder(None, installed=False)).state == "note"
    finding = only(doctor.check_recorder(None, installed=True))
    assert finding.state == "bad"
    assert "journalctl -u plms-record" in finding.remedy


def test_recorder_is_asked_about_the_sensors():
    said = status.Status(
        phase="recording",
        night="2026-01-05",
        sensors={"left": "ok", "right": "lost", "strip": "absent"},
    )
    findings = doctor.check_recorder(said, installed=True)
    assert states(findings) == {
        "recorder": "ok",
        "left ankle": "ok",
        "right ankle": "bad",
        "mattress strip": "bad",
    }


@pytest.mark.parametrize(("answer", "state"), [(200, "ok"), (503, "bad")])
def test_page_is_asked_for_its_health(answer, state):
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(answer)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert only(doctor.check_page(server.server_port, installed=True)).state == state


def test_page_that_does_not_answer():
    assert only(doctor.check_page(1, installed=False)).state == "note"
    assert only(doctor.check_page(1, installed=True)).state == "bad"


# the broker


def mqtt(**values):
    return msgspec.structs.replace(Config().mqtt, enabled=True, **values)


def test_broker_off_unreachable_reachable_and_refusing(tmp_path):
    assert only(doctor.check_broker(Config().mqtt, tmp_path)).state == "note"
    finding = only(doctor.check_broker(mqtt(host="127.0.0.1", port=1), tmp_path))
    assert finding.state == "bad"
    assert "127.0.0.1 port 1 cannot be reached" in finding.text
    with socket.create_server(("127.0.0.1", 0)) as broker:
        here = mqtt(host="127.0.0.1", port=broker.getsockname()[1])
        assert only(doctor.check_broker(here, tmp_path)).state == "ok"
        db = open_database(tmp_path)
        standing = {"state": "trouble", "text": "wrong password", "code": "auth"}
        settings.put(db, "publish.standing", standing, 1.0)
        db.close()
        findings = doctor.check_broker(here, tmp_path)
    assert states(findings) == {"broker": "ok", "MQTT": "bad"}
    assert findings[1].text == "wrong password"


# the detector's cache


def test_cache_empty_filled_and_forbidden(tmp_path):
    assert doctor.check_cache({}) == []
    here = {"NUMBA_CACHE_DIR": str(tmp_path)}
    assert only(doctor.check_cache(here)).state == "note"
    (tmp_path / "detect_1").mkdir()
    (tmp_path / "detect_1" / "kernel.nbi").write_bytes(b"")
    assert only(doctor.check_cache(here)).state == "ok"
    gone = {"NUMBA_CACHE_DIR": str(tmp_path / "gone")}
    assert only(doctor.check_cache(gone)).state == "bad"


# the command


def run_doctor(*arguments):
    environment = {"PLMS_CONFIG": None, "NUMBA_CACHE_DIR": None}
    return CliRunner().invoke(command, arguments, env=environment)


def test_everything_simulated_is_well(tmp_path):
    answer = run_doctor("--simulate", "--json", "--state-dir", str(tmp_path))
    assert answer.exit_code == 0
    report = json.loads(answer.stdout)
    assert report["schema"] == "plms.doctor/1"
    assert report["ok"] is True
    assert {"versions", "clock", "disk", "left ankle", "mattress strip"} <= {
        finding["topic"] for finding in report["findings"]
    }
    assert not database_path(tmp_path).exists()  # it only looks


def test_sick_device_is_one_line_and_exit_1(tmp_path):
    Path(tmp_path / "bad.toml").write_text("[strip]\nchip = 'none'\n[left]\nbus = 63\n")
    answer = run_doctor("--state-dir", str(tmp_path), "--config", str(tmp_path / "bad.toml"))
    assert answer.exit_code == 1
    assert answer.stderr.startswith("Error: not working: left ankle")
    assert "BAD   left ankle: /dev/i2c-63 does not exist" in answer.stdout


def test_running_recorder_is_left_its_chips(tmp_path):
    db = open_database(tmp_path)
    assert nights.current_night(db) is None
    db.close()
    said = status.Status(sensors={"left": "ok"}, updated=time.time())
    say(tmp_path, said)
    answer = run_doctor("--state-dir", str(tmp_path))
    assert answer.exit_code == 0
    assert "ok    left ankle: delivers" in answer.stdout
    assert "/dev/i2c" not in answer.stdout
    assert "note  self-tests: not done: the recorder is using the sensors" in answer.stdout


def test_panel_is_looked_at_where_one_is_wired(tmp_path):
    Path(tmp_path / "mock.toml").write_text("[panel]\nenabled = true\npin_factory = 'mock'\n")
    answer = run_doctor(
        "--simulate", "--state-dir", str(tmp_path), "--config", str(tmp_path / "mock.toml")
    )
    assert "ok    panel: button on GPIO17, LED on GPIO27" in answer.stdout
