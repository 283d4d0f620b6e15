"""`/healthz`: is the page alive, and can it read the nights? No detail for strangers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, jsonify

from appliance.web.access import needs
from appliance.web.services import database

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

pages = Blueprint("health", __name__)


@pages.get("/healthz")
@needs("nobody")
def healthz() -> ResponseReturnValue:
    """Say "ok" when a night can be read."""
    database().execute("SELECT 1 FROM nights LIMIT 1").fetchone()
    return jsonify(status="ok")
