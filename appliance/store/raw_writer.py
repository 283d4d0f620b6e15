"""Write the raw signals of a night: chunk by chunk, each durable when `commit` returns."""

from __future__ import annotations

import sqlite3
import zlib
from typing import TYPE_CHECKING

import numpy as np

from appliance.store.connect import statements, transaction
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

PAGE_BYTES = 4096
WORD_MAX = 65535
AXES = 3


def _missing_runs(missing: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(missing, prepend=False, append=False))
    return [(int(a), int(b - a)) for a, b in zip(edges[0::2], edges[1::2], strict=True)]


def _filled(values: NDArray[np.int32], missing: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Put the last sample into every missing one (the first one into a missing beginning)."""
    if not missing.any():
        return values
    last = np.where(missing, -1, np.arange(values.size))
    np.maximum.accumulate(last, out=last)
    last[last < 0] = np.flatnonzero(~missing)[0]
    filled: NDArray[np.int32] = values[last]
    return filled


def _encode_column(
    samples: NDArray[np.int16],
) -> tuple[int, int, list[tuple[int, int]], NDArray[np.uint16]]:
    missing = samples == MISSING
    runs = _missing_runs(missing)
    if missing.all():
        return ABSENT, 0, [], np.empty(0, np.uint16)
    values = _filled(samples.astype(np.int32), missing)
    base = int(np.median(values))
    level = values - base
    delta = np.diff(values, prepend=values[0])
    coding, word = LEVEL, level + BIAS
    if np.abs(delta).sum() < np.abs(level).sum():
        coding, base, word = DELTA, int(values[0]), delta + BIAS
    if word.min() < 0 or word.max() > WORD_MAX:
        return PLAIN, 0, runs, values.astype(np.int16).view(np.uint16)
    return coding, base, runs, word.astype(np.uint16)


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
    columns = [_encode_column(samples[:, i]) for i in range(len(CHANNELS))]
    parts = [HEADER.pack(coding, base, len(runs)) for coding, base, runs, _ in columns]
    parts += [RUN.pack(*run) for _, _, runs, _ in columns for run in runs]
    words = {i: column[3] for i, column in enumerate(columns) if column[0] != ABSENT}
    low_bytes = {i: (word & 0xFF).astype(np.uint8).tobytes() for i, word in words.items()}
    high_bytes = b"".join((word >> 8).astype(np.uint8).tobytes() for word in words.values())
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
        self._db.execute("PRAGMA journal_mode = WAL")
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
        """Commit, fold the write-ahead log into the file and close it."""
        try:
            self.commit()
        finally:
            self._db.close()
