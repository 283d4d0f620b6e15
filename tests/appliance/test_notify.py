"""sd_notify by hand, heard by a real datagram socket; the watchdog against a clock of our own."""

from __future__ import annotations

import os
import socket

import pytest

from appliance.notify import Notifier, Watchdog, watchdog_interval_s


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path):
    """Return (address, socket) of something that listens as systemd does."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@plms-test-{os.getpid()}"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind("\0" + name[1:] if name.startswith("@") else name)
    listener.settimeout(1)
    yield name, listener
    listener.close()


def test_messages_arrive_as_systemd_reads_them(manager):
    address, listener = manager
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": address})
    notifier.ready("waiting for the night")
    notifier.status("recording 2026-01-05")
    notifier.stopping()
    heard = [listener.recv(4096) for _ in range(3)]
    assert heard == [
        b"READY=1\nSTATUS=waiting for the night",
        b"STATUS=recording 2026-01-05",
        b"STOPPING=1",
    ]


def test_silent_without_systemd():
    Notifier.from_environment({}).ready("fine")
    assert watchdog_interval_s({}) is None


def test_manager_that_is_gone_is_logged_once(tmp_path, caplog):
    notifier = Notifier(str(tmp_path / "nobody"))
    notifier.ready("fine")
    notifier.status("still fine")
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "READY=1" in caplog.text


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 10.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 10.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_interval_is_a_third_of_the_timeout_and_only_for_us(environment, expected):
    assert watchdog_interval_s(environment) == expected


class Ears:
    """A notifier that remembers."""

    def __init__(self):
        self.heard = []

    def send(self, *assignments):
        self.heard.extend(assignments)


def test_watchdog_is_fed_only_while_all_parts_progress():
    now_s, ears = [0.0], Ears()
    watchdog = Watchdog(ears, ("sampler", "detector", "database"), 10.0, lambda: now_s[0])
    watchdog.beat("sampler")
    watchdog.beat("detector")
    assert not watchdog.step()
    assert watchdog.waiting_for() == ("database",)
    watchdog.beat("database")
    assert watchdog.step()
    for part in ("sampler", "detector", "database"):
        watchdog.beat(part)
    now_s[0] = 9.9
    assert not watchdog.step()  # too early
    now_s[0] = 10.0
    assert watchdog.step()
    assert ears.heard == ["WATCHDOG=1"] * 2


@pytest.mark.parametrize("hung", ["sampler", "detector", "database"])
def test_one_hung_part_starves_the_watchdog(hung):
    now_s, ears = [0.0], Ears()
    parts = ("sampler", "detector", "database")
    watchdog = Watchdog(ears, parts, 10.0, lambda: now_s[0])
    for second in range(120):
        now_s[0] = float(second)
        for part in parts:
            if part != hung or second < 35:
                watchdog.beat(part)
        watchdog.step()
    # fed at 0, 10, 20 and 30 s; the beats of 31 to 34 s allow one more, then no feed for 80 s
    assert len(ears.heard) == 5


def test_unknown_part_and_unwatched_service():
    ears = Ears()
    watchdog = Watchdog(ears, ("sampler",), None)
    with pytest.raises(KeyError):
        watchdog.beat("kitchen")
    watchdog.beat("sampler")
    assert not watchdog.step()
    assert ears.heard == []
