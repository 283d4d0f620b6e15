"""A whole simulated box: chips on their buses, a clock, and hands that pull plugs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.simulated.adapter import BCM2835, Adapter, Profile, SimulatedChip
from drivers.simulated.ads1115 import SimulatedADS1115
from drivers.simulated.kernel import SimulatedKernel
from drivers.simulated.lsm6dso import SimulatedLSM6DSO
from drivers.simulated.oscillator import Oscillator
from drivers.simulated.signal import Source, World

if TYPE_CHECKING:
    from drivers.bus import I2CBus
    from drivers.simulated.signal import HostClock

PLACES = {"left": (1, 0x6A), "right": (1, 0x6B), "strip": (1, 0x48)}
ERRORS = {
    "left": Oscillator(0.04, 50e-6),
    "right": Oscillator(-0.05, -50e-6),
    "strip": Oscillator(-0.09, 50e-6),
}
"""By default every chip's oscillator is about as wrong as its data sheet allows."""


class SimulatedRig:
    """Chips that sense a simulated world.

    Parameters
    ----------
    left, right, strip : Source or None
        What each device senses (ankles: g and deg/s; strip: mV); None: not there.
    clock : VirtualClock or FollowingClock
        The host clock.
    places : mapping, optional
        Bus and address of each device.
    oscillators : mapping, optional
        Clock error of each device.
    profile, baud_hz
        Of every bus.
    seed : int
        Of the chips' noise.
    """

    def __init__(
        self,
        left: Source | None,
        right: Source | None,
        strip: Source | None,
        clock: HostClock,
        *,
        places: dict[str, tuple[int, int]] | None = None,
        oscillators: dict[str, Oscillator] | None = None,
        profile: Profile = BCM2835,
        baud_hz: int = 400_000,
        seed: int = 0,
    ) -> None:
        self.clock = clock
        self.world = World(clock, clock.monotonic_ns())
        self.chips: dict[str, SimulatedChip] = {}
        self._places = dict(places or PLACES)
        oscillators = oscillators or ERRORS
        for number, (device, source) in enumerate((("left", left), ("right", right))):
            if source is not None:
                self.chips[device] = SimulatedLSM6DSO(
                    self.world, source, oscillator=oscillators[device], seed=2 * seed + number
                )
        if strip is not None:
            self.chips["strip"] = SimulatedADS1115(
                self.world, strip, oscillator=oscillators["strip"], seed=seed
            )
        buses = {bus for bus, _ in self._places.values()}
        self.adapters = {bus: Adapter(clock, profile, baud_hz) for bus in sorted(buses)}
        self.kernel = SimulatedKernel(self.adapters)
        for device in self.chips:
            self.plug(device)

    def open_bus(self, number: int) -> I2CBus:
        """Open a bus of the rig: what `Acquisition` is given in place of the real function."""
        return self.kernel.open_bus(number)

    def plug(self, device: str) -> None:
        """Put a device's plug in: it powers up."""
        bus, address = self._places[device]
        self.chips[device].power_cycle()
        self.adapters[bus].chips[address] = self.chips[device]

    def unplug(self, device: str) -> None:
        """Pull a device's plug."""
        bus, address = self._places[device]
        self.adapters[bus].chips.pop(address, None)

    def power_cycle(self, device: str) -> None:
        """Interrupt a device's supply so shortly that nobody sees it go."""
        self.chips[device].power_cycle()
