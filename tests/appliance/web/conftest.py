"""A device with nights in it, its app, a visitor who knows the password, and a running server."""

from __future__ import annotations

import re
import threading
from datetime import UTC, date, datetime

import pytest

from appliance.config import Config
from appliance.store import movements, status
from appliance.store.connect import open_database
from appliance.web.access import Access
from appliance.web.app import create_app
from appliance.web.serve import listen
from tests.appliance.web import made_nights

NOW = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
LAST = date(2026, 11, 21)
PASSWORD = "four quiet legs"
CHEAP = "scrypt:256:8:1"
"""Tests are not worth guessing against."""


class Clock:
    def __init__(self, now_utc: float) -> None:
        self.now_utc = now_utc

    def __call__(self) -> float:
        return self.now_utc


class Visitor:
    """A browser without pictures: keeps cookies, fills forms in as a page gives them."""

    def __init__(self, app, host: str = "localhost") -> None:
        self.client = app.test_client()
        self.host = host
        self.base = f"http://{host}"

    def get(self, path, **more):
        return self.client.get(path, base_url=self.base, **more)

    def text(self, path):
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[-400:])
        return answer.text

    def token(self, path="/more"):
        return re.search(r'name="csrf_token" value="([^"]+)"', self.get(path).text)[1]

    def post(self, path, form=None, *, page=None, headers=None):
        """Send a form; the token comes from `page`."""
        data = {"csrf_token": self.token(page or "/more"), **(form or {})}
        return self.client.post(
            path, data=data, base_url=self.base, headers={"Origin": self.base, **(headers or {})}
        )


@pytest.fixture
def clock():
    return Clock(NOW.timestamp())


@pytest.fixture
def state(tmp_path):
    """An empty device."""
    open_database(tmp_path).close()
    return tmp_path


@pytest.fixture
def app(state, clock):
    return create_app(state, Config(), now=clock, password_method=CHEAP)


@pytest.fixture
def stranger(app):
    return Visitor(app)


def set_up(app):
    visitor = Visitor(app)
    form = {"password": PASSWORD, "again": PASSWORD}
    answer = visitor.post("/setup", form, page="/setup")
    assert answer.status_code == 302, answer.text
    return visitor


def share_of(owner, app):
    """Return somebody who looks by a read-only share."""
    shown = owner.post("/settings/access/shares", {"name": "Kim"}, page="/settings/access").text
    partner = Visitor(app)
    code = re.search(r'class="code">([^<]+)<', shown)[1]
    assert partner.post("/share", {"code": code}, page="/share").status_code == 302
    return partner


@pytest.fixture
def owner(app):
    """The owner, freshly set up and logged in."""
    return set_up(app)


@pytest.fixture(scope="session")
def made_state(tmp_path_factory):
    """Forty evenings with holes; only read by tests."""
    folder = tmp_path_factory.mktemp("made")
    fill(folder)
    return folder


def fill(folder, count=40):
    db = open_database(folder)
    made_nights.make_nights(db, date(2026, 11, 20), count)
    recipe = made_nights.Recipe(series_per_hour=2.1, unsure=0.08)
    last = made_nights.make_night(db, LAST, 4, recipe)
    made_nights.add_raw(db, folder, last, 120)
    made_nights.make_sits(db, LAST, 8)
    said = status.Status(
        sensors={"left": "ok", "right": "ok", "strip": "lost"}, updated=NOW.timestamp() - 5
    )
    status.write(db, said)
    db.close()


@pytest.fixture
def filled(tmp_path):
    """Forty evenings of one's own, to be changed."""
    fill(tmp_path, 12)
    return tmp_path


@pytest.fixture
def open_app(made_state, clock):
    """The app of the made nights with an open door."""
    return create_app(made_state, Config(), access=Access.demo(), now=clock)


@pytest.fixture
def guest(open_app):
    return Visitor(open_app)


def first_kick(folder, night="2026-11-21"):
    db = open_database(folder, readonly=True)
    night_id = db.execute("SELECT id FROM nights WHERE name = ?", (night,)).fetchone()[0]
    found = [seq for seq, m in movements.load_numbered(db, night_id) if m.kind == "leg"]
    db.close()
    return found[0]


@pytest.fixture
def serving():
    """Return a function that serves an app on a free port of the loopback."""
    servers = []

    def serve(app):
        server = listen(app, "127.0.0.1", 0)
        thread = threading.Thread(target=server.run)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.port}"

    yield serve
    for server, thread in servers:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()
