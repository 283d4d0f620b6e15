"""The configuration that counts: the owner's file with what was changed on the page on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from appliance.config import Config, ConfigError, check_together
from appliance.store import settings

if TYPE_CHECKING:
    import sqlite3


def config_with(config: Config, changes: dict[str, Any]) -> Config:
    """Return `config` with changed keys ("night.auto_end" -> value).

    Raises
    ------
    ConfigError
        Naming the key and what is allowed, also where only the values together cannot work.
    """
    values = msgspec.to_builtins(config)
    for key, value in changes.items():
        section, _, name = key.partition(".")
        if name not in values.get(section, {}):
            raise ConfigError(f"{key}: there is no such setting")
        values[section][name] = value
    try:
        return check_together(msgspec.convert(values, Config))
    except msgspec.ValidationError as error:
        raise ConfigError(str(error)) from error


def effective_config(db: sqlite3.Connection, config: Config) -> Config:
    """Return the configuration with the settings of the database layered over it.

    A stored setting that this version does not know or allow any more is left out: the value of
    the file counts, and the device keeps running.
    """
    sections = msgspec.to_builtins(config)
    stored: dict[str, Any] = {}
    for key, value in settings.load_all(db).items():
        section, _, name = key.partition(".")
        if name in sections.get(section, {}):  # private values live in the same table
            stored[key] = value
    try:
        return config_with(config, stored)
    except ConfigError:
        return _with_the_good_ones(config, stored)


def _with_the_good_ones(config: Config, stored: dict[str, Any]) -> Config:
    # Twice: one value may be good only beside another that comes after it.
    for key, value in [*stored.items(), *stored.items()]:
        try:
            config = config_with(config, {key: value})
        except ConfigError:
            continue
    return config
