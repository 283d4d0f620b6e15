"""Three people and their hour, guided start included, through the recorder: against the truth."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from appliance.sitdata import sit_score
from appliance.store import nights, sits
from drivers.simulated.bed import SCENARIOS, Bed, bed_block
from tests.appliance.record.rig import Rig
from tests.appliance.sit.test_evening import ask, events, quiet_rig, said

EDGE_S = 30.0
MINUTES = 63


@cache
def bed_of(name):
    """The bed of somebody who sits on its edge first."""
    bed = Bed(replace(SCENARIOS[name], edge_s=EDGE_S), 4)
    samples = [bed_block(bed, 6000 * minute, 6000) for minute in range(MINUTES)]
    return bed, np.concatenate(samples)


@pytest.fixture(scope="module", params=["sit_restless", "sit_calm", "sit_stands_up"])
def person(request, tmp_path_factory):
    """Name, bed, rig and when the test began in the bed's time [s]."""
    bed, samples = bed_of(request.param)
    folder = tmp_path_factory.mktemp(request.param) / "state"
    rig = quiet_rig(lambda samples, **changes: Rig(folder, samples, **changes), samples)
    ask(rig, "sit_start")
    rig.run(5)
    ask(rig, "sit_next")
    while rig.recorder.phase == "idle":
        assert rig.clock.now_ns - rig.zero_ns < 90e9, said(rig).reason
        rig.run(1)
    night = nights.current_night(rig.hands)
    began_s = (night.origin_monotonic_ns - rig.zero_ns) / 1e9
    rig.run(3605)
    assert rig.recorder.phase == "idle"
    return request.param, bed, rig, began_s


def true_kicks(bed, began_s):
    """The kicks of the test's hour that a sensor that was plugged in could see."""
    lost = bed.scenario.unplugged
    return [
        t
        for t in bed.truth
        if t.kind == "kick"
        and t.visible
        and began_s <= t.onset_s < began_s + 3600
        and not any(a <= t.onset_s < b for _, a, b in lost)
        and not any(a <= t.onset_s < b for a, b in out_of_bed(bed))
    ]


def out_of_bed(bed):
    return [(before[1], after[0]) for before, after in pairwise(bed.truth_in_bed)]


def test_the_hour_begins_by_itself_and_upright_is_kept(person):
    _, _, rig, began_s = person
    night = nights.last_closed_sit(rig.hands)
    assert EDGE_S < began_s < EDGE_S + 30
    assert sits.find_sit(rig.hands, night.id).upright is not None
    assert (night.end_reason, night.end_tick >= 360_000) == ("complete", True)


def test_what_the_legs_did_is_counted(person):
    name, bed, rig, began_s = person
    score = sit_score(rig.hands, nights.last_closed_sit(rig.hands))
    true = len(true_kicks(bed, began_s))
    if name == "sit_calm":
        assert score.movements_per_counted_hour < 8
    else:
        assert true > 60
        assert score.movements_per_counted_hour > 40
        # shifts of a leg count too, and kicks out of rhythm do not
        assert score.leg_movements == pytest.approx(true, rel=0.15)


def test_only_what_should_leaves_the_count(person):
    name, bed, rig, began_s = person
    score = sit_score(rig.hands, nights.last_closed_sit(rig.hands))
    stood = [(a, b) for a, b in out_of_bed(bed) if a >= began_s]
    if name != "sit_stands_up":
        assert score.counted_s == 3600.0
        assert events(rig, "sit_posture") == []
        return
    assert len(stood) == 2
    assert score.excluded_s["standing"] == pytest.approx(sum(b - a for a, b in stood), abs=75)
    assert score.excluded_s["sensor_gap"] == pytest.approx(180, abs=2)
    aways = sits.load_aways(rig.hands, nights.last_closed_sit(rig.hands).id)
    assert {away.reason for away in aways} == {"standing"}
    assert len(aways) == 2
    for (start, end), away in zip(stood, aways, strict=True):
        assert away.start_tick / 100 + began_s == pytest.approx(start, abs=5)
        assert away.end_tick / 100 + began_s == pytest.approx(end, abs=8)
