"""A whole simulated box: chips on their buses, a clock, and hands that pull plugs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drivers.simulated.adapter import BCM2835, Adapter, Profile, SimulatedChip
from drivers.simulated.ads1115 import SimulatedADS1115
from drivers.simulated.faults import CutPlug, DisturbedBus, FlippingBits, NackOnce, StuckBus
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
    options : mapping, optional
        Further arguments of each device's simulated chip, such as its noise.
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
        options: dict[str, dict[str, Any]] | None = None,
        profile: Profile = BCM2835,
        baud_hz: int = 400_000,
        seed: int = 0,
    ) -> None:
        self.clock = clock
        self.world = World(clock, clock.monotonic_ns())
        self.chips: dict[str, SimulatedChip] = {}
        self._places = dict(places or PLACES)
        oscillators = oscillators or ERRORS
        own: dict[str, Any]
        options = options or {}
        for number, (device, source) in enumerate((("left", left), ("right", right))):
            if source is not None:
                own = {"oscillator": oscillators[device], "seed": 2 * seed + number}
                own |= options.get(device, {})
                self.chips[device] = SimulatedLSM6DSO(self.world, source, **own)
        if strip is not None:
            own = {"oscillator": oscillators["strip"], "seed": seed}
            own |= options.get("strip", {})
            self.chips["strip"] = SimulatedADS1115(self.world, strip, **own)
        buses = {bus for bus, _ in self._places.values()}
        self.adapters = {bus: Adapter(clock, profile, baud_hz) for bus in sorted(buses)}
        self.kernel = SimulatedKernel(self.adapters)
        for device in self.chips:
            self.plug(device)

    def open_bus(self, number: int) -> I2CBus:
        """Open a bus of the rig: what `Acquisition` is given in place of the real function."""
        return self.kernel.open_bus(number)

    def _bus_of(self, device: str) -> tuple[dict[int, SimulatedChip], int]:
        bus, address = self._places[device]
        return self.adapters[bus].chips, address

    def plug(self, device: str, *, bus: int | None = None) -> None:
        """Put a device's plug in, perhaps into another bus's socket: it powers up."""
        if bus is not None:
            self._places[device] = bus, self._places[device][1]
        chips, address = self._bus_of(device)
        self.chips[device].power_cycle()
        chips[address] = self.chips[device]

    def unplug(self, device: str) -> None:
        """Pull a device's plug between two transfers."""
        chips, address = self._bus_of(device)
        chips.pop(address, None)

    def unplug_after(self, device: str, bytes_left: int) -> None:
        """Pull a device's plug when that many more bytes have passed."""
        chips, address = self._bus_of(device)
        chips[address] = CutPlug(self.chips[device], bytes_left, lambda: self.unplug(device))

    def replace(self, device: str, chip: SimulatedChip, address: int) -> None:
        """Plug another chip in where a device was."""
        self.unplug(device)
        self.chips[device] = chip
        self._places[device] = self._places[device][0], address
        self.plug(device)

    def power_cycle(self, device: str) -> None:
        """Interrupt a device's supply so shortly that nobody sees it go."""
        self.chips[device].power_cycle()

    def nack_after(self, device: str, bytes_left: int) -> None:
        """Let one transfer of a device fail, when that many more bytes have passed."""
        chips, address = self._bus_of(device)

        def done() -> None:
            chips[address] = self.chips[device]

        chips[address] = NackOnce(self.chips[device], bytes_left, done)

    def flip_bits(self, device: str, probability: float, seed: int = 0) -> FlippingBits:
        """Disturb the bytes read from a device from now on (0: no more)."""
        chips, address = self._bus_of(device)
        flipping = FlippingBits(self.chips[device], probability, seed)
        chips[address] = flipping if probability else self.chips[device]
        return flipping

    def stick(self, bus: int) -> None:
        """Let a chip hold a bus's data line low."""
        self.adapters[bus].chips = StuckBus(self.adapters[bus])

    def disturb(self, bus: int, transfers: int = 1) -> None:
        """Spoil the next transfers on a bus: the adapter loses arbitration against noise."""
        self.adapters[bus].chips = DisturbedBus(self.adapters[bus], transfers)

    def release(self, bus: int) -> None:
        """Free a stuck bus."""
        self.adapters[bus].chips = dict(self.adapters[bus].chips)
