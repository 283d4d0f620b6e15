"""Carry out what somebody asked for with the button on the box."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from appliance.store import commands, settings
from appliance.store.connect import transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from appliance.panel import Request

LOG = logging.getLogger(__name__)

PAGE_SECRETS = ("web.password_hash", "web.setup_code")
"""Without these the page is at its set-up step again; every session ends with the password."""


def carry_out(db: sqlite3.Connection, requests: Iterable[Request], now_utc: float) -> None:
    """Hand the recorder's verbs to its queue, and reset the page's password when asked to.

    Parameters
    ----------
    db : sqlite3.Connection
        Writable database.
    requests : iterable of str
        From `appliance.panel.Panel.step`.
    now_utc : float
        Unix time [s].
    """
    for request in requests:
        LOG.info("the button asks: %s", request)
        if request == "password_reset":
            with transaction(db):
                for key in PAGE_SECRETS:
                    settings.delete(db, key)
        else:
            commands.submit(db, request, {}, "button", now_utc)
