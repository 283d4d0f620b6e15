"""From chips on their buses to Blocks of the 100 Hz time line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drivers.block import Block
from drivers.bus import DeviceError, I2CBus
from drivers.channels import CHANNELS, COLUMNS, DEVICES, MISSING, STRIP, NightScale
from drivers.chip import Drain
from drivers.lines import AnkleLine, StripLine
from drivers.loop import AnkleLane, BusLoop, Started, Stopped, StripLane
from drivers.settings import (
    Clock,
    DeviceFault,
    DeviceSettings,
    ankle_chip,
    strip_chip,
)
from drivers.timeline import TICK_NS, GridLine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

__all__ = ["Acquisition", "Clock", "DeviceFault", "DeviceSettings"]

_PATIENCE_TICKS = 150
"""A device that says it is well may hold up the others for this long (a stalled host)."""
_LAG_TICKS = 12
"""How far behind the clock Blocks end when no device delivers at all."""


class Acquisition:
    """All devices.

    Run `loops` (each from one thread, or all from one), and take what they collected from
    another thread with `take_blocks`.

    Parameters
    ----------
    settings : sequence of DeviceSettings
        The devices; a chip "none" is not fitted and never waited for.
    open_bus : callable
        Bus number to open bus: `drivers.bus.open_bus`, or a simulated rig's.
    clock : Clock
        CLOCK_MONOTONIC.
    scale : NightScale
        Scale of the samples.
    origin_ns : int
        CLOCK_MONOTONIC at tick 0.

    Raises
    ------
    DeviceError
        For a bus that cannot be opened, a chip without driver, two devices at one place.
    """

    def __init__(
        self,
        settings: Sequence[DeviceSettings],
        open_bus: Callable[[int], I2CBus],
        clock: Clock,
        scale: NightScale,
        origin_ns: int,
    ) -> None:
        fitted = [s for s in settings if s.chip != "none"]
        _refuse_shared_places(fitted)
        self._clock = clock
        self._origin_ns = origin_ns
        self._next_tick = 0
        self._faults: list[DeviceFault] = []
        self._wrong: dict[str, str] = {}
        self._buses = {number: open_bus(number) for number in sorted({s.bus for s in fitted})}
        ranges = scale.ranges()
        self._lines: dict[str, AnkleLine | StripLine] = {}
        self._lanes: dict[str, AnkleLane | StripLane] = {}
        for s in fitted:
            grid = GridLine([ranges[c] for c in COLUMNS[s.device]], origin_ns)
            self._add(s, grid)
        self.loops = tuple(self._loop(number, fitted) for number in self._buses)

    def _add(self, s: DeviceSettings, grid: GridLine) -> None:
        bus = self._buses[s.bus]
        if s.device == STRIP:
            self._lines[s.device] = StripLine(grid)
            self._lanes[s.device] = StripLane(
                s.device, strip_chip(bus, s), self._clock, self._origin_ns
            )
        else:
            self._lines[s.device] = AnkleLine(grid)
            self._lanes[s.device] = AnkleLane(s.device, ankle_chip(bus, s), self._clock)

    def _loop(self, number: int, fitted: Sequence[DeviceSettings]) -> BusLoop:
        lanes = [self._lanes[s.device] for s in fitted if s.bus == number]
        strip = next((lane for lane in lanes if isinstance(lane, StripLane)), None)
        return BusLoop(self._clock, strip, [x for x in lanes if isinstance(x, AnkleLane)])

    def close(self) -> None:
        """Give the buses back; the loops must have ended."""
        for bus in self._buses.values():
            bus.close()

    @property
    def states(self) -> dict[str, str]:
        """State of each device: ok, starting, none, or the code of its fault."""
        return {device: self._state(device) for device in DEVICES}

    def _state(self, device: str) -> str:
        if device not in self._lanes:
            return "none"
        if device in self._wrong:
            return self._wrong[device]
        return "ok" if self._lines[device].flowing else "starting"

    def take_faults(self) -> list[DeviceFault]:
        """Return what went wrong, or right again, since the last call."""
        faults, self._faults = self._faults, []
        return faults

    def take_blocks(self) -> list[Block]:
        """Return the newest stretch of the time line: none or one Block.

        Ticks are contiguous over calls. A device that is not there has missing samples; when
        all are gone, Blocks of missing samples keep pace with the host clock.
        """
        for device in self._lanes:
            self._collect(device)
        now_tick = (self._clock.monotonic_ns() - self._origin_ns) // TICK_NS
        frontiers = [line.grid.frontier for line in self._lines.values() if line.flowing]
        awaited = [tick for tick in frontiers if tick >= now_tick - _PATIENCE_TICKS]
        end_tick = min(awaited, default=now_tick - _LAG_TICKS)
        if end_tick <= self._next_tick:
            return []
        samples = np.full((end_tick - self._next_tick, len(CHANNELS)), MISSING, dtype=np.int16)
        for device, line in self._lines.items():
            columns = COLUMNS[device]
            line.grid.collect(samples[:, columns.start : columns.stop], self._next_tick)
        block = Block(self._next_tick, samples)
        self._next_tick = end_tick
        return [block]

    def _collect(self, device: str) -> None:
        """Take a lane's events, in order, into its line."""
        events = self._lanes[device].events
        run: list[Any] = []
        for _ in range(len(events)):
            event = events.popleft()
            if isinstance(event, Started | Stopped):
                self._deliver(device, run)
                run = []
                self._change(device, event)
            else:
                run.append(event)
        self._deliver(device, run)

    def _deliver(self, device: str, run: list[Any]) -> None:
        line = self._lines[device]
        if isinstance(line, StripLine):
            line.take(run)
            return
        complaint = line.take(run)
        lost = sum(drain.lost for drain in run if isinstance(drain, Drain))
        if lost:
            self._note(device, "overrun", "samples were lost before they could be read")
        if complaint:
            self._lanes[device].restart_because = complaint

    def _change(self, device: str, event: Started | Stopped) -> None:
        line = self._lines[device]
        if isinstance(event, Stopped):
            line.stop()
            self._fail(device, event)
            return
        chip: Any = event.chip
        if isinstance(line, StripLine):
            line.start(chip.mv_per_count, chip.age_ns)
        else:
            line.start(chip.decoder(), chip.rate_hz)
        code = self._wrong.pop(device, None)
        if code is not None:
            self._note(device, code, f"{chip.name} is back", cleared=True)

    def _fail(self, device: str, event: Stopped) -> None:
        before = self._wrong.get(device)
        if before is not None and event.code == "absent":
            return
        self._wrong[device] = event.code
        if before != event.code:
            self._note(device, event.code, event.text)

    def _note(self, device: str, code: str, text: str, *, cleared: bool = False) -> None:
        now_ns = self._clock.monotonic_ns()
        self._faults.append(DeviceFault(device, code, text, cleared, now_ns))


def _refuse_shared_places(fitted: Sequence[DeviceSettings]) -> None:
    places: dict[tuple[int, int], str] = {}
    for s in fitted:
        place = s.bus, s.address
        if place in places:
            raise DeviceError(
                f"{places[place]} and {s.device} are both at 0x{s.address:02X} on bus {s.bus}: "
                "give one of them another address or bus"
            )
        places[place] = s.device
