"""What every page needs, handed to the app once: no module keeps state of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import current_app, g

from appliance.settings import effective_config
from appliance.store.connect import open_database
from appliance.web.keep import open_keep

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path
    from threading import BoundedSemaphore

    from flask import Flask

    from appliance.config import Config
    from appliance.web.access import Access
    from appliance.web.hosts import OwnNames
    from appliance.web.limiter import Limiter


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a request may use."""

    state_dir: Path
    config: Config
    access: Access
    now: Callable[[], float]
    """Unix time [s]."""
    names: OwnNames
    limiter: Limiter
    downloads: BoundedSemaphore
    """Slots for long downloads, so that they never take all threads."""
    hashing: BoundedSemaphore
    """One password check at a time: each takes 32 MiB."""
    password_method: str
    """How new passwords are hashed, in werkzeug's words."""


def services() -> Services:
    """Return the services of the running app."""
    return cast("Services", current_app.extensions["plms"])


def database() -> sqlite3.Connection:
    """Return this request's read-only view of the nights.

    Raises
    ------
    DatabaseError
        When the file is missing or broken; `appliance.web.errors` turns it into a calm page.
    """
    if "database" not in g:
        g.database = open_database(services().state_dir, readonly=True)
    return cast("sqlite3.Connection", g.database)


def writable() -> sqlite3.Connection:
    """Return this request's connection for writing."""
    if "writable" not in g:
        g.writable = open_database(services().state_dir)
    return cast("sqlite3.Connection", g.writable)


def keep() -> sqlite3.Connection:
    """Return this request's connection to the file of sessions."""
    if "keep" not in g:
        g.keep = open_keep(services().state_dir)
    return cast("sqlite3.Connection", g.keep)


def settings_in_force() -> Config:
    """Return the configuration with the page's changes layered over it."""
    if "settings_in_force" not in g:
        g.settings_in_force = effective_config(database(), services().config)
    return cast("Config", g.settings_in_force)


def close_connections(_error: BaseException | None) -> None:
    """Close what this request opened."""
    for name in ("database", "writable", "keep"):
        connection = g.pop(name, None)
        if connection is not None:
            connection.close()


def install(app: Flask, held: Services) -> None:
    """Give the app its services."""
    app.extensions["plms"] = held
    app.teardown_appcontext(close_connections)
