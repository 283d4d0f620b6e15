"""A card on which every fsync takes two seconds, in simulated time (`make faults`: for real)."""

import sqlite3
from functools import partial

import pytest

from appliance.replay import by_onset, detect_all
from appliance.store import epochs, movements, nights, outbox, raw
from detect.detector import Detector
from drivers.channels import NightScale
from tests.appliance.record.rig import bed_samples

FSYNC_S = 2.0
SYNCS_OF_A_CHUNK = 3
"""A rollback journal is synced, then the file, then the journal's end."""


@pytest.fixture
def slow_card(monkeypatch):
    """Let every durable commit take its time on a clock that the test names later."""
    waited = []

    class SlowConnection(sqlite3.Connection):
        def execute(self, sql, *arguments):
            found = super().execute(sql, *arguments)
            durable = sql == "COMMIT" and super().execute("PRAGMA synchronous").fetchone()[0] == 2
            syncs = SYNCS_OF_A_CHUNK if "INTO chunks" in sql else int(durable)
            for clock in clocks[:1]:
                clock.sleep_until(clock.now_ns + round(syncs * FSYNC_S * 1e9))
                waited.extend([FSYNC_S] * syncs)
            return found

    clocks = []
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=SlowConnection))
    return clocks, waited


def test_a_card_that_takes_two_seconds_a_sync_loses_nothing(make_rig, slow_card):
    clocks, waited = slow_card
    rig = make_rig(**{"mqtt.event_expiry_s": 86_400})
    clocks.append(rig.clock)
    rig.recorder.begin(reason="page")
    began_tick = round((rig.clock.now_ns - rig.zero_ns) / 1e7)
    rig.run(1200 - rig.clock.now_ns / 1e9 + 5, 0.25)
    assert rig.recorder.trouble is None
    assert sum(waited) > 120
    rig.recorder.end("page")
    night = nights.last_closed_night(rig.hands)
    first = round((night.origin_monotonic_ns - rig.zero_ns) / 1e7)
    assert first < began_tick
    samples = bed_samples()[first : first + night.end_tick]
    scale = NightScale()
    found = detect_all(Detector(scale.gains(), scale.offsets()), [(0, samples)])
    stored = by_onset(movements.load_movements(rig.hands, night.id))
    assert stored == found.movements
    assert len(stored) > 30
    assert tuple(epochs.load_epochs(rig.hands, night.id)) == found.epochs
    recorded = raw.read_raw(raw.raw_path(rig.state_dir, night.recording), 0, len(samples))
    assert [list(column) for column in recorded] == samples.T.tolist()
    told = [e.payload["id"] for e in outbox.pending(rig.hands, 10_000)]
    assert len(told) == len(set(told))
    kicks = [m for m in stored if m.kind == "leg" and m.owner in ("patient", "both")]
    late_s = [
        event.created_utc - (night.start_utc + event.payload["onset_s"])
        - event.payload["duration_s"]
        for event in outbox.pending(rig.hands, 10_000)
        if event.event_type == "limb_movement"
    ]  # fmt: skip
    assert len(late_s) >= len(kicks) > 10
    assert max(late_s) < 5 * FSYNC_S + 4, "movements come through while the card is slow"
