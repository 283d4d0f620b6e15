"""The fault campaign: kill the recorder, pull the plug, fill the disk, and look what is left.

`python -m tests.appliance.record.campaign --kills 200` is the long form (`make faults`).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from appliance.record.begin import raw_blocks
from appliance.record.disk import free_mb
from appliance.replay import by_onset, detect_all
from appliance.store import commands, movements, nights, outbox
from appliance.store.connect import database_path, open_database
from appliance.store.raw import raw_extent, raw_path
from detect.detector import Detector
from drivers.channels import NightScale
from tests.appliance.record.rig import Rig, bed_samples
from tests.appliance.record.syscalls import Writes

NIGHT_S = 1500.0
"""Nights are short, so that their ends are hit too."""
CHUNK_TICKS = 3000
STEP_S = 0.5
NEAR_TICKS = 2500
"""Around a gap a replay may see a movement otherwise; it is compared outside only."""


@dataclass
class Told:
    """What the processes said before they died."""

    tick: int = 0
    movements: dict = field(default_factory=dict)
    """(night, seq) -> row, as it was stored."""
    delivered: dict = field(default_factory=dict)
    """Event id -> (night, seq or None), as it left the box."""


@dataclass
class Counts:
    """Of a whole campaign."""

    kills: int = 0
    by: dict = field(default_factory=dict)
    torn: int = 0
    images: int = 0
    movements: int = 0
    delivered: int = 0
    nights: int = 0
    most_raw_lost_s: float = 0.0


# -- the processes that die ------------------------------------------------------------------


def spawn(work):
    """Fork a process that runs `work(say)`; return (pid, reading end of its pipe)."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    code = 1
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        os.close(reading)
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123
        work(lambda thing: os.write(writing, json.dumps(thing).encode() + b"\n"))
        code = 0
    except BaseException as error:  # noqa: BLE001 - said to the parent
        with contextlib.suppress(OSError):
            os.write(writing, json.dumps(["error", repr(error)]).encode() + b"\n")
    finally:
        os._exit(code)


def night_samples(seed=3):
    """Return 20 minutes with many kicks; the processes to be forked find the detector compiled."""
    samples = bed_samples("severe", seed, 30)[60_000:]
    scale = NightScale()
    Detector(scale.gains(), scale.offsets()).feed(0, samples[:100])
    return samples


