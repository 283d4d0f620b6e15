"""The recorder in simulated time: nights from beginning to end, and what may come between."""

import sqlite3

import pytest

from appliance.export import edf
from appliance.nightdata import night_score
from appliance.record.station import TICK_NS
from appliance.replay import by_onset, detect_all, score_recording
from appliance.store import (
    anchors,
    commands,
    epochs,
    faults,
    gaps,
    marks,
    movements,
    nights,
    outbox,
    packs,
    raw,
    settings,
    status,
)
from detect.detector import Detector
from drivers.channels import MISSING, NightScale
from drivers.settings import DeviceFault
from tests.appliance.record.rig import EVENING_UTC, bed_samples


def ask(rig, verb, **args):
    """Ask as the page does, and return (ok, result)."""
    number = commands.submit(rig.hands, verb, args, "page", rig.wall.utc())
    rig.run(1)
    done = commands.get(rig.hands, number)
    return done.ok, done.result


def detected(samples, first=0, last=None):
    scale = NightScale()
    return detect_all(Detector(scale.gains(), scale.offsets()), [(0, samples[first:last])])


def events(rig, kind=None):
    found = outbox.pending(rig.hands, 10_000)
    return [e for e in found if kind is None or e.event_type == kind]


def raw_of(rig, night):
    return raw.read_raw(raw.raw_path(rig.state_dir, night.recording), 0, night.end_tick)


def whole_night(rig, minutes=20):
    rig.recorder.begin(reason="page")
    rig.run(60 * minutes)
    rig.recorder.end("page")
    return nights.last_closed_night(rig.hands)


def test_a_night_holds_exactly_what_the_detector_finds_in_its_samples(make_rig):
    rig = make_rig()
    night = whole_night(rig)
    found = detected(bed_samples())
    assert night.end_tick == 120_000
    assert by_onset(movements.load_movements(rig.hands, night.id)) == found.movements
    assert tuple(epochs.load_epochs(rig.hands, night.id)) == found.epochs
    assert gaps.load_gaps(rig.hands, night.id) == sorted(
        found.gaps, key=lambda g: (g.start_tick, g.device)
    )
    assert len(found.movements) > 30
    assert [list(column) for column in raw_of(rig, night)] == bed_samples().T.tolist()


def test_the_end_of_a_night_packs_it_and_earlier_ones_that_are_not(make_rig):
    rig = make_rig()
    first = whole_night(rig, minutes=5)
    rig.hands.execute("DELETE FROM packs")
    second = whole_night(rig, minutes=5)
    for night in (first, second):
        found, moved = packs.load_pack(rig.hands, night.id)
        stored = movements.load_numbered(rig.hands, night.id, evidence=False)
        assert found == [movement for _, movement in stored]
        assert moved == epochs.load_epochs(rig.hands, night.id)


def test_the_exported_night_replays_to_the_same_bytes(make_rig, tmp_path):
    rig = make_rig()
    night = whole_night(rig)
    file = tmp_path / "night.edf"
    file.write_bytes(b"".join(edf(rig.hands, rig.state_dir, night)))
    scored = score_recording(file)
    stored = by_onset(movements.load_movements(rig.hands, night.id))
    assert repr(scored.found.movements).encode() == repr(stored).encode()
    assert scored.found.epochs == tuple(epochs.load_epochs(rig.hands, night.id))


@pytest.mark.parametrize("step_s", [0.13, 7.0])
def test_how_often_the_recorder_steps_changes_nothing(make_rig, step_s):
    rig = make_rig(bed_samples()[60_000:90_000])
    rig.recorder.begin(reason="page")
    rig.run(300, step_s)
    rig.recorder.end("page")
    night = nights.last_closed_night(rig.hands)
    found = detected(bed_samples(), 60_000, 90_000)
    assert by_onset(movements.load_movements(rig.hands, night.id)) == found.movements


