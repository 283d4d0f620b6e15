"""The panel beside the recorder: opened where it can be, and its requests carried out."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from appliance.store import commands, faults, settings
from appliance.store.connect import transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from appliance.config import Panel as PanelConfig
    from appliance.panel import Panel, Request

LOG = logging.getLogger(__name__)

PAGE_SECRETS = ("web.password_hash", "web.setup_code")
"""Without these the page is at its set-up step again; every session ends with the password."""

DEVICE = "panel"
"""Under this name the panel's faults stand among those of the sensors."""


def open_or_note(config: PanelConfig, db: sqlite3.Connection, now_utc: float) -> Panel | None:
    """Open the panel; one that cannot be used is a fault, and no reason to miss a night.

    Parameters
    ----------
    config : appliance.config.Panel
        Pins and wishes.
    db : sqlite3.Connection
        Writable database.
    now_utc : float
        Unix time [s].
    """
    panel = None
    if config.enabled:
        from appliance.panel import PanelError, open_panel  # a GPIO library only where one is used

        try:
            panel = open_panel(config)
        except PanelError as error:
            text = str(error)
            LOG.error("%s", text)
            faults.open_fault(db, DEVICE, "unusable", text, night_id=None, started_utc=now_utc)
            return None
    faults.clear_fault(db, DEVICE, None, now_utc)
    return panel


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
