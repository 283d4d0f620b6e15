"""What is deleted is in no file any more, whatever was written about it on the way."""

import json

import pytest

from appliance.store import commands, movements, nights, outbox
from appliance.store.movements import evidence_to_json, parts_to_json


def everything(state_dir):
    return {p.name: p.read_bytes() for p in sorted(state_dir.rglob("*")) if p.is_file()}


def record_delivered(rig, minutes):
    """Record a night whose events are delivered as they come; return (night, their payloads)."""
    told = []
    rig.recorder.begin(reason="page")
    for _ in range(minutes * 60):
        rig.run(1)
        events = outbox.pending(rig.hands, 1000)
        told += [event.payload for event in events]
        outbox.delete(rig.hands, [event.id for event in events])
    return told


def found_in(state_dir, texts):
    files = everything(state_dir).items()
    return {(name, text) for name, held in files for text in texts if text.encode() in held}


def texts_of(found):
    return {evidence_to_json(m.evidence) for m in found if m.evidence.tilt_deg is not None} | {
        parts_to_json(m.parts) for m in found if m.parts
    }


def told_as(payload):
    return json.dumps({"time": payload["time"], "night": payload["night"]}, separators=(",", ":"))[
        1:-1
    ]


def test_a_deleted_night_is_in_no_file_any_more(make_rig):
    rig = make_rig()
    told = record_delivered(rig, 16)
    rig.recorder.end("page")
    night = nights.last_closed_night(rig.hands)
    texts = texts_of(movements.load_movements(rig.hands, night.id))
    events = {told_as(payload) for payload in told if payload["event_type"] != "fault"}
    assert len(texts) > 20
    assert found_in(rig.state_dir, texts)
    assert found_in(rig.state_dir, events), "delivered events leave their text in free pages"
    assert nights.delete_night(rig.hands, night.name, rig.state_dir)
    assert not found_in(rig.state_dir, texts)
    assert not found_in(rig.state_dir, events)
    assert rig.hands.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    names = {name for name in everything(rig.state_dir) if not name.startswith("plms.db")}
    assert names == set(), "raw signals"
    rig.recorder.begin(reason="page")
    rig.run(60)
    assert rig.recorder.trouble is None


def test_a_night_is_deleted_while_another_one_runs(make_rig):
    rig = make_rig()
    record_delivered(rig, 1)
    rig.recorder.end("page")
    old = nights.last_closed_night(rig.hands)
    rig.recorder.begin(reason="page")
    rig.run(700)
    kept = movements.load_movements(rig.hands, 2)
    assert nights.delete_night(rig.hands, old.name, rig.state_dir)
    rig.run(60)
    assert rig.recorder.trouble is None
    assert movements.load_movements(rig.hands, 2)[: len(kept)] == kept


@pytest.mark.parametrize("listening", [True, False])
def test_a_night_made_private_keeps_no_trace_of_the_partner(make_rig, listening):
    rig = make_rig(**{"mqtt.enabled": listening})
    told = record_delivered(rig, 12)
    partner = [m for m in movements.load_movements(rig.hands, 1) if m.owner == "partner"]
    texts = {evidence_to_json(m.evidence) for m in partner}
    kept = {evidence_to_json(m.evidence) for m in movements.load_movements(rig.hands, 1)
            if m.owner == "patient"}  # fmt: skip
    events = {told_as(p) for p in told if p["event_type"] == "partner_movement"}
    assert len(texts - kept) > 3
    commands.submit(rig.hands, "private", {}, "page", rig.wall.utc())
    rig.run(1)
    assert not found_in(rig.state_dir, (texts - kept) | events)
    assert not [name for name in everything(rig.state_dir) if not name.startswith("plms.db")]