def test_every_kick_is_announced_once_with_what_is_stored(make_rig):
    rig = make_rig(**{"mqtt.event_expiry_s": 86_400})
    night = whole_night(rig)
    stored = dict(movements.load_numbered(rig.hands, night.id))
    told = {e.payload["seq"]: e.payload for e in events(rig, "limb_movement")}
    kicks = {n for n, m in stored.items() if m.kind == "leg" and m.owner in ("patient", "both")}
    assert kicks <= set(told)
    for number, payload in told.items():
        assert payload["onset_s"] == stored[number].onset_s
        assert payload["owner"] == stored[number].owner
        assert payload["night"] == night.name
    ids = [e.payload["id"] for e in events(rig)]
    assert len(ids) == len(set(ids))
    kinds = [e.event_type for e in events(rig)]
    assert kinds[0] == "night_started"
    assert kinds[-2:] == ["night_ended", "night_ready"]
    assert "series_started" in kinds


def test_the_time_of_an_event_is_local_with_its_offset(make_rig):
    rig = make_rig(**{"mqtt.event_expiry_s": 86_400})
    whole_night(rig, 12)
    payload = events(rig, "limb_movement")[0].payload
    assert payload["time"].endswith("+01:00")
    assert payload["time"].startswith("2026-01-05T23:")


def test_commands_start_mark_and_end_a_night(make_rig):
    rig = make_rig()
    assert ask(rig, "end_night") == (False, "no night is running")
    assert ask(rig, "start_night") == (True, "night 2026-01-05 has begun")
    assert ask(rig, "start_night")[0] is False
    rig.run(10)
    assert ask(rig, "lights_off")[0]
    assert ask(rig, "mark", text="thunder")[0]
    rig.run(30)
    assert ask(rig, "lights_on")[0]
    assert ask(rig, "dance") == (
        False,
        "'dance' is not a command; there are start_night, end_night, mark, lights_off, lights_on,"
        " pause, resume, private, sit_start, sit_next, sit_answer, sit_stop",
    )
    assert ask(rig, "end_night") == (True, "night 2026-01-05 has ended")
    night = nights.find_night(rig.hands, "2026-01-05")
    assert night.end_reason == "page"
    noted = [(m.kind, m.text) for m in marks.load_marks(rig.hands, night.id)]
    assert noted == [("lights_off", None), ("mark", "thunder"), ("lights_on", None)]
    assert night.lights_off_tick < night.lights_on_tick <= night.end_tick


def test_a_second_night_and_a_nap_of_one_day_have_names_of_their_own(make_rig):
    rig = make_rig()
    names = []
    for kind in (None, None, "nap", "nap", "sit"):
        names.append(rig.recorder.begin(reason="page", kind=kind))
        rig.run(2)
        rig.recorder.end("page")
    assert names == [
        "2026-01-05", "2026-01-05-2", "2026-01-05-nap", "2026-01-05-nap-2", "2026-01-05-sit",
    ]  # fmt: skip


def test_a_pause_is_a_gap_of_all_devices(make_rig):
    rig = make_rig()
    rig.recorder.begin(reason="page")
    rig.run(120)
    assert ask(rig, "pause")[0]
    assert ask(rig, "pause") == (False, "the night is paused already")
    assert nights.current_night(rig.hands).state == "paused"
    rig.run(300)
    assert ask(rig, "resume")[0]
    rig.run(60)
    rig.recorder.end("page")
    night = nights.last_closed_night(rig.hands)
    found = {g.device: (g.start_tick, g.end_tick) for g in gaps.load_gaps(rig.hands, night.id)}
    assert set(found) == {"left", "right", "strip"}
    assert all(300 <= (end - start) / 100 <= 305 for start, end in found.values())
    start, end = found["left"]
    assert set(raw_of(rig, night)[0][start:end]) == {-32768}


