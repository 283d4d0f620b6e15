"""`plms score`, `export` and `nights` as a person calls them."""

import csv
import io
import json
import os
import re
import resource
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from appliance.cli import main
from appliance.cohort import maker
from appliance.nightdata import night_score
from appliance.nightjson import movement_from_json
from appliance.replay import score_recording
from appliance.store import movements, nights
from appliance.store.connect import open_database
from detect.rules import WASM2016
from tests.appliance.edf.test_edf import written
from tests.appliance.record.rig import Rig, bed_samples

KEYS = {
    "onset_s", "duration_s", "kind", "side", "owner", "p_patient", "peak_mg", "peak_dps", "parts",
    "clm", "plm", "series", "evidence",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("score")
    for name, first in (("a", 0), ("b", 60_000)):
        written(folder / f"{name}.edf", bed_samples()[first : first + 60_000], [])
    (folder / "broken.edf").write_bytes((folder / "a.edf").read_bytes()[:-999])
    return folder


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    rig = Rig(tmp_path_factory.mktemp("export") / "state", bed_samples())
    rig.recorder.begin(reason="page")
    rig.run(1000)
    rig.recorder.end("page")
    rig.crash()
    return rig.state_dir


def plms(*args):
    return CliRunner().invoke(main, [str(a) for a in args])


def test_the_object_of_a_night_is_as_the_contract_says(folder):
    result = plms("score", folder / "b.edf", "--json")
    assert result.exit_code == 0
    (line,) = result.stdout.splitlines()
    night = json.loads(line)
    assert list(night) == [
        "schema", "source", "start", "duration_s", "usable_s", "movements", "indices",
        "detector",
    ]  # fmt: skip
    assert night["schema"] == "plms.night/1"
    assert night["start"] == "2026-01-05T23:00:00"
    assert night["duration_s"] == 600.0
    assert set(night["usable_s"]) == {"left", "right", "strip"}
    assert len(night["movements"]) > 10
    assert all(set(m) == KEYS for m in night["movements"])
    onsets = [m["onset_s"] for m in night["movements"]]
    assert onsets == sorted(onsets)
    assert {"rules", "plmi_tib", "plmi_tib_low", "plmi_tib_high"} <= set(night["indices"])
    found = score_recording(folder / "b.edf").found.movements
    back = [movement_from_json(m) for m in night["movements"]]
    assert [repr(m) for m in back] == [repr(m._replace(note=None)) for m in found]


def test_a_broken_file_stops_nothing_and_is_named_at_the_end(folder):
    files = [folder / f"{name}.edf" for name in ("broken", "a", "none", "b")]
    result = plms("score", *files, "--json", "--jobs", 2)
    assert result.exit_code == 1
    sources = {json.loads(line)["source"] for line in result.stdout.splitlines()}
    assert sources == {str(folder / "a.edf"), str(folder / "b.edf")}
    assert "broken.edf: truncated" in result.stderr
    assert "none.edf: cannot be read" in result.stderr
    assert re.search(r"^2 recordings in .* a second in 2 processes$", result.stderr, re.MULTILINE)
    assert result.stderr.splitlines()[-1] == "Error: 2 of 4 recordings could not be scored"


def test_a_cohort_goes_on_where_it_was_interrupted(folder, tmp_path):
    out = tmp_path / "out.jsonl"
    assert plms("score", folder / "a.edf", "--out", out).exit_code == 0
    first = out.read_bytes()
    out.write_bytes(first + b'{"schema": "plms.night/1", "sou')  # killed within a line
    result = plms("score", folder / "a.edf", folder / "b.edf", "--out", out)
    assert result.exit_code == 0
    assert "1 of 2 are in" in result.stderr
    assert out.read_bytes().startswith(first)
    sources = [json.loads(line)["source"] for line in out.read_text().splitlines()]
    assert sources == [str(folder / "a.edf"), str(folder / "b.edf")]


def makers(out):
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    return [(Path(one["source"]).stem, one["indices"]["rules"]) for one in lines]


def test_a_cohort_is_scored_again_by_other_rules_and_told_apart(folder, tmp_path):
    out, file = tmp_path / "out.jsonl", folder / "a.edf"
    assert "also holds" not in plms("score", file, "--out", out).stderr
    other = plms("score", file, "--out", out, "--rules", "aasm")
    assert "0 of 1 are in" in other.stderr
    assert f"{out} also holds lines by {maker(WASM2016)}: each line" in other.stderr
    assert makers(out) == [("a", "wasm2016"), ("a", "aasm")]
    for rules in ([], ["--rules", "wasm2016"], ["--rules", "aasm"]):
        assert "1 of 1 are in" in plms("score", file, "--out", out, *rules).stderr
    assert plms("score", file, "--out", out, "--rules", "sit").exit_code == 0
    assert "1 of 1 are in" in plms("score", file, "--out", out, "--rules", "sit").stderr
    assert makers(out) == [("a", "wasm2016"), ("a", "aasm"), ("a", "sit")]


def test_a_night_that_was_scored_as_a_test_is_still_scored_as_a_night(folder, tmp_path):
    out, file = tmp_path / "out.jsonl", folder / "a.edf"
    assert plms("score", file, "--out", out, "--rules", "sit").exit_code == 0
    assert plms("score", file, "--out", out).exit_code == 0
    assert makers(out) == [("a", "sit"), ("a", "wasm2016")]


@pytest.mark.parametrize("older", ["rules_version", "scoring_version", "detector"])
def test_a_line_of_another_version_is_not_taken_for_todays(folder, tmp_path, older):
    out, file = tmp_path / "out.jsonl", folder / "a.edf"
    assert plms("score", file, "--out", out).exit_code == 0
    line = json.loads(out.read_text())
    (line if older in line else line["indices"])[older] = "0"
    out.write_text(json.dumps(line) + "\n")
    again = plms("score", file, "--out", out)
    assert "0 of 1 are in" in again.stderr
    assert "also holds lines by wasm2016 version" in again.stderr
    assert makers(out) == [("a", "wasm2016"), ("a", "wasm2016")]


def test_a_file_that_is_no_list_of_nights_is_not_overwritten(folder, tmp_path):
    out = tmp_path / "diary.txt"
    out.write_text("dear diary\n")
    result = plms("score", folder / "a.edf", "--out", out)
    assert result.exit_code == 1
    assert "diary.txt" in result.stderr
    assert out.read_text() == "dear diary\n"


def test_words_for_people_and_unknown_rules(folder):
    result = plms("score", folder / "b.edf")
    assert result.exit_code == 0
    assert "kicks an hour in bed" in result.stdout
    refused = plms("score", folder / "b.edf", "--rules", "mine")
    assert refused.exit_code == 1
    assert "mine" in refused.stderr


@pytest.mark.parametrize("form", ["edf", "csv", "json", "zip"])
def test_every_export_is_made_and_holds_the_movements(state, tmp_path, form):
    out = tmp_path / f"out.{form}"
    result = plms("export", "last", "--state-dir", state, "--format", form, "--out", out)
    assert result.exit_code == 0, result.output
    assert [p.name for p in tmp_path.iterdir()] == [out.name]
    with closing(open_database(state, readonly=True)) as db:
        night = nights.last_closed_night(db)
        stored = movements.load_movements(db, night.id)
    if form == "edf":
        assert score_recording(out).found.movements == tuple(stored)
    elif form == "csv":
        rows = list(csv.DictReader(io.StringIO(out.read_text())))
        assert [float(r["onset_s"]) for r in rows] == [m.onset_s for m in stored]
        assert rows[0]["time"].startswith("2026-01-05T23:")
    elif form == "json":
        body = json.loads(out.read_text())
        assert body["schema"] == "plms.night/1"
        assert len(body["movements"]) == len(stored)
        assert body["start"] == "2026-01-05T23:00:00+01:00"
    else:
        with zipfile.ZipFile(out) as archive:
            assert archive.testzip() is None
            names = archive.namelist()
            archive.extract("2026-01-05.edf", tmp_path)
        assert names == [
            "README.txt", "2026-01-05-movements.csv", "2026-01-05-epochs.csv", "2026-01-05.json",
            "2026-01-05.edf",
        ]  # fmt: skip
        assert score_recording(tmp_path / "2026-01-05.edf").found.movements == tuple(stored)


def test_nights_are_listed_for_people_and_for_programs(state):
    words = plms("nights", "--state-dir", state)
    assert words.exit_code == 0
    assert "2026-01-05" in words.stdout
    assert "simulated" in words.stdout
    (line,) = plms("nights", "--state-dir", state, "--json").stdout.splitlines()
    assert (json.loads(line)["rules"], json.loads(line)["rules_version"]) == ("wasm2016", 1)
    night = json.loads(line)
    assert (night["name"], night["duration_s"], night["raw"]) == ("2026-01-05", 1000.0, True)
    with closing(open_database(state, readonly=True)) as db:
        told = night_score(db, nights.find_night(db, "2026-01-05"))
    assert (night["kicks"], night["plm"]) == (told.leg_movements, told.plm)
    assert night["kicks"] > night["plm"] > 0
    assert (told.plmi_tib is None, night["plmi_tib"], night["counted_s"]) == (False, None, 1000.0)
    assert "– periodic kicks/h" in words.stdout
    assert "only 17 min counted: too little for a number" in words.stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("export", "1999-01-01"), "there is no night '1999-01-01'"),
        (("export", "'; DROP TABLE nights; --"), "there is no night"),
        (("export", "last", "--out", "/nowhere/x.edf"), "/nowhere/x.edf"),
        (("export", "last", "--format", "xls"), "Invalid value"),
    ],
)
def test_what_cannot_be_exported_is_said(state, args, message):
    result = plms(*args, "--state-dir", state)
    assert result.exit_code == (2 if "Invalid" in message else 1)
    assert message in result.output


