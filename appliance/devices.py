"""The configured sensors, as the drivers want them; and simulated ones at the same places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drivers.channels import LEFT, RIGHT, STRIP
from drivers.settings import DeviceSettings
from drivers.simulated.mpu6050 import SimulatedMPU6050
from drivers.simulated.rig import SimulatedRig

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.config import Ankle, Config
    from drivers.simulated.signal import HostClock, Source


def device_settings(config: Config) -> tuple[DeviceSettings, DeviceSettings, DeviceSettings]:
    """Return the three devices of the configuration."""
    strip = config.strip
    return (
        _ankle(LEFT, config.left),
        _ankle(RIGHT, config.right),
        DeviceSettings(STRIP, strip.chip, strip.bus, strip.address, range_mv=strip.range_mv),
    )


def _ankle(device: str, ankle: Ankle) -> DeviceSettings:
    return DeviceSettings(
        device,
        ankle.chip,
        ankle.bus,
        ankle.address,
        accel_range_g=ankle.accel_range_g,
        gyro_range_dps=ankle.gyro_range_dps,
    )


class Still:
    """A world in which nothing moves: gravity on one axis, or silence under the mattress."""

    def __init__(self, values: tuple[float, ...]) -> None:
        self._values = np.array(values)

    def sample(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the same values at every time."""
        return np.tile(self._values, (len(t_s), 1))


def simulated_rig(
    config: Config, clock: HostClock, sources: dict[str, Source] | None = None, seed: int = 0
) -> SimulatedRig:
    """Return simulated chips at the places of the configuration.

    Parameters
    ----------
    config : Config
        Names bus and address of each device; one with chip "none" is not there.
    clock : VirtualClock or FollowingClock
        The host clock.
    sources : dict, optional
        What each device senses; without it nothing moves.
    seed : int
        Of the chips' noise.
    """
    if sources is None:
        lying = Still((0.0, 0.0, 1.0, 0.0, 0.0, 0.0))
        sources = {LEFT: lying, RIGHT: lying, STRIP: Still((0.0,))}
    fitted = {s.device: s for s in device_settings(config) if s.chip != "none"}
    sensed = {device: sources[device] if device in fitted else None for device in sources}
    rig = SimulatedRig(
        sensed[LEFT],
        sensed[RIGHT],
        sensed[STRIP],
        clock,
        places={device: (s.bus, s.address) for device, s in fitted.items()},
        seed=seed,
    )
    for device, settings in fitted.items():
        source = sensed[device]
        if settings.chip == "mpu6050" and source is not None:
            chip = SimulatedMPU6050(rig.world, source, seed=seed + settings.address)
            rig.replace(device, chip, settings.address)
    return rig
