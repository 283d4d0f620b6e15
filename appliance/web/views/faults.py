"""What needs the owner's look: a lost sensor, a clock unset, a broker that refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.store.faults import open_faults
from appliance.web.views.settings import with_labels

if TYPE_CHECKING:
    import sqlite3


def fault_texts(db: sqlite3.Connection) -> tuple[str, ...]:
    """Return what is wrong now; a setting is called as on its page, not by its key."""
    return tuple(with_labels(fault.text) for fault in open_faults(db))