def test_what_is_done_during_a_pause_keeps_its_time(make_rig):
    rig = make_rig()
    rig.sensors.endless = True
    rig.recorder.begin(reason="page")
    start_ns = rig.clock.now_ns
    rig.run(60)
    asked = []

    def at(verb):
        asked.append((verb, (rig.clock.now_ns - start_ns) / 1e9))
        assert ask(rig, verb)[0]

    at("pause")
    rig.run(40 * 60)
    at("mark")
    rig.run(5 * 60)
    at("lights_on")
    rig.run(60)
    at("resume")
    rig.run(30)
    rig.recorder.end("page")
    night = nights.last_closed_night(rig.hands)
    noted = marks.load_marks(rig.hands, night.id)
    assert [m.kind for m in noted] == [verb for verb, _ in asked]
    assert [m.tick / 100 for m in noted] == pytest.approx([s for _, s in asked], abs=1.0)
    assert night.lights_on_tick == noted[2].tick
    left = next(g for g in gaps.load_gaps(rig.hands, night.id) if g.device == "left")
    assert (left.start_tick, left.end_tick) == (noted[0].tick, noted[3].tick)


def test_a_night_that_ends_while_it_is_paused_ends_then(make_rig):
    rig = make_rig()
    rig.recorder.begin(reason="page")
    rig.run(60)
    assert ask(rig, "pause")[0]
    rig.run(600)
    assert ask(rig, "lights_on")[0]
    rig.run(60)
    rig.recorder.end("page")
    night = nights.last_closed_night(rig.hands)
    assert night.end_tick == pytest.approx(72_200, abs=200)
    assert night.lights_on_tick == pytest.approx(66_100, abs=200)


def test_a_recorder_restarted_during_a_pause_still_knows_what_time_it_is(make_rig):
    rig = make_rig()
    rig.recorder.begin(reason="page")
    rig.run(60)
    assert ask(rig, "pause")[0]
    rig.run(300)
    rig.crash()
    rig.clock.spend(100_000_000_000)
    rig.open()
    rig.run(20)
    assert rig.recorder.phase == "paused"
    assert ask(rig, "mark")[0]
    assert ask(rig, "resume")[0]
    noted = {m.kind: m.tick for m in marks.load_marks(rig.hands, rig.recorder.running.night.id)}
    assert noted["mark"] == pytest.approx(48_100, abs=300)
    assert noted["mark"] <= noted["resume"]


def test_a_pause_ends_a_series_by_the_gap_that_it_is(make_rig):
    rig = make_rig(**{"mqtt.event_expiry_s": 86_400})
    rig.recorder.begin(reason="page")
    while not rig.recorder.running.live.active:
        rig.run(5)
    assert ask(rig, "pause")[0]
    rig.run(300)
    assert events(rig, "series_ended") == []
    assert ask(rig, "resume")[0]
    rig.run(20)
    (told,) = events(rig, "series_ended")
    assert told.payload["reason"] == "sensor gap"


def test_a_series_that_both_plugs_end_is_told_for_the_reason_that_the_morning_gives(make_rig):
    rig = make_rig(bed_samples().copy(), **{"mqtt.event_expiry_s": 86_400})
    rig.recorder.begin(reason="page")
    while not rig.recorder.running.live.active:
        rig.run(5)
    pulled = rig.sensors.taken + (rig.sensors.origin_ns - rig.zero_ns) // TICK_NS
    rig.samples[pulled : pulled + 15_000, :12] = MISSING
    rig.run(150)
    (told,) = events(rig, "series_ended")
    assert told.payload["reason"] == "sensor gap"
    rig.run(100)
    rig.recorder.end("page")
    score = night_score(rig.hands, nights.last_closed_night(rig.hands))
    assert score.series[0].ended == "sensor gap"
    assert len(events(rig, "series_ended")) == len(score.series)
    assert told.payload["movements"] == score.series[0].movements


def test_a_private_night_keeps_nothing_of_the_partner(make_rig):
    rig = make_rig(**{"night.private": True})
    night = whole_night(rig)
    assert night.private
    assert night.recording is None
    assert list((rig.state_dir).glob("recordings/*")) == []
    owners = {m.owner for m in movements.load_movements(rig.hands, night.id)}
    assert owners == {"patient"}
    assert not events(rig, "partner_movement")
    assert not events(rig, "kick_moved_partner")
    silent = rig.hands.execute("SELECT COUNT(*) FROM epochs WHERE partner_moving_s IS NOT NULL")
    assert silent.fetchone()[0] == 0


