"""An evening test for other software: every form of export, and back again."""

import csv
import io
import json
import zipfile

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from appliance.cli import main
from appliance.edf.annotations import Annotation
from appliance.export import answers_csv, edf, movements_csv, night_json, zip_bytes
from appliance.replay import score_recording
from appliance.sit.annotations import TITLE, read_sit, sit_annotations
from appliance.sit.summary import sit_lines
from appliance.sitdata import sit_score
from appliance.store import nights, sits
from detect.rules import WASM2016
from detect.sit import Away, SitAnswer, SitInput
from detect.sitjson import sit_to_json
from detect.sitscore import score_sit
from tests.appliance.record.rig import Rig
from tests.appliance.sit.legs import restless, tilted
from tests.appliance.sit.test_evening import ask, quiet_rig


@pytest.fixture(scope="module")
def tested(tmp_path_factory):
    """A guided test of 25 minutes in which a leg was drawn up, two answers given."""
    samples = restless(minutes=30).copy()
    samples[:4000] = tilted(samples[:4000], 80)
    samples[90_000:96_000] = tilted(samples[90_000:96_000], 60, legs=(6,))
    state_dir = tmp_path_factory.mktemp("tested") / "state"
    rig = quiet_rig(lambda samples, **changes: Rig(state_dir, samples, **changes), samples)
    ask(rig, "sit_start")
    rig.run(10)
    ask(rig, "sit_next")
    rig.run(60)
    assert rig.recorder.phase == "recording"
    ask(rig, "sit_answer", discomfort=3)
    rig.run(1440)
    ask(rig, "sit_answer", discomfort=7)
    ask(rig, "sit_stop")
    return rig, nights.last_closed_sit(rig.hands)


def written(rig, night, folder):
    file = folder / f"{night.name}.edf"
    file.write_bytes(b"".join(edf(rig.hands, rig.state_dir, night)))
    return file


def test_the_exported_test_scores_to_the_same_numbers(tested, tmp_path):
    rig, night = tested
    stored = sit_score(rig.hands, night)
    assert stored.excluded_s["posture"] == pytest.approx(60, abs=2)
    assert stored.leg_movements > 20
    again = score_recording(written(rig, night, tmp_path)).score
    assert sit_to_json(again) == sit_to_json(stored)
    assert again == stored


def test_a_test_can_be_scored_as_a_night_when_asked_to(tested, tmp_path):
    rig, night = tested
    scored = score_recording(written(rig, night, tmp_path), WASM2016)
    assert scored.score.rules == "wasm2016"
    assert "plmi_tib" in scored.to_json()["indices"]


def test_the_command_scores_by_the_recordings_kind(tested, tmp_path):
    rig, night = tested
    file = str(written(rig, night, tmp_path))
    body = json.loads(CliRunner().invoke(main, ["score", file, "--json"]).stdout)
    assert (body["schema"], body["kind"]) == ("plms.night/1", "sit")
    assert body["indices"]["movements_per_counted_hour"] is not None
    assert sum(m["plm"] for m in body["movements"]) > 0
    words = CliRunner().invoke(main, ["score", file]).stdout
    assert "movements an hour" in words
    assert "ankles are not an EMG" in words
    forced = CliRunner().invoke(main, ["score", file, "--json", "--rules", "sit"]).stdout
    assert json.loads(forced) == body


def test_the_list_of_nights_tells_a_test_from_a_night(tested):
    rig, night = tested
    result = CliRunner().invoke(main, ["nights", "--state-dir", str(rig.state_dir), "--json"])
    (row,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert row["kind"] == "sit"
    assert row["plmi_tib"] is None
    assert row["movements_per_counted_hour"] > 0
    score = sit_score(rig.hands, night)
    assert (row["kicks"], row["plm"]) == (score.leg_movements, score.movements)
    assert (row["rules"], row["rules_version"]) == ("sit", score.rules_version)
    words = CliRunner().invoke(main, ["nights", "--state-dir", str(rig.state_dir)]).stdout
    assert "movements/h in the evening test" in words


def test_json_csv_and_zip_hold_the_answers(tested):
    rig, night = tested
    body = json.loads(night_json(rig.hands, night))
    assert [a["discomfort"] for a in body["indices"]["answers"]] == [3, 7]
    assert body["night"]["kind"] == "sit"
    rows = list(csv.DictReader(io.StringIO(answers_csv(rig.hands, night))))
    assert [(r["minute"], r["discomfort"], r["instead_of"]) for r in rows] == [
        ("0", "3", ""), ("20", "7", ""),
    ]  # fmt: skip
    assert all(row["time"].startswith("2026-01-05T23:") for row in rows)
    flags = [r["clm"] for r in csv.DictReader(io.StringIO(movements_csv(rig.hands, night)))]
    assert flags.count("1") == sit_score(rig.hands, night).leg_movements
    archive = zipfile.ZipFile(io.BytesIO(b"".join(zip_bytes(rig.hands, rig.state_dir, night))))
    assert f"{night.name}-answers.csv" in archive.namelist()
    assert f"{night.name}.edf" in archive.namelist()


def test_annotations_come_back_and_nonsense_is_passed_over():
    sit = sits.Sit(1, 360_000, ((0.1, -0.2, 0.974679), None))
    answers = [sits.StoredAnswer(0, 2, 5, "page"), sits.StoredAnswer(60, 9, 361_000, "page")]
    found = sit_annotations(sit, answers, [Away("standing", 100, 300)], 3600.0)
    back = read_sit(found)
    assert back.upright == sit.upright
    assert back.answers == (SitAnswer(0, 2), SitAnswer(60, 9))
    wrong = [Annotation(0, None, text) for text in (
        "Discomfort 11 (minute 10)", "Discomfort 4 (minute 15)", "Upright both 1 2 3", "Limb",
        "discomfort  5  (minute 10)",
    )]  # fmt: skip
    assert read_sit([*found, *wrong]).answers[1] == SitAnswer(10, 5)
    assert read_sit(wrong) is None
    assert read_sit([Annotation(0, 3600, TITLE)]).upright is None


def test_words_for_a_test_of_which_little_could_be_counted():
    text = "\n".join(sit_lines("Test", score_sit(SitInput(30_000, (), (), ()))))
    assert "no number an hour" in text
    assert "ended early 55 min" in text


@given(st.lists(st.tuples(st.floats(0, 1e5), st.text(max_size=60)), max_size=20))
def test_no_annotation_of_others_breaks_the_reading(texts):
    read_sit([Annotation(onset, None, text) for onset, text in texts])
    found = read_sit([Annotation(0.0, None, TITLE), *(Annotation(o, None, t) for o, t in texts)])
    assert all(0 <= a.discomfort <= 10 for a in found.answers)


@given(st.integers(0, 10), st.sampled_from(range(0, 61, 10)), st.floats(-1, 1))
def test_what_is_written_is_read(discomfort, minute, x):
    sit = sits.Sit(1, 360_000, ((round(x, 6), 0.25, -0.125), None))
    given_answer = sits.StoredAnswer(minute, discomfort, 1, "page")
    back = read_sit(sit_annotations(sit, [given_answer], [], 1.0))
    assert back.answers == (SitAnswer(minute, discomfort),)
    assert back.upright == sit.upright
