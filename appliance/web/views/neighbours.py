"""The night before and the night after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.store.nights import IS_SLEEP

if TYPE_CHECKING:
    import sqlite3

    from appliance.store.nights import Night


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Names of the closed nights around one."""

    before: str | None
    after: str | None


def neighbours(db: sqlite3.Connection, night: Night) -> Neighbours:
    """Find the closed nights around a night."""
    closed = f"SELECT name FROM nights WHERE state = 'closed' AND {IS_SLEEP}"
    before = db.execute(f"{closed} AND id < ? ORDER BY id DESC LIMIT 1", (night.id,)).fetchone()
    after = db.execute(f"{closed} AND id > ? ORDER BY id LIMIT 1", (night.id,)).fetchone()
    return Neighbours(before and before["name"], after and after["name"])
