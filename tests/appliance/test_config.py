"""The configuration file: documented key by key, and strict."""

from __future__ import annotations

import tomllib

import msgspec
import pytest
from click.testing import CliRunner
from msgspec.inspect import FloatType, IntType, LiteralType, StrType

from appliance.cli import main
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


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '[device]\ntime_zone = "Mars/X"',
            'device.time_zone: "Mars/X" is not a time zone; "Europe/Berlin" is one, '
            "and an empty one means the system's",
        ),
        (
            "[right]\naddress = 0x6A",
            "right.address: 0x6A is left.address too, on bus 1; allowed is an address of its own, "
            "or another bus",
        ),
        (
            "[right]\nbus = 3\n[strip]\nbus = 3\naddress = 0x6B",
            "strip.address: 0x6B is right.address too, on bus 3; allowed is an address of its own, "
            "or another bus",
        ),
        (
            "[panel]\nenabled = true\nled_pin = 17",
            "panel.led_pin: 17 is panel.button_pin too; allowed is a pin of its own",
        ),
        (
            '[mqtt]\nenabled = true\nhost = " "',
            'mqtt.host: " " names no broker; allowed is its name or its address',
        ),
    ],
    ids=["zone", "ankles", "strip", "pins", "broker"],
)
def test_values_that_cannot_work_together_are_refused_by_check_and_start(tmp_path, text, words):
    file = tmp_path / "my.toml"
    file.write_text(text + "\n")
    check = CliRunner().invoke(main, ["config", "check", str(file)])
    assert (check.exit_code, check.output) == (1, f"Error: {file}: {words}\n")
    for command in ("record", "serve"):
        args = [command, "--config", str(file), "--state-dir", str(tmp_path / "state")]
        start = CliRunner().invoke(main, args)
        assert (start.exit_code, start.output) == (1, check.output)
    assert not (tmp_path / "state").exists()


def test_the_right_ankle_keeps_its_default_address_beside_other_keys():
    config = parse_config("[right]\naccel_range_g = 8\n", "my.toml")
    assert (config.right.address, config.right.accel_range_g) == (0x6B, 8)
    assert (config.left.address, config.left.accel_range_g) == (0x6A, 4)


@pytest.mark.parametrize(
    "text",
    [
        '[right]\naddress = 0x6A\nchip = "none"',
        "[right]\naddress = 0x6A\nbus = 3",
        "[panel]\nled_pin = 17",
        '[mqtt]\nhost = ""',
        '[device]\ntime_zone = "Europe/Berlin"',
    ],
)
def test_what_stands_apart_or_is_off_is_no_conflict(text):
    assert parse_config(text + "\n", "my.toml") != Config()


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
