"""Fixtures of the MQTT tests, and a real Home Assistant core as a process."""

import json
import os
import runpy
import subprocess
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MQTT = runpy.run_path(str(ROOT / "tests" / "appliance" / "mqtt" / "conftest.py"))
make_broker, make_device, subscribe = MQTT["make_broker"], MQTT["make_device"], MQTT["subscribe"]
validators, eventually = MQTT["validators"], MQTT["eventually"]
replay_night, replay_sit = MQTT["replay_night"], MQTT["replay_sit"]
HERE = Path(__file__).parent
NOT_OURS = (
    "zlib_ng and isal are not available",
    # The harness adds the configuration entry to a core that is already running.
    "during setup without awaiting async_forward_entry_setups",
    # The harness kills the broker; Home Assistant is right to say so.
    "Error returned from MQTT server: The connection was lost.",
    "failed to receive on socket: [Errno 104] Connection reset by peer",
)


@pytest.fixture
def python():
    """The command of the Home Assistant under test: `PLMS_HA_PYTHON`, set by run.sh."""
    return os.environ["PLMS_HA_PYTHON"].split()


class HomeAssistant:
    """One running core."""

    def __init__(self, python, port, folder):
        self.folder = folder
        self._lock = threading.Lock()
        if python[0] == "chroot":  # the core sees another root: give it its files there
            inside = Path(python[1]) / "work"
            (inside / "core.py").write_text((HERE / "core.py").read_text())
            script, config = "/work/core.py", f"/work/{folder.name}"
            self._inside = inside
        else:
            script, config = str(HERE / "core.py"), str(folder)
            self._inside = None
        self._process = subprocess.Popen(
            [*python, script, str(port), config],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._errors = []
        threading.Thread(target=self._keep_errors, daemon=True).start()
        self.version = self._answer()["started"]

    def _keep_errors(self):
        self._errors += self._process.stderr

    def _answer(self):
        while line := self._process.stdout.readline():
            if line.startswith("{"):
                return json.loads(line)
        raise AssertionError("Home Assistant has ended: " + "".join(self._errors[-20:]))

    def ask(self, **order):
        with self._lock:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            return self._answer()

    def look(self):
        return self.ask(do="look")

    def entities(self):
        return self.look()["entities"]

    def states(self):
        return {key: one["state"] for key, one in self.entities().items()}

    def warnings(self):
        """What it complained of, but for the harness's own doing."""
        return [w for w in self.look()["warnings"] if not any(own in w[2] for own in NOT_OURS)]

    def put_file(self, path):
        """Make a file visible to the core; return the path it has there."""
        if self._inside is None:
            return str(path)
        (self._inside / path.name).write_text(path.read_text())
        return f"/work/{path.name}"

    def quit(self):
        if self._process.poll() is None:
            self._process.stdin.write('{"do": "quit"}\n')
            self._process.stdin.flush()
            self._process.communicate(timeout=60)


@pytest.fixture
def home_assistant(python, tmp_path):
    """Start cores; each start with the same name is a restart of the same installation."""
    running = []

    def start(port):
        folder = tmp_path / f"ha-{os.getpid()}-{tmp_path.name}"
        core = HomeAssistant(python, port, folder)
        running.append(core)
        return core

    yield start
    for core in running:
        core.quit()


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"Home Assistant run by: {os.environ.get('PLMS_HA_PYTHON')}")
