"""How much is written to the card, counted at SQLite's own calls; no clock is asked."""

from contextlib import closing

import pytest

from appliance.store import movements
from tests.appliance.record.rig import bed_samples
from tests.bench.writes import Ledger, record

HOURS = 2
"""The busiest two of the simulated eight: four of ten movements."""
BUDGET_8_H = 3_000_000
RAW_BUDGET_8_H = 60_000_000


@pytest.fixture(scope="module")
def samples():
    return bed_samples("demo", 1, 60 * HOURS)


def written(make_rig, samples, hours=HOURS, **changes):
    rig = make_rig(samples, **changes)
    with closing(Ledger()) as ledger:
        night, told = record(rig, ledger, 3600 * hours, step_s=0.5)
    return ledger, told, movements.load_movements(rig.hands, night.id)


def test_two_busy_hours_with_home_automation_stay_in_a_nights_budget(make_rig, samples):
    ledger, told, found = written(make_rig, samples, **{"storage.keep_raw": False})
    assert len(found) > 200
    assert told > 220
    assert ledger.total < 0.4 * BUDGET_8_H, (ledger.files, ledger.tables)
    # A page of movements and one of the outbox for each, and what their growth costs.
    assert ledger.tables["movements"] + ledger.tables["outbox"] < 0.2 * BUDGET_8_H
    assert ledger.tables["status"] < 0.03 * BUDGET_8_H
    assert ledger.tables["snapshots"] < 0.03 * BUDGET_8_H


def test_nobody_listening_means_no_outbox(make_rig, samples):
    changes = {"storage.keep_raw": False, "mqtt.enabled": False}
    ledger, told, _ = written(make_rig, samples, **changes)
    assert told == 3  # the night's start, its end, and that it is ready
    assert ledger.total < 0.3 * BUDGET_8_H
    assert ledger.tables["outbox"] < 0.005 * BUDGET_8_H


def test_raw_signals_of_an_hour_stay_in_their_budget(make_rig, samples):
    ledger, _, _ = written(make_rig, samples, hours=1)
    assert ledger.files["raw"] > 1_000_000
    assert ledger.total < RAW_BUDGET_8_H / 8
