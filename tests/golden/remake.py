"""Remake the golden nights and show what changed (`make golden`).

The int16 samples are pinned too (`*.npz`), so that a golden depends on the detector and the rules
only, never on the simulator or on numpy's random numbers. `--samples` draws new samples.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from pathlib import Path

import numpy as np

from detect.detector import DETECTOR_VERSION, Detector
from detect.score import NightInput, score_night, score_to_json
from drivers.channels import NightScale

HERE = Path(__file__).parent
GOLDENS = {"two_sleepers": ("restless_partner", 11), "partner_plms": ("partner_plms", 12)}
MINUTES = 15
START_S = 3600


def detect_and_score(samples: np.ndarray) -> dict:
    """Return the golden's content for int16[n, 13] samples in the default scale."""
    scale = NightScale()
    detector = Detector(np.array(scale.gains()), np.array(scale.offsets()))
    movements = [*detector.feed(0, samples), *detector.finish()]
    movements.sort(key=lambda m: (m.onset_tick, m.end_tick))
    night = NightInput(
        duration_ticks=len(samples),
        movements=tuple(movements),
        epochs=tuple(detector.take_epochs()),
        gaps=tuple(detector.take_gaps()),
        lights_off_tick=None,
        lights_on_tick=None,
    )
    return {
        "detector": DETECTOR_VERSION,
        "movements": [
            [m.onset_tick, m.end_tick, m.kind, m.side, m.owner, m.p_patient]
            + [[p.side, p.onset_tick, p.end_tick] for p in m.parts]
            for m in movements
        ],
        "indices": score_to_json(score_night(night)),
    }


def as_text(golden: dict) -> str:
    """Return a golden as text, one movement a line."""
    rows = ",\n".join("  " + json.dumps(row) for row in golden["movements"])
    indices = json.dumps(golden["indices"], indent=1, sort_keys=True)
    return (
        f'{{"detector": {json.dumps(golden["detector"])},\n"movements": [\n{rows}\n],\n'
        f'"indices": {indices}}}\n'
    )


def draw_samples(scenario: str, seed: int) -> np.ndarray:
    """Return a new stretch of a simulated night, int16[n, 13]."""
    from drivers.simulated.bed import Bed, bed_block
    from drivers.simulated.bed.scenarios import SCENARIOS

    bed = Bed(SCENARIOS[scenario], seed)
    return bed_block(bed, START_S * 100, MINUTES * 60 * 100)


def main() -> None:
    """Rewrite the goldens and print the difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", action="store_true", help="draw new samples too")
    arguments = parser.parse_args()
    for name, (scenario, seed) in GOLDENS.items():
        samples_file, text_file = HERE / f"{name}.npz", HERE / f"{name}.json"
        if arguments.samples:
            np.savez_compressed(samples_file, samples=draw_samples(scenario, seed))
        new = as_text(detect_and_score(np.load(samples_file)["samples"]))
        old = text_file.read_text() if text_file.exists() else ""
        text_file.write_text(new)
        sys.stdout.writelines(
            difflib.unified_diff(
                old.splitlines(True), new.splitlines(True), f"{name} before", f"{name} after", n=0
            )
        )


if __name__ == "__main__":
    main()