def test_a_night_made_private_forgets_the_partner(make_rig):
    rig = make_rig()
    rig.recorder.begin(reason="page")
    rig.run(600)
    before = movements.load_movements(rig.hands, 1)
    assert any(m.owner == "partner" for m in before)
    assert ask(rig, "private")[0]
    rig.run(300)
    rig.recorder.end("page")
    night = nights.last_closed_night(rig.hands)
    kept = movements.load_movements(rig.hands, night.id)
    assert {m.owner for m in kept} == {"patient"}
    assert [m for m in before if m.owner == "patient"] == kept[
        : sum(m.owner == "patient" for m in before)
    ]
    assert list((rig.state_dir).glob("recordings/*")) == []


def test_a_night_starts_by_itself_and_ends_at_the_set_hour(make_rig):
    rig = make_rig(**{"night.auto_start_in_bed_min": 2.0, "night.auto_end_at_h": 23.25})
    rig.run(60)
    assert rig.recorder.phase == "idle"
    rig.run(120)
    assert rig.recorder.phase == "recording"
    rig.run(780)
    assert rig.recorder.phase == "idle"
    night = nights.last_closed_night(rig.hands)
    assert (night.end_reason, night.name) == ("hour", "2026-01-05")


def test_nothing_is_stored_while_nobody_sleeps(make_rig):
    rig = make_rig(**{"night.auto_start": False})
    rig.run(900)
    assert nights.list_nights(rig.hands) == []
    assert events(rig) == []
    assert status.read(rig.hands).phase == "idle"
    assert status.read(rig.hands).in_bed is not None


def test_settings_changed_on_the_page_count_at_once(make_rig):
    rig = make_rig(**{"night.auto_start": False})
    rig.run(300)
    settings.put(rig.hands, "night.auto_start", True, rig.wall.utc())
    settings.put(rig.hands, "night.auto_start_in_bed_min", 1.0, rig.wall.utc())
    rig.run(90)
    assert rig.recorder.phase == "recording"


def test_sensor_faults_come_and_go(make_rig):
    rig = make_rig()
    rig.recorder.begin(reason="page")
    lost = DeviceFault("left", "lost", "the left sensor does not answer", False, 0)
    rig.sensors.faults = [lost, lost, DeviceFault("right", "overrun", "samples lost", False, 0)]
    rig.sensors.states["left"] = "lost"
    rig.run(2)
    assert [(f.device, f.code) for f in faults.open_faults(rig.hands)] == [("left", "lost")]
    assert status.read(rig.hands).sensors["left"] == "lost"
    rig.sensors.faults = [DeviceFault("left", "lost", "back", True, 0)]
    rig.sensors.states["left"] = "ok"
    rig.run(2)
    assert faults.open_faults(rig.hands) == []
    assert [e.event_type for e in events(rig)][-2:] == ["fault", "fault_cleared"]


def test_each_fault_of_a_sensor_ends_by_itself(make_rig):
    rig = make_rig()
    rig.recorder.begin(reason="page")
    rig.sensors.faults = [
        DeviceFault("left", code, f"left is {code}", False, 0) for code in ("swapped", "scale")
    ]
    rig.run(2)
    rig.sensors.faults = [DeviceFault("left", "scale", "1 g again", True, 0)]
    rig.run(2)
    assert [f.code for f in faults.open_faults(rig.hands)] == ["swapped"]


def test_a_fault_left_open_by_an_earlier_run_ends_when_the_sensor_is_well(make_rig):
    rig = make_rig()
    rig.recorder.begin(reason="page")
    rig.sensors.faults = [
        DeviceFault(device, "lost", "does not answer", False, 0) for device in ("left", "right")
    ]
    rig.run(2)
    rig.crash()
    rig.open()
    rig.sensors.states["right"] = "absent"
    rig.run(2)
    assert [f.device for f in faults.open_faults(rig.hands)] == ["right"]
    rig.sensors.states["right"] = "ok"
    rig.run(2)
    assert faults.open_faults(rig.hands) == []
    assert [e.event_type for e in events(rig)].count("fault_cleared") == 2


# -- crashes ---------------------------------------------------------------------------------


