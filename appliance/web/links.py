"""Relative links only, so that the pages work under any prefix a proxy gives them."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import request, url_for

_STATIC = Path(__file__).parent / "static"


def relative(path: str) -> str:
    """Return `path` (absolute within the app) as seen from the present page.

    From /night/2026-01-05 the page /nights is ../nights.
    """
    depth = request.path.count("/") - 1
    return ("../" * depth + path.lstrip("/")) or "./"


def link(endpoint: str, **values: Any) -> str:  # noqa: ANN401 - as in flask.url_for
    """Return the relative link to a view, as `flask.url_for` does the absolute one."""
    target = url_for(endpoint, **values)
    return relative(target[len(request.script_root) :])


def asset(name: str) -> str:
    """Return the relative link to a static file, with its content's mark for the cache."""
    return relative(f"/static/{name}?v={_mark(name)}")


@lru_cache(maxsize=32)
def _mark(name: str) -> str:
    return hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:10]
