"""Databases that earlier versions of the software wrote, opened by this one.

`tests/data/schemas/schema-N.sql` is a database as the last software of schema N wrote it: a night
with movements of both sleepers, marks, a fault, a correction, a diary; and a nap that was running.
"""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from appliance.cli import main as plms
from appliance.nightdata import load_night_input
from appliance.store import epochs, movements, nights, packs, sits
from appliance.store.backup import check_copy, restore_backup
from appliance.store.connect import (
    DatabaseError,
    database_path,
    migrations,
    open_database,
    schema_version,
)
from appliance.store.repair import check_database
from detect.score import score_night

SCHEMAS = Path("tests/data/schemas")
EARLIER = [version for version, _ in migrations()][:-1]


def written_by(version, state_dir):
    """Put a database of an earlier schema there; return its rows by table, as lists of dicts."""
    state_dir.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(database_path(state_dir))) as db:
        db.executescript((SCHEMAS / f"schema-{version}.sql").read_text(encoding="utf-8"))
        assert db.execute("PRAGMA user_version").fetchone()[0] == version
        return rows_by_table(db)


def rows_by_table(db):
    db.row_factory = sqlite3.Row
    names = [
        row[0]
        for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if not row[0].startswith("sqlite_")
    ]
    return {name: [dict(row) for row in db.execute(f"SELECT * FROM {name}")] for name in names}


def sorted_rows(rows, columns):
    return sorted(repr([row[c] for c in columns]) for row in rows)


def test_every_earlier_schema_has_its_database():
    assert {int(re.sub(r"\D", "", p.name)) for p in SCHEMAS.iterdir()} == set(EARLIER)


@pytest.mark.parametrize("version", [*EARLIER, 99])
@pytest.mark.parametrize("command", [("nights",), ("nights", "--json"), ("export", "last")])
def test_what_only_reads_refuses_another_schema_in_one_line(tmp_path, version, command):
    written_by(min(version, EARLIER[-1]), tmp_path)
    with closing(sqlite3.connect(database_path(tmp_path))) as db:
        db.execute(f"PRAGMA user_version = {version}")
    before = database_path(tmp_path).read_bytes()
    said = CliRunner().invoke(plms, [*command, "--state-dir", str(tmp_path)])
    assert said.exit_code == 1
    assert said.output.count("\n") == 1
    assert f"has schema {version}, this software reads {schema_version()}: " in said.output
    assert database_path(tmp_path).read_bytes() == before


@pytest.mark.parametrize("version", EARLIER)
def test_no_value_of_an_earlier_database_is_lost(tmp_path, version):
    before = written_by(version, tmp_path)
    assert len(before["movements"]) == 36
    with closing(open_database(tmp_path)) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == schema_version()
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        after = rows_by_table(db)
    for table, rows in before.items():
        columns = sorted(rows[0]) if rows else []
        assert sorted_rows(after[table], columns) == sorted_rows(rows, columns), table


@pytest.mark.parametrize("version", EARLIER)
def test_a_night_of_an_earlier_schema_is_scored_and_can_be_deleted(tmp_path, version):
    before = written_by(version, tmp_path)
    with closing(open_database(tmp_path)) as db:
        night = nights.last_closed_night(db)
        assert night.name == "2026-01-05"
        stored = dict(movements.load_numbered(db, night.id))
        for row in before["movements"]:
            if row["night_id"] == night.id:
                ours = stored[row["seq"]]
                assert (ours.onset_tick, ours.end_tick) == (row["onset_tick"], row["end_tick"])
                assert [list(p) for p in ours.parts] == json.loads(row["parts"])
        count = len([e for e in before["epochs"] if e["night_id"] == night.id])
        assert [e.index for e in epochs.load_epochs(db, night.id)] == list(range(count))
        assert len(load_night_input(db, night).movements) == len(stored)
        assert (sits.find_sit(db, night.id) is not None) == (version >= 2)
        assert nights.delete_night(db, night.name, tmp_path)
        left = rows_by_table(db)
    assert {row["night_id"] for row in left["movements"]} == {2}
    assert {row["night_id"] for row in left["epochs"]} == {2}


@pytest.mark.parametrize("version", EARLIER)
def test_a_closed_night_of_an_earlier_schema_is_packed_and_scored_the_same(tmp_path, version):
    written_by(version, tmp_path)
    with closing(open_database(tmp_path)) as db:
        night = nights.last_closed_night(db)
        from_rows = score_night(load_night_input(db, night))
        assert packs.load_pack(db, night.id) is None
        assert packs.pack_missing(db) == 1
        assert packs.load_pack(db, night.id) is not None
        assert score_night(load_night_input(db, night)) == from_rows


@pytest.mark.parametrize("version", EARLIER)
def test_a_night_that_ran_when_the_software_was_updated_goes_on(tmp_path, version):
    written_by(version, tmp_path)
    with closing(open_database(tmp_path)) as db:
        running = nights.current_night(db)
        assert running.kind == "nap"
        assert movements.next_seq(db, running.id) == len(movements.load_movements(db, running.id))
        assert running.end_tick > 12_000


@pytest.mark.parametrize("version", EARLIER)
def test_a_backup_of_an_earlier_schema_is_restored(tmp_path, version):
    before = written_by(version, tmp_path / "old")
    file = database_path(tmp_path / "old").rename(tmp_path / "backup.db")
    assert check_copy(file) == 2
    assert restore_backup(tmp_path / "state", file) == 2
    with closing(open_database(tmp_path / "state")) as db:
        assert len(rows_by_table(db)["movements"]) == len(before["movements"])


@pytest.mark.parametrize("version", EARLIER)
def test_a_damaged_database_of_an_earlier_schema_is_saved_too(tmp_path, version):
    written_by(version, tmp_path)
    path = database_path(tmp_path)
    with closing(sqlite3.connect(path)) as db:
        page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'outbox'").fetchone()[0]
        size = db.execute("PRAGMA page_size").fetchone()[0]
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)
    assert "2 nights were saved" in check_database(tmp_path)
    with closing(open_database(tmp_path)) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == schema_version()
        assert len(rows_by_table(db)["movements"]) == 36
        assert (sits.find_sit(db, 1) is not None) == (version >= 2)


@pytest.mark.parametrize("version", EARLIER)
def test_a_step_that_fails_leaves_the_old_database_to_the_old_software(
    tmp_path, version, monkeypatch
):
    before = written_by(version, tmp_path)
    steps = [
        *migrations(),
        (
            schema_version() + 1,
            "DELETE FROM movements;\nDROP TABLE diary;\nDROP TABLE unheard_of;\n",
        ),
    ]
    monkeypatch.setattr("appliance.store.connect.migrations", lambda: steps)
    with pytest.raises(DatabaseError, match=r"plms\.db: no such table: unheard_of"):
        open_database(tmp_path)
    with closing(sqlite3.connect(database_path(tmp_path))) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == version
        assert rows_by_table(db) == before
