"""A recorded night, exported, in two other people's readers."""

import mne
import numpy as np
import pyedflib

from appliance.export import edf
from appliance.store import movements, nights, raw


def test_an_exported_night_is_the_same_night_in_pyedflib_and_in_mne(make_rig, tmp_path):
    rig = make_rig()
    rig.clock.sleep_until(rig.clock.now_ns + 600_000_000_000)
    rig.recorder.begin(reason="page")
    rig.run(200)
    rig.recorder.pause(paused=True)
    rig.run(20)
    rig.recorder.pause(paused=False)
    rig.run(80)
    rig.recorder.end("page")
    night = nights.last_closed_night(rig.hands)
    file = tmp_path / "night.edf"
    file.write_bytes(b"".join(edf(rig.hands, rig.state_dir, night)))

    recorded = np.array(
        raw.read_raw(raw.raw_path(rig.state_dir, night.recording), 0, night.end_tick), np.int16
    )
    assert (recorded == -32768).any()
    with pyedflib.EdfReader(str(file)) as reader:
        digital = np.array([reader.readSignal(i, digital=True) for i in range(13)])
        physical = np.array([reader.readSignal(i) for i in range(13)])
        notes = list(zip(*reader.readAnnotations(), strict=True))
    assert np.array_equal(digital, recorded)
    other = mne.io.read_raw_edf(file, preload=True, verbose="ERROR")
    volts = np.array([1.0] * 12 + [1e-3])[:, None]
    assert np.allclose(other.get_data(), physical * volts, rtol=0, atol=1e-9)
    assert [(a["onset"], a["duration"], a["description"]) for a in other.annotations] == [
        (onset, max(duration, 0.0), text) for onset, duration, text in notes
    ]

    legs = {"left": "Limb movement@@LAT", "right": "Limb movement@@RAT"}
    told = sorted((onset, duration, text) for onset, duration, text in notes if "Limb" in text)
    parts = sorted(
        (part.onset_tick / 100, (part.end_tick - part.onset_tick) / 100, legs[part.side])
        for movement in movements.load_movements(rig.hands, night.id)
        if movement.kind == "leg" and movement.owner in ("patient", "both")
        for part in movement.parts
    )
    assert len(told) > 5
    assert {text for *_, text in told} == set(legs.values())
    assert set(parts) <= {(round(a, 2), round(b, 2), text) for a, b, text in told}
