"""From chips on their buses to Blocks of the 100 Hz time line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drivers.block import Block
from drivers.bus import DeviceError, I2CBus
from drivers.channels import CHANNELS, COLUMNS, DEVICES, MISSING, STRIP, NightScale
from drivers.chip import Clock
from drivers.lane import START_AGAIN, Lane, Started, Stopped
from drivers.lines import AnkleLine, StripLine
from drivers.loop import AnkleLane, BusLoop, StripLane
from drivers.settings import (
    DeviceFault,
    DeviceSettings,
    candidates,
    sockets,
)
from drivers.timeline import TICK_NS, GridLine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

__all__ = ["Acquisition", "Clock", "DeviceFault", "DeviceSettings"]

_NEVER_SEEN = "absent"
_PATIENCE_TICKS = 150
"""A device that says it is well may hold up the others for this long."""
_CALL_TICKS = 25
"""Two calls further apart than this were not made by a program that runs as it should."""
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
        CLOCK_MONOTONIC at tick 0; Blocks begin at the tick of the present.

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
        self._next_tick = max(0, (clock.monotonic_ns() - origin_ns) // TICK_NS)
        self._faults: list[DeviceFault] = []
        self._wrong: dict[str, str] = {}
        self._told: dict[str, list[str]] = {}
        self._waiting: dict[str, tuple[int, int]] = {}
        self._called_tick = self._next_tick
        self._restarting: dict[str, Stopped] = {}
        self._elsewhere: set[str] = set()
        self._buses = {number: open_bus(number) for number in sorted({s.bus for s in fitted})}
        ranges = scale.ranges()
        self._lines: dict[str, AnkleLine | StripLine] = {}
        self._lanes: dict[str, list[AnkleLane] | list[StripLane]] = {}
        self._bus_lanes: dict[int, list[AnkleLane | StripLane]] = {n: [] for n in self._buses}
        for s in fitted:
            grid = GridLine([ranges[c] for c in COLUMNS[s.device]], origin_ns, self._next_tick)
            self._add(s, fitted, grid)
        self.loops = tuple(self._loop(number) for number in self._buses)

    def _add(self, s: DeviceSettings, fitted: Sequence[DeviceSettings], grid: GridLine) -> None:
        """Lay a device's line, and its lane on its bus (an ankle: on the other's bus too)."""
        if s.device == STRIP:
            self._lines[s.device] = StripLine(grid)
            chips = candidates(s, self._buses[s.bus], fitted)
            self._lanes[s.device] = [StripLane(s.device, chips, self._clock, self._origin_ns)]
            self._bus_lanes[s.bus].append(self._lanes[s.device][0])
            return
        self._lines[s.device] = AnkleLine(grid)
        lanes = []
        for place in sockets(s, fitted):
            chips = candidates(place, self._buses[place.bus], fitted)
            lane = AnkleLane(s.device, chips, self._clock)
            lanes.append(lane)
            self._bus_lanes[place.bus].append(lane)
        if len(lanes) == 2:
            lanes[0].rival, lanes[1].rival = lanes[1], lanes[0]
        self._lanes[s.device] = lanes

    def _loop(self, number: int) -> BusLoop:
        lanes = self._bus_lanes[number]
        strip = next((lane for lane in lanes if isinstance(lane, StripLane)), None)
        return BusLoop(self._clock, strip, [x for x in lanes if isinstance(x, AnkleLane)])

    def visit_every(self, visit_ns: int) -> None:
        """Empty the ankles' FIFOs at another pace: a night simulated in a hurry needs no 20 ms.

        Parameters
        ----------
        visit_ns : int
            20 to 200 ms: a plug that is pulled loses so much, an MPU-6050 overflows after 850.
        """
        for lanes in self._lanes.values():
            for lane in lanes:
                if isinstance(lane, AnkleLane):
                    lane.visit_ns = visit_ns

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

    @property
    def stuck_buses(self) -> frozenset[int]:
        """Buses that do not move: some device timed out there, and none works."""
        stuck, well = set(), set()
        for number, lanes in self._bus_lanes.items():
            for lane in lanes:
                if lane.running:
                    well.add(number)
                elif self._wrong.get(lane.device) == "stuck":
                    stuck.add(number)
        return frozenset(stuck - well)

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
        awaited = [d for d, line in self._lines.items() if line.flowing and self._wait(d, now_tick)]
        end_tick = min(
            (self._lines[d].grid.frontier for d in awaited), default=now_tick - _LAG_TICKS
        )
        self._called_tick = now_tick
        if end_tick <= self._next_tick:
            return []
        samples = np.full((end_tick - self._next_tick, len(CHANNELS)), MISSING, dtype=np.int16)
        for device, line in self._lines.items():
            columns = COLUMNS[device]
            line.grid.collect(samples[:, columns.start : columns.stop], self._next_tick)
        block = Block(self._next_tick, samples)
        self._next_tick = end_tick
        return [block]

    def _wait(self, device: str, now_tick: int) -> bool:
        """Whether to wait for a device that says it is well.

        Only calls count in which nothing came: after a stall of the whole host everybody gets
        the time to hand over what the chips have kept.
        """
        frontier = self._lines[device].grid.frontier
        seen, waited = self._waiting.get(device, (-1, 0))
        waited = 0 if frontier > seen else waited + min(now_tick - self._called_tick, _CALL_TICKS)
        self._waiting[device] = frontier, waited
        return waited <= _PATIENCE_TICKS

    def _collect(self, device: str) -> None:
        """Take the events of a device's lanes, in order, into its line."""
        for number, lane in enumerate(self._lanes[device]):
            run: list[Any] = []
            for _ in range(len(lane.events)):
                event = lane.events.popleft()
                if isinstance(event, Started | Stopped):
                    self._deliver(device, lane, run)
                    run = []
                    self._change(device, event, elsewhere=number > 0)
                else:
                    run.append(event)
            if run:
                self._deliver(device, lane, run)

    def _deliver(self, device: str, lane: Lane, run: list[Any]) -> None:
        line = self._lines[device]
        if isinstance(line, StripLine):
            narrow = line.take(run)
            if narrow:
                lane.stop_because = ("refused", narrow)
            return
        complaint = line.take(run)
        if any(drain.lost for drain in run):
            self._note(device, "overrun", "samples were lost before they could be read")
        if complaint:
            lane.stop_because = ("corrupt", complaint)
        self._weigh(device, line.gravity.wrong)

    def _weigh(self, device: str, wrong: str | None) -> None:
        """Report a sensor with the wrong gravity, once, and when it is right again."""
        known = self._wrong.get(device) == "scale"
        if wrong and not known:
            self._wrong[device] = "scale"
            self._note(device, "scale", f"{device}: {wrong}")
        elif known and not wrong:
            del self._wrong[device]
            self._note(device, "scale", f"{device}: measures 1 g at rest again", cleared=True)

    def _change(self, device: str, event: Started | Stopped, *, elsewhere: bool) -> None:
        line = self._lines[device]
        if isinstance(event, Stopped):
            if event.code != _NEVER_SEEN or not (elsewhere or line.flowing):
                line.stop()
                self._fail(device, event)
            return
        chip: Any = event.chip
        if isinstance(line, StripLine):
            line.start(chip.mv_per_count, chip.age_ns)
        else:
            line.start(chip.decoder(), chip.rate_hz)
        restarted = self._restarting.pop(device, None)
        if restarted is not None:
            self._note(device, restarted.code, f"{device}: {restarted.text}")
            self._note(device, restarted.code, f"{device}: {event.place} is back", cleared=True)
        if self._wrong.get(device) != "scale":
            self._wrong.pop(device, None)
        for code in self._told.pop(device, ()):
            self._note(device, code, f"{device}: {event.place} is back", cleared=True)
        if elsewhere != (device in self._elsewhere):
            self._swap(device, event.place, elsewhere=elsewhere)

    def _swap(self, device: str, place: str, *, elsewhere: bool) -> None:
        """Report a strap plugged into the other ankle's socket, and back."""
        if elsewhere:
            self._elsewhere.add(device)
            text = (
                f"{device}: plugged into the other ankle's socket ({place}); recorded as {device}"
            )
        else:
            self._elsewhere.discard(device)
            text = f"{device}: back in its own socket"
        self._note(device, "swapped", text, cleared=not elsewhere)

    def _fail(self, device: str, event: Stopped) -> None:
        """Report a chip that stopped; one that is started again at once, when that worked."""
        if event.code in START_AGAIN:
            self._restarting[device] = event
            return
        code = event.code
        if self._restarting.pop(device, None) is not None and code == _NEVER_SEEN:
            code = "lost"
        before = self._wrong.get(device)
        if before is not None and code == _NEVER_SEEN:
            return
        self._wrong[device] = code
        told = self._told.setdefault(device, [])
        if code not in told:
            told.append(code)
            self._note(device, code, f"{device}: {event.text}")

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