def test_a_killed_recorder_goes_on_with_the_same_night(make_rig):
    rig = make_rig()
    rig.recorder.begin(reason="page")
    rig.run(741.3)
    before = movements.load_numbered(rig.hands, 1)
    rig.crash()
    rig.clock.sleep_until(rig.clock.now_ns + 3_000_000_000)
    rig.open()
    assert rig.recorder.night_name == "2026-01-05"
    rig.run(400)
    rig.recorder.end("page")
    night = nights.last_closed_night(rig.hands)
    after = movements.load_numbered(rig.hands, night.id)
    assert [row for row in after if row in before] == before
    assert len({n for n, _ in after}) == len(after)
    found = detected(bed_samples()).movements
    late = [m for m in found if 75_500 < m.onset_tick < 113_000]
    assert [m.onset_tick for _, m in after if 75_500 < m.onset_tick < 113_000] == [
        m.onset_tick for m in late
    ]
    ids = [e.payload["id"] for e in events(rig)]
    assert len(ids) == len(set(ids))
    lost = [g for g in gaps.load_gaps(rig.hands, night.id) if g.start_tick > 70_000]
    assert {g.device for g in lost} >= {"left", "right", "strip"}
    assert all(g.end_tick - g.start_tick <= 2600 for g in lost if 72_000 <= g.start_tick < 75_000)


@pytest.mark.parametrize("keep_raw", [True, False])
def test_the_end_of_a_series_is_told_once_whatever_comes_after_it(make_rig, keep_raw):
    rig = make_rig(
        bed_samples("severe", 3, 30)[60_000:],
        **{"mqtt.event_expiry_s": 86_400, "storage.keep_raw": keep_raw},
    )
    rig.recorder.begin(reason="page")
    crashes = 0
    while crashes < 3:
        ended = len(events(rig, "series_ended"))
        while len(events(rig, "series_ended")) == ended:
            rig.run(0.5, 0.5)
        rig.crash()
        rig.clock.sleep_until(rig.clock.now_ns + 3_000_000_000)
        rig.open()
        crashes += 1
    rig.run(60)
    rig.recorder.end("page")
    ids = [e.payload["id"] for e in events(rig)]
    assert len(ids) == len(set(ids)), sorted(i for i in ids if ids.count(i) > 1)


def test_a_stopped_recorder_loses_nothing_but_the_time_it_was_away(make_rig):
    rig = make_rig()
    rig.recorder.begin(reason="page")
    rig.run(700)
    rig.recorder.close()
    rig.crash()
    rig.open()
    rig.run(400)
    rig.recorder.end("page")
    night = nights.last_closed_night(rig.hands)
    found = [m for m in detected(bed_samples()).movements if m.end_tick < 109_000]
    kept = [m for m in movements.load_movements(rig.hands, night.id) if m.end_tick < 109_000]
    assert kept == sorted(found, key=lambda m: m.onset_tick)


def test_a_power_cut_of_five_minutes_is_a_gap_of_five_minutes(make_rig):
    rig = make_rig()
    rig.recorder.begin(reason="page")
    rig.run(400)
    rig.reboot(300)
    assert rig.recorder.night_name == "2026-01-05"
    rig.run(300)
    rig.recorder.end("page")
    night = nights.last_closed_night(rig.hands)
    assert abs(night.end_tick - 100_000) < 250
    lost = [g for g in gaps.load_gaps(rig.hands, night.id) if g.device == "left"]
    assert any(300 <= (g.end_tick - g.start_tick) / 100 <= 325 for g in lost)
    kinds = [m.kind for m in marks.load_marks(rig.hands, night.id)]
    assert kinds == ["restart"]
    end_utc = anchors.utc_of_tick(rig.hands, night, night.end_tick)
    assert abs(end_utc - rig.wall.utc()) < 1.5


def test_without_a_clock_the_night_goes_on_all_the_same(make_rig):
    rig = make_rig()
    rig.recorder.begin(reason="page")
    rig.run(200)
    rig.reboot(300)
    rig.crash()
    rig.wall.step(-86_400 * 400)  # a Pi without a battery wakes up in the past
    rig.wall.set_by_server = False
    rig.wall.boot_id = "boot-3"
    rig.open()
    assert rig.recorder.night_name == "2026-01-05"
    rig.run(30)
    rig.wall.step(86_400 * 400)
    rig.wall.set_by_server = True
    rig.run(30)
    rig.recorder.end("page")
    night = nights.last_closed_night(rig.hands)
    end_utc = anchors.utc_of_tick(rig.hands, night, night.end_tick)
    assert abs(end_utc - rig.wall.utc()) < 1.5


