"""The compiled loop: its filters, its buffer, its memory, and itself uncompiled."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from detect import kernel, parameters
from detect.detector import EVENTS, Detector, loop_config
from detect.parameters import PARAMETERS

ROOT = Path(__file__).parents[2]
_spec = importlib.util.spec_from_file_location("signals", Path(__file__).with_name("signals.py"))
signals = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(signals)
GAINS, OFFSETS = signals.GAINS, signals.OFFSETS


def night(seconds=70.0):
    hand = signals.Hand(seconds=seconds, seed=3)
    hand.kick(0, 20.0, hold=2.0).kick(1, 20.3).jolt(35.0).stroke(0, 45.0, 12.0, 0.8)
    hand.lose("right", 50.0, 50.5).kick(0, 58.0)
    return hand.samples()


def events_of(samples, size=1024, config=None):
    """Run the loop alone; return its events as bytes and its memory."""
    config = loop_config(GAINS, OFFSETS, PARAMETERS) if config is None else config
    state, events = kernel.fresh_state(config), np.zeros(size, kernel.EVENT)
    out, at = [], 0
    while at < len(samples):
        rows = samples[at:]
        events[:] = 0  # fields that an event does not fill keep what the buffer had
        used, count = kernel.run(state, config, rows, len(rows), events)
        assert used > 0
        out.append(events[:count].copy())
        at += used
    return np.concatenate(out), state


def test_coefficients_are_the_designs_that_their_names_say():
    low = butter(2, 12, "low", fs=100, output="sos")[0]
    band = butter(1, [3, 20], "bandpass", fs=100, output="sos")[0]
    first, second = butter(2, [2, 20], "bandpass", fs=100, output="sos")
    designs = [
        (low, parameters.GYRO_LOW_PASS, (1, 2, 1)),
        (band, parameters.ACCEL_BAND_PASS, (1, 0, -1)),
        (first, parameters.STRIP_LOW_PASS, (1, 2, 1)),
        (second, (1.0, *parameters.STRIP_HIGH_PASS), (1, -2, 1)),
    ]
    for design, (b0, a1, a2), zeros in designs:
        ours = (*(b0 * zero for zero in zeros), 1.0, a1, a2)
        assert ours == pytest.approx(tuple(design), rel=1e-12, abs=1e-15)


def test_the_strip_is_filtered_as_scipy_does():
    rng = np.random.default_rng(4)
    samples = rng.integers(-900, 900, (400, 13)).astype(np.int16)
    samples[:2] = 0
    _, state = events_of(samples)
    volts = samples[:, 12] * GAINS[12]
    out = sosfilt(butter(2, [2, 20], "bandpass", fs=100, output="sos"), volts)
    alpha, envelope = PARAMETERS.envelope_alpha, 0.0
    for v in out:
        envelope += alpha * (v * v - envelope)
    assert state["s2"][0][399] == pytest.approx(envelope, rel=1e-9)


def test_every_threshold_is_named_with_a_unit_or_kind():
    units = ("_ticks", "_deg", "_dps", "_mg", "_g", "_ratio", "_alpha", "_cosine", "_share",
             "_quantile", "_growth", "_sure", "_windows", "_count", "_counts",
             "_db", "_odds", "_s")  # fmt: skip
    weights = (*fields(PARAMETERS.weights), *fields(PARAMETERS.weights.push))
    for field in (*fields(PARAMETERS), *weights):
        assert field.name in ("weights", "push") or field.name.endswith(units), field.name
    assert set(kernel.PARAMETER_FIELDS) <= {f.name for f in fields(PARAMETERS)}


def test_a_full_buffer_stops_before_it_takes_a_tick():
    samples = night()
    all_at_once, _ = events_of(samples)
    by_drops, _ = events_of(samples, size=kernel.ROOM)
    assert len(all_at_once) > 12
    assert by_drops.tobytes() == all_at_once.tobytes()
    config = loop_config(GAINS, OFFSETS, PARAMETERS)
    state = kernel.fresh_state(config)
    nothing = np.zeros(kernel.ROOM - 1, kernel.EVENT)
    assert kernel.run(state, config, samples, len(samples), nothing) == (0, 0)
    assert state["tick"][0] == 0


def test_the_detectors_buffer_lets_the_loop_take_a_stretch_at_once():
    assert EVENTS >= 2 * kernel.ROOM * kernel.RUN


def test_events_and_memory_do_not_depend_on_the_cuts():
    samples = night()
    whole, memory = events_of(samples)
    config = loop_config(GAINS, OFFSETS, PARAMETERS)
    for step in (1, 7, 50, 999):
        state, events = kernel.fresh_state(config), np.zeros(1024, kernel.EVENT)
        out = []
        for at in range(0, len(samples), step):
            rows = samples[at : at + step]
            events[:] = 0
            used, count = kernel.run(state, config, rows, len(rows), events)
            assert used == len(rows)
            out.append(events[:count].copy())
        assert np.concatenate(out).tobytes() == whole.tobytes()
        assert state.tobytes() == memory.tobytes()


def test_a_leg_is_reported_with_the_axis_it_turned_about_and_what_the_other_ankle_felt_early():
    hand = signals.Hand(seconds=60.0, seed=5)
    hand.kick(0, 20.0, deg=10.0, hold=0.3).jolt(20.1, mg=30.0, mv=0.0, legs=(1,), dps=0.0)
    hand.kick(0, 40.0, deg=-10.0, hold=0.3).jolt(40.6, mg=30.0, mv=0.0, legs=(1,), dps=0.0)
    events, _ = events_of(hand.samples())
    early, late = events[events["code"] == kernel.LEG]
    for leg in (early, late):
        assert abs(leg["turned_deg"]) == pytest.approx([0.0, 0.0, 10.0], abs=0.5)  # there or back
        assert np.linalg.norm(leg["turned_deg"]) == pytest.approx(leg["turn_deg"])
        assert leg["other_vib_g"] > 0.01
        assert leg["path_deg"] == pytest.approx(20.0, rel=0.1)  # there and back
    assert early["other_early_g"] == early["other_vib_g"]
    assert late["other_early_g"] < 0.005


def test_a_leg_is_reported_with_what_it_turned_slowly_and_how_alike_both_ankles_shook_meanwhile():
    hand = signals.Hand(seconds=60.0, seed=5).kick(0, 30.0, deg=10.0, hold=1.2).shake(27.0, 34.0)
    events, _ = events_of(hand.samples())
    left, right = sorted(events[events["code"] == kernel.LEG], key=lambda e: e["device"])
    assert left["onset"] == pytest.approx(2700, abs=10)
    assert left["end"] == pytest.approx(3400, abs=15)
    assert left["own_onset"] == pytest.approx(3000, abs=10)
    assert left["own_end"] == pytest.approx(3220, abs=15)
    assert left["slow_deg"] == pytest.approx(8.6, abs=0.7)  # of 10 deg within 0.4 s, and the shake
    assert left["head_common"] > 0.9
    assert left["tail_common"] > 0.9
    assert right["slow_deg"] < 1.0


@pytest.mark.parametrize("hold", [1.0, 4.0])
def test_what_a_held_leg_turns_is_added_up_once(hold):
    hand = signals.Hand(seconds=60.0, seed=5, bias=(0.0, 0.0, 0.0)).kick(0, 30.0, 20.0, hold=hold)
    events, state = events_of(hand.samples())
    (leg,) = events[events["code"] == kernel.LEG]
    assert leg["outcome"] == kernel.RETURNED
    assert np.abs(state["turn"][0][0]).max() < 0.3  # there and back


def test_uncompiled_it_says_exactly_the_same(tmp_path):
    samples = night()[:4000]
    np.save(tmp_path / "night.npy", samples)
    script = (
        "import sys, json, numpy as np\n"
        "from detect.detector import Detector\n"
        "from drivers.channels import NightScale\n"
        "x = np.load(sys.argv[1]); s = NightScale()\n"
        "d = Detector(np.array(s.gains()), np.array(s.offsets()))\n"
        "found = d.feed(0, x) + d.finish()\n"
        "print(json.dumps([repr(m) for m in found]), d._state.tobytes().hex())\n"
    )
    env = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)}
    out = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "night.npy")],
        capture_output=True, text=True, check=True, cwd=ROOT, env=env,
    ).stdout  # fmt: skip
    found_text, memory = out.rsplit(" ", 1)
    detector = Detector(GAINS, OFFSETS)
    found = detector.feed(0, samples) + detector.finish()
    assert json.loads(found_text) == [repr(m) for m in found]
    assert memory.strip() == detector._state.tobytes().hex()
    assert [m.kind for m in found] == ["leg", "bed"]


def seconds_of(samples):
    """Return the shortest of five runs of the loop, in processor seconds."""
    config = loop_config(GAINS, OFFSETS, PARAMETERS)
    events, best = np.zeros(4096, kernel.EVENT), 1e9
    for _ in range(5):
        state, at, start = kernel.fresh_state(config), 0, time.process_time()
        while at < len(samples):
            used, _ = kernel.run(state, config, samples[at:], len(samples) - at, events)
            at += used
        best = min(best, time.process_time() - start)
    return best


def test_a_dead_sensor_leaves_no_denormal_number():
    samples = np.zeros((120_000, 13), np.int16)
    rng = np.random.default_rng(6)
    samples[:3000] = rng.normal(0, 20, (3000, 13))
    samples[3000::400, 0] = 1  # just not stuck, so that the filters run on
    samples[3000::400, 6] = 1
    samples[3000::400, 12] = 1
    _, state = events_of(samples)
    for name in ("zg", "za", "zs", "v2", "s2", "rms2"):
        values = np.abs(state[name])
        assert not ((values > 0) & (values < 1e-280)).any(), name
    live = rng.normal(0, 20, samples.shape).astype(np.int16)
    assert seconds_of(samples) < 2.0 * seconds_of(live)
