"""What a simulated night writes to the card, by what it is written for.

`python -m tests.bench.writes --hours 8` prints the bytes that SQLite hands to the kernel, by file
and, in the write-ahead log, by table; and what the kernel counts as written for this process, in
whole blocks of 4 KiB. With `--folder` on a file system of its own and `--device` naming its block
device (a loop device, as root) it also prints what reached the device, the file system's journal
included. The night runs fast; so that the device sees what it would in eight hours, everything is
written back every 30 s of the night, as the kernel does by itself.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path

import numpy as np

from appliance.store import nights, outbox
from appliance.store.connect import PAGE_BYTES, open_database
from drivers.simulated.bed import SCENARIOS, Bed, bed_block
from tests.appliance.record.rig import Rig
from tests.appliance.record.syscalls import Writes

WAL_HEADER, FRAME_HEADER = 32, 24
TICKS_PER_MIN = 6000
SAMPLE_MAP_S = 600.0
WRITE_BACK_S = 30.0
"""vm.dirty_expire_centisecs: how long the kernel leaves a changed block in memory."""
SECTOR_BYTES = 512


class Ledger:
    """Counts every byte that SQLite writes in this process.

    Attributes
    ----------
    files : Counter
        Bytes by kind of file: log, database, raw, journal.
    tables : Counter
        Bytes of the log's frames by the table (or index) whose page they hold.
    """

    def __init__(self):
        self.files = Counter()
        self.tables = Counter()
        self._pages = Counter()
        self._writes = Writes(self._see)

    def close(self):
        """Count no more."""
        self._writes.close()

    def _see(self, fd, data, offset):
        name = Path(f"/proc/self/fd/{fd}").readlink().name
        if name == "plms.db-wal":
            kind = "log"
            frame = PAGE_BYTES + FRAME_HEADER
            if offset >= WAL_HEADER and (offset - WAL_HEADER) % frame == 0:
                self._pages[int.from_bytes(data[:4], "big")] += frame
        elif name == "plms.db":
            kind = "database"
        else:
            kind = "journal" if name.endswith("-journal") else "raw"
        self.files[kind] += len(data)
        return len(data)

    def attribute(self, db):
        """Say for what the pages of the log were written since the last call."""
        names = dict(db.execute("SELECT pageno, name FROM dbstat"))
        for page, count in self._pages.items():
            name = "page 1" if page == 1 else names.get(page, "free pages")
            self.tables[name] += count
        self._pages.clear()

    @property
    def total(self):
        """Bytes in all."""
        return sum(self.files.values())


def kernel_bytes():
    """Return what the kernel counts as written by this process [bytes]."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in lines)["write_bytes"])


def device_bytes(device):
    """Return what was written to a block device since it appeared [bytes]; 0 without one."""
    if device is None:
        return 0
    return int(Path(f"/sys/block/{device}/stat").read_text().split()[6]) * SECTOR_BYTES


def write_back(folder):
    """Let the file system write all that it has only in memory."""
    file = os.open(folder, os.O_RDONLY)
    ctypes.CDLL(None).syncfs(file)
    os.close(file)


def deliver(db):
    """Take the outbox to a subscriber that answers at once."""
    told = outbox.pending(db, 1000)
    if told:
        outbox.delete(db, [event.id for event in told])
    return len(told)


def record(rig, ledger, seconds, step_s=0.25, flush=False):
    """Record one night of a length and return (night, events delivered)."""
    rig.recorder.begin(reason="bench")
    told, mapped_s, flushed_s = 0, 0.0, 0.0
    with closing(open_database(rig.state_dir)) as serve:
        for step in range(round(seconds / step_s)):
            rig.run(step_s, step_s)
            told += deliver(serve)
            if flush and step * step_s - flushed_s >= WRITE_BACK_S:
                flushed_s = step * step_s
                write_back(rig.state_dir)
            if step * step_s - mapped_s >= SAMPLE_MAP_S:
                mapped_s = step * step_s
                ledger.attribute(rig.hands)
        ledger.attribute(rig.hands)
        rig.recorder.end("bench")
        told += deliver(serve)
    ledger.attribute(rig.hands)
    return nights.last_closed_night(rig.hands), told


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--device", help="block device of --folder, for instance loop0")
    parser.add_argument("--unheard", action="store_true", help="nobody listens: MQTT is off")
    parser.add_argument("--raw", action="store_true", help="keep raw signals")
    options = parser.parse_args()
    bed = Bed(SCENARIOS["demo"], options.seed)
    minutes = round(options.hours * 60)
    samples = np.concatenate(
        [bed_block(bed, TICKS_PER_MIN * i, TICKS_PER_MIN) for i in range(minutes)]
    )
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        ledger = Ledger()
        write_back(folder)
        before, before_device = kernel_bytes(), device_bytes(options.device)
        rig = Rig(
            Path(folder) / "state",
            samples,
            **{"storage.keep_raw": options.raw, "mqtt.enabled": not options.unheard},
        )
        night, told = record(rig, ledger, options.hours * 3600, flush=options.device)
        write_back(folder)
        blocks = kernel_bytes() - before
        device = device_bytes(options.device) - before_device
        rows = rig.hands.execute("SELECT COUNT(*) FROM movements").fetchone()[0]
        size = (rig.state_dir / "plms.db").stat().st_size
    print(f"night {night.name}: {night.end_tick / 360_000:.2f} h, {rows} movements, {told} events")
    print(f"handed to the kernel {ledger.total / 1e6:.3f} MB; the kernel's blocks"
          f" {blocks / 1e6:.3f} MB; on the device {device / 1e6:.3f} MB;"
          f" plms.db is {size / 1e6:.3f} MB")  # fmt: skip
    for kind, count in ledger.files.most_common():
        print(f"  {kind:20s} {count / 1e6:8.3f} MB")
    print("frames of the log, by table:")
    for name, count in ledger.tables.most_common():
        print(f"  {name:20s} {count / 1e6:8.3f} MB")


if __name__ == "__main__":
    main()