@pytest.mark.parametrize("command", ["nights", "export"])
def test_without_a_database_nothing_is_made(tmp_path, command):
    args = [command] + (["last"] if command == "export" else [])
    result = plms(*args, "--state-dir", tmp_path / "none")
    assert result.exit_code == 1
    assert "no database yet" in result.output
    assert not (tmp_path / "none").exists()


def test_a_night_without_raw_signals_exports_all_but_edf(state, tmp_path):
    import shutil

    copy = tmp_path / "state"
    shutil.copytree(state, copy)
    (copy / "recordings" / "2026-01-05.db").unlink()
    assert json.loads(plms("nights", "--state-dir", copy, "--json").stdout)["raw"] is False
    assert " raw" not in plms("nights", "--state-dir", copy).stdout
    result = plms("export", "last", "--state-dir", copy, "--out", tmp_path / "x.edf")
    assert result.exit_code == 1
    assert "no raw signals" in result.output
    assert not (tmp_path / "x.edf").exists()
    zipped = plms("export", "last", "--state-dir", copy, "--format", "zip", "--out", tmp_path / "z")
    assert zipped.exit_code == 0
    assert "2026-01-05-no-edf.txt" in zipfile.ZipFile(tmp_path / "z").namelist()


def test_the_recorder_refuses_in_one_line_what_it_cannot_use(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "appliance", "record", "--state-dir", str(tmp_path / "s")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.splitlines() == [result.stderr.strip()]
    assert "i2c-1" in result.stderr
    assert not (tmp_path / "s").exists()


def program(*args, **how):
    """Run `plms` in a process of its own; return its exit code and the lines on standard error."""
    command = [sys.executable, "-m", "appliance", *map(str, args)]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False, **how)
    return done.returncode, done.stderr.splitlines()


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "args", [("nights", "--json"), ("export", "last", "--out", "-", "--format", "csv")]
)
def test_a_standard_output_on_a_full_disk_is_one_line(state, args, unbuffered):
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("wb") as full:
        code, lines = program(*args, "--state-dir", state, stdout=full, env=environment)
    said = "Error: standard output: cannot be written: No space left on device"
    assert (code, lines) == (1, [said])


