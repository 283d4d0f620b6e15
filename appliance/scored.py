"""What a remembered score is looked up by, of nights and of evening tests alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from appliance.store.movements import load_corrections, next_seq

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from appliance.store.nights import Night

Input = TypeVar("Input")


@dataclass(frozen=True, slots=True)
class Request(Generic[Input]):
    """All that a score depends on, and how to load it when it is not remembered."""

    key: tuple[object, ...]
    load: Callable[[], Input] = field(compare=False)


def movements_key(db: sqlite3.Connection, night: Night) -> tuple[object, ...]:
    """Return what changes when a recording's movements, or whose they are, change."""
    return (
        db.execute("PRAGMA database_list").fetchone()["file"],
        (night.id, night.name, night.end_tick),
        next_seq(db, night.id),
        tuple(sorted(load_corrections(db, night.id).items())),
    )
