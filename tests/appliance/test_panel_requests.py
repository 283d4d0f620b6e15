"""What the button asks for reaches the recorder's queue, and the page's password."""

from __future__ import annotations

import sys

import msgspec
import pytest

from appliance.config import Config
from appliance.panel_requests import carry_out, open_or_note
from appliance.store import commands, faults, settings
from appliance.store.connect import open_database
from appliance.web import passwords


@pytest.fixture
def db(tmp_path):
    connection = open_database(tmp_path)
    yield connection
    connection.close()


def test_verbs_reach_the_queue_in_order(db):
    carry_out(db, ["start_night", "mark", "end_night"], 1000.0)
    pending = commands.take_pending(db)
    assert [(c.verb, c.args, c.source, c.created_utc) for c in pending] == [
        ("start_night", {}, "button", 1000.0),
        ("mark", {}, "button", 1000.0),
        ("end_night", {}, "button", 1000.0),
    ]


def test_reset_brings_the_page_back_to_its_set_up_step(db):
    passwords.store_password(db, "correct horse", 1.0)
    settings.put(db, "web.setup_code", "abcd", 1.0)
    settings.put(db, "night.auto_end", value=False, updated_utc=1.0)
    carry_out(db, ["password_reset"], 2.0)
    assert passwords.stored_hash(db) is None
    assert passwords.setup_code(db) is None
    assert settings.get(db, "night.auto_end") is False
    assert commands.take_pending(db) == []


def test_panel_that_cannot_be_used_is_a_fault_until_it_can(db, monkeypatch):
    panel = msgspec.structs.replace(Config().panel, enabled=True)
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "gpiozero.pins.lgpio", None)
        assert open_or_note(panel, db, 1.0) is None
    (fault,) = faults.open_faults(db)
    assert (fault.device, fault.code) == ("panel", "unusable")
    assert "GPIO17" in fault.text
    opened = open_or_note(msgspec.structs.replace(panel, pin_factory="mock"), db, 2.0)
    opened.close()
    assert faults.open_faults(db) == []
    assert open_or_note(Config().panel, db, 3.0) is None
