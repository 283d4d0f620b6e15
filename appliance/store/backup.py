"""Copies of the database: made while it is in use, and brought back only when they are sound."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from appliance.store.connect import (
    APPLICATION_ID,
    DATABASE_NAME,
    PAGE_BYTES,
    DatabaseError,
    database_path,
    migrate,
    open_database,
    schema_version,
)
from appliance.store.raw import RECORDINGS

if TYPE_CHECKING:
    from pathlib import Path

KEPT_COPY = "plms.db.before-restore"


def check_copy(path: Path) -> int:
    """Return the number of nights in a copy of our database.

    Raises
    ------
    DatabaseError
        Naming the file: not there, not ours, newer than this software, truncated or damaged.
    """
    if not path.is_file():
        raise DatabaseError(f"{path}: there is no such file")
    try:
        with closing(sqlite3.connect(f"file:{path.resolve()}?mode=ro", uri=True)) as db:
            if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise DatabaseError(f"{path}: is not a backup of this software")
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version > schema_version():
                raise DatabaseError(
                    f"{path}: was made by a newer version (schema {version}, this software knows"
                    f" {schema_version()}): update the software"
                )
            found = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if found != "ok":
                raise DatabaseError(f"{path}: is damaged: {found}")
            return int(db.execute("SELECT COUNT(*) FROM nights").fetchone()[0])
    except sqlite3.Error as error:
        raise DatabaseError(f"{path}: is not a usable backup: {error}") from error


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _copy(source: sqlite3.Connection, target: Path) -> None:
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
    _sync(target)


def _is_backup(path: Path) -> bool:
    try:
        check_copy(path)
    except DatabaseError:
        return False
    return True


def _is_in_use(state_dir: Path, file: Path) -> bool:
    """Say whether a path is the device's own: in the state directory only backups are replaced."""
    database, real, folder = database_path(state_dir), file.resolve(), state_dir.resolve()
    if file.exists() and database.exists() and file.samefile(database):
        return True
    if not real.is_relative_to(folder):
        return False
    if str(real.relative_to(folder)).startswith((DATABASE_NAME, f"{RECORDINGS}/")):
        return True
    return real.exists() and not _is_backup(real)


def refuse_own(state_dir: Path, file: Path) -> None:
    """Refuse to write where the device keeps a file of its own.

    Raises
    ------
    DatabaseError
        Naming the file.
    """
    if _is_in_use(state_dir, file):
        raise DatabaseError(f"{file}: is in use by the device itself: choose another file")


def make_backup(state_dir: Path, file: Path) -> int:
    """Copy the database to one file, also while a night is recorded; return its nights.

    The copy is checked as a restore would check it before it takes its name.

    Raises
    ------
    DatabaseError
        Naming the file: one of the device's own, no database, no room, not writable.
    """
    refuse_own(state_dir, file)
    part = file.with_name(file.name + ".part")
    try:
        with closing(open_database(state_dir, readonly=True)) as db:
            _copy(db, part)
        count = check_copy(part)
        part.replace(file)
        _sync(file.parent)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"{file}: cannot be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return count


def restore_backup(state_dir: Path, file: Path) -> int:
    """Replace the database's content by that of a backup; return its nights.

    The caller holds the recorder's lock. What was there is kept beside it (`KEPT_COPY`). The
    content changes in one transaction: whoever has the database open sees the old or the new.

    Raises
    ------
    DatabaseError
        Naming the file; nothing has changed then.
    """
    count = check_copy(file)
    part = state_dir / "plms.db.restoring"
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(f"file:{file.resolve()}?mode=ro", uri=True)) as source:
            _copy(source, part)
        with closing(sqlite3.connect(part, isolation_level=None)) as fresh:
            migrate(fresh)
            fresh.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            fresh.execute("VACUUM")
        if database_path(state_dir).exists():
            with closing(open_database(state_dir, readonly=True)) as present:
                _copy(present, state_dir / KEPT_COPY)
        with (
            closing(sqlite3.connect(part)) as fresh,
            closing(open_database(state_dir)) as db,
        ):
            fresh.backup(db)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"{file}: cannot be restored to {state_dir}: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return count