def test_a_night_interrupted_until_noon_is_over(make_rig):
    rig = make_rig()
    rig.recorder.begin(reason="page")
    rig.run(200)
    rig.reboot(13.5 * 3600)
    assert rig.recorder.phase == "idle"
    night = nights.last_closed_night(rig.hands)
    assert night.end_reason == "power_cut"
    assert 17_000 <= night.end_tick <= 20_000


def test_without_raw_signals_confirmed_movements_stay_counted(make_rig):
    rig = make_rig(**{"storage.keep_raw": False})
    rig.recorder.begin(reason="page")
    rig.run(955)
    before = movements.load_movements(rig.hands, 1)
    rig.crash()
    rig.open()
    rig.run(200)
    rig.recorder.end("page")
    night = nights.last_closed_night(rig.hands)
    assert night.recording is None
    after = movements.load_movements(rig.hands, night.id)
    assert [m for m in after if m in before] == before
    last = max(m.end_tick for m in before)
    assert all(
        g.start_tick >= last for g in gaps.load_gaps(rig.hands, night.id) if g.end_tick > last
    )


# -- the clock on the wall -------------------------------------------------------------------


@pytest.mark.parametrize("step_s", [-7200.0, 7200.0, 3600.0, 0.4])
def test_a_step_of_the_wall_clock_moves_no_interval(make_rig, step_s):
    rig = make_rig()
    rig.recorder.begin(reason="page")
    rig.run(300)
    rig.wall.step(step_s)
    rig.run(900)
    rig.recorder.end("page")
    night = nights.last_closed_night(rig.hands)
    assert (
        by_onset(movements.load_movements(rig.hands, night.id)) == detected(bed_samples()).movements
    )
    end_utc = anchors.utc_of_tick(rig.hands, night, night.end_tick)
    assert abs(end_utc - rig.wall.utc()) < 0.1


def test_the_change_to_summer_time_moves_no_interval(make_rig):
    """Berlin, 2026-03-29: at 01:00 UTC the clocks go from 02:00 to 03:00; we begin at 01:50."""
    rig = make_rig(utc=1_774_745_400.0)
    rig.recorder.begin(reason="page")
    rig.run(1199)
    rig.recorder.end("page")
    night = nights.last_closed_night(rig.hands)
    found = movements.load_movements(rig.hands, night.id)
    assert by_onset(found) == detected(bed_samples()).movements
    assert abs(anchors.utc_of_tick(rig.hands, night, night.end_tick) - rig.wall.utc()) < 0.1
    told = [e.payload for e in events(rig)]
    offsets = {e["time"][-6:] for e in told if e.get("onset_s", 0) > 0}
    assert offsets == {"+02:00"}
    assert next(e for e in told if e["event_type"] == "night_started")["time"].endswith("+01:00")


def test_a_night_begun_before_the_clock_was_set_gets_its_date_later(make_rig):
    rig = make_rig(utc=3600.0)
    rig.wall.set_by_server = False
    rig.recorder.begin(reason="page")
    assert rig.recorder.night_name == "1969-12-31"
    rig.run(100)
    rig.wall.step(EVENING_UTC - 3600.0)
    rig.wall.set_by_server = True
    rig.run(100)
    rig.recorder.end("page")
    night = nights.last_closed_night(rig.hands)
    assert night.name == "2026-01-05"
    assert abs(night.start_utc - EVENING_UTC) < 0.1
    assert len(raw_of(rig, night)[0]) == night.end_tick


# -- the disk --------------------------------------------------------------------------------


