"""The pages, one small module a topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.web.pages.health import pages as health
from appliance.web.pages.login import pages as login
from appliance.web.pages.more import pages as more
from appliance.web.pages.morning import pages as morning
from appliance.web.pages.setup import pages as setup

if TYPE_CHECKING:
    from flask import Flask


def register_pages(app: Flask) -> None:
    """Hang every page into the app."""
    for blueprint in (health, login, more, morning, setup):
        app.register_blueprint(blueprint)
