"""Backups, restores, and databases that were damaged."""

import errno
import os
import sqlite3
import threading
from contextlib import closing

import pytest
from click.testing import CliRunner

from appliance.cli import main
from appliance.record.lock import LockedError, StateLock
from appliance.store import movements, nights, settings
from appliance.store.backup import KEPT_COPY, check_copy, make_backup, restore_backup
from appliance.store.connect import DatabaseError, database_path, open_database
from appliance.store.repair import check_database
from tests.appliance.store.test_store import NEW, leg


def fill(state_dir, count=300, nights_count=1):
    with closing(open_database(state_dir)) as db:
        for number in range(nights_count):
            values = {f: getattr(NEW, f) for f in NEW.__slots__} | {"name": f"n{number}"}
            night = nights.create_night(db, nights.NewNight(**values))
            movements.add_movements(db, night.id, [leg(i * 2000) for i in range(count)], 0)
            nights.close_night(db, night.id, count * 2000, "page")


def count_movements(state_dir):
    with closing(open_database(state_dir, readonly=True)) as db:
        return [(n.name, len(movements.load_movements(db, n.id))) for n in nights.list_nights(db)]


def test_a_backup_made_while_somebody_writes_is_sound(tmp_path):
    fill(tmp_path / "state")
    stop = threading.Event()

    def write():
        with closing(open_database(tmp_path / "state")) as db:
            number = 1000
            while not stop.is_set():
                movements.add_movements(db, 1, [leg(number)], number)
                number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for i in range(5):
            assert make_backup(tmp_path / "state", tmp_path / f"{i}.db") == 1
    finally:
        stop.set()
        writer.join()
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "0.db",
        "1.db",
        "2.db",
        "3.db",
        "4.db",
        "state",
    ]
    restore_backup(tmp_path / "other", tmp_path / "4.db")
    ((_, count),) = count_movements(tmp_path / "other")
    assert count >= 300


@pytest.mark.parametrize(
    "name", ["plms.db", "plms.db-wal", "plms.db-shm", "record.lock", "recordings/n0.db"]
)
def test_a_backup_never_takes_the_place_of_a_file_of_the_device(tmp_path, name):
    state = tmp_path / "state"
    fill(state, 5)
    (state / "recordings").mkdir()
    (state / "recordings" / "n0.db").write_bytes(b"raw")
    (state / "record.lock").write_text("1")
    with closing(open_database(state)) as recorder:
        before = database_path(state).stat().st_ino
        for target in (state / name, tmp_path / "state" / ".." / "state" / name):
            result = CliRunner().invoke(main, ["backup", str(target), "--state-dir", str(state)])
            assert result.exit_code == 1
            assert f"{target}: is in use" in result.output
        settings.put(recorder, "later", 1, 1.0)
    with closing(open_database(state, readonly=True)) as db:
        assert settings.get(db, "later") == 1
    assert database_path(state).stat().st_ino == before
    assert (state / "recordings" / "n0.db").read_bytes() == b"raw"


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_backup_to_a_link_to_the_database_is_refused(tmp_path, link):
    fill(tmp_path / "state", 5)
    link(database_path(tmp_path / "state"), tmp_path / "usb.db")
    with pytest.raises(DatabaseError, match="is in use"):
        make_backup(tmp_path / "state", tmp_path / "usb.db")
    assert count_movements(tmp_path / "state") == [("n0", 5)]


def test_an_earlier_backup_is_replaced_wherever_it_is(tmp_path):
    fill(tmp_path / "state", 5)
    for file in (tmp_path / "state" / "mine.db", tmp_path / "mine.db"):
        assert [make_backup(tmp_path / "state", file) for _ in range(2)] == [1, 1]


def test_a_restore_brings_everything_back_and_keeps_what_was_there(tmp_path):
    fill(tmp_path / "state", 10)
    make_backup(tmp_path / "state", tmp_path / "b.db")
    with closing(open_database(tmp_path / "state")) as db:
        nights.delete_night(db, "n0", tmp_path / "state")
        settings.put(db, "later", 1, 1.0)
    reader = open_database(tmp_path / "state", readonly=True)
    assert restore_backup(tmp_path / "state", tmp_path / "b.db") == 1
    assert count_movements(tmp_path / "state") == [("n0", 10)]
    assert [n.name for n in nights.list_nights(reader)] == ["n0"]  # an open page sees it
    assert settings.get(reader, "later") is None
    reader.close()
    assert check_copy(tmp_path / "state" / KEPT_COPY) == 0


