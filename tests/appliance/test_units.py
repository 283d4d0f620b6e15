"""The units as systemd itself judges them: understood without a warning, and closed tightly."""

from __future__ import annotations

import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SYSTEMD = ROOT / "systemd"
UNITS = ("plms-record.service", "plms-serve.service")
FREE_BUS = "plms-free-bus.service"
THRESHOLD_TENTHS = "15"


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("unit", [*UNITS, FREE_BUS])
def test_exposure_is_at_most_1_5(unit):
    answer = run(
        "systemd-analyze",
        "security",
        "--no-pager",
        "--offline=true",
        f"--threshold={THRESHOLD_TENTHS}",
        str(SYSTEMD / unit),
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", answer.stdout)
    assert float(exposure.group(1)) <= 1.5


@pytest.mark.parametrize("unit", [*UNITS, FREE_BUS, "plms-free-bus.path"])
def test_systemd_understands_every_line(unit, tmp_path):
    for name in (unit, FREE_BUS):
        text = (SYSTEMD / name).read_text()
        # the installed program is not on this machine; everything else is checked as it stands
        text = text.replace("ExecStart=/opt/plms/current/bin/plms", "ExecStart=/bin/true")
        (tmp_path / name).write_text(
            text.replace("ExecStart=/opt/plms/current/systemd/free-bus.sh", "ExecStart=/bin/true")
        )
    answer = run("systemd-analyze", "verify", "--man=no", str(tmp_path / unit))
    # old units that the distribution ships may be complained of; ours must not be
    assert [line for line in answer.stderr.splitlines() if "plms" in line] == []


def settings(unit):
    """Return the unit's settings: name -> list of values."""
    found = {}
    for line in (SYSTEMD / unit).read_text().splitlines():
        if match := re.match(r"(\w+)=(.*)$", line):
            found.setdefault(match[1], []).append(match[2])
    return found


def test_recorder_has_no_network_and_only_its_devices():
    record = settings("plms-record.service")
    assert record["PrivateNetwork"] == ["yes"]
    assert record["RestrictAddressFamilies"] == ["AF_UNIX"]
    assert record["DevicePolicy"] == ["closed"]
    assert record["DeviceAllow"] == ["char-i2c rw", "char-gpiochip rw"]
    assert "MemoryDenyWriteExecute" not in record  # Numba dies with it


def test_server_has_no_device_and_cannot_make_code():
    serve = settings("plms-serve.service")
    assert serve["PrivateDevices"] == ["yes"]
    assert serve["MemoryDenyWriteExecute"] == ["yes"]
    assert serve["RestrictAddressFamilies"] == ["AF_INET AF_INET6 AF_UNIX"]
    assert serve["LoadCredential"] == ["mqtt_password:/etc/plms/credentials/mqtt_password"]


@pytest.mark.parametrize("unit", UNITS)
def test_both_restart_for_years_and_are_watched(unit):
    found = settings(unit)
    assert found["Type"] == ["notify"]
    assert found["Restart"] == ["always"]
    assert int(found["WatchdogSec"][0]) >= 30
    # restarts alone, one in RestartSec at most, never reach the limit on starts
    seconds_to_limit = int(found["RestartSec"][0]) * int(found["StartLimitBurst"][0])
    assert seconds_to_limit > int(found["StartLimitIntervalSec"][0])
    assert found["ConditionPathExists"] == ["/opt/plms/current/bin/plms", "/etc/plms/config.toml"]
    assert found["StandardOutput"] == found["StandardError"] == ["journal"]


def test_users_and_groups_are_made_in_an_empty_root(tmp_path):
    (tmp_path / "etc").mkdir()
    made = run("systemd-sysusers", f"--root={tmp_path}", str(SYSTEMD / "sysusers.d/plms.conf"))
    assert made.returncode == 0, made.stderr
    passwd = (tmp_path / "etc/passwd").read_text()
    assert re.search(
        r"^plms:x:\d+:\d+:PLMS bedside monitor:/var/lib/plms:/usr/sbin/nologin$",
        passwd,
        re.MULTILINE,
    )
    group_lines = (tmp_path / "etc/group").read_text().splitlines()
    assert {line.split(":")[0]: line.split(":")[3] for line in group_lines}["i2c"] == "plms"


def test_avahi_announces_the_page():
    service = ET.parse(SYSTEMD / "avahi/plms.service").getroot().find("service")
    assert service.findtext("type") == "_http._tcp"
    assert service.findtext("port") == "8080"


def test_credentials_are_for_root_and_the_nights_for_the_service():
    lines = (SYSTEMD / "tmpfiles.d/plms.conf").read_text().splitlines()
    made = {line.split()[1]: line.split()[2:5] for line in lines if line[:1] in "df"}
    assert made["/etc/plms/credentials"] == ["0700", "root", "root"]
    assert made["/etc/plms/credentials/mqtt_password"] == ["0600", "root", "root"]
    assert made["/var/lib/plms"] == ["0750", "plms", "plms"]


def test_freeing_a_bus_is_not_enabled_by_the_installer_and_gets_one_capability():
    found = settings(FREE_BUS)
    assert found["CapabilityBoundingSet"] == ["CAP_DAC_OVERRIDE"]
    assert found["PrivateNetwork"] == ["yes"]
    assert all(device.startswith("/dev/gpiomem") for device in found["DeviceAllow"])
    assert "free-bus" not in (ROOT / "install.sh").read_text().split("uninstall()")[0]