def record(state_dir, at_s, samples, decide=None):
    """Return the work of an accelerated recorder that goes on from `at_s`."""

    def work(say):
        if decide is not None:
            keep = Writes(decide)
            assert keep is not None
        rig = Rig(state_dir, samples, at_s=at_s)
        rig.sensors.endless = True
        sent = {}
        while True:
            recorder = rig.recorder
            if recorder.running is None:
                recorder.begin(reason="campaign")
            elif recorder.running.next_tick > NIGHT_S * 100:
                recorder.end("campaign")
                continue
            rig.run(STEP_S, STEP_S)
            running = recorder.running
            night = running.night
            rows = rig.hands.execute(
                "SELECT seq, onset_tick, end_tick, owner, kind FROM movements"
                " WHERE night_id = ? AND seq >= ?",
                (night.id, sent.get(night.id, 0)),
            ).fetchall()
            for row in rows:
                say(["movement", night.id, *row])
                sent[night.id] = row["seq"] + 1
            say(["tick", (rig.clock.now_ns - rig.zero_ns) // 10_000_000])

    return work


def serve(state_dir):
    """Return the work of a process that delivers events and presses buttons."""

    def work(say):
        with closing(open_database(state_dir)) as db:
            turn = 0
            while True:
                events = outbox.pending(db, 20)
                for event in events:
                    say(
                        [
                            "event",
                            event.payload["id"],
                            event.payload["night"],
                            event.payload.get("seq"),
                        ]
                    )
                outbox.delete(db, [event.id for event in events])
                turn += 1
                if turn % 50 == 0:
                    commands.submit(db, "mark", {"text": f"turn {turn}"}, "page", 1.0)
                time.sleep(0.002)

    return work


def listen(pipes, seconds, told, until=None):
    """Take what the processes say for a while; raise what they could not do."""
    deadline = time.monotonic() + seconds
    buffers = dict.fromkeys(pipes, b"")
    for pipe in pipes:
        os.set_blocking(pipe, False)
    open_pipes = set(pipes)
    while pipes[0] in open_pipes and time.monotonic() < deadline:
        quiet = True
        for pipe in tuple(open_pipes):
            try:
                data = os.read(pipe, 65536)
            except BlockingIOError:
                continue
            quiet = False
            if not data:
                open_pipes.discard(pipe)
                continue
            *lines, buffers[pipe] = (buffers[pipe] + data).split(b"\n")
            for line in lines:
                take(json.loads(line), told)
        if until is not None and until():
            return
        if quiet:
            time.sleep(0.001)


def take(said, told):
    kind, *rest = said
    if kind == "movement":
        night_id, seq, *row = rest
        told.movements[night_id, seq] = row
    elif kind == "tick":
        told.tick = max(told.tick, rest[0])
    elif kind == "event":
        told.delivered[rest[0]] = (rest[1], rest[2])
    else:
        raise AssertionError(f"a process failed: {rest}")


def kill(pids):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for pid in pids:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)


# -- what must be true afterwards ------------------------------------------------------------


def check(state_dir, told, counts):
    """Assert that nothing that was confirmed is missing or doubled."""
    with closing(sqlite3.connect(database_path(state_dir))) as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    with closing(open_database(state_dir)) as db:
        stored = {
            (row[0], row[1]): list(row[2:])
            for row in db.execute(
                "SELECT night_id, seq, onset_tick, end_tick, owner, kind FROM movements"
            )
        }
        for key, row in told.movements.items():
            assert stored.get(key) == row, (key, row, stored.get(key))
        rows = [(night, *row) for (night, _), row in stored.items()]
        twice = [key for key, row in stored.items() if rows.count((key[0], *row)) > 1]
        assert not twice, [(key, stored[key]) for key in twice]
        names = {night.name: night for night in nights.list_nights(db)}
        for name, seq in told.delivered.values():
            if seq is not None:
                assert (names[name].id, seq) in stored
        ids = [e.payload["id"] for e in outbox.pending(db, 100_000)]
        assert len(ids) == len(set(ids)), sorted(i for i in ids if ids.count(i) > 1)
        running = [n for n in names.values() if n.state != "closed"]
        assert len(running) <= 1
        counts.nights = len(names)
        counts.movements = max(counts.movements, len(stored))
        counts.delivered = len(told.delivered)
        return running[0] if running else None


def check_raw(state_dir, night, told, began_tick, counts):
    """Assert that the raw signals reach to within a chunk of what was taken since the start."""
    extent = raw_extent(raw_path(state_dir, night.recording))
    origin_tick = (night.origin_monotonic_ns - 5_000_000_000) // 10_000_000
    taken = told.tick - origin_tick
    kept = max(extent[1] if extent else 0, began_tick - origin_tick)
    lost_s = (taken - kept) / 100
    assert lost_s <= CHUNK_TICKS / 100 + 2 * STEP_S, (lost_s, night.name)
    counts.most_raw_lost_s = max(counts.most_raw_lost_s, lost_s)


def gaps_in(path, end_tick):
    """Return (start, end) of stretches without raw signals."""
    found, tick = [], 0
    for block in raw_blocks(path, 0, end_tick):
        empty = (block.samples == -32768).all(axis=1)
        edges = np.flatnonzero(np.diff(empty, prepend=False, append=False)) + block.first_tick
        if block.first_tick > tick:
            found.append((tick, block.first_tick))
        found += list(zip(edges[0::2].tolist(), edges[1::2].tolist(), strict=True))
        tick = block.first_tick + len(block.samples)
    return [gap for gap in found if gap[1] - gap[0] > 5]


def check_replay(state_dir):
    """Assert that every closed night holds what a replay of its raw signals finds.

    Returns
    -------
    int
        Movements compared.
    """
    compared = 0
    with closing(open_database(state_dir)) as db:
        for night in nights.list_nights(db):
            if night.state != "closed" or night.recording is None:
                continue
            path = raw_path(state_dir, night.recording)
            blocks = ((b.first_tick, b.samples) for b in raw_blocks(path, 0, night.end_tick))
            detector = Detector(night.scale.gains(), night.scale.offsets())
            found = detect_all(detector, blocks).movements
            holes = gaps_in(path, night.end_tick)

            def far(movement, holes=holes):
                return all(
                    movement.end_tick < start - NEAR_TICKS or movement.onset_tick > end + NEAR_TICKS
                    for start, end in holes
                )

            stored = by_onset(movements.load_movements(db, night.id))
            wanted = [m for m in found if far(m)]
            assert [m for m in stored if far(m)] == wanted, night.name
            compared += len(wanted)
    return compared


# -- the campaigns ---------------------------------------------------------------------------


def at_write(number, share):
    """Return a decision that dies at SQLite's `number`-th write, `share` of it written."""
    seen = [0]

    def decide(fd, data, offset):
        seen[0] += 1
        if seen[0] == number:
            os.pwrite(fd, data[: int(len(data) * share)], offset)
            os.kill(os.getpid(), signal.SIGKILL)
        return len(data)

    return decide


def kill_campaign(state_dir, kills, seed):
    """Kill the recorder (at a random moment, or within a write), the server, or both."""
    rng = random.Random(seed)
    told, counts = Told(), Counts()
    samples = night_samples()
    at_s = 0.0
    for _ in range(kills):
        # A process may have gone one step further than it could say; time never goes back.
        at_s = max(at_s, told.tick / 100) + rng.choice((0.6, 1.0, 4.0, 30.0))
        how = rng.choice(("moment", "write", "write", "torn"))
        decide = None
        if how != "moment":
            share = 0.0 if how == "write" else rng.random()
            decide = at_write(int(rng.expovariate(1 / 150)) + 1, share)
        recorder, from_recorder = spawn(record(state_dir, at_s, samples, decide))
        wait_for_database(state_dir)
        server, from_server = spawn(serve(state_dir))
        pipes = (from_recorder, from_server)
        target = told.tick + rng.randrange(15_000)
        listen(pipes, 30.0, told, lambda target=target: told.tick >= target)
        listen(pipes, rng.random() * 0.05, told)
        victims = rng.choice(((recorder,), (recorder, server), (server, recorder)))
        kill(victims)
        if server not in victims:
            listen((from_server,), 0.02, told)
        kill((recorder, server))
        for pipe in pipes:
            listen((pipe,), 5.0, told)  # to the end of what was said
        os.close(from_recorder)
        os.close(from_server)
        counts.kills += 1
        counts.by[how] = counts.by.get(how, 0) + 1
        counts.torn += how == "torn"
        night = check(state_dir, told, counts)
        if night is not None:
            check_raw(state_dir, night, told, round(at_s * 100), counts)
    return counts


def wait_for_database(state_dir):
    deadline = time.monotonic() + 20
    while not database_path(state_dir).exists() and time.monotonic() < deadline:
        time.sleep(0.005)


def photographer(state_dir, folder, writes, rng, told_file):
    """Return a decision that copies the state directory just before chosen writes, torn."""
    seen = [0]

    def decide(fd, data, offset):
        seen[0] += 1
        if seen[0] in writes:
            image = folder / f"{seen[0]}"
            shutil.copytree(state_dir, image, ignore=shutil.ignore_patterns("*-shm"))
            written = Path(f"/proc/self/fd/{fd}").readlink()
            with contextlib.suppress(FileNotFoundError):
                file = os.open(image / written.relative_to(state_dir), os.O_RDWR | os.O_CREAT)
                os.pwrite(file, data[: int(len(data) * rng.random())], offset)
                os.close(file)
            (image / "told.json").write_text(told_file.read_text() if told_file.exists() else "[]")
        return len(data)

    return decide


def image_campaign(folder, images, seed):
    """Pull the plug at random writes: every image must open with all that was confirmed."""
    rng = random.Random(seed)
    state_dir, shots = folder / "state", folder / "images"
    shots.mkdir()
    told_file = folder / "told.json"
    writes = set(rng.sample(range(5, 120 * images), images))
    decide = photographer(state_dir, shots, writes, rng, told_file)

    def work(say):
        said = []

        def note(thing):
            if thing[0] == "movement":
                said.append(thing)
                part = told_file.with_suffix(".part")
                part.write_text(json.dumps(said))
                part.replace(told_file)
            say(thing)

        record(state_dir, 0.0, samples, decide)(note)

    samples = night_samples()
    pid, pipe = spawn(work)
    listen((pipe,), 300.0, Told(), lambda: len(list(shots.iterdir())) >= images)
    kill((pid,))
    os.close(pipe)
    counts = Counts()
    for image in shots.iterdir():
        told_path = image / "told.json"
        if not told_path.exists():
            continue  # killed while it was copied
        told = Told()
        for thing in json.loads(told_path.read_text()):
            take(thing, told)
        night = check(image, told, counts)
        rig = Rig(image, samples, at_s=4000.0)
        assert night is None or rig.recorder.night_name == night.name
        rig.crash()
        counts.images += 1
    return counts


def full_disk_campaign(state_dir, times, seed, error_number):
    """Refuse writes at random bytes for a while; nothing but raw signals may be lost."""
    rng = random.Random(seed)
    room = [10**12]

    def decide(fd, data, offset):
        if room[0] <= 0:
            return -error_number
        allowed = min(len(data), room[0])
        room[0] -= len(data)
        return allowed if allowed > 0 else -error_number

    def work(say):
        keep = Writes(decide)
        assert keep is not None
        rig = Rig(state_dir, samples)
        rig.sensors.endless = True
        rig.recorder.begin(reason="campaign")
        for _ in range(times):
            rig.run(rng.random() * 60, STEP_S)
            room[0] = rng.randrange(20_000)
            rig.run(20 + rng.random() * 40, STEP_S)
            room[0] = 10**12
            rig.run(10, STEP_S)
            assert rig.recorder.trouble is None
            say(["tick", rig.recorder.running.next_tick])
        end_tick = rig.recorder.running.next_tick
        rig.recorder.end("campaign")
        found = detect_all(
            Detector(rig.recorder.station.scale.gains(), rig.recorder.station.scale.offsets()),
            [(0, replayed(rig, end_tick))],
        )
        stored = by_onset(movements.load_movements(rig.hands, 1))
        assert stored == found.movements, (len(stored), len(found.movements))
        say(["event", "compared", "n", len(stored)])

    samples = night_samples()
    pid, pipe = spawn(work)
    told = Told()
    listen((pipe,), 600.0, told)
    kill((pid,))
    os.close(pipe)
    counts = Counts(movements=len(told.movements))
    assert told.delivered, "the recorder did not reach the end"
    check(state_dir, Told(), counts)
    return counts


def replayed(rig, end_tick):
    """Return all that the sensors gave."""
    night = nights.last_closed_night(rig.hands)
    origin_tick = (night.origin_monotonic_ns - rig.zero_ns) // 10_000_000
    rows = np.arange(origin_tick, origin_tick + night.end_tick)
    samples = rig.samples[rows % len(rig.samples)].copy()
    samples[end_tick:] = -32768
    return samples


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--fills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"free: {free_mb(folder):.0f} MB")
        print(kill_campaign(folder / "killed", options.kills, options.seed))
        print("compared with a replay:", check_replay(folder / "killed"))
        (folder / "pulled").mkdir()
        print(image_campaign(folder / "pulled", options.images, options.seed))
        import errno

        for number in (errno.ENOSPC, errno.EROFS, errno.EIO):
            where = folder / errno.errorcode[number]
            print(
                errno.errorcode[number],
                full_disk_campaign(where, options.fills, options.seed, number),
            )


if __name__ == "__main__":
    main()
