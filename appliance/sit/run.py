"""The hour of an evening test: its questions, its posture, its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.record.station import TICK_NS
from appliance.sit import events, questions
from appliance.store import sits
from detect.movement import TICKS_PER_S
from detect.posture import NOT_SEEN, PostureWatch, Upright
from detect.sit import TEST_MIN, TEST_TICKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.record.running import RunningNight
    from appliance.record.station import Station
    from detect.sit import Away
    from drivers.block import Block

SLACK_TICKS = 2 * TICKS_PER_S
"""The hour's last samples may come so late."""


def watch_of(running: RunningNight, upright: sits.Uprights | None) -> PostureWatch:
    """Return who watches the posture of a test."""
    scale = running.night.scale
    seen = NOT_SEEN if upright is None else Upright(*upright)
    return PostureWatch(scale.gains(), scale.offsets(), seen)


class SitRun:
    """A test that runs.

    Parameters
    ----------
    station : Station
        Database and clocks.
    running : RunningNight
        The recording; it hands every block it takes to this test.
    sit : appliance.store.sits.Sit
        How the test was begun.
    earlier : sequence of Away
        Stored before a restart, where the signals to see them again are not kept.
    """

    def __init__(
        self, station: Station, running: RunningNight, sit: sits.Sit, earlier: Sequence[Away] = ()
    ) -> None:
        self._station, self.running, self.sit = station, running, sit
        self._earlier = tuple(earlier)
        self._watch = watch_of(running, sit.upright)
        self._stored = self._earlier
        self._state = self._watch.state
        self._asked: set[tuple[int, bool]] = set()
        minute = questions.open_minute(self.now_tick)
        if running.next_tick > 0 and minute is not None:  # a restart asks nobody again
            self._asked = {(minute, late) for late in (False, True)}
        running.watch = self.look

    @property
    def now_tick(self) -> int:
        """The test's tick of this moment, whether samples come or not."""
        origin_ns = self.running.night.origin_monotonic_ns
        return (self._station.clock.monotonic_ns() - origin_ns) // TICK_NS

    @property
    def posture(self) -> str:
        """What the legs do: unknown, in, out, standing."""
        return self._watch.state

    @property
    def is_over(self) -> bool:
        """Whether its hour is over."""
        late = self.now_tick >= TEST_TICKS + SLACK_TICKS
        return late or self.running.next_tick >= TEST_TICKS

    def look(self, block: Block) -> None:
        """Take in a block of the recording."""
        self._watch.feed(block.first_tick, block.samples)

    def step(self) -> None:
        """Ask what is to be asked, tell what has changed, keep the posture's stretches."""
        self._ask()
        state = self._watch.state
        if state != self._state:
            known = "unknown" not in (state, self._state)
            self._state = state
            self.keep()
            if known:
                self._announce_posture(state)
        if len(self._aways()) != len(self._stored):
            self.keep()

    def keep(self) -> None:
        """Store when the legs did not lie outstretched, as far as is known."""
        self._stored = self._aways()
        sits.replace_aways(self._station.db, self.running.night.id, self._stored)

    def finish(self) -> None:
        """Take the recording to the end of its hour if that is over, and close the posture."""
        running = self.running
        if self.is_over and running.next_tick < TEST_TICKS:
            running.feed_nothing(TEST_TICKS)
        self._watch.finish()

    # -- inside ------------------------------------------------------------------------------

    def _aways(self) -> tuple[Away, ...]:
        return (*self._earlier, *self._watch.aways)

    def _ask(self) -> None:
        now = self.now_tick
        minute = questions.open_minute(now)
        if minute is None or minute >= TEST_MIN:
            return
        late = now - minute * 60 * TICKS_PER_S >= questions.REMIND_AFTER_TICKS
        if (minute, late) in self._asked:
            return
        self._asked.add((minute, late))
        running, db = self.running, self._station.db
        if minute not in {a.minute for a in sits.load_answers(db, running.night.id)}:
            utc, zone = running.utc_of(now), self._station.zone()
            running.announce(events.prompt(running.night, utc, zone, minute, reminder=late))

    def _announce_posture(self, state: str) -> None:
        running = self.running
        at_s = running.next_tick // TICKS_PER_S
        utc = running.utc_of(running.next_tick)
        told = events.posture(running.night, utc, self._station.zone(), state, at_s)
        running.announce(told)
