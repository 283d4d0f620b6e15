"""Write the raw signals of a night: chunk by chunk, each durable when `commit` returns."""

from __future__ import annotations

import sqlite3
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from appliance.store.connect import BUSY_MS, statements, transaction
from appliance.store.nights import scale_to_json
from appliance.store.raw import (
    ABSENT,
    BIAS,
    CHUNK_MAX_TICKS,
    DELTA,
    FORMAT,
    HEADER,
    LEVEL,
    PLAIN,
    RUN,
    SCHEMA,
)
from drivers.block import Block
from drivers.channels import CHANNELS, MISSING

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from drivers.channels import NightScale

PAGE_BYTES = 1024
"""Small pages fill an appended chunk's last page better."""
WORD_MAX = 65535
AXES = 3


def _missing_runs(missing: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(missing, prepend=False, append=False))
    return [(int(a), int(b - a)) for a, b in zip(edges[0::2], edges[1::2], strict=True)]


def _filled(values: NDArray[np.int32], missing: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Put the last sample into every missing one (the first one into a missing beginning)."""
    last = np.where(missing, -1, np.arange(values.size))
    np.maximum.accumulate(last, out=last)
    last[last < 0] = np.flatnonzero(~missing)[0]
    filled: NDArray[np.int32] = values[last]
    return filled


@dataclass(frozen=True, slots=True)
class _Column:
    coding: int
    base: int
    runs: list[tuple[int, int]]
    words: NDArray[np.uint16]


def _coded(values: NDArray[np.int32], runs: list[tuple[int, int]]) -> _Column:
    """Take the smaller of two ways to write a column: about its level, or as differences."""
    first, base = int(values[0]), int(values.mean())
    level = values - base
    delta = np.empty_like(values)
    delta[0] = 0
    np.subtract(values[1:], values[:-1], out=delta[1:])
    coding, words = LEVEL, level
    if np.abs(delta).sum() < np.abs(level).sum():
        coding, base, words = DELTA, first, delta
    words += BIAS
    if words.min() < 0 or words.max() > WORD_MAX:
        return _Column(PLAIN, 0, runs, values.astype(np.int16).view(np.uint16))
    return _Column(coding, base, runs, words.astype(np.uint16))


def _columns(samples: NDArray[np.int16]) -> list[_Column]:
    missing = samples == MISSING
    found = []
    for i in range(len(CHANNELS)):
        values = samples[:, i].astype(np.int32)
        runs = _missing_runs(missing[:, i]) if missing[:, i].any() else []
        if runs == [(0, len(samples))]:
            found.append(_Column(ABSENT, 0, [], np.empty(0, np.uint16)))
            continue
        found.append(_coded(_filled(values, missing[:, i]) if runs else values, runs))
    return found


def _compress(parts: list[bytes], low_bytes: dict[int, bytes], high_bytes: bytes) -> bytes:
    # The samples are noise: matching strings costs time and gains nothing, so only runs are
    # sought, and each sensor's three axes get Huffman tables of their own.
    squeeze = zlib.compressobj(1, zlib.DEFLATED, 15, 9, zlib.Z_RLE)
    out = [squeeze.compress(b"".join(parts))]
    for i, plane in low_bytes.items():
        out.append(squeeze.compress(plane))
        if i % AXES == AXES - 1:
            out.append(squeeze.flush(zlib.Z_BLOCK))
    out += [squeeze.compress(high_bytes), squeeze.flush()]
    return b"".join(out)


def encode_chunk(samples: NDArray[np.int16]) -> bytes:
    """Return the blob of a chunk; `samples` is int16 [n, 13], n at most `CHUNK_MAX_TICKS`."""
    columns = _columns(samples)
    parts = [HEADER.pack(column.coding, column.base, len(column.runs)) for column in columns]
    parts += [RUN.pack(*run) for column in columns for run in column.runs]
    coded = {i: column.words for i, column in enumerate(columns) if column.coding != ABSENT}
    low_bytes = {i: (words & 0xFF).astype(np.uint8).tobytes() for i, words in coded.items()}
    high_bytes = b"".join((words >> 8).astype(np.uint8).tobytes() for words in coded.values())
    return _compress(parts, low_bytes, high_bytes)


class RawWriter:
    """The file of one night's raw signals, open for appending.

    Parameters
    ----------
    path : Path
        Made with its folder when missing, continued when it is there.
    scale : NightScale
        Scale of the samples, kept in the file.
    """

    def __init__(self, path: Path, scale: NightScale) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._blocks: list[Block] = []
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        # A write-ahead log would write every sample twice; here only two old pages a chunk are.
        self._db.execute("PRAGMA journal_mode = TRUNCATE")
        self._db.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        self._db.execute("PRAGMA synchronous = FULL")
        if self._db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0] == 0:
            with transaction(self._db):
                for statement in statements(SCHEMA):
                    self._db.execute(statement)
                self._db.executemany(
                    "INSERT INTO meta VALUES (?, ?)",
                    [("format", str(FORMAT)), ("scale", scale_to_json(scale))],
                )

    @property
    def waiting_ticks(self) -> int:
        """Ticks from the first to the last sample that is not committed yet."""
        if not self._blocks:
            return 0
        last = self._blocks[-1]
        return last.first_tick + len(last.samples) - self._blocks[0].first_tick

    def append(self, block: Block) -> None:
        """Take a block; it is written with the next `commit`.

        Ticks absent before it are written as missing samples, unless they would fill a chunk.
        """
        if self._blocks and (
            block.first_tick + len(block.samples) - self._blocks[0].first_tick > CHUNK_MAX_TICKS
        ):
            self.commit()
        for start in range(0, len(block.samples), CHUNK_MAX_TICKS):
            piece = block.samples[start : start + CHUNK_MAX_TICKS]
            self._blocks.append(Block(block.first_tick + start, piece))
            if self.waiting_ticks >= CHUNK_MAX_TICKS:
                self.commit()

    def commit(self) -> int:
        """Write what waits as one chunk and return the bytes of its blob.

        Raises
        ------
        sqlite3.Error
            When it could not be stored; the samples still wait.
        """
        if not self._blocks:
            return 0
        first = self._blocks[0].first_tick
        samples = np.full((self.waiting_ticks, len(CHANNELS)), MISSING, np.int16)
        for block in self._blocks:
            start = block.first_tick - first
            samples[start : start + len(block.samples)] = block.samples
        data = encode_chunk(samples)
        self._db.execute(
            "INSERT OR REPLACE INTO chunks VALUES (?, ?, ?)", (first, len(samples), data)
        )
        self._blocks.clear()
        return len(data)

    def discard(self) -> None:
        """Forget what waits (there is no room for it)."""
        self._blocks.clear()

    def close(self) -> None:
        """Commit and close."""
        try:
            self.commit()
        finally:
            self._db.close()
