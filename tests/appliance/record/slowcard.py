"""A real recorder in real time, while every fsync of it takes two seconds (`make faults`).

`plms record --simulate` runs under strace, which delays the kernel's fsync and fdatasync. A night
is begun through the database as the page does it. Afterwards nothing that the sensors gave may be
missing, and what was stored must be what a replay of the raw signals finds.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import numpy as np

from appliance.record.begin import raw_blocks
from appliance.record.events import is_kick
from appliance.record.lock import LOCK_NAME
from appliance.replay import by_onset, detect_all
from appliance.store import commands, faults, movements, nights, outbox, settings
from appliance.store.connect import database_path, open_database
from appliance.store.raw import raw_path
from detect.detector import Detector

DELAY_S = 2.0
DELAYED = re.compile(r"(?:fsync|fdatasync)\(.*\(DELAYED\)")
WITHIN_S = 120.0


def recorder(state_dir, log):
    """Start a recorder on a slow card."""
    delay = f"inject=fsync,fdatasync:delay_enter={round(DELAY_S * 1e6)}"
    strace = [shutil.which("strace"), "-f", "-qq", "-o", str(log), "-e", "trace=fsync,fdatasync"]
    record = [sys.executable, "-m", "appliance", "record", "--simulate", "--seed", "1"]
    return subprocess.Popen([*strace, "-e", delay, *record, "--state-dir", str(state_dir)])


def wait_for(happened, what):
    deadline = time.monotonic() + WITHIN_S
    while not happened():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def recorded(state_dir, log, seconds):
    """Record for a while, end the night as the page does, and return how many syncs were slow."""
    with closing(open_database(state_dir)) as db:
        settings.put(db, "mqtt.enabled", True, time.time())
        settings.put(db, "storage.raw_chunk_s", 5.0, time.time())
    process = recorder(state_dir, log)
    try:
        with closing(open_database(state_dir)) as db:
            number = commands.submit(db, "start_night", {}, "page", time.time())
            wait_for(lambda: commands.get(db, number).done_utc, "the night did not begin")
            time.sleep(seconds)
            number = commands.submit(db, "end_night", {}, "page", time.time())
            wait_for(lambda: commands.get(db, number).done_utc, "the night did not end")
            assert commands.get(db, number).ok
    finally:
        # strace keeps signals to itself; the lock names the recorder
        os.kill(int((state_dir / LOCK_NAME).read_text()), signal.SIGTERM)
        process.wait(WITHIN_S)
    return len(DELAYED.findall(log.read_text()))


def check(state_dir, seconds):
    """Assert that the night is whole; return (seconds, movements, events)."""
    with closing(open_database(state_dir)) as db:
        night = nights.last_closed_night(db)
        assert night.end_tick >= seconds * 100
        blocks = list(raw_blocks(raw_path(state_dir, night.recording), 0, night.end_tick))
        samples = np.full((night.end_tick, 13), -32768, np.int16)
        for block in blocks:
            samples[block.first_tick : block.first_tick + len(block.samples)] = block.samples
        ankles = (samples[:, :12] != -32768).all(axis=1)
        first, last = np.flatnonzero(ankles)[[0, -1]]
        assert first < 100, "the sensors had just been started"
        assert ankles[first : last + 1].all(), "samples of the ankles are missing"
        # The strip is read at the host's pace: a busy host misses ticks, a sampler that waited for
        # the card would miss two seconds of them.
        missing = samples[first : last + 1, 12] == -32768
        edges = np.flatnonzero(np.diff(missing, prepend=False, append=False))
        assert np.diff(edges)[::2].max(initial=0) < DELAY_S * 100 / 2, "the sampler stood still"
        assert not [f for f in faults.night_faults(db, night.id) if f.code != "overrun"]
        found = detect_all(
            Detector(night.scale.gains(), night.scale.offsets()), [(0, samples)]
        ).movements
        stored = by_onset(movements.load_movements(db, night.id))
        assert stored == found
        told = [e.payload for e in outbox.pending(db, 10_000)]
        announced = {p["seq"] for p in told if p["event_type"].endswith("_movement")}
        wanted = {
            seq
            for seq, m in movements.load_numbered(db, night.id)
            if m.owner == "partner" or is_kick(m)
        }
        assert wanted, "nobody moved"
        assert wanted == announced
        return night.end_tick / 100, len(stored), len(told)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=90.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        state_dir, log = Path(folder) / "state", Path(folder) / "strace"
        assert not database_path(state_dir).exists()
        slow = recorded(state_dir, log, options.seconds)
        assert slow > 10, "no sync was slow"
        length_s, count, told = check(state_dir, options.seconds)
        print(f"{slow} slow syncs: {length_s:.0f} s whole, {count} movements, {told} events")


if __name__ == "__main__":
    main()
