"""Commands: what the page, the button or MQTT asks of the recorder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from appliance.store.connect import transaction

if TYPE_CHECKING:
    import sqlite3

KEPT_S = 7 * 86400.0
"""Finished commands are kept for a week."""
LARGEST_ID = 2**63 - 1
"""SQLite numbers no row beyond it."""


@dataclass(frozen=True, slots=True)
class Command:
    """One request; `ok` and `result` are None until it was carried out."""

    id: int
    verb: str
    args: dict[str, Any]
    source: str
    created_utc: float
    done_utc: float | None
    ok: bool | None
    result: str | None


def _command(row: sqlite3.Row) -> Command:
    values = dict(row)
    values["args"] = json.loads(values["args"])
    values["ok"] = None if values["ok"] is None else bool(values["ok"])
    return Command(**values)


def submit(
    db: sqlite3.Connection, verb: str, args: dict[str, Any], source: str, created_utc: float
) -> int:
    """Ask the recorder for something; return the command's number."""
    with transaction(db):
        cursor = db.execute(
            "INSERT INTO commands (verb, args, source, created_utc) VALUES (?, ?, ?, ?)",
            (verb, json.dumps(args), source, created_utc),
        )
        return int(cursor.lastrowid or 0)


def take_pending(db: sqlite3.Connection) -> list[Command]:
    """Return the commands that were not carried out, oldest first."""
    rows = db.execute("SELECT * FROM commands WHERE done_utc IS NULL ORDER BY id")
    return [_command(row) for row in rows]


def finish(
    db: sqlite3.Connection, command_id: int, *, ok: bool, result: str, done_utc: float
) -> None:
    """Write down how a command ended; `result` is a plain sentence."""
    with transaction(db):
        db.execute(
            "UPDATE commands SET ok = ?, result = ?, done_utc = ? WHERE id = ?",
            (ok, result, done_utc, command_id),
        )


def get(db: sqlite3.Connection, command_id: int) -> Command | None:
    """Return a command, or None."""
    if abs(command_id) > LARGEST_ID:
        return None
    row = db.execute("SELECT * FROM commands WHERE id = ?", (command_id,)).fetchone()
    return None if row is None else _command(row)


def trim(db: sqlite3.Connection, now_utc: float) -> None:
    """Forget commands that ended a week ago."""
    with transaction(db):
        db.execute("DELETE FROM commands WHERE done_utc < ?", (now_utc - KEPT_S,))
