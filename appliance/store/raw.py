"""Raw signals of a night: one disposable SQLite file of short compressed chunks.

A chunk holds up to a minute of consecutive ticks of all channels. Its blob is a zlib stream of

* 13 column headers `<BhH`: how the column is coded, its base, its number of missing runs;
* the missing runs `<HH` (first row, rows) of all columns;
* the low bytes of every coded column, then the high bytes of every coded column.

The 16-bit words of a column are sample - base + 128 (`LEVEL`), or sample - previous sample + 128
(`DELTA`, the one before the first is the base), or the sample itself (`PLAIN`, where the others
would overflow); a column without any sample is `ABSENT`. 128 keeps the high bytes of small values
at 0, where they compress to nothing. Reading needs the standard library only.
"""

from __future__ import annotations

import json
import re
import sqlite3
import struct
import sys
import zlib
from array import array
from contextlib import closing, suppress
from itertools import accumulate, chain, count
from typing import TYPE_CHECKING

from drivers.channels import CHANNELS, MISSING, NightScale, PhysicalRange

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

RECORDINGS = "recordings"
FORMAT = 1
ABSENT, LEVEL, DELTA, PLAIN = range(4)
BIAS = 128
HEADER = struct.Struct("<BhH")
RUN = struct.Struct("<HH")
CHUNK_MAX_TICKS = 6000
BUSY_S = 10.0

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE chunks (first_tick INTEGER PRIMARY KEY, ticks INTEGER NOT NULL, data BLOB NOT NULL);
"""

FILE_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,60}\.db")


class RawError(Exception):
    """Raw signals that cannot be read; the text names the file."""


def raw_path(state_dir: Path, file_name: str) -> Path:
    """Return the path of a file of raw signals.

    Raises
    ------
    RawError
        When the name could lead out of `recordings/` (a database that was tampered with).
    """
    if not FILE_NAME.fullmatch(file_name):
        raise RawError(f"{file_name!r} is not the name of a recording")
    return state_dir / RECORDINGS / file_name


def has_raw(state_dir: Path, file_name: str | None) -> bool:
    """Say whether a night's raw signals are there; a restored night names a file it may lack.

    Parameters
    ----------
    state_dir : Path
        Folder of the nights.
    file_name : str or None
        The night's `recording`.
    """
    if file_name is None:
        return False
    try:
        return raw_path(state_dir, file_name).is_file()
    except RawError:
        return False


def free_file_name(state_dir: Path, name: str) -> str:
    """Return a file name for the raw signals of a new night, at which none are kept.

    A database brought back from a backup does not know of the files that later nights wrote.

    Parameters
    ----------
    state_dir : Path
        Folder of the nights.
    name : str
        Of the night.
    """
    tries = chain([f"{name}.db"], (f"{name}_{number}.db" for number in count(2)))
    return next(file for file in tries if not raw_path(state_dir, file).exists())


def unknown_raw(state_dir: Path, known: Collection[str | None]) -> dict[str, int]:
    """Return the files of raw signals that no night knows: name to size [bytes], by name.

    Parameters
    ----------
    state_dir : Path
        Folder of the nights.
    known : collection of str or None
        Each night's `recording`.
    """
    sizes = {}
    for path in sorted((state_dir / RECORDINGS).glob("*.db")):
        if path.name not in known:
            with suppress(OSError):  # deleted meanwhile
                sizes[path.name] = path.stat().st_size
    return sizes


def remove_raw(state_dir: Path, file_name: str) -> None:
    """Delete a file of raw signals and what SQLite keeps beside it."""
    path = raw_path(state_dir, file_name)
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _connect(path: Path) -> tuple[sqlite3.Connection, dict[str, str]]:
    # After a power cut the first one to open the file must be able to undo a torn commit.
    trouble = ""
    for mode in ("rw", "ro"):
        try:
            db = sqlite3.connect(
                f"file:{path.resolve()}?mode={mode}", uri=True, isolation_level=None, timeout=BUSY_S
            )
        except sqlite3.Error as error:
            trouble = str(error)
            continue
        try:
            return db, dict(db.execute("SELECT key, value FROM meta"))
        except sqlite3.Error as error:
            db.close()
            trouble = str(error)
    raise RawError(f"{path}: {trouble}")


def open_raw(path: Path) -> sqlite3.Connection:
    """Open raw signals for reading, also while they are being written.

    Raises
    ------
    RawError
        When the file is missing, foreign or damaged.
    """
    if not path.exists():
        raise RawError(f"{path}: there are no raw signals (any more)")
    db, found = _connect(path)
    if found.get("format") != str(FORMAT):
        db.close()
        raise RawError(f"{path}: format {found.get('format')!r} is not known to this software")
    return db


def raw_scale(path: Path) -> NightScale:
    """Return the scale of a file of raw signals."""
    with closing(open_raw(path)) as db:
        body = json.loads(db.execute("SELECT value FROM meta WHERE key = 'scale'").fetchone()[0])
    return NightScale(*(PhysicalRange(*body[key]) for key in ("accel", "gyro", "strip")))


def _words(low: bytes, high: bytes) -> array[int]:
    mixed = bytearray(2 * len(low))
    mixed[0::2] = low
    mixed[1::2] = high
    words = array("H", bytes(mixed))
    if sys.byteorder == "big":
        words.byteswap()
    return words


def _column(coding: int, base: int, words: array[int]) -> array[int]:
    if coding == LEVEL:
        return array("h", map((base - BIAS).__add__, words))
    if coding == DELTA:
        running = accumulate(map((-BIAS).__add__, words), initial=base)
        next(running)
        return array("h", running)
    return array("h", words.tobytes())


def decode_chunk(data: bytes, ticks: int) -> list[array[int]]:
    """Return the 13 columns (`array('h')` of `ticks` samples) of a chunk's blob.

    Raises
    ------
    RawError
        When the blob is damaged.
    """
    try:
        body = zlib.decompress(data)
        headers = [HEADER.unpack_from(body, HEADER.size * i) for i in range(len(CHANNELS))]
        position = HEADER.size * len(CHANNELS)
        runs = []
        for _, _, count in headers:
            runs.append([RUN.unpack_from(body, position + RUN.size * i) for i in range(count)])
            position += RUN.size * count
        coded = [i for i, header in enumerate(headers) if header[0] != ABSENT]
        if len(body) != position + 2 * ticks * len(coded):
            raise RawError("a chunk has the wrong length")
    except (zlib.error, struct.error) as error:
        raise RawError(f"a chunk is damaged: {error}") from error
    high_from = position + ticks * len(coded)
    columns = [array("h", [MISSING]) * ticks for _ in CHANNELS]
    for place, i in enumerate(coded):
        low = body[position + place * ticks : position + (place + 1) * ticks]
        high = body[high_from + place * ticks : high_from + (place + 1) * ticks]
        columns[i] = _column(headers[i][0], headers[i][1], _words(low, high))
        for first, length in runs[i]:
            columns[i][first : first + length] = array("h", [MISSING]) * length
    return columns


def iter_raw(path: Path, first_tick: int = 0) -> Iterator[tuple[int, list[array[int]]]]:
    """Yield (first tick, 13 columns) of each chunk that ends after `first_tick`, in order.

    Raises
    ------
    RawError
        When the file or a chunk cannot be read.
    """
    with closing(open_raw(path)) as db:
        rows = db.execute(
            "SELECT first_tick, ticks, data FROM chunks WHERE first_tick + ticks > ?"
            " ORDER BY first_tick",
            (first_tick,),
        )
        while True:
            try:
                row = rows.fetchone()
                if row is None:
                    return
                columns = decode_chunk(row[2], row[1])
            except (sqlite3.Error, RawError) as error:
                raise RawError(f"{path}: {error}") from error
            yield row[0], columns


def raw_extent(path: Path) -> tuple[int, int] | None:
    """Return (first tick, tick after the last) of raw signals, or None when empty."""
    with closing(open_raw(path)) as db:
        row = db.execute("SELECT MIN(first_tick), MAX(first_tick + ticks) FROM chunks").fetchone()
    return None if row[0] is None else (row[0], row[1])


def read_raw(path: Path, first_tick: int, last_tick: int) -> list[array[int]]:
    """Return 13 columns of the ticks from `first_tick` to before `last_tick`.

    Parameters
    ----------
    path : Path
        A file in `recordings/`.
    first_tick, last_tick : int
        Half-open range of ticks (10 ms since the night began).

    Returns
    -------
    list of array('h')
        One a channel, each of `last_tick - first_tick` samples; -32768 where nothing is stored.

    Raises
    ------
    RawError
        When the file or a chunk cannot be read.
    """
    columns = [array("h", [MISSING]) * (last_tick - first_tick) for _ in CHANNELS]
    for start, chunk in iter_raw(path, first_tick):
        if start >= last_tick:
            break
        begin = max(start, first_tick)
        end = min(start + len(chunk[0]), last_tick)
        for column, samples in zip(columns, chunk, strict=True):
            column[begin - first_tick : end - first_tick] = samples[begin - start : end - start]
    return columns
