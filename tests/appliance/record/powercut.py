"""Pull the plug on a card that had not yet written what nobody told it to (`make faults`).

A recorder in simulated time runs under strace, which writes down every write and every sync. From
that list the files are made anew as a card could hold them at any moment: all that was synced,
and of the rest any 512-byte sectors, in any order. Each such image must open with every movement
that had been announced, hold none twice, and the night must go on.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

from appliance.store import outbox
from tests.appliance.record.campaign import Counts, Told, check, night_samples, take
from tests.appliance.record.rig import Rig

SECTOR = 512
STEP_S = 0.5
MARK = "said "
CALLS = "pwrite64,write,fsync,fdatasync,ftruncate,unlink"
LINE = re.compile(
    r"^\d+ +(?P<call>\w+)\((?:(?P<fd>\d+)<(?P<path>[^>]*)>)?(?:, )?(?P<rest>.*)\)"
    r" += (?P<result>-?\d+)"
)


def scene(state_dir, seconds):
    """Record, and say after each step that announced something what the database then held."""
    rig = Rig(state_dir, night_samples())
    rig.sensors.endless = True
    rig.recorder.begin(reason="campaign")
    newest, seq = 0, 0
    for _ in range(round(seconds / STEP_S)):
        rig.run(STEP_S, STEP_S)
        events = [e.id for e in outbox.pending(rig.hands, 100_000)]
        if events and max(events) > newest:
            newest = max(events)
            for row in rig.hands.execute(
                "SELECT night_id, seq, onset_tick, end_tick, owner, kind FROM movements"
                " WHERE seq >= ?", (seq,),
            ):  # fmt: skip
                sys.stdout.write(f"{MARK}{json.dumps(['movement', *row])}\n")
                seq = row["seq"] + 1
            sys.stdout.flush()
    rig.crash()


def unescaped(text):
    return bytes.fromhex(text.replace("\\x", ""))


def calls(log, state_dir):
    """Yield (call, path, data or size, offset) of the state directory, and what was said."""
    inside = str(state_dir) + "/"
    for line in log.open(encoding="ascii", errors="replace"):
        found = LINE.match(line)
        if found is None or int(found["result"]) < 0:
            continue
        call, path, rest = found["call"], unescaped(found["path"] or "").decode(), found["rest"]
        if call == "write" and found["fd"] == "1":
            text = unescaped(rest.split('"')[1]).decode()
            yield from (("said", "", json.loads(t.removeprefix(MARK)), 0)
                        for t in text.splitlines() if t.startswith(MARK))  # fmt: skip
        elif not path.startswith(inside):
            continue
        elif call == "pwrite64":
            _, text, tail = rest.split('"')
            yield call, path[len(inside) :], unescaped(text), int(tail.split(",")[-1])
        elif call == "ftruncate":
            yield call, path[len(inside) :], int(rest), 0
        elif call in ("fsync", "fdatasync"):
            yield "sync", path[len(inside) :], None, 0


def apply(content, change):
    call, what, offset = change
    if call == "ftruncate":
        del content[what:]
        content.extend(bytes(what - len(content)))
        return
    content.extend(bytes(max(0, offset + len(what) - len(content))))
    content[offset : offset + len(what)] = what


class Card:
    """What is on the card, and what only the kernel has."""

    def __init__(self):
        self.synced = {}
        self.waiting = defaultdict(list)

    def take(self, call, path, what, offset):
        """Take one call."""
        if call != "sync":
            self.waiting[path].append((call, what, offset))
        elif path in self.waiting:  # folders are synced too
            content = self.synced.setdefault(path, bytearray())
            for change in self.waiting.pop(path, []):
                apply(content, change)

    def image(self, folder, rng):
        """Write the files as a power cut could leave them."""
        share = rng.choice((0.0, 0.2, 0.5, 0.9, 1.0))
        for path in {*self.synced, *self.waiting}:
            content = bytearray(self.synced.get(path, b""))
            for call, what, offset in self.waiting.get(path, []):
                if call == "ftruncate":
                    if rng.random() < share:
                        apply(content, (call, what, offset))
                    continue
                for start in range(0, len(what), SECTOR):
                    if rng.random() < share:
                        piece = what[start : start + SECTOR]
                        apply(content, ("pwrite64", piece, offset + start))
            if path in self.synced or rng.random() < share:
                file = folder / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)


def traced(folder, seconds):
    """Record a scene under strace and return its list of calls."""
    state_dir, log = folder / "state", folder / "calls"
    work = [sys.executable, "-m", "tests.appliance.record.powercut", "--scene", str(state_dir)]
    strace = [shutil.which("strace"), "-f", "-qq", "-y", "-xx", "-s", "1000000", "-o", str(log)]
    subprocess.run(
        [*strace, "-e", f"trace={CALLS}", *work, "--seconds", str(seconds)],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return list(calls(log, state_dir))


def campaign(folder, images, seconds, seed):
    """Make images of random moments and check each; return (images, syncs, movements promised)."""
    rng = random.Random(seed)
    listed = traced(folder, seconds)
    first = next(i for i, call in enumerate(listed) if call[0] == "said")
    moments = sorted(rng.sample(range(first, len(listed)), images))
    samples, card, told, counts = night_samples(), Card(), Told(), Counts()
    kinds = Counter(call[0] for call in listed)
    promised = 0
    for number, (call, path, what, offset) in enumerate(listed):
        if call == "said":
            take(what, told)
        else:
            card.take(call, path, what, offset)
        if number not in moments:
            continue
        image = folder / f"image-{number}"
        image.mkdir()
        card.image(image, rng)
        running = check(image, told, counts)
        assert running is not None
        rig = Rig(image, samples, at_s=seconds + 60.0)
        rig.sensors.endless = True
        assert rig.recorder.night_name == running.name
        rig.run(30, STEP_S)
        rig.recorder.end("campaign")
        rig.crash()
        check(image, told, counts)
        promised += len(told.movements)
        shutil.rmtree(image)
    return images, kinds["sync"], promised


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scene", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=900.0)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.scene:
        scene(options.scene, options.seconds)
        return
    with tempfile.TemporaryDirectory() as folder:
        images, syncs, promised = campaign(
            Path(folder), options.images, options.seconds, options.seed
        )
    print(
        f"{images} images of a card between {syncs} syncs: {promised} promised movements, all there"
    )


if __name__ == "__main__":
    main()
