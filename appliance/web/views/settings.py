"""The settings that the page offers, drawn from the configuration's own words and ranges."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, get_type_hints

import msgspec
from msgspec.inspect import (
    BoolType,
    FloatType,
    IntType,
    LiteralType,
    StrType,
    StructType,
    VarTupleType,
    type_info,
)

from appliance.config import Config, ConfigError
from appliance.config_conflicts import missing_broker
from appliance.config_words import unwrapped
from appliance.settings import config_with, effective_config
from appliance.store import settings
from appliance.store.connect import transaction
from appliance.web.language import say

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from msgspec.inspect import Type

OFFERED: dict[str, tuple[str, ...]] = {
    "device": ("name", "time_zone"),
    "night": (
        "auto_start", "auto_start_from_h", "auto_start_until_h", "auto_start_in_bed_min",
        "auto_end", "auto_end_out_of_bed_min", "auto_end_at_h", "private",
    ),
    "evening_test": ("remind_at_h",),
    "storage": ("keep_raw", "keep_raw_days", "min_free_mb"),
    "mqtt": (
        "enabled", "host", "port", "protocol", "username", "tls", "discovery", "event_expiry_s",
    ),
}  # fmt: skip
"""Paths of files are not offered: a page must not choose what the device reads."""
_KEY = re.compile(r"(?<![\w.-])[a-z_]+\.[a-z_]+(?![.:-]?\w)")
"""What may be a key, and no part of a computer's name."""
SECRET = "password"  # noqa: S105 - a field's name
LONGEST_SECRET = 256


@dataclass(frozen=True, slots=True)
class Field:
    """One setting as a form shows it."""

    key: str
    label: str
    kind: str
    """check, number, numbers, choice or text."""
    value: Any
    choices: tuple[str, ...] = ()
    low: str = ""
    high: str = ""
    step: str = ""


def sections() -> dict[str, str]:
    """Return the sections and their titles."""
    return {
        "device": say("Name and time"),
        "night": say("When a night begins and ends"),
        "evening_test": say("Evening test"),
        "storage": say("What is kept"),
        "mqtt": say("Home automation (MQTT)"),
    }


def labels() -> dict[str, str]:
    """Return what each setting is called on the page."""
    return {
        "device.name": say("Name of the device"),
        "device.time_zone": say("Time zone, like Europe/Berlin; empty: the system’s"),
        "night.auto_start": say("Start by itself when you are in bed"),
        "night.auto_start_from_h": say("Not before this hour"),
        "night.auto_start_until_h": say("Not after this hour"),
        "night.auto_start_in_bed_min": say("After this many minutes in bed"),
        "night.auto_end": say("End by itself"),
        "night.auto_end_out_of_bed_min": say("After this many minutes out of bed"),
        "night.auto_end_at_h": say("At this hour at the latest (11.5 is half past eleven)"),
        "night.private": say("Keep nothing of the person beside you"),
        "evening_test.remind_at_h": say("Remind at these hours, like 18, 20, 22, 0; empty: never"),
        "storage.keep_raw": say("Keep raw signals"),
        "storage.keep_raw_days": say("For this many days"),
        "storage.min_free_mb": say("Stop keeping them when less than this many MB are free"),
        "mqtt.enabled": say("Publish to a broker"),
        "mqtt.host": say("Broker’s name or address"),
        "mqtt.port": say("Port (8883 is usual with encryption)"),
        "mqtt.protocol": say("MQTT version"),
        "mqtt.username": say("User name; empty: none"),
        "mqtt.tls": say("Encrypt the connection"),
        "mqtt.discovery": say("Announce it to Home Assistant"),
        "mqtt.event_expiry_s": say("Drop events that are older than this many seconds"),
    }


def fields_of(section: str, config: Config, typed: Mapping[str, str] | None = None) -> list[Field]:
    """Return the fields of a section with their values in force, or with what was typed."""
    kinds = _kinds(section)
    names = labels()
    values = getattr(config, section)
    fields = [
        _field(f"{section}.{name}", names[f"{section}.{name}"], kinds[name], getattr(values, name))
        for name in OFFERED[section]
    ]
    return fields if typed is None else [_as_typed(field, typed) for field in fields]


def _as_typed(field: Field, typed: Mapping[str, str]) -> Field:
    if field.kind == "check":
        return replace(field, value=typed.get(field.key) == "on")
    return replace(field, value=typed.get(field.key, field.value))


def _kinds(section: str) -> dict[str, Type]:
    whole = type_info(Config)
    assert isinstance(whole, StructType)  # noqa: S101 - Config is a Struct
    held = next(field for field in whole.fields if field.name == section)
    inner, _ = unwrapped(held.type)
    assert isinstance(inner, StructType)  # noqa: S101 - and so are its sections
    return {field.name: unwrapped(field.type)[0] for field in inner.fields}