def sabotaged(tmp_path, how):
    path = tmp_path / "bad.db"
    if how == "text":
        path.write_text("hello")
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "foreign":
        with closing(sqlite3.connect(path)) as db:
            db.execute("CREATE TABLE nights (id)")
    elif how != "missing":
        fill(tmp_path / "source", 400)
        make_backup(tmp_path / "source", path)
        if how == "newer":
            with closing(sqlite3.connect(path)) as db:
                db.execute("PRAGMA user_version = 99")
        elif how == "truncated":
            os.truncate(path, path.stat().st_size * 2 // 3)
        elif how == "overwritten":
            with path.open("r+b") as file:
                file.seek(20_000)
                file.write(b"\xff" * 9000)
    return path


@pytest.mark.parametrize(
    "how", ["text", "empty", "foreign", "newer", "truncated", "overwritten", "missing"]
)
def test_a_bad_backup_is_refused_and_nothing_is_touched(tmp_path, how):
    fill(tmp_path / "state", 5)
    before = database_path(tmp_path / "state").read_bytes()
    names = sorted(p.name for p in (tmp_path / "state").iterdir())
    path = sabotaged(tmp_path, how)
    with pytest.raises(DatabaseError, match=r"bad\.db"):
        restore_backup(tmp_path / "state", path)
    assert database_path(tmp_path / "state").read_bytes() == before
    assert sorted(p.name for p in (tmp_path / "state").iterdir()) == names
    result = CliRunner().invoke(main, ["restore", str(path), "--state-dir", str(tmp_path / "none")])
    assert result.exit_code == 1
    assert "bad.db" in result.output
    assert not (tmp_path / "none").exists()


def test_a_running_recorder_is_not_overwritten(tmp_path):
    fill(tmp_path / "state", 5)
    make_backup(tmp_path / "state", tmp_path / "b.db")
    lock = StateLock(tmp_path / "state")
    with pytest.raises(LockedError, match=f"process {os.getpid()}"):
        StateLock(tmp_path / "state")
    result = CliRunner().invoke(
        main, ["restore", str(tmp_path / "b.db"), "--state-dir", str(tmp_path / "state")]
    )
    lock.close()
    assert result.exit_code == 1
    assert str(os.getpid()) in result.output
    StateLock(tmp_path / "state").close()


def test_a_restore_without_room_names_both_ends(tmp_path, monkeypatch):
    fill(tmp_path / "state", 5)
    make_backup(tmp_path / "state", tmp_path / "b.db")

    def no_room(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.pwrite", no_room)  # the lock's note of who holds it
    monkeypatch.setattr("appliance.store.backup._copy", no_room)
    result = CliRunner().invoke(
        main, ["restore", str(tmp_path / "b.db"), "--state-dir", str(tmp_path / "state")]
    )
    assert result.exit_code == 1
    said = f"{tmp_path / 'b.db'}: cannot be restored to {tmp_path / 'state'}: "
    assert result.stderr.startswith(f"Error: {said}")
    assert "No space left" in result.stderr


def test_a_backup_to_an_unwritable_place_is_named(tmp_path):
    fill(tmp_path / "state", 5)
    with pytest.raises(DatabaseError, match="nowhere"):
        make_backup(tmp_path / "state", tmp_path / "nowhere" / "b.db")


# -- damage ----------------------------------------------------------------------------------


def test_a_sound_database_is_left_alone(tmp_path):
    assert check_database(tmp_path) is None
    fill(tmp_path, 5)
    assert check_database(tmp_path) is None
    assert count_movements(tmp_path) == [("n0", 5)]


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_database_is_set_aside_and_what_can_be_read_is_saved(tmp_path, seed):
    fill(tmp_path, 600, nights_count=8)
    path = database_path(tmp_path)
    size = path.stat().st_size
    with path.open("r+b") as file:  # a card that forgot a few blocks in the middle
        for k in range(3):
            file.seek(size * (seed + 2 * k + 3) // 14 // 1024 * 1024)
            file.write(b"\xa5" * 1024)
    sentence = check_database(tmp_path)
    assert sentence is not None
    assert "damaged-1" in sentence
    assert (tmp_path / "plms.db.damaged-1").exists()
    saved = dict(count_movements(tmp_path))
    assert set(saved) <= {f"n{i}" for i in range(8)}
    assert sum(saved.values()) >= 2400
    assert check_database(tmp_path) is None


def test_a_database_beyond_saving_makes_way_for_an_empty_one(tmp_path):
    fill(tmp_path, 5)
    database_path(tmp_path).write_bytes(b"\x00" * 50_000)
    for suffix in ("-wal", "-shm"):
        (tmp_path / f"plms.db{suffix}").unlink(missing_ok=True)
    assert "0 nights were saved" in check_database(tmp_path)
    assert count_movements(tmp_path) == []
