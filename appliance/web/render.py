"""From a template to a page: what every page shows around its own content."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flask import render_template, request

from appliance.store.connect import DatabaseError
from appliance.web import theme
from appliance.web.guard import form_token, visitor
from appliance.web.language import say
from appliance.web.links import asset, link, relative
from appliance.web.services import services, settings_in_force
from appliance.web.words.times import zone

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from flask import Flask

    from appliance.config import Config

ICONS = {
    "morning": "M3 18h18M6 18a6 6 0 0 1 12 0M12 4v3M4.5 9.5l1.8 1.8M19.5 9.5l-1.8 1.8",
    "nights": "M4 5h16v15H4zM4 10h16M9 5v15M15 5v15M4 15h16",
    "tonight": "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
    "diary": "M5 20l1-4L16 6l3 3L9 19zM14 8l3 3",
    "more": "M4 7h16M4 12h16M4 17h16",
}

PLACES = {
    "movement": "morning",
    "edit": "morning",
    "compare": "nights",
    "sit": "tonight",
    "sits": "nights",
}
"""Entry of the bar under which pages stand that have none of their own."""


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the bar."""

    label: str
    link: str
    icon: str
    here: bool


def navigation() -> list[NavItem]:
    """Return the bar's entries for this visitor."""
    here = (request.endpoint or "").split(".", maxsplit=1)[0]
    items = [
        ("morning", say("Morning"), "/"),
        ("nights", say("Nights"), "/nights"),
        ("tonight", say("Tonight"), "/tonight"),
    ]
    if visitor().role == "owner":
        items.append(("diary", say("Diary"), "/diary"))
    items.append(("more", say("More"), "/more"))
    known = {name for name, *_ in items}
    place = PLACES.get(here, here if here in known else "more")
    return [
        NavItem(label, relative(path), ICONS[name], name == place) for name, label, path in items
    ]


def config_or_default() -> Config:
    """Return the settings in force, or the file's where the database cannot be read."""
    try:
        return settings_in_force()
    except (DatabaseError, sqlite3.Error):
        return services().config


def local_zone() -> ZoneInfo:
    """Return the time zone of the device."""
    return zone(config_or_default().device.time_zone or _system_zone())


def _system_zone() -> str:
    try:
        with open("/etc/timezone", encoding="ascii") as file:  # noqa: PTH123 - one line
            return file.read().strip()
    except OSError:
        return "UTC"


def local_now() -> datetime:
    """Return the time of day where the device stands."""
    return datetime.fromtimestamp(services().now(), UTC).astimezone(local_zone())


def page(
    template: str,
    *,
    bare: bool = False,
    refresh_s: int | None = None,
    refresh_to: str | None = None,
    dim: bool = False,
    **values: Any,  # noqa: ANN401
) -> str:
    """Render a page.

    Parameters
    ----------
    template : str
        Name of the template.
    bare : bool
        Without the bar (log-in, set-up, trouble).
    refresh_s : int, optional
        The page comes again after this time; without JavaScript too.
    refresh_to : str, optional
        Relative link of what comes then, where that is another page.
    dim : bool
        Dark from the early evening on.
    **values
        What the template shows.
    """
    local = local_now()
    dark_from_h = theme.DIM_FROM_H if dim else theme.DARK_FROM_H
    return render_template(
        template,
        bare=bare or visitor().role is None,
        refresh_s=refresh_s,
        refresh_to=refresh_to,
        theme_class=theme.class_of(theme.chosen(), local.hour + local.minute / 60, dark_from_h),
        device_name=config_or_default().device.name,
        language=say("en"),
        said=values.pop("said", None),
        **values,
    )


def install(app: Flask) -> None:
    """Give the templates their helpers."""
    app.jinja_env.globals.update(
        _=say, asset=asset, link=link, relative=relative, form_token=form_token,
        navigation=navigation, visitor=visitor,
    )  # fmt: skip
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
