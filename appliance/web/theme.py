"""Dark by night: the browser's wish, the hour, and the reader's own choice, which wins."""

from __future__ import annotations

from typing import Literal

from flask import request

Theme = Literal["auto", "dark", "light"]
COOKIE = "plms_theme"
DARK_FROM_H = 20
DIM_FROM_H = 17
"""For pages that are used in the evening."""
DARK_UNTIL_H = 8


def chosen() -> Theme:
    """Return the reader's choice."""
    value = request.cookies.get(COOKIE, "auto")
    return value if value in ("dark", "light") else "auto"  # type: ignore[return-value]


def class_of(choice: Theme, local_hour: float, dark_from_h: float = DARK_FROM_H) -> str:
    """Return the class of the page: dark, light, or auto (the browser's wish decides).

    Examples
    --------
    >>> class_of("auto", 6.5), class_of("auto", 12.0), class_of("light", 6.5)
    ('dark', 'auto', 'light')
    """
    if choice != "auto":
        return choice
    is_night = local_hour >= dark_from_h or local_hour < DARK_UNTIL_H
    return "dark" if is_night else "auto"
