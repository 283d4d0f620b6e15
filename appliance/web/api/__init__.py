"""The HTTP API for programs, described by the OpenAPI document that it serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def register_api(app: Flask) -> None:
    """Hang the API into the app."""
