"""Evening tests: what is stored of one beside its night's row."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.store.connect import transaction
from detect.sit import Away

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from detect.attitude import Direction

Uprights = tuple["Direction | None", "Direction | None"]
"""Gravity at the left and right ankle with the feet on the floor."""


@dataclass(frozen=True, slots=True)
class Sit:
    """How a test was begun."""

    night_id: int
    planned_ticks: int
    upright: Uprights | None
    """None: the posture was not checked before it began."""


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """One answer; the last one given to its question."""

    minute: int
    discomfort: int
    tick: int
    source: str
    replaced: int | None = None
    """The answer that this one took the place of."""


def _direction(value: list[float] | None) -> Direction | None:
    return None if value is None else (value[0], value[1], value[2])


def create_sit(
    db: sqlite3.Connection, night_id: int, planned_ticks: int, upright: Uprights | None
) -> Sit:
    """Store how a test begins."""
    text = None if upright is None else json.dumps({"left": upright[0], "right": upright[1]})
    with transaction(db):
        db.execute("INSERT INTO sits VALUES (?, ?, ?)", (night_id, planned_ticks, text))
    return Sit(night_id, planned_ticks, upright)


def find_sit(db: sqlite3.Connection, night_id: int) -> Sit | None:
    """Return how a test was begun; None: that recording is none."""
    row = db.execute("SELECT * FROM sits WHERE night_id = ?", (night_id,)).fetchone()
    if row is None:
        return None
    body = None if row["upright"] is None else json.loads(row["upright"])
    upright = None if body is None else (_direction(body["left"]), _direction(body["right"]))
    return Sit(row["night_id"], row["planned_ticks"], upright)


def put_answer(db: sqlite3.Connection, night_id: int, answer: StoredAnswer) -> int | None:
    """Store an answer; return the one it takes the place of, None: it is the first."""
    with transaction(db):
        row = db.execute(
            "SELECT discomfort FROM sit_answers WHERE night_id = ? AND minute = ?",
            (night_id, answer.minute),
        ).fetchone()
        replaced = None if row is None else int(row["discomfort"])
        db.execute(
            "INSERT OR REPLACE INTO sit_answers VALUES (?, ?, ?, ?, ?, ?)",
            (night_id, answer.minute, answer.discomfort, answer.tick, answer.source, replaced),
        )
    return replaced


def load_answers(db: sqlite3.Connection, night_id: int) -> list[StoredAnswer]:
    """Return a test's answers by minute."""
    rows = db.execute(
        "SELECT minute, discomfort, tick, source, replaced FROM sit_answers"
        " WHERE night_id = ? ORDER BY minute",
        (night_id,),
    )
    return [StoredAnswer(*row) for row in rows]


def replace_aways(db: sqlite3.Connection, night_id: int, aways: Iterable[Away]) -> None:
    """Store when the legs did not lie outstretched, instead of what was stored of it."""
    rows = [(night_id, a.start_tick, a.end_tick, a.reason) for a in aways]
    with transaction(db):
        db.execute("DELETE FROM sit_aways WHERE night_id = ?", (night_id,))
        db.executemany("INSERT INTO sit_aways VALUES (?, ?, ?, ?)", rows)


def load_aways(db: sqlite3.Connection, night_id: int) -> list[Away]:
    """Return when the legs did not lie outstretched, in order."""
    rows = db.execute(
        "SELECT reason, start_tick, end_tick FROM sit_aways WHERE night_id = ? ORDER BY start_tick",
        (night_id,),
    )
    return [Away(*row) for row in rows]
