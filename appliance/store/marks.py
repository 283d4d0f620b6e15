"""Marks: what somebody noted at a moment of the night."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.store.connect import transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

TEXT_MAX = 500


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment of the night; `kind`: lights_off, lights_on, mark, pause, resume, restart."""

    tick: int
    kind: str
    text: str | None = None


def add_mark(db: sqlite3.Connection, night_id: int, mark: Mark) -> None:
    """Store a mark; a text longer than `TEXT_MAX` is cut."""
    text = None if mark.text is None else mark.text[:TEXT_MAX]
    with transaction(db):
        db.execute(
            "INSERT INTO marks (night_id, tick, kind, text) VALUES (?, ?, ?, ?)",
            (night_id, mark.tick, mark.kind, text),
        )


def load_marks(db: sqlite3.Connection, night_id: int) -> list[Mark]:
    """Return a night's marks in the order of their ticks."""
    rows = db.execute(
        "SELECT tick, kind, text FROM marks WHERE night_id = ? ORDER BY tick, id", (night_id,)
    )
    return [Mark(*row) for row in rows]


def paused_spans(noted: Iterable[Mark], end_tick: int) -> list[tuple[int, int]]:
    """Return when the night was paused, as (first tick, tick of going on or `end_tick`).

    Parameters
    ----------
    noted : iterable of Mark
        A night's marks in the order of their ticks.
    end_tick : int
        The night's end.
    """
    spans: list[tuple[int, int]] = []
    since: int | None = None
    for mark in noted:
        if mark.kind == "pause":
            since = mark.tick
        elif mark.kind == "resume" and since is not None:
            spans.append((since, mark.tick))
            since = None
    return spans if since is None else [*spans, (since, end_tick)]
