"""`plms score-movements`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from appliance.cli import main

ORACLE = Path(__file__).parents[1] / "data" / "oracle"


def run(*args):
    return CliRunner().invoke(main, ["score-movements", *map(str, args)])


def write(tmp_path, text):
    file = tmp_path / "cases.json"
    file.write_text(text if isinstance(text, str) else json.dumps(text))
    return file


@pytest.mark.parametrize("file", ["wasm2016_unit_cases.json", "wasm2016_random_nights.json"])
@pytest.mark.parametrize(
    ("options", "key"),
    [
        ([], "expected_resp_-2_+10.25"),
        (["--rules", "wasm2016", "--resp-window", "+-0.5"], "expected_resp_+-0.5"),
    ],
)
def test_prints_the_reference_scorers_answers(file, options, key):
    result = run(ORACLE / file, "--json", *options)
    assert (result.exit_code, result.stderr) == (0, "")
    cases = json.loads((ORACLE / file).read_text())
    scored = json.loads(result.stdout)
    assert [one["name"] for one in scored] == [case["name"] for case in cases]
    for one, case in zip(scored, cases, strict=True):
        assert list(one) == ["name", "events", "counts", "per_hour"]
        if case[key] is None:
            assert one["counts"]["PLM"]["TIB"] == 0
        else:
            assert {k: one[k] for k in list(one)[1:]} == {k: case[key][k] for k in list(one)[1:]}


def test_takes_one_case_as_well_as_a_list(tmp_path):
    case = {"lms": [[100 + 20 * i, 2, "L"] for i in range(4)], "stages": [["N2", 0, 3600]]}
    result = run(write(tmp_path, case))
    assert result.stdout == "0: 4 CLM, 4 PLM, 4.0 per hour in bed\n"
    assert len(json.loads(run(write(tmp_path, [case, case]), "--json").stdout)) == 2


def test_says_that_the_time_in_bed_is_unknown(tmp_path):
    result = run(write(tmp_path, {"name": "x", "lms": []}))
    assert result.stdout == "x: 0 CLM, 0 PLM, time in bed unknown\n"


def test_rule_sets_differ(tmp_path):
    onsets = [100, 120, 140, 145, 165, 185, 205]
    file = write(tmp_path, {"lms": [[o, 2, "L"] for o in onsets]})
    plm = {
        name: json.loads(run(file, "--json", "--rules", name).stdout)[0]["counts"]["PLM"]["TIB"]
        for name in ("wasm2016", "wasm2016-strict", "aasm")
    }
    assert plm == {"wasm2016": 4.0, "wasm2016-strict": 0.0, "aasm": 7.0}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON of cases: nested too deeply"),
        (
            '[{"lms": [[1, NaN, "L"]]}]',
            "case 0: lms row 0: duration nan is not a number of seconds",
        ),
        ([{"lms": [[1, -1, "L"]]}], "case 0: lms row 0: duration -1 s is negative"),
        ([{"lms": []}, 3], "case 1: not an object"),
    ],
)
def test_bad_input_is_one_line_with_file_and_row(tmp_path, text, message):
    file = write(tmp_path, text)
    result = run(file, "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f"Error: {file}: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_missing_file_is_named(tmp_path):
    result = run(tmp_path / "none.json")
    assert result.exit_code == 1
    assert "none.json: No such file" in result.stderr


def test_an_unknown_rule_set_is_wrong_usage(tmp_path):
    assert run(write(tmp_path, []), "--rules", "x").exit_code == 2
