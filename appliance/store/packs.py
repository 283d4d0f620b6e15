"""A closed night's movements and epochs in one piece: scored again, it is one row, not 1,500.

The piece is a copy, without the evidence, which no score needs. The rows remain what counts:
whatever changes one of them deletes the copy (triggers of the schema), and a night without one is
read from its rows.

Its form: columns of numbers as `struct` writes them, one after the other, behind one line of JSON
with the number of rows of the three tables and the words that stand in them; all of it deflated.
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from itertools import accumulate, pairwise, repeat
from typing import TYPE_CHECKING, Any

from appliance.store.connect import transaction
from appliance.store.epochs import load_epochs
from appliance.store.movements import load_numbered
from detect.movement import NO_EVIDENCE, Epoch, Movement, Part, records

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    Words = dict[str | None, int]
    Table = tuple[list[Sequence[Any]], int]

MOVEMENT = "qqIIIdddIq"
"""A column for each field of a movement but parts and evidence, and for how many parts it has;
q: an integer, d: a float, I: the place of a word among the words."""
PART = "Iqq"
EPOCH = "qddddddd"

PACKED_AT_A_TIME = 10
"""Nights that get their piece later than at their closing; one takes about 20 kB."""


def _write(rows: Sequence[Sequence[Any]], codes: str, words: Words) -> bytes:
    """Write a table column by column; what is missing among floats is NaN there."""
    body = b""
    for place, code in enumerate(codes):
        column = [row[place] for row in rows]
        if code == "I":
            column = [words.setdefault(word, len(words)) for word in column]
        elif code == "d":
            column = [math.nan if value is None else value for value in column]
        body += struct.pack(f"<{len(column)}{code}", *column)
    return body


def _read(body: bytes, start: int, count: int, codes: str, words: list[str | None]) -> Table:
    """Return a table's columns, and where in the bytes the next table starts."""
    columns: list[Sequence[Any]] = []
    for code in codes:
        form = struct.Struct(f"<{count}{code}")
        column: Sequence[Any] = form.unpack_from(body, start)
        start += form.size
        if code == "I":
            column = [words[place] for place in column]
        elif code == "d" and math.isnan(sum(column)):
            column = [None if math.isnan(value) else value for value in column]
        columns.append(column)
    return columns, start


def pack_night(db: sqlite3.Connection, night_id: int) -> None:
    """Copy a night's movements and epochs into one piece."""
    found = [movement for _, movement in load_numbered(db, night_id, evidence=False)]
    movements = [(*movement[:8], movement.note, len(movement.parts)) for movement in found]
    parts = [part for movement in found for part in movement.parts]
    epochs = load_epochs(db, night_id)
    words: Words = {}
    tables = _write(movements, MOVEMENT, words) + _write(parts, PART, words)
    tables += _write(epochs, EPOCH, words)
    head = json.dumps([len(movements), len(parts), len(epochs), list(words)])
    body = zlib.compress(head.encode() + b"\n" + tables)
    with transaction(db):
        db.execute("INSERT OR REPLACE INTO packs VALUES (?, ?)", (night_id, body))


def load_pack(db: sqlite3.Connection, night_id: int) -> tuple[list[Movement], list[Epoch]] | None:
    """Return a night's movements as detected, by onset, and its epochs; None: no sound piece."""
    row = db.execute("SELECT body FROM packs WHERE night_id = ?", (night_id,)).fetchone()
    try:
        body = b"" if row is None else zlib.decompress(row[0])
    except zlib.error:  # it has a checksum
        body = b""
    if not body:
        return None
    head, _, tables = body.partition(b"\n")
    movement_count, part_count, epoch_count, words = json.loads(head)
    (*fields, notes, counts), end = _read(tables, 0, movement_count, MOVEMENT, words)
    part_columns, end = _read(tables, end, part_count, PART, words)
    epoch_columns, _ = _read(tables, end, epoch_count, EPOCH, words)
    parts = tuple(records(Part, zip(*part_columns, strict=True)))
    parts_of = [parts[first:after] for first, after in pairwise([0, *accumulate(counts)])]
    movements = zip(*fields, parts_of, repeat(NO_EVIDENCE), notes, strict=False)
    epochs = zip(*epoch_columns, strict=True)
    return list(records(Movement, movements)), list(records(Epoch, epochs))


def pack_missing(db: sqlite3.Connection) -> int:
    """Pack some of the closed nights that have no piece, the newest first; return how many."""
    rows = db.execute(
        "SELECT id FROM nights WHERE state = 'closed' AND id NOT IN (SELECT night_id FROM packs)"
        " ORDER BY id DESC LIMIT ?",
        (PACKED_AT_A_TIME,),
    ).fetchall()
    for row in rows:
        pack_night(db, row[0])
    return len(rows)
