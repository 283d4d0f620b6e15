"""Random lists, made to meet every boundary, against the reference scorer's steps restated."""

import json
import os
import random
from pathlib import Path

import pytest

from detect.cases import read_case, score_case
from detect.rules import WASM2016, with_half_second_window
from tests.detect.plmscore_steps import score

CASES = int(os.environ.get("PLMS_FUZZ_CASES", "400"))
ORACLE = Path(__file__).parents[1] / "data" / "oracle"
KEYS = ("side", "n_mono", "clm", "resp", "series", "plm", "plm_nr", "arousal", "stage")
WINDOWS = [(WASM2016, -2.0, 10.25), (with_half_second_window(WASM2016), -0.5, 0.5)]
GRID = 64  # sums of 64ths are exact, so that a tie is a tie


def grid(seconds):
    return round(seconds * GRID) / GRID


def any_night(seed):
    """A list of movements and events that touch, tie, nest and repeat."""
    draw = random.Random(seed)
    style = draw.choice(["periodic", "dense", "boundary", "long", "sparse"])
    count = draw.choice([0, 1, 3, 4, 5, 12, 60, 150])
    lms, at = [], draw.choice([0, 5, 20])
    for _ in range(count):
        length = draw.choice(
            [0, 0.25, 0.5, 0.515625, 1, 2, 3.5, 9.984375, 10, 10.015625, 15, 15.25, 20]
            if style in ("boundary", "long")
            else [0.484375, 0.5, 0.75, 1, 2, 2.5, 4]
        )
        lms.append([grid(at), length, draw.choice("LR")])
        if draw.random() < 0.15:
            lms.append(list(lms[-1]))  # the same row again
        if draw.random() < 0.2:
            lms.append([grid(at), length, draw.choice("LR")])
        step = {
            "periodic": draw.choice([9.984375, 10, 20, 22.5, 30, 90, 90.015625]),
            "dense": draw.choice([0, 0.25, 0.5, 0.75, 1, 2, 5]),
            "boundary": draw.choice(
                [length, length + 0.484375, length + 0.5, length + 0.515625, 10, 90, 9.984375]
            ),
            "long": draw.choice([5, 10, 15, 40, 90]),
            "sparse": draw.uniform(5, 200),
        }[style]
        at += step
    span = max(at, 60)
    edges = [0, *(edge for o, d, _ in lms for edge in (o, o + d))]
    shifts = [0, 0.5, -0.5, 0.515625, -0.515625, 2, 2.015625, -10.25, -10.265625, 10.25]

    def events(most):
        found = []
        for _ in range(draw.randint(0, most)):
            length = draw.choice([0, 1, 3, 10, 15.5])
            edge = draw.choice(edges) + draw.choice(shifts)
            onset = edge - draw.choice([0, length])
            found.append([grid(max(onset, 0)), length])
        return found

    stages, begun = [], draw.choice([0, 7, grid(span / 3)])
    while begun < span and draw.random() < 0.97:
        length = 30 * draw.randint(1, 12)
        stages.append([draw.choice(["W", "N1", "N2", "N3", "R"]), begun, length])
        begun += length + draw.choice([0, 0, 0, 30, -30])
    draw.shuffle(lms) if draw.random() < 0.3 and len({o for o, _, _ in lms}) == len(lms) else None
    return {"lms": lms, "resp": events(12), "arousal": events(12), "stages": stages}


def differences(case):
    found = []
    for rules, low, high in WINDOWS:
        ours = score_case(read_case(case), rules)["events"]
        theirs = score(case, low, high)
        if not case["stages"]:  # not measured: ours says so
            for event in theirs:
                event["stage"] = None
        if len(ours) != len(theirs):
            found.append(f"{len(ours)} events, not {len(theirs)}")
            continue
        for number, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
            found += [
                f"{number}: {k} {mine[k]} not {other[k]}" for k in KEYS if mine[k] != other[k]
            ]
            found += [
                f"{number}: {k} {mine[k]} not {other[k]}"
                for k in ("onset", "dur")
                if abs(mine[k] - other[k]) > 0.0006
            ]
            if mine["imi"] != (None if other["imi"] is None else float(f"{other['imi']:.15g}")):
                found.append(f"{number}: imi {mine['imi']} not {other['imi']}")
    return found


@pytest.mark.parametrize("seed", range(0, CASES, 50))
def test_random_lists_are_scored_as_the_reference_steps_say(seed):
    for number in range(seed, min(seed + 50, CASES)):
        case = any_night(number)
        assert not differences(case), f"seed {number}"


@pytest.mark.parametrize("window", [0, 1])
def test_the_steps_restated_give_what_the_reference_gave(window):
    """The restatement itself is held to the reference's own output."""
    key = ("expected_resp_-2_+10.25", "expected_resp_+-0.5")[window]
    _, low, high = WINDOWS[window]
    cases = json.loads((ORACLE / "wasm2016_unit_cases.json").read_text())
    cases += json.loads((ORACLE / "wasm2016_random_nights.json").read_text())
    for case in cases:
        if case[key] is None:
            continue
        for mine, theirs in zip(score(case, low, high), case[key]["events"], strict=True):
            assert [mine[k] for k in KEYS] == [theirs[k] for k in KEYS]
