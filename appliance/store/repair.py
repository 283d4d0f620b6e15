"""Check the database at start; set a damaged one aside and save what can be read of it."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from appliance.store.connect import (
    DatabaseError,
    database_path,
    open_database,
    schema_version,
    transaction,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOG = logging.getLogger(__name__)

WRITTEN_ANEW = ("status", "packs")
"""Not worth saving: the recorder writes it anew, within minutes or after the next night."""

SUFFIXES = ("", "-wal", "-shm")


def _is_damaged(path: Path) -> str | None:
    """Return what is wrong with a database file, or None."""
    try:
        with closing(sqlite3.connect(path)) as db:
            found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError:
        return None  # busy, or not readable at all: not damage; opening it will say so
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if found == "ok" else str(found)


def _set_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for suffix in SUFFIXES:
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def _readable_rows(
    old: sqlite3.Connection, table: str, columns: str
) -> Iterator[tuple[object, ...]]:
    """Yield what can be read of a table: forward to the damage, then backward to it."""
    key = (
        ", ".join(
            row[1]
            for row in sorted(old.execute(f"PRAGMA table_info({table})"), key=lambda row: row[5])
            if row[5]
        )
        or "rowid"
    )
    for order in (key, ", ".join(f"{name} DESC" for name in key.split(", "))):
        try:
            yield from old.execute(f"SELECT {columns} FROM {table} ORDER BY {order}")
        except sqlite3.DatabaseError as error:
            LOG.warning("table %s: %s", table, error)
        else:
            return


def _tables(db: sqlite3.Connection) -> list[str]:
    rows = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")
    names = [row[0] for row in rows if not row[0].startswith("sqlite_")]
    return [name for name in names if name not in WRITTEN_ANEW]


def _schema_of(old: sqlite3.Connection) -> int:
    """Return the schema version to read a damaged database by."""
    found = int(old.execute("PRAGMA user_version").fetchone()[0])
    return found if 1 <= found <= schema_version() else schema_version()


def _salvage(old: sqlite3.Connection, new: sqlite3.Connection) -> int:
    """Copy what can be read into a fresh database; return the number of nights saved."""
    new.execute("PRAGMA foreign_keys = OFF")
    for table in _tables(new):
        wanted = [row[1] for row in new.execute(f"PRAGMA table_info({table})")]
        there = {row[1] for row in old.execute(f"PRAGMA table_info({table})")}
        names = [name for name in wanted if name in there]
        if not names:
            continue
        columns, marks = ", ".join(names), ", ".join("?" * len(names))
        with transaction(new):
            for row in _readable_rows(old, table, columns):
                try:
                    new.execute(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})", row)
                except sqlite3.IntegrityError:
                    continue  # half a row
    with transaction(new):
        for table in _tables(new):
            known = {row[1] for row in new.execute(f"PRAGMA table_xinfo({table})")}
            if "night_id" in known and table != "faults":
                new.execute(f"DELETE FROM {table} WHERE night_id NOT IN (SELECT id FROM nights)")
        for table, rowid, *_ in new.execute("PRAGMA foreign_key_check").fetchall():
            if rowid is not None:
                new.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,))
    new.execute("PRAGMA foreign_keys = ON")
    return int(new.execute("SELECT COUNT(*) FROM nights").fetchone()[0])


def check_database(state_dir: Path) -> str | None:
    """Look at the database before it is used; replace a damaged one.

    Only the recorder calls this, and before anybody else has opened the database.

    Returns
    -------
    str or None
        What happened, in one sentence; None when all is well.

    Raises
    ------
    appliance.store.connect.DatabaseError
        When the damaged file cannot be moved.
    """
    path = database_path(state_dir)
    if not path.exists():
        return None
    damage = _is_damaged(path)
    if damage is None:
        return None
    try:
        aside = _set_aside(path)
    except OSError as error:
        raise DatabaseError(f"{path}: damaged, and cannot be set aside: {error}") from error
    saved = 0
    try:
        with (
            closing(sqlite3.connect(aside)) as old,
            closing(open_database(state_dir, schema=_schema_of(old))) as new,
        ):
            saved = _salvage(old, new)
    except sqlite3.DatabaseError as error:
        LOG.warning("%s: %s", aside, error)
    open_database(state_dir).close()
    return (
        f"{path} was damaged ({damage}); it is kept as {aside.name}, and {saved} nights were saved"
        " from it"
    )
