"""The configuration file: documented key by key, and strict."""

from __future__ import annotations

import tomllib

import msgspec
import pytest
from msgspec.inspect import FloatType, IntType, LiteralType, StrType

from appliance.config import Config, ConfigError, load_config, parse_config
from appliance.config_words import allowed, toml_value, unwrapped
from tests.render_config import (
    MARKDOWN_FILE,
    TOML_FILE,
    config_toml,
    configuration_markdown,
    sections,
)

KEYS = [(name, field) for name, _, fields, _ in sections() for field in fields]


def outside(key, kind):
    """Return a value (as TOML) that the key must refuse."""
    if isinstance(kind, LiteralType):
        return "77777" if isinstance(kind.values[0], int) else '"abacus"'
    if isinstance(kind, IntType | FloatType) and kind.ge is not None:
        return toml_value("", kind.ge - 1)
    if isinstance(kind, StrType) and kind.pattern:
        return '"Not+Allowed#"'
    if isinstance(kind, StrType) and kind.max_length:
        return f'"{"x" * (kind.max_length + 1)}"'
    return "{ a = 1 }"


def test_packaged_file_and_manual_page_are_what_the_structs_say():
    assert TOML_FILE.read_text(encoding="utf-8") == config_toml(), "run make config-docs"
    assert MARKDOWN_FILE.read_text(encoding="utf-8") == configuration_markdown(), (
        "run make config-docs"
    )


def test_packaged_file_holds_every_key_at_its_default():
    assert load_config(TOML_FILE) == Config()
    written = tomllib.loads(TOML_FILE.read_text(encoding="utf-8"))
    assert {(name, key) for name, keys in written.items() for key in keys} == {
        (name, field.name) for name, field in KEYS
    }


@pytest.mark.parametrize(("name", "field"), KEYS, ids=lambda part: getattr(part, "name", part))
def test_every_key_has_a_doc_line_and_refuses_what_it_cannot_use(name, field):
    kind, description = unwrapped(field.type)
    assert len(description) > 3
    value = outside(field.name, kind)
    with pytest.raises(ConfigError) as caught:
        parse_config(f"[{name}]\n{field.name} = {value}\n", "/etc/plms/config.toml")
    text = str(caught.value)
    assert text.startswith("/etc/plms/config.toml: ")
    assert f"{name}.{field.name}" in text
    if words := allowed(field.name, kind):
        assert text.endswith(f" (allowed: {words})")


@pytest.mark.parametrize("name", [name for name, *_ in sections()])
def test_unknown_key_is_refused_with_file_and_section(name):
    with pytest.raises(
        ConfigError, match=rf"^my\.toml: .*unknown field `colour`.*{name}.*allowed: "
    ):
        parse_config(f"[{name}]\ncolour = 1\n", "my.toml")


def test_unknown_section_is_refused():
    with pytest.raises(ConfigError, match="unknown field `kitchen`"):
        parse_config("[kitchen]\n", "my.toml")


def test_defaults_keep_their_own_rules():
    assert msgspec.convert(msgspec.to_builtins(Config()), Config) == Config()


def test_unreadable_files_are_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.toml: cannot be read: No such file"):
        load_config(tmp_path / "nowhere.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("[web\n")
    with pytest.raises(ConfigError, match=r"broken\.toml: not valid TOML: .*line 1"):
        load_config(broken)
    broken.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"broken\.toml: not UTF-8"):
        load_config(broken)