def test_scores_to_a_full_disk_are_one_line(folder):
    with Path("/dev/full").open("wb") as full:
        code, lines = program("score", folder / "b.edf", "--json", stdout=full)
    said = "Error: standard output: cannot be written: No space left on device"
    assert (code, lines) == (1, [said])


def test_a_reader_that_has_enough_is_no_error(state):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        assert program("nights", "--state-dir", state, stdout=pipe) == (1, [])


def little_room():
    """Let no file of this process grow beyond 40 kB; the index of an open database takes 32 KiB."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))


def test_scores_that_find_no_room_in_their_file_name_it(folder, tmp_path):
    out = tmp_path / "out.jsonl"
    line = b'{"source": "x.edf", "indices": {"rules": "aasm"}}\n'
    out.write_bytes(line * (40_000 // len(line)))
    code, lines = program("score", folder / "b.edf", "--out", out, preexec_fn=little_room)
    assert (code, lines[-1]) == (1, f"Error: {out}: cannot be written: File too large")
    assert len(lines) == 3  # before it: how many are there already, and by which rules


@pytest.mark.parametrize("name", ["plms.db", "plms.db-wal", "recordings/2026-01-05.db"])
def test_an_export_never_takes_the_place_of_the_devices_own_file(state, name):
    kept = (state / "plms.db").read_bytes()
    code, lines = program("export", "last", "--out", state / name, "--state-dir", state)
    said = f"Error: {state / name}: is in use by the device itself: choose another file"
    assert (code, lines) == (1, [said])
    assert (state / "plms.db").read_bytes() == kept


def test_an_export_that_finds_no_room_is_named_and_leaves_nothing(state, tmp_path):
    args = ("export", "last", "--out", tmp_path / "x.edf", "--state-dir", state)
    code, lines = program(*args, preexec_fn=little_room)
    assert (code, lines) == (
        1,
        [f"Error: {tmp_path / 'x.edf'}: cannot be written: File too large"],
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("demo", "--night-only", "--hours", "nan"), "'--hours': nan is not a number of hours"),
        (("record", "--simulate", "--seed", "-5"), "'--seed': -5 is not in the range"),
    ],
)
def test_numbers_that_no_night_can_have_are_wrong_usage(args, said):
    result = plms(*args)
    assert result.exit_code == 2
    assert said in result.stderr
