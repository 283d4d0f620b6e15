"""What is stored of an evening test, and what became of sittings that were none."""

import sqlite3
from contextlib import closing

import pytest

from appliance.store import nights, sits
from appliance.store.connect import migrate, open_database
from appliance.store.status import SitStatus, Status, read, write
from detect.sit import Away
from tests.appliance.store.test_store import NEW


@pytest.fixture
def db(tmp_path):
    with closing(open_database(tmp_path / "state")) as db:
        yield db


@pytest.mark.parametrize(
    "upright", [None, ((0.0, 1.0, 0.0), (0.6, 0.8, 0.0)), (None, (0.0, 0.0, 1.0)), (None, None)]
)
def test_how_a_test_was_begun_comes_back(db, upright):
    night = nights.create_night(db, NEW)
    assert sits.find_sit(db, night.id) is None
    sits.create_sit(db, night.id, 360_000, upright)
    assert sits.find_sit(db, night.id) == sits.Sit(night.id, 360_000, upright)


def test_the_last_answer_of_a_question_stands_with_the_one_before(db):
    night = nights.create_night(db, NEW)
    first = sits.StoredAnswer(10, 3, 61_000, "page")
    second = sits.StoredAnswer(10, 5, 62_000, "mqtt")
    assert sits.put_answer(db, night.id, first) is None
    assert sits.put_answer(db, night.id, second) == 3
    assert sits.put_answer(db, night.id, sits.StoredAnswer(0, 1, 10, "page")) is None
    assert sits.load_answers(db, night.id) == [
        sits.StoredAnswer(0, 1, 10, "page"), sits.StoredAnswer(10, 5, 62_000, "mqtt", 3),
    ]  # fmt: skip


def test_stretches_are_replaced_as_a_whole(db):
    night = nights.create_night(db, NEW)
    sits.replace_aways(db, night.id, [Away("posture", 5, 9), Away("standing", 20, 30)])
    sits.replace_aways(db, night.id, [Away("standing", 2, 4)])
    assert sits.load_aways(db, night.id) == [Away("standing", 2, 4)]


def test_a_status_carries_the_test(db):
    test = SitStatus(state="running", night="2026-01-05-sit", answers=((0, 1), (10, 4)))
    write(db, Status(kind="sit", sit=test, updated=1.0))
    assert read(db).sit == test
    write(db, Status(updated=2.0))
    assert read(db).sit is None


def test_a_sitting_that_taught_the_bed_is_a_calibration_from_now_on(tmp_path):
    with closing(sqlite3.connect(tmp_path / "old.db", isolation_level=None)) as old:
        old.row_factory = sqlite3.Row
        migrate(old, 1)
        for number, text in enumerate(("calibrate still", "thunder", None)):
            old.execute(
                "INSERT INTO nights (name, kind, state, time_zone, boot_id, origin_monotonic_ns,"
                " scale, detector, software) VALUES (?, 'sit', 'closed', 'UTC', 'b', 0,"
                " '{}', '1', '0')",
                (f"n{number}",),
            )
            if text is not None:
                old.execute(
                    "INSERT INTO marks (night_id, tick, kind, text) VALUES (?, 5, 'mark', ?)",
                    (number + 1, text),
                )
        migrate(old)
        kinds = [row["kind"] for row in old.execute("SELECT kind FROM nights ORDER BY id")]
    assert kinds == ["calibration", "sit", "sit"]
