"""Open `plms.db`, bring its schema up to date, and bracket its transactions."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATABASE_NAME = "plms.db"
APPLICATION_ID = 0x504C4D53
"""`PRAGMA application_id` of our databases, "PLMS" in ASCII: tells a foreign file on restore."""

PAGE_BYTES = 512
"""The smallest: a kick's commit writes two or three of them, and an SD card wears by the byte."""

NORMAL = 1
"""`PRAGMA synchronous`: in WAL mode a commit is not waited for."""

BUSY_MS = 10_000
"""How long to wait for the other process's commit; a worn card can take seconds to fsync."""


class DatabaseError(Exception):
    """A database that cannot be used; the text names the file and what is wrong with it."""


def database_path(state_dir: Path) -> Path:
    """Return the path of the database of all nights."""
    return state_dir / DATABASE_NAME


def migrations() -> list[tuple[int, str]]:
    """Return the numbered schema steps: (version, SQL), oldest first."""
    folder = resources.files("appliance.store") / "migrations"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(int(name[:4]), (folder / name).read_text(encoding="utf-8")) for name in names]


def schema_version() -> int:
    """Return the newest schema version this software knows."""
    return migrations()[-1][0]


def statements(script: str) -> Iterator[str]:
    """Cut an SQL script into its statements (`executescript` would commit between them)."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""


def _roll_back(db: sqlite3.Connection) -> None:
    if db.in_transaction:  # after some errors SQLite has rolled back by itself
        db.execute("ROLLBACK")


@contextmanager
def transaction(db: sqlite3.Connection, *, durable: bool = True) -> Iterator[None]:
    """Run a block as one write transaction; inside another one, as a part of it.

    Parameters
    ----------
    db : sqlite3.Connection
        Writable.
    durable : bool
        Wait until it is on the card. Without, a power cut may take it back (whole, with every
        later one that was not durable either), and the card is written less.

    Raises
    ------
    sqlite3.OperationalError
        When the disk is full or read-only, or the other process holds the lock too long; nothing
        of the block is then kept.
    """
    if db.in_transaction:
        yield
        return
    before = int(db.execute("PRAGMA synchronous").fetchone()[0])
    if not durable and before > NORMAL:
        db.execute(f"PRAGMA synchronous = {NORMAL}")
    try:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("COMMIT")
    except BaseException:
        _roll_back(db)
        raise
    finally:
        if not durable and before > NORMAL:
            db.execute(f"PRAGMA synchronous = {before}")


def _known_schema(db: sqlite3.Connection) -> int:
    """Return the database's schema; refuse one that was written by a newer version."""
    found, newest = int(db.execute("PRAGMA user_version").fetchone()[0]), schema_version()
    if found > newest:
        raise DatabaseError(
            f"the database has schema {found}, this software reads {newest}: update the software"
        )
    return found


def migrate(db: sqlite3.Connection, target: int | None = None) -> None:
    """Bring the schema to version `target` (None: the newest), all steps in one transaction.

    When a step fails the database is as it was, and the software that wrote it still opens it.

    Raises
    ------
    DatabaseError
        When the database was written by a newer version of the software.
    sqlite3.Error
        When a step failed.
    """
    found = _known_schema(db)
    wanted = schema_version() if target is None else target
    if found >= wanted:
        return
    with transaction(db):
        found = int(db.execute("PRAGMA user_version").fetchone()[0])
        for version, script in migrations():
            if found < version <= wanted:  # else the other process was faster
                for statement in statements(script):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {version}")


def require_newest_schema(db: sqlite3.Connection) -> None:
    """Refuse a database that was opened read-only and is not laid out as this software reads it.

    Raises
    ------
    DatabaseError
        Saying what to do.
    """
    found, newest = _known_schema(db), schema_version()
    if found < newest:
        raise DatabaseError(
            f"the database has schema {found}, this software reads {newest}: start the recorder"
            " or the page once (`plms record`, `plms serve`), which brings it up to date"
        )


def _connect(path: Path, *, readonly: bool) -> sqlite3.Connection:
    mode = "ro" if readonly else "rwc"
    quoted = str(path.resolve()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    db = sqlite3.connect(
        f"file:{quoted}?mode={mode}", uri=True, timeout=BUSY_MS / 1000, isolation_level=None
    )
    db.row_factory = sqlite3.Row
    return db


def _prepare(db: sqlite3.Connection, schema: int | None) -> None:
    if db.execute("PRAGMA page_count").fetchone()[0] == 0:
        db.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    elif db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise DatabaseError("not a database of this software")
    db.execute("PRAGMA journal_mode = WAL")
    # FULL: a movement is on the card before it is announced.
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA secure_delete = FAST")
    migrate(db, schema)


def open_database(
    state_dir: Path, *, readonly: bool = False, schema: int | None = None
) -> sqlite3.Connection:
    """Open the database of all nights, creating and migrating it unless `readonly`.

    Connections are in autocommit mode; several statements that belong together go inside
    `transaction`. A connection belongs to the thread that opened it.

    Parameters
    ----------
    state_dir : Path
        Folder of all that the device keeps; made when missing.
    readonly : bool
        Refuse every write.
    schema : int or None
        Bring it to this version only, to take in rows of that version; None: to the newest.

    Raises
    ------
    DatabaseError
        Naming the file: not there (readonly), not writable, damaged, foreign or too new.
    """
    path = database_path(state_dir)
    try:
        if not readonly:
            state_dir.mkdir(parents=True, exist_ok=True)
        elif not path.exists():
            raise DatabaseError(f"{path}: there is no database yet")
        db = _connect(path, readonly=readonly)
    except (OSError, sqlite3.Error) as error:
        raise DatabaseError(f"{path}: cannot be opened: {error}") from error
    try:
        if readonly:
            db.execute("PRAGMA foreign_keys = ON")
        else:
            _prepare(db, schema)
    except sqlite3.Error as error:
        db.close()
        raise DatabaseError(f"{path}: {error}") from error
    except DatabaseError as error:
        db.close()
        raise DatabaseError(f"{path}: {error}") from error
    return db
