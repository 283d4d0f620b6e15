"""Headers of every answer, and its compression."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from flask import request

from appliance.web.services import services

if TYPE_CHECKING:
    from flask import Flask, Response

SMALLEST_TO_COMPRESS = 800
_COMPRESSIBLE = ("text/", "application/json", "image/svg+xml", "application/manifest+json")


def policy(frame_ancestors: tuple[str, ...]) -> str:
    """Return the content security policy: nothing inline, nothing from elsewhere."""
    ancestors = " ".join(frame_ancestors) if frame_ancestors else "'none'"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self';"
        f" frame-ancestors {ancestors}"
    )


def set_headers(response: Response) -> Response:
    """Set what protects the reader."""
    ancestors = services().config.web.frame_ancestors
    response.headers["Content-Security-Policy"] = policy(ancestors)
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Not "no-referrer": with it browsers send "Origin: null" with our own forms.
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if not ancestors:
        response.headers["X-Frame-Options"] = "DENY"
    if request.endpoint == "static":
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response


def compress(response: Response) -> Response:
    """Compress texts for browsers that take it; a phone in bed is on weak Wi-Fi."""
    if (
        (response.is_streamed and not response.direct_passthrough)
        or response.headers.get("Content-Encoding")
        or "gzip" not in request.headers.get("Accept-Encoding", "")
        or not (response.mimetype or "").startswith(_COMPRESSIBLE)
        or response.status_code < 200
        or response.status_code in (204, 206, 304)
    ):
        return response
    response.direct_passthrough = False
    body = response.get_data()
    if len(body) >= SMALLEST_TO_COMPRESS:
        response.set_data(gzip.compress(body, compresslevel=5, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        response.headers.add("Vary", "Accept-Encoding")
    return response


def install(app: Flask) -> None:
    """Put the headers on every answer (the last installed runs first)."""
    app.after_request(compress)
    app.after_request(set_headers)
