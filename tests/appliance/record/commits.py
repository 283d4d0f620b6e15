"""Kill the recorder before every single call that SQLite makes during one act, one after another.

An act is a commit of movements with their events, a chunk of raw signals, a batch with the
detector's state, or a night's beginning or end. `python -m tests.appliance.record.commits` tries
every call of every act (`make faults`); `make test` tries some.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from appliance.store import movements, nights, outbox
from tests.appliance.record.campaign import (
    Counts,
    Told,
    check,
    check_replay,
    listen,
    night_samples,
    spawn,
)
from tests.appliance.record.rig import Rig
from tests.appliance.record.syscalls import Calls

STEP_S = 0.5
WRITES = ("write", "pwrite", "pwrite64")
AWAY_S = 3.0


def until(rig, happened):
    """Step until the next step would make something happen; say after how many seconds."""
    while not happened(rig):
        rig.run(STEP_S, STEP_S)
    return rig


def kick_waits(rig):
    """Look a step ahead: the next one stores a kick."""
    rig.clock.sleep_until(rig.clock.now_ns + round(STEP_S * 1e9))
    recorder = rig.recorder
    for block in rig.sensors.take_blocks():
        recorder._take(block)
    if recorder.running.waiting.hurry:
        return True
    recorder.step()
    return False


def raw_waits(rig):
    return rig.recorder.running.raw.waiting_ticks >= 3000 - 60


def snapshot_waits(rig):
    return rig.recorder.running.next_tick >= 60_000 - 60


def prepare(name, rig):
    """Bring a night to just before an act, and return the act."""
    if name == "begin":
        return lambda: rig.recorder.begin(reason="campaign")
    rig.recorder.begin(reason="campaign")
    rig.run(100, STEP_S)
    if name == "kick":
        until(rig, kick_waits)
        return rig.recorder.step
    if name == "raw":
        until(rig, raw_waits)
        return lambda: rig.run(STEP_S * 2, STEP_S)
    if name == "snapshot":
        until(rig, snapshot_waits)
        return lambda: rig.run(STEP_S * 2, STEP_S)
    return lambda: rig.recorder.end("campaign")


ACTS = {"begin": 1, "kick": 1, "raw": 1, "snapshot": 5, "end": 1}
"""Which calls of an act are tried: all, or every fifth of the snapshot's many alike."""


def stored(rig):
    return [
        ["movement", row[0], *row[1:]]
        for row in rig.hands.execute(
            "SELECT night_id, seq, onset_tick, end_tick, owner, kind FROM movements"
        )
    ]


def die(given, share, name):
    """Write a share of what was to be written, and die."""
    if name in WRITES and share:
        data = ctypes.string_at(given[1], given[2])
        at = given[3] if len(given) > 3 else os.lseek(given[0], 0, os.SEEK_CUR)
        os.pwrite(given[0], data[: int(len(data) * share)], at)
    os.kill(os.getpid(), signal.SIGKILL)


def doing(name, state_dir, samples, number, share):
    """Return the work of a process that does an act and dies before its `number`-th call."""

    def work(say):
        rig = Rig(state_dir, samples)
        rig.sensors.endless = True
        act = prepare(name, rig)
        for row in stored(rig):
            say(row)
        seen = []

        def before(call, given):
            seen.append(call)
            if len(seen) == number:
                die(given, share, call)

        keep = Calls(before)
        act()
        assert keep is not None
        for row in stored(rig):
            say(row)
        say(["event", "calls", None, seen])
        say(["tick", (rig.clock.now_ns - rig.zero_ns) // 10_000_000])

    return work


def run(name, state_dir, samples, number, share):
    """Do an act in a process of its own; return what it said before it died or ended."""
    told = Told()
    pid, pipe = spawn(doing(name, state_dir, samples, number, share))
    listen((pipe,), 60.0, told)
    os.close(pipe)
    _, status = os.waitpid(pid, 0)
    return told, os.WIFSIGNALED(status)


def check_and_go_on(name, state_dir, samples, told):
    """Assert that all confirmed is there, that act and events agree, and that nights go on."""
    counts = Counts()
    confirmed = Told(movements=told.movements)
    check(state_dir, confirmed, counts)
    rig = Rig(state_dir, samples, at_s=700.0)
    rig.sensors.endless = True
    kicks = {
        f"{night.name}-{night.id}-m{seq}"
        for night in nights.list_nights(rig.hands)
        for seq, m in movements.load_numbered(rig.hands, night.id)
        if m.kind == "leg" and m.owner in ("patient", "both")
    }
    told_of = {e.payload["id"] for e in outbox.pending(rig.hands, 100_000)}
    assert kicks <= told_of, "a kick without its event"
    if rig.recorder.running is None:
        assert name in ("begin", "end")
        rig.recorder.begin(reason="campaign")
    rig.run(60, STEP_S)
    rig.recorder.end("campaign")
    rig.crash()
    check(state_dir, confirmed, counts)
    check_replay(state_dir)
    return counts


def campaign(folder, name, samples, every=1):
    """Kill before each `every`-th call of an act, and in the middle of each write among them.

    Returns
    -------
    tuple of int
        How many calls the act makes, and how often it was killed.
    """
    told, killed = run(name, folder / f"{name}-whole", samples, 0, 0.0)
    assert not killed
    calls = told.delivered["calls"][1]
    kills = 0
    for number in range(1, len(calls) + 1, every):
        for share in (0.0, 0.6) if calls[number - 1] in WRITES else (0.0,):
            state_dir = folder / f"{name}-{number}-{share}"
            told, killed = run(name, state_dir, samples, number, share)
            if not killed:  # a lock more or less, by how the clock fell
                assert number > 0.9 * len(calls), (name, number)
                break
            check_and_go_on(name, state_dir, samples, told)
            kills += 1
            shutil.rmtree(state_dir)
    return len(calls), kills


def main():
    samples = night_samples()
    with tempfile.TemporaryDirectory() as folder:
        for name, every in ACTS.items():
            calls, kills = campaign(Path(folder), name, samples, every)
            print(f"{name}: {calls} calls, killed {kills} times", flush=True)


if __name__ == "__main__":
    sys.exit(main())
