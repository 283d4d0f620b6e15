"""install.sh's manners: what it refuses at once, and that a dry run touches nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from appliance.version import VERSION

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tools(tmp_path):
    """Return a folder that comes first in PATH, for tools that answer as another machine's."""
    folder = tmp_path / "tools"
    folder.mkdir()

    def put(name, script):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)

    put("dpkg", "echo arm64")
    put("df", "echo 5000")
    return put


@pytest.fixture
def install(tmp_path):
    def call(*arguments, codename="bookworm"):
        release = tmp_path / "os-release"
        release.write_text(f'ID=debian\nVERSION_CODENAME="{codename}"\n')
        path = f"{tmp_path / 'tools'}:{os.environ['PATH']}"
        environment = {
            **os.environ,
            "PATH": path,
            "PLMS_OS_RELEASE": str(release),
            "PLMS_PYTHON": shutil.which("python3", path=path),
        }
        return subprocess.run(
            [ROOT / "install.sh", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
        )

    return call


def test_version_is_the_folder_s(install):
    assert install("--version").stdout == f"{VERSION}\n"


def test_help_names_every_option(install):
    answer = install("--help")
    script = (ROOT / "install.sh").read_text()
    known = set(re.findall(r"^ {12}(--[a-z-]+)\)", script, re.MULTILINE)) | {"--help"}
    assert answer.returncode == 0
    assert known - {"--help"} <= set(re.findall(r"--[a-z-]+", answer.stdout))


@pytest.mark.parametrize("arguments", [["--what"], ["--purge"], ["now"]])
def test_wrong_usage_is_exit_2(install, arguments):
    answer = install(*arguments)
    assert answer.returncode == 2
    assert "usage:" in answer.stderr


@pytest.mark.parametrize(
    ("tool", "script", "reason"),
    [
        ("dpkg", "echo armhf", "armhf.*64-bit"),
        ("dpkg", "exit 1", "not Debian"),
        ("python3", 'case "$1" in -V) echo Python 3.9.2 ;; *) exit 1 ;; esac', "3.9.2.*3.11"),
        ("df", "echo 120", "120 MB free"),
    ],
)
def test_machine_that_cannot_work_is_refused_with_the_reason(install, tools, tool, script, reason):
    tools(tool, script)
    answer = install("--dry-run")
    assert answer.returncode == 1
    assert re.search(reason, answer.stderr)
    assert "would" not in answer.stdout


@pytest.mark.parametrize("codename", ["bullseye", "noble", ""])
def test_other_systems_are_refused(install, tools, codename):
    answer = install("--dry-run", codename=codename)
    assert answer.returncode == 1
    assert f'this system is "{codename}"' in answer.stderr


@pytest.mark.parametrize("codename", ["bookworm", "trixie"])
@pytest.mark.parametrize("arguments", [[], ["--simulate"], ["--with-mosquitto"]])
def test_dry_run_says_what_it_would_do_and_does_nothing(install, tools, codename, arguments):
    tools("systemd-sysusers", "echo REALLY")
    tools("apt-get", "echo REALLY")
    before = Path("/opt/plms").exists()
    answer = install("--dry-run", *arguments, codename=codename)
    assert answer.returncode == 0, answer.stderr
    assert "would run: systemd-sysusers" in answer.stdout
    assert re.search(rf"would build: /opt/plms/releases/{VERSION}-[0-9a-f]{{8}}\n", answer.stdout)
    assert answer.stdout.endswith("dry run: nothing was changed\n")
    assert "REALLY" not in answer.stdout
    assert Path("/opt/plms").exists() == before


def test_dry_uninstall_says_what_goes_and_what_stays(install, tools):
    kept = install("--uninstall", "--dry-run").stdout
    assert "would run: rm -rf /opt/plms /var/lib/plms/cache\n" in kept
    assert "The nights are in /var/lib/plms" in kept
    gone = install("--uninstall", "--purge", "--dry-run").stdout
    assert "would run: rm -rf /var/lib/plms /etc/plms\n" in gone


def test_nothing_is_piped_from_the_network_into_a_shell():
    script = (ROOT / "install.sh").read_text()
    assert not re.search(r"\b(curl|wget)\b", script)
    assert "http" not in script
