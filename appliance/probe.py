"""Look at the sensors themselves: bus, identity, settings read back, self-test, rest and rate.

Every chip is started anew by its shipped driver, on a bus opened for it alone. Only while no
recorder runs, which needs the chips for itself: a bus that is in use is left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.finding import Finding, bad, note, ok
from drivers.bus import BUS_FAULT_ERRNOS, BusInUseError, DeviceError, read_after
from drivers.channels import STRIP
from drivers.probe import examine_ankle, examine_strip, wait_out
from drivers.settings import ankle_chip, strip_chip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from drivers.bus import I2CBus
    from drivers.probe import AnkleHealth, StripHealth
    from drivers.settings import Clock, DeviceSettings

REPEATS = 200
"""Settings are read back this often: a marginal cable fails one read in some hundred."""

MOST_RATE_ERROR = 0.12
STILL_MG, STILL_DPS = 20.0, 2.0
"""Noise of the poorest chip supported is a third of this."""
LIGHTEST_G, HEAVIEST_G = 0.75, 1.35
ANKLE_ADDRESSES = frozenset({0x68, 0x69, 0x6A, 0x6B})

TOPICS = {"left": "left ankle", "right": "right ankle", "strip": "mattress strip"}
WIRING = "check plug, cable length and supply; `i2cdetect -y {bus}` lists what answers"


def probe(
    devices: Sequence[DeviceSettings], open_bus: Callable[[int], I2CBus], clock: Clock
) -> list[Finding]:
    """Return one finding for each device.

    Parameters
    ----------
    devices : sequence of DeviceSettings
        As configured.
    open_bus : callable
        Bus number to open bus; raises DeviceError.
    clock : Clock
        For the waiting in between.
    """
    return [_probe_device(settings, devices, open_bus, clock) for settings in devices]


def _probe_device(
    settings: DeviceSettings,
    devices: Sequence[DeviceSettings],
    open_bus: Callable[[int], I2CBus],
    clock: Clock,
) -> Finding:
    topic = TOPICS[settings.device]
    if settings.chip == "none":
        return note(topic, "not fitted, says the configuration")
    try:
        bus = open_bus(settings.bus)
    except BusInUseError as error:
        return note(topic, f"not tested: {error}", "stop the recorder first, between nights")
    except DeviceError as error:
        return bad(topic, str(error), "`sudo raspi-config nonint do_i2c 0`, then reboot")
    wiring = WIRING.format(bus=settings.bus)
    try:
        return _probe_chip(settings, bus, clock)
    except DeviceError as error:
        return bad(topic, str(error), wiring)
    except OSError as error:
        if error.errno not in BUS_FAULT_ERRNOS:
            raise
        place = f"0x{settings.address:02X} on bus {settings.bus}"
        text = f"{settings.chip} does not answer at {place}: {error.strerror}"
        return bad(topic, text + _strangers(settings, devices, bus), wiring)
    finally:
        bus.close()


def _probe_chip(settings: DeviceSettings, bus: I2CBus, clock: Clock) -> Finding:
    topic = TOPICS[settings.device]
    place = f"0x{settings.address:02X} on bus {settings.bus}"
    if settings.device == STRIP:
        converter = strip_chip(bus, settings)
        wait_out(converter.start(), clock)
        wrong, name = _misreads(converter.check), converter.name
    else:
        sensor = ankle_chip(bus, settings)
        wait_out(sensor.start(), clock)
        wrong, name = _misreads(sensor.check), sensor.name
    if wrong:
        return bad(
            topic,
            f"{name} at {place}: {wrong} of {REPEATS} reads came back wrong",
            "shorten the cable or lower the bus speed (dtparam=i2c_arm_baudrate=100000)",
        )
    found = f"{name} at {place}: answers, settings read back {REPEATS} times"
    if settings.device == STRIP:
        return _judge_strip(found, examine_strip(converter, clock))
    return _judge_ankle(topic, found, examine_ankle(sensor, clock), sensor.rate_hz)


def _judge_ankle(topic: str, found: str, health: AnkleHealth, label_hz: float) -> Finding:
    """Say how an ankle sensor rests; its self-test has been passed."""
    text = (
        f"{found}, self-test passed; {health.rate_hz:.1f} samples/s, gravity "
        f"{health.gravity_g:.2f} g, noise {health.noise_mg:.1f} mg and {health.noise_dps:.2f} deg/s"
    )
    if abs(health.rate_hz / label_hz - 1) > MOST_RATE_ERROR:
        return bad(topic, text, f"{label_hz:.0f} samples/s are expected: replace the sensor")
    if health.noise_dps > STILL_DPS or health.noise_mg > STILL_MG:
        return note(topic, f"{text}: it is being moved", "let the straps lie still and ask again")
    if not LIGHTEST_G <= health.gravity_g <= HEAVIEST_G:
        remedy = "an LSM6DSO32 (half the gravity) cannot be used; otherwise replace the sensor"
        return bad(topic, text, remedy)
    return ok(topic, text)


def _judge_strip(found: str, health: StripHealth) -> Finding:
    text = f"{found}; mean {health.mean_mv:.1f} mV, moves {health.noise_mv:.2f} mV"
    topic = TOPICS[STRIP]
    if health.at_rail:
        return bad(topic, f"{text}: at the end of its range", "a shorted film, or clamps conduct")
    if health.silent:
        return note(
            topic, f"{text}: nothing but the converter's own noise", "press the strip: is it in?"
        )
    return ok(topic, text)


def _strangers(settings: DeviceSettings, devices: Sequence[DeviceSettings], bus: I2CBus) -> str:
    """Say which other ankle addresses answer on this bus: a jumper set wrong, or another chip."""
    if settings.device == STRIP:
        return ""
    taken = {d.address for d in devices if d.bus == settings.bus}
    found = []
    for address in sorted(ANKLE_ADDRESSES - taken):
        try:
            bus.i2c_rdwr(*read_after(address, 0x00, 1))
        except OSError:
            continue
        found.append(f"0x{address:02X}")
    if not found:
        return ""
    return f"; {' and '.join(found)} answers there: a jumper, or another chip"


def _misreads(check: Callable[[], str | None]) -> int:
    return sum(check() is not None for _ in range(REPEATS))
