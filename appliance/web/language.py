"""All words that people see pass through here, ready for other languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, g
from markupsafe import Markup

from appliance.web.words.neutral import NEUTRAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.web.guard import Visitor

EXTENSION = "plms-language"


def english(message: str) -> str:
    """Return the message itself: the messages are written in English."""
    return message


def _translate() -> Callable[[str], str]:
    held = g.get("translate")  # a page says thousands of things
    if held is None:
        held = g.translate = _of_reader(current_app.extensions[EXTENSION])
    translate: Callable[[str], str] = held
    return translate


def _of_reader(translate: Callable[[str], str]) -> Callable[[str], str]:
    """Return how this reader is spoken to; who looks by a share is not the one who kicked."""
    visitor: Visitor | None = g.get("visitor")
    if visitor is None or visitor.role != "partner" or not visitor.by_cookie:
        return translate
    return lambda message: translate(NEUTRAL.get(message, message))


def say(message: str, **values: object) -> str:
    """Return a message in the reader's language with its values put in."""
    text = _translate()(message)
    return text.format(**values) if values else text


def say_html(message: str, **values: object) -> Markup:
    """Return a message that holds HTML of ours; the values are escaped."""
    return Markup(_translate()(message)).format(**values)  # noqa: S704 - our own text


def many(number: int, one: str, more: str, **values: object) -> str:
    """Return the message for one or for more, with `{n}` and other values put in."""
    return say(one if number == 1 else more, n=number, **values)
