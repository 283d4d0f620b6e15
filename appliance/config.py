"""The owner's configuration: one TOML file, checked key by key.

Every key has a unit in its name, a default, a line of documentation and a range. The packaged
`config.toml` holds each of them at its default; a test keeps the two equal. Constants of the
scoring standards are not configuration (see `detect.rules`).
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

from appliance.config_conflicts import find_conflicts

if TYPE_CHECKING:
    from pathlib import Path

I2cAddress = Annotated[int, Meta(ge=0x08, le=0x77)]
BusNumber = Annotated[int, Meta(ge=0, le=63)]
Port = Annotated[int, Meta(ge=1, le=65535)]
GpioPin = Annotated[int, Meta(ge=0, le=27)]
HourOfDay = Annotated[float, Meta(ge=0.0, lt=24.0)]
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,32}$")]


class ConfigError(Exception):
    """A configuration that cannot be used; the text names file, key and range."""


class Ankle(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One ankle sensor."""

    chip: Annotated[
        Literal["lsm6dso", "mpu6050", "none"], Meta(description="sensor chip; none: not fitted")
    ] = "lsm6dso"
    bus: Annotated[BusNumber, Meta(description="I2C bus, /dev/i2c-N")] = 1
    address: Annotated[I2cAddress, Meta(description="I2C address")] = 0x6A
    accel_range_g: Annotated[Literal[2, 4, 8, 16], Meta(description="accelerometer range")] = 4
    gyro_range_dps: Annotated[Literal[250, 500, 1000, 2000], Meta(description="gyro range")] = 500


