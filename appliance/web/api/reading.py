"""Read what a program sends; refuse what is not as described."""

from __future__ import annotations

from datetime import date
from math import isfinite
from typing import TypeVar

import msgspec
from flask import abort, request

T = TypeVar("T")
_EXACT = 2**53
"""From here on not every whole number is a float."""


def _number(text: str) -> float:
    """Return a number with a point or an exponent; JSON does not tell 5 from 5.0.

    Raises
    ------
    ValueError
        When it is too large for a float.
    """
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"{text[:20]} is out of range")
    return int(value) if value.is_integer() and abs(value) < _EXACT else value


_JSON = msgspec.json.Decoder(float_hook=_number)


def body_as(kind: type[T]) -> T:
    """Return the request's JSON body; end the request with 400 or 415 where it is not of `kind`."""
    if request.mimetype != "application/json":
        abort(415)
    try:
        return msgspec.convert(_JSON.decode(request.get_data()), kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        abort(400, description=f"body: {error}")
    except RecursionError:
        abort(400, description="body: nested too deeply")


def day_argument(name: str) -> date | None:
    """Return a date of the query, or None; end the request with 400 where it is none."""
    text = request.args.get(name)
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        abort(400, description=f"{name}: a date like 2026-01-31")


def number_argument(name: str, low: float, high: float) -> float:
    """Return a number of the query; end the request with 400 where there is none in range."""
    try:
        value = float(request.args[name])
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        abort(400, description=f"{name}: a number from {low:g} to {high:g}")
    return value
