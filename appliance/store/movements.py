"""Movements and what the person says of them."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Literal, get_args

from appliance.store.connect import transaction
from appliance.store.rows import night_rows, row_number
from detect.movement import NO_EVIDENCE, Evidence, Movement, Part, records

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

CorrectedOwner = Literal["patient", "partner", "both", "unsure", "nobody"]
"""`nobody`: that was no movement at all (a cat, a lorry)."""


def evidence_to_json(evidence: Evidence) -> str:
    """Write evidence as JSON, without what was not measured."""
    known = {key: value for key, value in asdict(evidence).items() if value is not None}
    return json.dumps(known, separators=(",", ":"))


def parts_to_json(parts: Sequence[Part]) -> str:
    """Write the monolateral movements of an entry as JSON, in ticks."""
    return json.dumps([[p.side, p.onset_tick, p.end_tick] for p in parts], separators=(",", ":"))


def add_movements(
    db: sqlite3.Connection, night_id: int, movements: Sequence[Movement], first_seq: int
) -> None:
    """Store movements under the numbers `first_seq`, `first_seq` + 1 and so on.

    Raises
    ------
    sqlite3.IntegrityError
        When a number is taken; nothing is then stored.
    """
    rows = [
        (
            row_number(night_id, first_seq + i), m.onset_tick, m.end_tick, m.kind, m.side, m.owner,
            m.p_patient, m.peak_mg, m.peak_dps,
            parts_to_json(m.parts),
            evidence_to_json(m.evidence), m.note,
        )
        for i, m in enumerate(movements)
    ]  # fmt: skip
    with transaction(db):
        db.executemany(
            "INSERT INTO movements (id, onset_tick, end_tick, kind, side, owner,"
            " p_patient, peak_mg, peak_dps, parts, evidence, note)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )


def load_movements(db: sqlite3.Connection, night_id: int) -> list[Movement]:
    """Return a night's movements as detected, by onset (ties: as they were confirmed)."""
    return [movement for _, movement in load_numbered(db, night_id)]


def load_numbered(
    db: sqlite3.Connection, night_id: int, *, evidence: bool = True
) -> list[tuple[int, Movement]]:
    """Return (seq, movement) of a night by onset; `seq` is what corrections refer to.

    Parameters
    ----------
    db : sqlite3.Connection
        Open.
    night_id : int
        The night.
    evidence : bool
        Read the evidence too; scoring needs none, and reads a third faster without.
    """
    cursor = db.cursor()
    cursor.row_factory = None
    rows = cursor.execute(
        "SELECT seq, onset_tick, end_tick, kind, side, owner, p_patient, peak_mg, peak_dps, parts,"
        f" {'evidence' if evidence else 'NULL'}, note FROM movements WHERE id BETWEEN ? AND ?"
        " ORDER BY onset_tick, id",
        night_rows(night_id),
    ).fetchall()
    all_parts = json.loads(f"[{','.join([row[9] for row in rows])}]")
    movements = [
        (
            *row[1:9],
            tuple(records(Part, parts)),
            Evidence(**json.loads(row[10])) if evidence else NO_EVIDENCE,
            row[11],
        )
        for row, parts in zip(rows, all_parts, strict=True)
    ]
    return list(zip([row[0] for row in rows], records(Movement, movements), strict=True))


def next_seq(db: sqlite3.Connection, night_id: int) -> int:
    """Return the number of the next movement."""
    row = db.execute(
        "SELECT seq + 1 FROM movements WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1",
        night_rows(night_id),
    ).fetchone()
    return 0 if row is None else int(row[0])


def set_correction(
    db: sqlite3.Connection,
    night_id: int,
    seq: int,
    owner: CorrectedOwner | None,
    created_utc: float,
) -> None:
    """Write down whose movement it was in truth; None takes the correction back.

    Raises
    ------
    ValueError
        When the word or the movement is not known.
    """
    if owner is not None and owner not in get_args(CorrectedOwner):
        raise ValueError(f"owner {owner!r}: one of {', '.join(get_args(CorrectedOwner))}")
    with transaction(db):
        known = db.execute(
            "SELECT 1 FROM movements WHERE id = ?", (row_number(night_id, seq),)
        ).fetchone()
        if known is None:
            raise ValueError(f"movement {seq}: not in this night")
        if owner is None:
            db.execute("DELETE FROM corrections WHERE night_id = ? AND seq = ?", (night_id, seq))
            return
        db.execute(
            "INSERT INTO corrections VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET owner = excluded.owner, created_utc = excluded.created_utc",
            (night_id, seq, owner, created_utc),
        )


def load_corrections(db: sqlite3.Connection, night_id: int) -> dict[int, CorrectedOwner]:
    """Return the person's corrections of a night: seq -> owner."""
    rows = db.execute("SELECT seq, owner FROM corrections WHERE night_id = ?", (night_id,))
    return {row["seq"]: row["owner"] for row in rows}
