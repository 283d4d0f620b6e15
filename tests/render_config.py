"""Write `appliance/config.toml` and `docs/configuration.md` from the structs of `appliance.config`.

Run by `make config-docs`; a test compares the files with what this would write.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import msgspec
from msgspec.inspect import Field, StrType, StructType

from appliance.config import Ankle, Config
from appliance.config_words import allowed, toml_value, unwrapped

ROOT = Path(__file__).resolve().parent.parent
TOML_FILE = ROOT / "appliance" / "config.toml"
MARKDOWN_FILE = ROOT / "docs" / "configuration.md"

TOML_HEAD = """\
# Configuration of the bedside PLMS monitor, every key at its default.
# After editing: `plms config check`, then `sudo systemctl restart plms-record plms-serve`.
# What is changed on the page (Settings) comes before what stands here.
"""

MARKDOWN_HEAD = """\
# Configuration

The file is `/etc/plms/config.toml`. Every key may be left out; its default then holds. An unknown
key or a value outside its range is refused, with the file, the key and what is allowed; so are two
sensors at one address of a bus, button and LED on one pin, a time zone that this computer does not
know, and MQTT without a host. Check a file with `plms config check FILE`; make it count with
`sudo systemctl restart plms-record plms-serve`. What is changed on the page (Settings) is kept in
the database and comes before the file.
"""


def sections() -> list[tuple[str, str, list[Field], Any]]:
    """Return (name, what it is, fields, defaults) of each section, in the file's order."""
    found = []
    for field in msgspec.inspect.type_info(Config).fields:
        struct = field.type
        assert isinstance(struct, StructType)
        text = (inspect.getdoc(struct.cls) or "").splitlines()[0]
        if issubclass(struct.cls, Ankle):
            text = f"The sensor on the {field.name} ankle."
        found.append((field.name, text, list(struct.fields), getattr(Config(), field.name)))
    return found


def config_toml() -> str:
    """Return the text of the packaged configuration file."""
    lines = [TOML_HEAD]
    for name, text, fields, defaults in sections():
        lines.append(f"# {text}\n[{name}]")
        for field in fields:
            kind, description = unwrapped(field.type)
            limits = allowed(field.name, kind)
            lines.append(f"# {description}" + (f" ({limits})" if limits else ""))
            lines.append(f"{field.name} = {toml_value(field.name, getattr(defaults, field.name))}")
        lines.append("")
    return "\n".join(lines)


def configuration_markdown() -> str:
    """Return the text of the manual's page on the configuration."""
    lines = [MARKDOWN_HEAD]
    for name, text, fields, defaults in sections():
        lines += [
            f"## [{name}]\n",
            f"{text}\n",
            "| key | default | allowed | meaning |",
            "|---|---|---|---|",
        ]
        for field in fields:
            kind, description = unwrapped(field.type)
            limits = allowed(field.name, kind).replace("|", "\\|")
            if isinstance(kind, StrType) and kind.pattern:
                limits = f"matching `{kind.pattern}`"
            default = toml_value(field.name, getattr(defaults, field.name))
            limits = limits or (
                "true, false" if isinstance(getattr(defaults, field.name), bool) else ""
            )
            lines.append(f"| `{name}.{field.name}` | `{default}` | {limits} | {description} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    TOML_FILE.write_text(config_toml(), encoding="utf-8")
    MARKDOWN_FILE.write_text(configuration_markdown(), encoding="utf-8")
