"""Delete for good: rows overwritten, and what earlier deletions left in free pages too."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from appliance.store.connect import transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

PAGE_LINK_BYTES = 4
"""Of a page of a long value, what does not hold the value."""


@contextmanager
def erasing(db: sqlite3.Connection) -> Iterator[None]:
    """Run deletions as one transaction that leaves nothing of them in the files.

    While a night runs, deleted rows may leave their text in pages that became free (delivered
    events, the detector's states): overwriting those at once would double what a night writes to
    the card. Here they are all overwritten, and the write-ahead log is emptied, in which older
    copies of the pages stand.

    Raises
    ------
    sqlite3.Error
        When it could not be stored; nothing is deleted then.
    """
    db.execute("PRAGMA secure_delete = ON")
    try:
        with transaction(db):
            yield
            _overwrite_free_pages(db)
    finally:
        db.execute("PRAGMA secure_delete = FAST")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _overwrite_free_pages(db: sqlite3.Connection) -> None:
    """Fill all free pages with one long value of zeros, and free them again."""
    free = db.execute("PRAGMA freelist_count").fetchone()[0]
    page_bytes = db.execute("PRAGMA page_size").fetchone()[0]
    if free:
        db.execute("CREATE TABLE erased (zeros BLOB)")
        db.execute(
            "INSERT INTO erased VALUES (zeroblob(?))", (free * (page_bytes - PAGE_LINK_BYTES),)
        )
        db.execute("DROP TABLE erased")
