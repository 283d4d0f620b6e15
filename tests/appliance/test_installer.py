"""The verbs that install.sh asks for, as it asks them."""

from __future__ import annotations

import http.server
import re
import threading

import pytest
from click.testing import CliRunner

from appliance import installer
from appliance.store import settings
from appliance.store.connect import open_database
from appliance.web import passwords


@pytest.fixture
def ask(tmp_path):
    def call(*arguments):
        environment = {"PLMS_STATE_DIR": str(tmp_path), "PLMS_CONFIG": None}
        return CliRunner().invoke(installer.main, arguments, env=environment)

    return call


def test_keys_are_those_of_the_page():
    assert installer.CODE_KEY == passwords.CODE_KEY
    assert installer.PASSWORD_KEY == passwords.PASSWORD_KEY


def test_welcome_prints_one_code_until_there_is_a_password(ask, tmp_path):
    first, second = ask("welcome"), ask("welcome")
    code = re.search(r"Set-up code:  ([a-z2-9]{4}-[a-z2-9]{4}) ", first.output)[1]
    assert code in second.output
    assert re.search(r"The page:     http://[\w.]+:8080/\n", first.output)
    assert "▄" in first.output or "█" in first.output  # the QR code
    db = open_database(tmp_path)
    assert passwords.setup_code(db) == code
    passwords.store_password(db, "a good long one", 1.0)
    db.close()
    third = ask("welcome")
    assert third.exit_code == 0
    assert "code" not in third.output


def test_forgotten_password_needs_a_new_code(ask, tmp_path):
    db = open_database(tmp_path)
    passwords.store_password(db, "a good long one", 1.0)
    db.close()
    answer = ask("forget-password")
    db = open_database(tmp_path)
    assert passwords.stored_hash(db) is None
    assert answer.output == f"Set-up code:  {passwords.setup_code(db)}\n"
    db.close()


def test_codes_differ_and_are_easily_typed(tmp_path):
    codes = set()
    db = open_database(tmp_path)
    for _ in range(50):
        settings.delete(db, installer.CODE_KEY)
        codes.add(installer.setup_code(db, 1.0))
    db.close()
    assert len(codes) == 50
    assert not set("ilo01") & set("".join(codes))


def test_port_follows_the_page_s_settings(ask, tmp_path):
    assert ask("port").output == "8080\n"
    db = open_database(tmp_path)
    settings.put(db, "web.port", 8123, 1.0)
    db.close()
    assert ask("port").output == "8123\n"


def test_no_night_runs_in_a_new_database(ask):
    assert ask("night-running").exit_code == 1
    assert ask("database-opens").exit_code == 0


def test_foreign_database_is_named(ask, tmp_path):
    (tmp_path / "plms.db").write_bytes(b"not a database at all" * 100)
    answer = ask("database-opens")
    assert answer.exit_code == 1
    assert "plms.db" in answer.output


@pytest.mark.parametrize(("status", "well"), [(200, True), (503, False)])
def test_page_is_well_when_healthz_says_so(status, well):
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert installer.is_well("127.0.0.1", server.server_port) is well


def test_nobody_listening_is_not_well():
    assert not installer.is_well("127.0.0.1", 1)
