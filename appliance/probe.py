"""Look at the sensors themselves: bus, identity, settings read back, self-test.

Only while no recorder runs, which needs the chips for itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.finding import Finding, bad, note, ok
from drivers.bus import BUS_FAULT_ERRNOS, DeviceError
from drivers.channels import STRIP
from drivers.settings import ankle_chip, strip_chip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from drivers.bus import I2CBus
    from drivers.chip import Steps
    from drivers.settings import Clock, DeviceSettings

REPEATS = 200
"""Settings are read back this often: a marginal cable fails one read in some hundred."""

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
    return [_probe_device(settings, open_bus, clock) for settings in devices]


def _probe_device(
    settings: DeviceSettings, open_bus: Callable[[int], I2CBus], clock: Clock
) -> Finding:
    topic = TOPICS[settings.device]
    if settings.chip == "none":
        return note(topic, "not fitted, says the configuration")
    try:
        bus = open_bus(settings.bus)
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
        return bad(topic, f"{settings.chip} does not answer at {place}: {error.strerror}", wiring)
    finally:
        bus.close()


def _probe_chip(settings: DeviceSettings, bus: I2CBus, clock: Clock) -> Finding:
    topic = TOPICS[settings.device]
    place = f"0x{settings.address:02X} on bus {settings.bus}"
    if settings.device == STRIP:
        converter = strip_chip(bus, settings)
        _wait_out(converter.start(), clock)
        wrong = _misreads(converter.check)
        name, tested = converter.name, ""
    else:
        sensor = ankle_chip(bus, settings)
        _wait_out(sensor.start(), clock)
        wrong = _misreads(sensor.check)
        name, tested = sensor.name, ", self-test passed"
        if not wrong:
            _wait_out(sensor.self_test(), clock)
    if wrong:
        return bad(
            topic,
            f"{name} at {place}: {wrong} of {REPEATS} reads came back wrong",
            "shorten the cable or lower the bus speed (dtparam=i2c_arm_baudrate=100000)",
        )
    return ok(topic, f"{name} at {place}: answers, settings read back {REPEATS} times{tested}")


def _wait_out(steps: Steps, clock: Clock) -> None:
    for pause_ns in steps:
        clock.sleep_until(clock.monotonic_ns() + pause_ns)


def _misreads(check: Callable[[], str | None]) -> int:
    return sum(check() is not None for _ in range(REPEATS))
