"""The menu of everything else, light and dark, about and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, request

from appliance.version import VERSION
from appliance.web import theme
from appliance.web.access import needs
from appliance.web.links import link, relative
from appliance.web.render import page

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

pages = Blueprint("more", __name__)
YEAR_S = 365 * 86400


@pages.get("/more")
@needs("partner")
def menu() -> ResponseReturnValue:
    """Show the menu."""
    return page("more.html", theme_choice=theme.chosen())


@pages.post("/theme")
@needs("nobody")
def choose_theme() -> ResponseReturnValue:
    """Remember light or dark in this browser."""
    choice = request.form.get("theme", "auto")
    answer = redirect(link("more.menu"))
    if choice in ("dark", "light"):
        answer.set_cookie(
            theme.COOKIE, choice, max_age=YEAR_S, samesite="Lax", path=request.script_root or "/"
        )
    else:
        answer.delete_cookie(theme.COOKIE, path=request.script_root or "/")
    return answer


@pages.get("/about")
@needs("partner")
def about() -> ResponseReturnValue:
    """Say what this is, how it counts, and what it cannot do."""
    return page("about.html", version=VERSION, home=relative("/"))
