"""Golden nights: pinned samples, pinned movements and indices, to the tick."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
_spec = importlib.util.spec_from_file_location("remake", HERE / "remake.py")
remake = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(remake)


@pytest.mark.parametrize("name", sorted(remake.GOLDENS))
def test_the_movements_of_a_golden_night_are_those_pinned(name):
    samples = np.load(HERE / f"{name}.npz")["samples"]
    assert remake.as_text(remake.detect_and_score(samples)) == (HERE / f"{name}.json").read_text()


@pytest.mark.parametrize("name", sorted(remake.GOLDENS))
def test_a_golden_holds_what_it_is_there_for(name):
    golden = remake.detect_and_score(np.load(HERE / f"{name}.npz")["samples"])
    owners = {row[4] for row in golden["movements"]}
    assert {"patient", "partner"} <= owners


def test_a_changed_golden_stands_under_scoring_in_the_changelog():
    digest = hashlib.sha256(
        b"".join((HERE / f"{name}.json").read_bytes() for name in sorted(remake.GOLDENS))
    ).hexdigest()[:12]
    changelog = (ROOT / "CHANGELOG.md").read_text()
    scoring = changelog.split("### Scoring", 1)[1]
    assert digest in scoring, (
        f"the golden nights changed: say under Scoring in CHANGELOG.md what changes a night's "
        f"numbers, and name the new goldens ({digest})"
    )
