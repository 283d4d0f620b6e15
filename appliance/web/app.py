"""The app: services, door, headers, pages, API."""

from __future__ import annotations

import time
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from flask import Flask

from appliance.web import errors, guard, headers, language, render, services
from appliance.web.access import Access
from appliance.web.api import register_api
from appliance.web.hosts import OwnNames
from appliance.web.limiter import Limiter
from appliance.web.pages import register_pages
from appliance.web.passwords import METHOD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.config import Config

LONGEST_BODY_BYTES = 64 * 1024
"""No form and no API body comes near it."""
DOWNLOADS_AT_ONCE = 2


def create_app(
    state_dir: Path,
    config: Config,
    *,
    access: Access | None = None,
    now: Callable[[], float] = time.time,
    translate: Callable[[str], str] = language.english,
    names: OwnNames | None = None,
    password_method: str = METHOD,
) -> Flask:
    """Make the web app of one device.

    Parameters
    ----------
    state_dir : Path
        Folder of the nights.
    config : Config
        The owner's configuration, without the changes made on the page.
    access : Access, optional
        How the door is kept; asks for the password unless told otherwise.
    now : callable
        Unix time [s].
    translate : callable
        Turns an English message into the reader's language.
    names : OwnNames, optional
        The names this box answers to.
    password_method : str
        How new passwords are hashed, in werkzeug's words.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = LONGEST_BODY_BYTES
    app.config["MAX_FORM_PARTS"] = 200
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions[language.EXTENSION] = translate
    configured = frozenset(name.lower().rstrip(".") for name in config.web.names)
    services.install(
        app,
        services.Services(
            state_dir=state_dir,
            config=config,
            access=access or Access.guarded(),
            now=now,
            names=names or OwnNames(configured=configured),
            limiter=Limiter(),
            downloads=BoundedSemaphore(DOWNLOADS_AT_ONCE),
            hashing=BoundedSemaphore(1),
            password_method=password_method,
        ),
    )
    headers.install(app)
    guard.install(app)
    errors.install(app)
    render.install(app)
    register_pages(app)
    register_api(app)
    return app