class RightAnkle(Ankle, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The right one: at the other address of its chip, also where only other keys are given."""

    address: Annotated[I2cAddress, Meta(description="I2C address")] = 0x6B


class Strip(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The piezo strip under the mattress, behind an ADS1115."""

    chip: Annotated[Literal["ads1115", "none"], Meta(description="converter; none: not fitted")] = (
        "ads1115"
    )
    bus: Annotated[BusNumber, Meta(description="I2C bus, /dev/i2c-N")] = 1
    address: Annotated[I2cAddress, Meta(description="I2C address")] = 0x48
    range_mv: Annotated[
        Literal[256, 512, 1024, 2048, 4096], Meta(description="converter full scale")
    ] = 2048


class Night(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When a night begins and ends."""

    auto_start: Annotated[
        bool, Meta(description="start by itself when somebody with an ankle sensor is in bed")
    ] = True
    auto_start_from_h: Annotated[
        HourOfDay, Meta(description="earliest local hour of an automatic start")
    ] = 20.0
    auto_start_until_h: Annotated[
        HourOfDay, Meta(description="latest local hour of an automatic start")
    ] = 4.0
    auto_start_in_bed_min: Annotated[
        float, Meta(ge=0.5, le=60.0, description="time in bed before an automatic start")
    ] = 5.0
    auto_end_out_of_bed_min: Annotated[
        float, Meta(ge=5.0, le=240.0, description="time out of bed that ends the night")
    ] = 45.0
    auto_end_at_h: Annotated[
        HourOfDay, Meta(description="local hour that ends any night (11.5 is half past eleven)")
    ] = 12.0
    auto_end: Annotated[bool, Meta(description="end by itself")] = True
    private: Annotated[bool, Meta(description="store nothing of the bed partner")] = False


class EveningTest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The evening test (suggested immobilisation test)."""

    remind_at_h: Annotated[
        tuple[HourOfDay, ...],
        Meta(
            max_length=8,
            description="local hours at which a test is due; [18, 20, 22, 0] is the repeated one",
        ),
    ] = ()


class Storage(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is kept, and for how long."""

    keep_raw: Annotated[bool, Meta(description="keep raw signals")] = True
    keep_raw_days: Annotated[
        int, Meta(ge=1, le=3650, description="delete raw signals older than this")
    ] = 30
    min_free_mb: Annotated[
        int, Meta(ge=50, le=1_000_000, description="stop raw recording below this free space")
    ] = 500
    raw_chunk_s: Annotated[
        float, Meta(ge=2.0, le=60.0, description="raw signals are committed this often")
    ] = 30.0


class Mqtt(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The MQTT broker of your home automation."""

    enabled: Annotated[bool, Meta(description="publish at all")] = False
    host: Annotated[str, Meta(max_length=253, description="broker name or address")] = "localhost"
    port: Annotated[Port, Meta(description="8883 is usual with TLS")] = 1883
    protocol: Annotated[Literal["5", "3.1.1"], Meta(description="MQTT version")] = "5"
    username: Annotated[str, Meta(max_length=256, description="empty: none")] = ""
    password_file: Annotated[
        str,
        Meta(description="0600 file with the password; empty: systemd credential mqtt_password"),
    ] = ""
    tls: Annotated[bool, Meta(description="encrypt the connection")] = False
    ca_file: Annotated[str, Meta(description="certificate authority; empty: the system's")] = ""
    client_cert_file: Annotated[str, Meta(description="client certificate; empty: none")] = ""
    client_key_file: Annotated[str, Meta(description="key of the client certificate")] = ""
    discovery: Annotated[bool, Meta(description="announce to Home Assistant")] = True
    discovery_prefix: Annotated[str, Meta(pattern=r"^[^#+]+$", description="its prefix")] = (
        "homeassistant"
    )
    event_expiry_s: Annotated[
        int, Meta(ge=1, le=86400, description="movement events older than this are not delivered")
    ] = 300


class Web(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The page on your phone."""

    host: Annotated[str, Meta(description="address to listen on; 0.0.0.0 is all")] = "0.0.0.0"  # noqa: S104
    port: Annotated[Port, Meta(description="port")] = 8080
    names: Annotated[
        tuple[str, ...], Meta(description="further names under which the page may be opened")
    ] = ()
    session_days: Annotated[int, Meta(ge=1, le=365, description="a login lasts this long")] = 90
    frame_ancestors: Annotated[
        tuple[str, ...], Meta(description="pages that may show ours in a frame")
    ] = ()


class Panel(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The button and the LED on the box."""

    enabled: Annotated[bool, Meta(description="a button and LED are wired")] = False
    button_pin: Annotated[GpioPin, Meta(description="GPIO of the button, to ground")] = 17
    led_pin: Annotated[GpioPin, Meta(description="GPIO of the LED")] = 27
    press: Annotated[
        Literal["night", "mark"], Meta(description="a short press: end the night, or set a mark")
    ] = "night"
    led_in_dark: Annotated[bool, Meta(description="let the LED shine while a night runs")] = False
    pin_factory: Annotated[Literal["lgpio", "mock"], Meta(description="GPIO library")] = "lgpio"


class Device(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Names."""

    name: Annotated[str, Meta(min_length=1, max_length=64, description="shown to people")] = (
        "PLMS monitor"
    )
    id: Annotated[
        str,
        Meta(pattern=r"^[a-z0-9-]{0,32}$", description="MQTT id; empty: from the board's serial"),
    ] = ""
    time_zone: Annotated[str, Meta(description="IANA name; empty: the system's")] = ""
    simulate: Annotated[bool, Meta(description="simulated chips instead of real ones")] = False


class Config(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole file."""

    device: Device = field(default_factory=Device)
    left: Ankle = field(default_factory=Ankle)
    right: RightAnkle = field(default_factory=RightAnkle)
    strip: Strip = field(default_factory=Strip)
    night: Night = field(default_factory=Night)
    evening_test: EveningTest = field(default_factory=EveningTest)
    storage: Storage = field(default_factory=Storage)
    mqtt: Mqtt = field(default_factory=Mqtt)
    web: Web = field(default_factory=Web)
    panel: Panel = field(default_factory=Panel)


def check_together(config: Config) -> Config:
    """Return a configuration whose values, each good by itself, work together and here.

    Raises
    ------
    ConfigError
        Naming the first key that does not, its value and what is allowed.
    """
    conflict = next(find_conflicts(config), None)
    if conflict is not None:
        raise ConfigError(conflict)
    return config


def parse_config(text: str, source: str) -> Config:
    """Check a configuration text.

    Parameters
    ----------
    text : str
        TOML.
    source : str
        File name for error messages.

    Raises
    ------
    ConfigError
        Naming `source`, the key and what is allowed.
    """
    try:
        return check_together(msgspec.convert(tomllib.loads(text), Config))
    except ConfigError as error:
        raise ConfigError(f"{source}: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source}: not valid TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise ConfigError(f"{source}: {error}{_allowed(str(error))}") from error


def _allowed(message: str) -> str:
    """Return what is allowed at the place that a message of msgspec ends with."""
    from appliance.config_words import allowed_at  # read only when somebody erred

    _, found, path = message.rpartition(" - at `$.")
    words = allowed_at(Config, path.rstrip("`")) if found else ", ".join(Config.__struct_fields__)
    return f" (allowed: {words})" if words else ""


def load_config(path: Path | None) -> Config:
    """Read the configuration file; without one (None) return the defaults.

    Raises
    ------
    ConfigError
        When the file cannot be read or a key is unknown or out of range.
    """
    if path is None:
        return Config()
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text") from error
    return parse_config(text, str(path))
