"""What each configuration key may be, in words: for error messages and for the manual."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec.inspect import (
    FloatType,
    IntType,
    LiteralType,
    Metadata,
    StrType,
    StructType,
    VarTupleType,
    type_info,
)

if TYPE_CHECKING:
    from msgspec.inspect import Type


def unwrapped(kind: Type) -> tuple[Type, str]:
    """Return a field's type without its metadata, and its line of documentation."""
    text = ""
    while isinstance(kind, Metadata):
        text = text or str((kind.extra_json_schema or {}).get("description", ""))
        kind = kind.type
    return kind, text


def toml_value(key: str, value: object) -> str:
    """Return `value` as TOML; I2C addresses in the way data sheets write them."""
    if key == "address":
        return f"0x{value:02X}"
    if isinstance(value, tuple):
        return "[" + ", ".join(json.dumps(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _limit(key: str, value: float) -> str:
    return f"0x{int(value):02X}" if key == "address" else f"{value:.10g}"


def allowed(key: str, kind: Type) -> str:
    """Return what values a key may have; empty where anything of its type will do.

    Parameters
    ----------
    key : str
        Name of the key, without its section.
    kind : msgspec.inspect type
        As `unwrapped` returns it.
    """
    if isinstance(kind, LiteralType):
        values = sorted(kind.values, key=lambda value: f"{value:>8}")
        return ", ".join(toml_value(key, value) for value in values)
    if isinstance(kind, IntType | FloatType):
        low, high = kind.ge, kind.le if kind.le is not None else kind.lt
        if low is None or high is None:
            return ""
        below = "below " if kind.le is None else ""
        return f"{_limit(key, low)} to {below}{_limit(key, high)}"
    if isinstance(kind, StrType):
        if kind.pattern:
            return f"matching {kind.pattern}"
        if kind.max_length:
            return f"at most {kind.max_length} characters"
    if isinstance(kind, VarTupleType):
        each = allowed(key, unwrapped(kind.item_type)[0])
        return f"a list of at most {kind.max_length}, each {each}" if each else ""
    return ""


def allowed_at(config: type, path: str) -> str:
    """Return what is allowed at `path` ("left.chip") of the struct `config`; empty if unknown."""
    kind = type_info(config)
    name = ""
    for name in path.replace("[...]", "").split("."):
        found = [f for f in kind.fields if f.name == name] if isinstance(kind, StructType) else []
        if not found:
            return ""
        kind, _ = unwrapped(found[0].type)
    if isinstance(kind, StructType):
        return ", ".join(field.name for field in kind.fields)
    return allowed(name, kind)