def _field(key: str, label: str, kind: Type, value: object) -> Field:
    if isinstance(kind, BoolType):
        return Field(key, label, "check", value)
    if isinstance(kind, LiteralType):
        return Field(key, label, "choice", value, choices=tuple(map(str, kind.values)))
    if isinstance(kind, IntType | FloatType):
        low = "" if kind.ge is None else f"{kind.ge:g}"
        top = kind.le if kind.le is not None else kind.lt
        step = "1" if isinstance(kind, IntType) else "any"
        return Field(key, label, "number", value, low=low, high=_plain(top), step=step)
    if isinstance(kind, VarTupleType) and isinstance(value, tuple):
        return Field(key, label, "numbers", ", ".join(f"{one:g}" for one in value))
    return Field(key, label, "text", value)


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"


def changes_from_form(section: str, form: Mapping[str, str]) -> dict[str, Any]:
    """Read a section's form: key -> value in its own type.

    Raises
    ------
    ConfigError
        When a value is no number or out of range; for people it goes through `in_page_words`.
    """
    kinds = _kinds(section)
    allowed = get_type_hints(get_type_hints(Config)[section], include_extras=True)
    changes: dict[str, Any] = {}
    for name in OFFERED[section]:
        key = f"{section}.{name}"
        kind = kinds[name]
        if isinstance(kind, BoolType):
            changes[key] = form.get(key) == "on"
        elif key in form:
            changes[key] = _typed(key, kind, allowed[name], form[key].strip())
    return changes


def _typed(key: str, kind: Type, allowed: Any, text: str) -> object:  # noqa: ANN401 - a type
    given: str | list[str] = text
    if isinstance(kind, VarTupleType):
        given = text.replace(",", " ").split()
    elif isinstance(kind, FloatType):
        given = text.replace(",", ".")  # half the world writes 20,5
    try:
        value = msgspec.convert(given, allowed, strict=False)
    except msgspec.ValidationError as error:
        wish = say("please give {wanted}", wanted=_wanted(kind))
        raise ConfigError(f"{key}: {wish}") from error
    return list(value) if isinstance(value, tuple) else value


def _wanted(kind: Type) -> str:
    """Say what a setting may be."""
    if isinstance(kind, IntType):
        return say("a whole number from {low} to {high}", low=kind.ge, high=kind.le)
    if isinstance(kind, FloatType):
        return _number_from(kind)
    if isinstance(kind, VarTupleType):
        each, _ = unwrapped(kind.item_type)
        assert isinstance(each, FloatType)  # noqa: S101 - the only list offered
        return say("at most {n}, each {each}", n=kind.max_length, each=_number_from(each))
    if isinstance(kind, StrType):
        low, high = kind.min_length or 0, kind.max_length
        return say("{low} to {high} characters", low=low, high=high)
    return ", ".join(map(str, kind.values)) if isinstance(kind, LiteralType) else ""


def _number_from(kind: FloatType) -> str:
    if kind.le is None:
        return say("a number from {low} to below {high}", low=_plain(kind.ge), high=_plain(kind.lt))
    return say("a number from {low} to {high}", low=_plain(kind.ge), high=_plain(kind.le))


def in_page_words(error: ConfigError) -> str:
    """Return a refusal with the setting called as on the page, not by its key."""
    key, _, text = str(error).partition(": ")
    label = labels().get(key)
    return str(error) if label is None else say("“{label}”: {text}.", label=label, text=text)


def with_labels(text: str) -> str:
    """Return a sentence with each setting that it names called as on the page, not by its key."""

    def called(key: re.Match[str]) -> str:
        label = labels().get(key[0])
        # A label may go on with what the value may be: "User name; empty: none".
        return key[0] if label is None else f"“{re.split('; | [(]', label)[0]}”"

    return _KEY.sub(called, text)


def store_changes(
    db: sqlite3.Connection, file_config: Config, changes: Mapping[str, Any], now_utc: float
) -> Config:
    """Check changes and layer them over the file; what equals the file is forgotten again.

    Raises
    ------
    ConfigError
        Naming the key and what is allowed; nothing is then stored.
    """
    unknown = sorted(set(changes) - set(offered_keys()))
    if unknown:
        raise ConfigError(f"{unknown[0]}: not a setting of this page")
    config = config_with(effective_config(db, file_config), dict(changes))
    # Also while MQTT is off: "" would have the broker looked for on this very computer.
    if "mqtt.host" in changes and (nameless := next(missing_broker(config.mqtt), None)):
        raise ConfigError(nameless)
    plain = msgspec.to_builtins(file_config)
    with transaction(db):
        for key, value in changes.items():
            section, _, name = key.partition(".")
            held_by_file = plain[section][name]
            if held_by_file == value or (isinstance(value, list) and list(held_by_file) == value):
                settings.delete(db, key)
            else:
                settings.put(db, key, value, now_utc)
    return config


def offered_keys() -> Iterable[str]:
    """Return every key that the page may change."""
    return [f"{section}.{name}" for section, names in OFFERED.items() for name in names]
