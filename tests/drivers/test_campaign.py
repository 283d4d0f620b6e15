"""Faults of every kind, one after another, on all devices: nothing is lost beyond them."""

import os

import numpy as np

FAULTS = int(os.environ.get("PLMS_CAMPAIGN_FAULTS", "60"))
"""Set higher for the acceptance run."""
COLUMNS = {"left": 0, "right": 6, "strip": 12}
START_NS = 17_000_000_000
BEFORE_S, AFTER_S = 0.15, 1.0
"""What was in the chip when its plug went; finding it again, and its first 0.12 s."""


def cause(box, rng, kind, device):
    """Make one fault; return what undoes it, or None."""
    if kind == "refused":
        box.rig.nack_after(device, int(rng.integers(1, 300)))
    elif kind == "cut":
        box.rig.unplug_after(device, int(rng.integers(0, 300)))
        return lambda: box.rig.plug(device)
    elif kind == "brown-out":
        box.rig.power_cycle(device)
    elif kind == "stuck":
        box.rig.stick(1)
        return lambda: box.rig.release(1)
    elif kind == "stall":
        box.clock.sleep_until(box.clock.now_ns + int(rng.uniform(0.02, 0.4) * 1e9))
    return None


def test_nothing_is_lost_beyond_the_faults_and_nothing_false_is_recorded(make_box):
    rng = np.random.default_rng(8)
    box = make_box()
    box.run(10.0)
    windows = {device: [] for device in COLUMNS}
    for _ in range(FAULTS):
        kind = rng.choice(["refused", "cut", "brown-out", "stuck", "stall"])
        device = rng.choice(list(COLUMNS))
        from_s = (box.clock.now_ns - START_NS) / 1e9
        undo = cause(box, rng, kind, device)
        box.run(rng.uniform(0.3, 2.0))
        if undo is not None:
            undo()
        until_s = (box.clock.now_ns - START_NS) / 1e9
        box.run(2.5)
        hit = [d for d in COLUMNS if kind == "stuck" or d == device]
        if kind == "stall":
            hit = ["strip"]
        for d in hit:
            windows[d].append((from_s - BEFORE_S, until_s + AFTER_S))
    box.run(2.0)
    ticks_s = box.ticks / 100
    for device, column in COLUMNS.items():
        excused = np.zeros(len(ticks_s), dtype=bool)
        for start_s, end_s in windows[device]:
            excused |= (ticks_s >= start_s) & (ticks_s <= end_s)
        beyond = box.missing[:, column] & ~excused & (ticks_s > 1.0)
        assert beyond.sum() == 0, (device, ticks_s[beyond])
        t_s, errors = box.time_errors_ms(column)
        late = np.abs(errors[t_s > 10]) > 12.0
        assert late.sum() == 0, (device, t_s[t_s > 10][late])
    assert set(box.acquisition.states.values()) == {"ok"}
    assert (np.diff(box.ticks) == 1).all()