def test_raw_signals_stop_first_when_room_runs_out(make_rig, monkeypatch):
    rig = make_rig()
    rig.recorder.begin(reason="page")
    rig.run(500)
    monkeypatch.setattr("appliance.record.disk.free_mb", lambda path: 10.0)
    rig.run(400)
    told = status.read(rig.hands)
    assert told.raw == "full"
    assert [f.code for f in faults.open_faults(rig.hands)] == ["disk_full"]
    monkeypatch.setattr("appliance.record.disk.free_mb", lambda path: 9999.0)
    rig.run(300)
    rig.recorder.end("page")
    assert faults.open_faults(rig.hands) == []
    night = nights.last_closed_night(rig.hands)
    found = by_onset(movements.load_movements(rig.hands, night.id))
    assert found == detected(bed_samples()).movements
    assert 50_000 <= raw.raw_extent(raw.raw_path(rig.state_dir, night.recording))[1] < 70_000


def test_the_oldest_raw_signals_go_when_room_is_needed(make_rig, monkeypatch):
    rig = make_rig()
    names = []
    for _ in range(3):
        names.append(rig.recorder.begin(reason="page"))
        rig.run(30)
        rig.recorder.end("page")
    free = iter([10.0, 10.0, 900.0, 900.0, 900.0])
    monkeypatch.setattr("appliance.record.disk.free_mb", lambda path: next(free))
    rig.recorder.begin(reason="page")
    kept = [n.name for n in nights.list_nights(rig.hands) if n.recording is not None]
    assert names[0] not in kept
    assert set(names[1:]) <= set(kept)
    assert len(list((rig.state_dir / "recordings").glob("*.db"))) == 3


def test_a_night_never_goes_on_with_the_raw_signals_of_another_one_of_its_name(make_rig):
    rig = make_rig()
    first = whole_night(rig, 1)
    path = raw.raw_path(rig.state_dir, first.recording)
    kept = path.read_bytes()
    nights.delete_night(rig.hands, first.name, rig.state_dir)
    path.write_bytes(kept)  # as after a backup from before this night was brought back
    assert rig.recorder.begin(reason="page") == first.name
    rig.run(30)
    rig.recorder.end("page")
    second = nights.last_closed_night(rig.hands)
    assert second.recording == f"{first.name}_2.db"
    assert path.read_bytes() == kept
    assert raw.raw_extent(raw.raw_path(rig.state_dir, second.recording))[1] == second.end_tick


def test_raw_signals_older_than_the_owner_wants_are_deleted(make_rig):
    rig = make_rig(**{"storage.keep_raw_days": 2})
    old = whole_night(rig, 1)
    rig.wall.step(3 * 86_400)
    new = whole_night(rig, 1)
    assert nights.find_night(rig.hands, old.name).recording is None
    assert nights.find_night(rig.hands, new.name).recording is not None
    assert [p.name for p in (rig.state_dir / "recordings").glob("*.db")] == [new.recording]


class Refusing:
    """A connection whose disk is full for a while."""

    def __init__(self, db):
        self.db = db
        self.full = False

    def execute(self, sql, *args):
        if self.full and sql == "BEGIN IMMEDIATE":
            raise sqlite3.OperationalError("database or disk is full")
        return self.db.execute(sql, *args)

    def __getattr__(self, name):
        return getattr(self.db, name)


def test_a_full_disk_loses_no_movement_and_doubles_none(make_rig, monkeypatch):
    rig = make_rig()
    rig.recorder.begin(reason="page")
    rig.run(300)
    refusing = Refusing(rig.db)
    rig.recorder._station = type(rig.recorder._station)(
        **{f: getattr(rig.recorder._station, f) for f in rig.recorder._station.__slots__}
        | {"db": refusing}
    )
    rig.recorder._running._db = refusing
    rig.recorder._reporter._db = refusing
    refusing.full = True
    rig.run(400)
    assert "full" in rig.recorder.trouble
    refusing.full = False
    rig.run(500)
    assert rig.recorder.trouble is None
    rig.recorder.end("page")
    night = nights.last_closed_night(rig.hands)
    found = detected(bed_samples()).movements
    assert by_onset(movements.load_movements(rig.hands, night.id)) == found
    told = [e.payload["seq"] for e in events(rig, "limb_movement")]
    assert len(told) == len(set(told))
