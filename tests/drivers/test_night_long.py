"""The time line under a host that is late, stalls and is held up, with wrong, drifting clocks."""

import os

import numpy as np
import pytest

from drivers.channels import MISSING
from drivers.simulated.clock import VirtualClock

MS = 1_000_000
HOURS = float(os.environ.get("PLMS_LONG_NIGHT_H", "0.1"))
"""Set to 8 for the whole night of the acceptance run."""


class Host:
    """Small jitter always; now and then a stall of up to 400 ms, asleep or inside a transfer.

    The loop sleeps 200 times and transfers 300 times a second: a stall every 14 s.
    """

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        late = rng.exponential(0.3, 200_000)
        late[rng.random(len(late)) < 0.002] += 8.0
        stall = rng.random(len(late)) < 0.0002
        late[stall] = rng.uniform(20.0, 400.0, stall.sum())
        self.late_ns = (late * MS).astype(np.int64).tolist()
        held = rng.exponential(0.05, 200_001)
        stall = rng.random(len(held)) < 0.0001
        held[stall] = rng.uniform(2.0, 400.0, stall.sum())
        self.held_ns = (held * MS).astype(np.int64).tolist()
        self.sleeps = self.transfers = 0

    def lateness_ns(self):
        self.sleeps += 1
        return self.late_ns[self.sleeps % len(self.late_ns)]

    def hold_up_ns(self):
        self.transfers += 1
        return self.held_ns[self.transfers % len(self.held_ns)]


@pytest.mark.timeout(900)
def test_every_channel_is_within_5_ms_of_truth_after_the_first_minute(make_box):
    host = Host(1)
    clock = VirtualClock(17_000 * MS, lateness_ns=host.lateness_ns, hold_up_ns=host.hold_up_ns)
    box = make_box(
        clock=clock,
        options={"left": {"trim": 0, "first_stamp": 2**32 - 400_000}, "right": {"trim": 0}},
    )
    worst = np.zeros(13)
    missing = np.zeros(13, dtype=int)
    total = 0
    next_tick = 0
    for _ in range(int(HOURS * 60)):
        box.run(60.0, take_every_s=0.2)
        assert box.ticks[0] == next_tick
        assert (np.diff(box.ticks) == 1).all()
        next_tick = int(box.ticks[-1]) + 1
        if total:
            missing += (box.counts == MISSING).sum(axis=0)
            for column in range(13):
                errors = np.abs(box.time_errors_ms(column)[1])
                worst[column] = max(worst[column], np.nanmax(errors))
        total += len(box.counts)
        box.blocks = []
    print(f"worst {worst.round(2)} ms; missing {missing} of {total}; {box.faults}")
    assert (worst < 5.0).all()
    assert (missing[:12] == 0).all()
    assert missing[12] < 0.02 * total
    assert box.faults == []
