"""A bed that has changed since it was calibrated is noticed at the night's end, and said."""

from dataclasses import asdict

import pytest

from appliance import calibrate
from appliance.record.drift import drift_faults
from appliance.store import calibrations, faults, outbox
from detect.calibration import BedCalibration
from detect.parameters import DRIFT_DB


def open_texts(db):
    return [f.text for f in faults.open_faults(db) if f.device == "bed"]


def a_night(rig, kind="night"):
    rig.recorder.begin(reason="page", kind=kind)
    rig.run(60 * 20)
    detector = rig.recorder.running.detector
    rig.recorder.end("page")
    return detector


def learn(rig, patient_db):
    calibrations.add(rig.hands, asdict(BedCalibration(patient_db=patient_db)), rig.wall.utc())


@pytest.mark.parametrize(
    ("drift_db", "said"),
    [
        (None, []),
        (DRIFT_DB, []),
        (-DRIFT_DB, []),
        (DRIFT_DB + 0.6, ["9 dB less"]),
        (-12.0, ["12 dB more"]),
    ],
)
def test_only_what_no_single_night_explains_is_a_fault(make_rig, drift_db, said):
    found = drift_faults(make_rig().hands, drift_db, 7)
    assert [(f.device, f.code, f.cleared, f.monotonic_ns) for f in found] == [
        ("bed", "drift", False, 7) for _ in said
    ]
    assert all(words in f.text for f, words in zip(found, said, strict=True))


def test_a_changed_bed_is_said_until_a_night_or_a_sitting_shows_otherwise(make_rig):
    rig = make_rig()
    usual_db = a_night(rig).history.patient_db
    usual_db = sorted(usual_db)[len(usual_db) // 2]
    assert open_texts(rig.hands) == []  # never calibrated: nothing to differ from

    rig = make_rig()
    learn(rig, usual_db - 20.0)
    assert a_night(rig).drift_db == pytest.approx(20.0, abs=0.1)
    (text,) = open_texts(rig.hands)
    assert "20 dB less" in text
    assert "calibrate again" in text
    told = [e for e in outbox.pending(rig.hands, 10_000) if e.event_type == "fault"]
    assert len(told) == 1
    calibrate.keep(rig.hands, BedCalibration(patient_db=usual_db), rig.wall.utc())
    assert open_texts(rig.hands) == []


def test_a_sitting_that_teaches_the_bed_says_nothing_of_the_calibration_before(make_rig):
    rig = make_rig()
    learn(rig, -60.0)
    assert a_night(rig, kind="calibration").drift_db > DRIFT_DB
    assert open_texts(rig.hands) == []


def test_a_night_as_calibrated_ends_the_fault(make_rig):
    rig = make_rig()
    faults.open_fault(rig.hands, "bed", "drift", "x", night_id=None, started_utc=None)
    (found,) = drift_faults(rig.hands, 1.0, 7)
    assert found.cleared
    assert drift_faults(rig.hands, None, 7) == []  # nothing known: it stays
