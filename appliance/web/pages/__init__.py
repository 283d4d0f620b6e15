"""The pages, one small module a topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.web.pages.compare import pages as compare
from appliance.web.pages.diary import pages as diary
from appliance.web.pages.doctor import pages as doctor
from appliance.web.pages.edit import pages as edit
from appliance.web.pages.export import pages as export
from appliance.web.pages.health import pages as health
from appliance.web.pages.login import pages as login
from appliance.web.pages.more import pages as more
from appliance.web.pages.morning import pages as morning
from appliance.web.pages.movement import pages as movement
from appliance.web.pages.nights import pages as nights
from appliance.web.pages.settings import pages as settings
from appliance.web.pages.setup import pages as setup
from appliance.web.pages.sit import pages as sit
from appliance.web.pages.sits import pages as sits
from appliance.web.pages.tonight import pages as tonight

if TYPE_CHECKING:
    from flask import Flask


BLUEPRINTS = (
    compare,
    diary,
    doctor,
    edit,
    export,
    health,
    login,
    more,
    morning,
    movement,
    nights,
    settings,
    setup,
    sit,
    sits,
    tonight,
)


def register_pages(app: Flask) -> None:
    """Hang every page into the app."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
