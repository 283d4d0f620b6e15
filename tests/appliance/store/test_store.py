"""The tables: what goes in comes out, and what must not happen does not."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.config import Config, ConfigError, Device, Mqtt, Night
from appliance.settings import config_with, effective_config
from appliance.store import (
    anchors,
    calibrations,
    commands,
    diary,
    epochs,
    faults,
    gaps,
    marks,
    movements,
    nights,
    outbox,
    settings,
    snapshots,
    status,
)
from appliance.store.connect import (
    DatabaseError,
    database_path,
    migrate,
    migrations,
    open_database,
    schema_version,
    transaction,
)
from detect.movement import Epoch, Evidence, Gap, Movement, Part
from drivers.channels import NightScale, PhysicalRange
from tests.appliance.store.new_night import NEW


@pytest.fixture
def db(tmp_path):
    with closing(open_database(tmp_path / "state")) as db:
        yield db


@pytest.fixture
def night(db):
    return nights.create_night(db, NEW)


# -- opening ---------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [version for version, _ in migrations()])
def test_every_earlier_version_is_brought_up_to_date(tmp_path, version):
    with closing(open_database(tmp_path / "fresh")) as fresh:
        wanted = fresh.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    with closing(sqlite3.connect(tmp_path / "old.db", isolation_level=None)) as old:
        migrate(old, version)
        assert old.execute("PRAGMA user_version").fetchone()[0] == version
        migrate(old)
        assert old.execute("PRAGMA user_version").fetchone()[0] == schema_version()
        rows = old.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    assert [tuple(row) for row in rows] == [tuple(row) for row in wanted]


def test_a_step_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    steps = [
        *migrations(),
        (schema_version() + 1, "CREATE TABLE a (x);\nCREATE TABLE nights (x);\n"),
    ]
    with closing(open_database(tmp_path)) as db:
        monkeypatch.setattr("appliance.store.connect.migrations", lambda: steps)
        with pytest.raises(sqlite3.OperationalError, match="nights"):
            migrate(db)
        assert db.execute("PRAGMA user_version").fetchone()[0] == schema_version() - 1
        assert db.execute("SELECT name FROM sqlite_master WHERE name = 'a'").fetchone() is None


@pytest.mark.parametrize(
    ("sabotage", "message"),
    [
        ("PRAGMA user_version = 99", "schema 99"),
        ("PRAGMA application_id = 1", "not a database of this software"),
    ],
)
def test_a_newer_or_foreign_database_is_refused_by_name(tmp_path, sabotage, message):
    open_database(tmp_path).close()
    with closing(sqlite3.connect(database_path(tmp_path))) as db:
        db.execute(sabotage)
    with pytest.raises(DatabaseError, match=message) as caught:
        open_database(tmp_path)
    assert str(database_path(tmp_path)) in str(caught.value)


def test_a_file_that_is_no_database_is_refused_by_name(tmp_path):
    database_path(tmp_path).write_bytes(b"not a database at all, but long enough " * 100)
    with pytest.raises(DatabaseError, match=r"plms\.db: file is not a database"):
        open_database(tmp_path)


def test_readonly_makes_nothing_and_writes_nothing(tmp_path):
    with pytest.raises(DatabaseError, match="no database yet"):
        open_database(tmp_path / "none", readonly=True)
    assert not (tmp_path / "none").exists()
    open_database(tmp_path).close()
    with closing(open_database(tmp_path, readonly=True)) as db:
        assert nights.list_nights(db) == []
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            nights.create_night(db, NEW)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseError, match="file/state"):
        open_database(tmp_path / "file" / "state")


def test_a_transaction_is_whole_or_nothing(db):
    def fail_within():
        with transaction(db):
            nights.create_night(db, NEW)
            with transaction(db):
                outbox.add_event(db, "x", {}, created_utc=1.0, expires_utc=None)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_within()
    assert nights.list_nights(db) == []
    assert outbox.pending(db) == []


# -- nights ----------------------------------------------------------------------------------


def test_a_night_comes_back_as_it_was_stored(db):
    odd = NightScale(PhysicalRange(-1.5, 1.25), PhysicalRange(-7, 7.5), PhysicalRange(-0.1, 0.3))
    made = nights.create_night(db, replace(NEW, scale=odd, private=True, recording="a.db"))
    assert nights.find_night(db, NEW.name) == made == nights.current_night(db)
    assert made.scale == odd
    assert (made.private, made.state, made.end_tick) == (True, "recording", 0)
    nights.set_lights(db, made.id, 5, None)
    nights.close_night(db, made.id, 600, "page")
    closed = nights.find_night(db, NEW.name)
    assert (closed.state, closed.end_tick, closed.end_reason) == ("closed", 600, "page")
    assert (closed.lights_off_tick, closed.lights_on_tick) == (5, None)
    assert nights.current_night(db) is None
    assert nights.last_closed_night(db) == closed


def test_no_two_nights_have_one_name(db, night):
    with pytest.raises(sqlite3.IntegrityError):
        nights.create_night(db, NEW)


def test_a_name_with_odd_characters_is_only_a_name(db):
    name = "'; DROP TABLE nights; -- ☃ ../../etc"
    nights.create_night(db, replace(NEW, name=name))
    assert nights.find_night(db, name).name == name
    assert nights.find_night(db, "%") is None


def test_deleting_a_night_leaves_no_trace_of_it(db, tmp_path):
    night = nights.create_night(db, replace(NEW, recording="2026-01-05.db"))
    secret = "Kniegelenk-Geheimnis"
    marks.add_mark(db, night.id, marks.Mark(5, "mark", secret))
    outbox.add_event(
        db, "limb_movement", {"night": night.name, "x": secret}, created_utc=1.0, expires_utc=None
    )
    faults.open_fault(db, "left", "lost", secret, night_id=night.id, started_utc=1.0)
    recordings = tmp_path / "state" / "recordings"
    recordings.mkdir()
    for suffix in ("", "-journal"):
        (recordings / f"2026-01-05.db{suffix}").write_text(secret)
    assert not nights.delete_night(db, night.name, tmp_path / "state")  # it is running
    nights.close_night(db, night.id, 100, "page")
    assert nights.delete_night(db, night.name, tmp_path / "state")
    assert not nights.delete_night(db, night.name, tmp_path / "state")
    assert list(recordings.iterdir()) == []
    for file in (tmp_path / "state").glob("plms.db*"):
        assert secret.encode() not in file.read_bytes()


# -- movements -------------------------------------------------------------------------------

TICKS = st.integers(0, 4_000_000)
NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False, width=64)


@st.composite
def one_movement(draw):
    onset = draw(TICKS)
    return Movement(
        onset,
        onset + draw(st.integers(1, 5000)),
        draw(st.sampled_from(["leg", "jerk", "body", "bed", "walk"])),
        draw(st.sampled_from([None, "left", "right", "both"])),
        draw(st.sampled_from(["patient", "partner", "both", "unsure"])),
        draw(NUMBERS),
        draw(NUMBERS),
        draw(NUMBERS),
        tuple(
            Part(side, first, first + 50)
            for side, first in draw(
                st.lists(st.tuples(st.sampled_from(["left", "right"]), TICKS), max_size=4)
            )
        ),
        Evidence(*(draw(NUMBERS) for _ in range(5))),
        draw(st.none() | st.text()),
    )


@pytest.fixture(scope="module")
def roomy(tmp_path_factory):
    with closing(open_database(tmp_path_factory.mktemp("roomy"))) as db:
        db.execute("PRAGMA synchronous = OFF")
        yield db


@given(st.lists(one_movement(), max_size=8))
def test_movements_come_back_bit_by_bit_and_by_onset(roomy, made):
    with transaction(roomy):
        db = roomy
        name = f"n{len(nights.list_nights(db))}"
        night = nights.create_night(db, replace(NEW, name=name))
        movements.add_movements(db, night.id, made, 0)
        assert movements.next_seq(db, night.id) == len(made)
        assert movements.load_movements(db, night.id) == sorted(made, key=lambda m: m.onset_tick)


def leg(onset):
    return Movement(onset, onset + 100, "leg", "left", "patient", 0.99, 500.0, 80.0)


def test_a_movement_is_never_stored_twice(db, night):
    movements.add_movements(db, night.id, [leg(1), leg(2)], 0)
    with pytest.raises(sqlite3.IntegrityError):
        movements.add_movements(db, night.id, [leg(3), leg(4)], 1)
    assert len(movements.load_movements(db, night.id)) == 2


def test_corrections_are_kept_beside_the_detectors_word(db, night):
    movements.add_movements(db, night.id, [leg(1), leg(2)], 0)
    movements.set_correction(db, night.id, 1, "partner", 1.0)
    movements.set_correction(db, night.id, 1, "nobody", 2.0)
    assert movements.load_corrections(db, night.id) == {1: "nobody"}
    movements.set_correction(db, night.id, 1, None, 3.0)
    assert movements.load_corrections(db, night.id) == {}
    with pytest.raises(ValueError, match="cat"):
        movements.set_correction(db, night.id, 1, "cat", 1.0)
    with pytest.raises(ValueError, match="7"):
        movements.set_correction(db, night.id, 7, "partner", 1.0)
    assert [m.owner for m in movements.load_movements(db, night.id)] == ["patient", "patient"]


# -- the smaller tables ----------------------------------------------------------------------


def test_epochs_gaps_and_marks_come_back_in_order(db, night):
    made = [Epoch(i, 1.5, 0.25, None if i else 30.0, 30.0, 29.99, 0.0, None) for i in (2, 0, 1)]
    epochs.add_epochs(db, night.id, made)
    epochs.add_epochs(db, night.id, [made[0]._replace(patient_moving_s=9.0)])  # a replay's
    assert epochs.load_epochs(db, night.id) == sorted(made, key=lambda e: e.index)
    gaps.add_gaps(db, night.id, [Gap("strip", 50, 60), Gap("left", 5, 9)])
    gaps.add_gaps(db, night.id, [Gap("left", 5, 20), Gap("strip", 50, 55)])
    assert gaps.load_gaps(db, night.id) == [Gap("left", 5, 20), Gap("strip", 50, 60)]
    marks.add_mark(db, night.id, marks.Mark(9, "mark", "x" * 9999))
    marks.add_mark(db, night.id, marks.Mark(3, "lights_off"))
    assert [(m.tick, m.kind, len(m.text or "")) for m in marks.load_marks(db, night.id)] == [
        (3, "lights_off", 0),
        (9, "mark", marks.TEXT_MAX),
    ]


def test_events_leave_the_outbox_in_order_and_no_number_comes_twice(db):
    made = [
        outbox.add_event(db, "x", {"n": n}, created_utc=1000.0 + n / 10, expires_utc=None)
        for n in range(5)
    ]
    assert [e.payload["n"] for e in outbox.pending(db, 3)] == [0, 1, 2]
    outbox.delete(db, made)
    assert outbox.pending(db) == []
    again = outbox.add_event(db, "x", {}, created_utc=2000.0, expires_utc=3000.0)
    assert again > max(made)
    back = outbox.add_event(db, "x", {}, created_utc=1.0, expires_utc=3000.0)  # the clock went back
    assert back > again
    assert outbox.trim(db, 3001.0) == 2


def test_an_outbox_that_nobody_empties_keeps_the_newest(db, monkeypatch):
    monkeypatch.setattr(outbox, "KEPT_EVENTS", 3)
    for n in range(7):
        outbox.add_event(db, "x", {"n": n}, created_utc=float(n), expires_utc=None)
    outbox.trim(db, 0.0)
    assert [e.payload["n"] for e in outbox.pending(db)] == [4, 5, 6]


def test_a_command_waits_until_it_is_finished(db):
    number = commands.submit(db, "mark", {"text": "ü"}, "mqtt", 10.0)
    (waiting,) = commands.take_pending(db)
    assert (waiting.id, waiting.verb, waiting.args, waiting.ok) == (
        number,
        "mark",
        {"text": "ü"},
        None,
    )
    commands.finish(db, number, ok=False, result="no night is running", done_utc=11.0)
    assert commands.take_pending(db) == []
    assert commands.get(db, number).ok is False
    commands.trim(db, 11.0 + commands.KEPT_S + 1)
    assert commands.get(db, number) is None


def test_a_fault_is_open_once_until_it_is_cleared(db, night):
    first = faults.open_fault(db, "left", "lost", "gone", night_id=night.id, started_utc=1.0)
    assert faults.open_fault(db, "left", "lost", "gone", night_id=None, started_utc=2.0) is None
    faults.open_fault(db, "disk", "disk_full", "full", night_id=None, started_utc=None)
    assert [f.device for f in faults.open_faults(db)] == ["left", "disk"]
    assert [f.id for f in faults.clear_fault(db, "left", None, 5.0)] == [first]
    assert [f.device for f in faults.open_faults(db)] == ["disk"]
    assert [f.cleared_utc for f in faults.night_faults(db, night.id)] == [5.0]


def test_status_settings_diary_snapshots_and_calibrations(db, night):
    assert status.read(db) is None
    said = status.Status(phase="recording", night="x", sensors={"left": "lost"}, updated=5.5)
    status.write(db, said)
    assert status.read(db) == said
    settings.put(db, "web.password_hash", "x", 1.0)
    settings.put(db, "a", [1, None], 1.0)
    settings.delete(db, "web.password_hash")
    assert settings.load_all(db) == {"a": [1, None]}
    assert settings.get(db, "b", 3) == 3
    diary.put(db, "2026-01-05", "evening", {"coffee": 2}, 1.0)
    diary.put(db, "2026-01-05", "morning", {"rest": 4}, 2.0)
    assert diary.get(db, "2026-01-05") == {"evening": {"coffee": 2}, "morning": {"rest": 4}}
    assert diary.get(db, "2026-01-06") == {"evening": {}, "morning": {}}
    assert diary.dates(db) == ["2026-01-05"]
    diary.delete(db, "2026-01-05")
    assert diary.dates(db) == []
    with pytest.raises(ValueError, match="noon"):
        diary.put(db, "2026-01-05", "noon", {}, 1.0)
    kept = snapshots.Snapshot(700, "1", bytes(range(256)) * 40)
    snapshots.put(db, night.id, snapshots.Snapshot(5, "0", b""))
    snapshots.put(db, night.id, kept)
    assert snapshots.get(db, night.id) == kept
    snapshots.delete(db, night.id)
    assert snapshots.get(db, night.id) is None
    assert calibrations.newest(db) is None
    calibrations.add(db, {"lag_ms": 1}, 1.0)
    number = calibrations.add(db, {"lag_ms": 2}, 2.0)
    assert calibrations.newest(db) == (number, 2.0, {"lag_ms": 2})
    assert calibrations.get(db, number - 1) == {"lag_ms": 1}


def test_settings_are_layered_over_the_file_and_bad_ones_left_out(db):
    settings.put(db, "night.auto_end", False, 1.0)
    settings.put(db, "night.auto_end_at_h", 77, 1.0)
    settings.put(db, "web.password_hash", "secret", 1.0)
    config = effective_config(db, Config())
    assert config.night.auto_end is False
    assert config.night.auto_end_at_h == Config().night.auto_end_at_h
    with pytest.raises(ConfigError, match=r"night\.colour"):
        config_with(Config(), {"night.colour": 1})
    with pytest.raises(ConfigError, match="auto_end_at_h"):
        config_with(Config(), {"night.auto_end_at_h": 77})


@pytest.mark.parametrize("odd", [("device.time_zone", "Mars/X"), ("night.auto_end_at_h", 77)])
def test_a_device_with_an_odd_stored_setting_starts_with_all_the_others(db, odd):
    settings.put(db, *odd, 1.0)
    settings.put(db, "mqtt.enabled", True, 1.0)
    settings.put(db, "mqtt.host", "broker", 1.0)
    settings.put(db, "night.private", True, 1.0)
    config = effective_config(db, Config(mqtt=Mqtt(host="")))
    assert (config.mqtt.enabled, config.mqtt.host, config.night.private) == (True, "broker", True)
    assert (config.device, config.night.auto_end_at_h) == (Device(), Night().auto_end_at_h)


def test_mqtt_that_was_stored_without_a_host_goes_to_the_files(db):
    settings.put(db, "mqtt.enabled", True, 1.0)
    settings.put(db, "mqtt.host", "", 1.0)
    assert effective_config(db, Config()).mqtt == Mqtt(enabled=True)


# -- wall time -------------------------------------------------------------------------------


def anchor(tick, utc, synchronised=True, boot="a"):
    return anchors.Anchor(tick, boot, tick * 10_000_000, utc, synchronised)


T = 1_767_650_400.0


@pytest.mark.parametrize(
    ("known", "tick", "utc"),
    [
        ([], 0, None),
        ([anchor(0, T)], 1234, T + 12.34),
        # the clock was set at tick 6000: it corrects what came before, too
        ([anchor(0, 0.0, False), anchor(6000, T + 60)], 0, T),
        # never set
        ([anchor(0, 5.0, False)], 100, None),
        # never synchronised, but plausible: the last word counts
        ([anchor(0, T, False), anchor(100, T + 100, False)], 0, T + 99.0),
        # a second boot that is not synchronised yet keeps to itself
        ([anchor(0, T), anchor(9000, T + 500, False, "b")], 9100, T + 501.0),
        ([anchor(0, T), anchor(9000, T + 500, True, "b")], 8999, T + 89.99),
        # an NTP step of -2 s after an hour: the nearest anchor counts
        ([anchor(0, T), anchor(360_000, T + 3598)], 350_000, T + 3498.0),
    ],
)
def test_the_wall_time_of_a_tick(known, tick, utc):
    found = anchors.utc_by_anchors(known, tick)
    assert found == (None if utc is None else pytest.approx(utc, abs=1e-6))


def test_the_number_of_a_deleted_night_is_never_given_again(db, night, tmp_path):
    nights.close_night(db, night.id, 100, "page")
    assert nights.delete_night(db, night.name, tmp_path)
    again = nights.create_night(db, NEW)
    assert again.name == night.name
    assert again.id > night.id, "events of both nights would carry the same ids"
