"""The HTTP API for programs, described by the OpenAPI document that it serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.web.api.access import api as access
from appliance.web.api.diary import api as diary
from appliance.web.api.live import api as live
from appliance.web.api.metrics import api as metrics
from appliance.web.api.nights import api as nights
from appliance.web.api.openapi import api as openapi
from appliance.web.api.settings import api as settings
from appliance.web.api.summing import api as summing

if TYPE_CHECKING:
    from flask import Flask

ROOT = "/api/v1"
PARTS = (access, diary, live, nights, openapi, settings, summing)


def register_api(app: Flask) -> None:
    """Hang the API and the metrics into the app."""
    for part in PARTS:
        app.register_blueprint(part, url_prefix=ROOT)
    app.register_blueprint(metrics)
