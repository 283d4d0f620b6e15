"""`plms serve` as systemd runs it: start, stop, a taken port, slow clients, small memory."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from appliance.cli import main
from appliance.config import Config
from appliance.publish.identity import page_url
from appliance.store.connect import open_database
from appliance.web import warm
from appliance.web.access import Access
from appliance.web.app import create_app
from appliance.web.guard import session_cookie
from appliance.web.heart import Heart, is_answering
from appliance.web.keep import open_keep
from appliance.web.serve import BindError, listen

PLMS = [sys.executable, "-m", "appliance"]
ENOUGH_S = 30.0
RSS_LIMIT_MB = 60


def free_port():
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        return taken.getsockname()[1]


def until(answers):
    """Wait for a thing to become true; the process under test needs its own time."""
    give_up = time.monotonic() + ENOUGH_S
    while time.monotonic() < give_up:
        if answers():
            return True
        time.sleep(0.05)
    return False


@contextmanager
def plms_serve(state, *more):
    port = free_port()
    environment = {**os.environ, "PLMS_STATE_DIR": str(state)}
    environment.pop("NOTIFY_SOCKET", None)
    process = subprocess.Popen(
        [*PLMS, "serve", "--host", "127.0.0.1", "--port", str(port), *more],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert until(lambda: is_answering("127.0.0.1", port))
        yield process, port
    finally:
        process.kill()
        process.communicate()


def get(port, path, timeout_s=ENOUGH_S):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    with closing(connection):
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        return answer.status, answer.read()


def test_serve_starts_stays_small_and_ends_in_good_order(tmp_path):
    with plms_serve(tmp_path) as (process, port):
        assert get(port, "/")[0] == 302
        assert get(port, "/healthz")[0] == 200
        status = Path(f"/proc/{process.pid}/status").read_text()
        rss_mb = int(status.split("VmRSS:")[1].split()[0]) / 1024
        assert rss_mb < RSS_LIMIT_MB
        mapped = Path(f"/proc/{process.pid}/maps").read_text()
        assert "numpy" not in mapped
        assert "llvmlite" not in mapped
        process.send_signal(signal.SIGTERM)
        _, heard = process.communicate(timeout=ENOUGH_S)
        assert process.returncode == 0
        assert heard.splitlines() == [f"serving on port {port}"]


def test_the_port_asked_for_is_the_one_that_cookies_and_mqtt_name(tmp_path, monkeypatch):
    told = []

    def start(_state_dir, config, _stop):
        told.append(page_url(config, "bed"))
        raise KeyboardInterrupt

    def listen(app, host, port):
        with app.test_request_context():
            told.extend([host, port, session_cookie()])
        return SimpleNamespace(host=host, port=port)

    monkeypatch.setattr("appliance.publish.service.start", start)
    monkeypatch.setattr("appliance.web.serve.listen", listen)
    args = ["serve", "--host", "127.0.0.1", "--port", "8121", "--state-dir", str(tmp_path)]
    CliRunner().invoke(main, args)
    assert told == ["127.0.0.1", 8121, "plms_session_8121", "http://bed.local:8121/"]


def test_serve_imports_neither_numpy_nor_numba():
    code = (
        "import sys; import appliance.web.app, appliance.web.serve, appliance.publish.service;"
        "print([name for name in ('numpy', 'numba', 'scipy', 'smbus2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_taken_port_is_one_line_that_says_what_to_do(tmp_path):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*PLMS, "serve", "--state-dir", tmp_path, "--host", "127.0.0.1", "--port", str(port)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: port {port} is in use: stop what uses it, or choose another with --port\n"
    )


def test_an_unwritable_state_directory_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [*PLMS, "serve", "--state-dir", tmp_path / "file" / "state"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "state/plms.db" in done.stderr


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_that_is_not_ours_is_refused(state, host):
    app = create_app(state, Config())
    with pytest.raises(BindError, match="not an address of this machine"):
        listen(app, host, 0)


def test_hung_clients_and_half_sent_requests_starve_nobody(made_state, clock, serving):
    app = create_app(made_state, Config(), access=Access.demo(), now=clock)
    parts = urlsplit(serving(app))
    hung = [socket.create_connection((parts.hostname, parts.port)) for _ in range(40)]
    for number, one in enumerate(hung):
        if number % 2:
            one.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        else:
            one.sendall(b"POST /theme HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\nx")
    readers = []
    for _ in range(3):  # a zip that nobody reads on
        slow = socket.create_connection((parts.hostname, parts.port))
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.sendall(b"GET /export/night/2026-11-21/zip HTTP/1.1\r\nHost: localhost\r\n\r\n")
        readers.append(slow)
    begun = time.monotonic()
    for _ in range(5):
        assert get(parts.port, "/", 10.0)[0] == 200
    assert time.monotonic() - begun < 10.0
    for one in (*hung, *readers):
        one.close()


def test_eight_readers_at_once_all_get_their_page(made_state, clock, serving):
    app = create_app(made_state, Config(), access=Access.demo(), now=clock)
    parts = urlsplit(serving(app))
    found = []

    def read():
        found.append(get(parts.port, "/")[0])

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(ENOUGH_S)
    assert found == [200] * 8


class Dog:
    def __init__(self):
        self.beaten = []
        self.steps = 0

    def beat(self, part):
        self.beaten.append(part)

    def step(self):
        self.steps += 1


def test_the_heart_beats_for_what_works_only(state, clock, serving):
    parts = urlsplit(serving(create_app(state, Config(), now=clock)))
    for port, publisher, beaten in (
        (parts.port, True, ["pages", "publisher"]),
        (parts.port, False, ["pages"]),
        (free_port(), True, ["publisher"]),
    ):
        dog = Dog()
        Heart(dog, "127.0.0.1", port, lambda ok=publisher: ok, threading.Event()).beat()
        assert dog.beaten == beaten
        assert dog.steps == 1


def test_it_stops_though_a_worker_wakes_the_loop_at_the_same_moment(state, clock, monkeypatch):
    server = listen(create_app(state, Config(), now=clock), "127.0.0.1", 0)
    thread = threading.Thread(target=server.run)
    trigger = server.server.trigger
    pull = trigger._physical_pull

    def pull_after_a_worker():
        pull()
        thread.join(0.5)  # time enough to close everything, if it may
        pull()

    monkeypatch.setattr(trigger, "_physical_pull", pull_after_a_worker)
    thread.start()
    server.stop()
    thread.join(10)
    assert not thread.is_alive()


def test_a_page_is_small_for_weak_wifi(made_state, clock, serving):
    app = create_app(made_state, Config(), access=Access.demo(), now=clock)
    parts = urlsplit(serving(app))
    total = 0
    status, page = get(parts.port, "/")
    assert status == 200
    total += len(page)
    for name in ("plms.css", "plms.js", "icon.svg", "plms.webmanifest"):
        total += len(get(parts.port, f"/static/{name}")[1])
    assert total < 60_000


def test_old_nights_are_counted_in_the_background(filled):
    warm.warm_up(filled, threading.Event())
    with closing(open_keep(filled)) as keep, closing(open_database(filled)) as db:
        counted = {row["night"] for row in keep.execute("SELECT night FROM summaries")}
        closed = {row["name"] for row in db.execute("SELECT name FROM nights")}
    assert counted == closed
    stop = threading.Event()
    stop.set()
    warm.start(filled, stop).join(ENOUGH_S)
