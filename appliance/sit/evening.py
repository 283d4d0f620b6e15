"""The evening test beside the recorder: preparation, run, and the last question after it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from appliance.record.begin import announcing, raw_blocks
from appliance.record.due import NS_PER_S, Due
from appliance.record.events import store_events
from appliance.record.refused import RefusedError
from appliance.record.station import TICK_NS
from appliance.sit import events, questions
from appliance.sit.guide import LONGEST_S, Guide
from appliance.sit.ready import busy_words, ready_ankles
from appliance.sit.reminders import remind
from appliance.sit.run import SitRun
from appliance.sitdata import sit_score
from appliance.store import nights, sits
from appliance.store.raw import RawError, raw_path
from appliance.store.status import SitStatus
from detect.movement import TICKS_PER_S
from detect.sit import TEST_MIN, TEST_TICKS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from appliance.record.events import Event
    from appliance.record.recorder import Recorder
    from appliance.record.running import RunningNight
    from appliance.record.station import Station
    from appliance.store.nights import Night
    from drivers.block import Block

LOG = logging.getLogger(__name__)

LONGEST_RESTART_TICKS = 180 * TICKS_PER_S
"""A test goes on after a restart of the recorder, without a power cut, this long after the last
stored second (up to two minutes of which were only not stored yet)."""
BUTTON = "button"
REMIND_EVERY_NS = 10 * NS_PER_S


class Evening:
    """Prepares and runs evening tests, one at a time.

    Parameters
    ----------
    station : Station
        Database and clocks.
    """

    def __init__(self, station: Station) -> None:
        self.guide: Guide | None = None
        self.run: SitRun | None = None
        self._begun_ns = 0
        self._private = False
        self._source = ""
        self._due = Due()
        last = nights.last_closed_sit(station.db)
        here = last is not None and last.boot_id == station.wall.boot_id
        self._last: str | None = last.name if last is not None and here else None

    # -- the recorder's hands ----------------------------------------------------------------

    def look(self, block: Block) -> None:
        """Take in a block of a time in which nothing is recorded."""
        if self.guide is not None:
            self.guide.feed(block)

    def lead(self, recorder: Recorder, now_ns: int) -> bool:
        """Do what is due; return whether a test is prepared or runs, so that no night begins."""
        if self.guide is not None:
            if self.guide.ready:
                self._begin(recorder, self.guide.upright)
            elif now_ns - self._begun_ns > LONGEST_S * NS_PER_S:
                LOG.info("the preparation of a test took too long and is given up")
                self.guide = None
            return True
        if self.run is not None:
            if self.run.is_over:
                recorder.end("complete")
            else:
                self.run.step()
            return True
        if recorder.running is None and self._due.is_due("remind", REMIND_EVERY_NS, now_ns):
            remind(recorder.station)
        return False

    def night_begins(self) -> None:
        """Give up a preparation: something else is recorded now."""
        self.guide = None

    def resume(self, recorder: Recorder, running: RunningNight) -> None:
        """Go on with a test after a short restart; after a power cut it is over, and partial."""
        station, night = recorder.station, running.night
        sit = sits.find_sit(station.db, night.id)
        if sit is None:
            sit = sits.create_sit(station.db, night.id, TEST_TICKS, None)
        self.run = SitRun(station, running, sit)
        try:
            if night.recording is None:
                raise RawError("none are kept")
            for block in raw_blocks(
                raw_path(station.state_dir, night.recording), 0, running.next_tick
            ):
                self.run.look(block)
        except RawError as error:
            LOG.warning("the raw signals before the restart cannot be looked at again: %s", error)
            self.run = SitRun(station, running, sit, sits.load_aways(station.db, night.id))

    def finish(self) -> None:
        """Bring the running test to its end."""
        if self.run is not None:
            self.run.finish()
            self.run.keep()

    def endings(self, station: Station, reason: str) -> Callable[[Night], list[Event]] | None:
        """Return what tells of the end of the running test once it is stored."""
        run = self.run
        if run is None:
            return None

        def tell(night: Night) -> list[Event]:
            utc, zone = run.running.utc_of(night.end_tick or 0), station.zone()
            told = [events.ended(night, utc, zone, sit_score(station.db, night), reason=reason)]
            if reason == "complete":
                told.append(events.prompt(night, utc, zone, TEST_MIN, reminder=False))
            return told

        return tell

    def ended(self) -> None:
        """Keep the last question open."""
        if self.run is not None:
            self._last = self.run.running.night.name
        self.run = None

    def status(self, station: Station) -> SitStatus | None:
        """Return what the page shows of it."""
        if self.guide is not None:
            return SitStatus(state=self.guide.step, reason=self.guide.reason)
        if self.run is not None:
            run = self.run
            night, begun_utc = run.running.night, run.running.utc_of(0)
            minute = questions.open_minute(run.now_tick)
            return SitStatus(
                state="running",
                night=night.name,
                started_utc=begun_utc,
                ends_utc=None if begun_utc is None else begun_utc + TEST_MIN * 60.0,
                open_minute=minute,
                closes_utc=_closes_utc(begun_utc, minute),
                answers=self._answers(station, night),
                posture=run.posture,
                posture_checked=run.sit.upright is not None,
            )
        open_one = self._open_after(station)
        if open_one is None:
            return None
        night, minute, _ = open_one
        return SitStatus(
            state="asking",
            night=night.name,
            started_utc=night.start_utc,
            open_minute=minute,
            closes_utc=_closes_utc(night.start_utc, minute),
            answers=self._answers(station, night),
        )

    # -- the verbs ---------------------------------------------------------------------------

    def start(self, recorder: Recorder, args: Mapping[str, Any], source: str) -> str:
        """Begin to prepare a test, or begin it at once.

        Raises
        ------
        RefusedError
            While something is recorded or prepared, or an ankle sensor gives nothing.
        """
        if recorder.running is not None:
            raise RefusedError(busy_words(recorder.running.night))
        if self.guide is not None:
            raise RefusedError("a test is being prepared already")
        ankles = ready_ankles(recorder.sensors, one_leg=bool(args.get("one_leg", False)))
        self._private, self._source = bool(args.get("private", False)), source
        if not bool(args.get("guided", source != BUTTON)):  # who presses it sees no steps
            return self._begin(recorder, None)
        scale = recorder.station.scale
        self.guide = Guide(scale.gains(), scale.offsets(), ankles)
        self._begun_ns = recorder.station.clock.monotonic_ns()
        return "sit on the edge of the bed with both feet on the floor"

    def next_step(self, recorder: Recorder) -> str:
        """Take the person's word in the preparation.

        Raises
        ------
        RefusedError
            When none is going on.
        """
        if self.guide is None:
            raise RefusedError("no test is being prepared")
        said = self.guide.next()
        return self._begin(recorder, self.guide.upright) if self.guide.ready else said

    def stop(self, recorder: Recorder, source: str) -> str:
        """Give the preparation up, or end the test early.

        Raises
        ------
        RefusedError
            When there is none.
        """
        if self.guide is not None:
            self.guide = None
            return "the test is given up"
        if self.run is None:
            raise RefusedError("no test is running")
        return f"test {recorder.end(source)} has ended"

    def answer(self, recorder: Recorder, args: Mapping[str, Any], source: str) -> str:
        """Take an answer to the question that is open; the last one counts.

        Raises
        ------
        RefusedError
            When it is out of range, or its question is not open.
        """
        station = recorder.station
        try:
            discomfort = questions.read_discomfort(args.get("discomfort"))
        except ValueError as error:
            raise RefusedError(str(error)) from error
        if self.run is not None:
            night, tick = self.run.running.night, self.run.now_tick
            minute = questions.open_minute(tick)
        else:
            open_one = self._open_after(station)
            if open_one is None:
                raise RefusedError("no question is open: no test is running")
            night, minute, tick = open_one
        if minute is None:
            raise RefusedError("no question is open: the hour is over")
        meant = args.get("minute")
        if meant is not None and questions.whole_number(meant) != minute:
            raise RefusedError(f"the question of minute {meant} is not open; of minute {minute} is")
        return self._keep_answer(
            station, night, sits.StoredAnswer(minute, discomfort, tick, source)
        )

    # -- inside ------------------------------------------------------------------------------

    def _keep_answer(self, station: Station, night: Night, given: sits.StoredAnswer) -> str:
        replaced = sits.put_answer(station.db, night.id, given)
        stored = sits.StoredAnswer(
            given.minute, given.discomfort, given.tick, given.source, replaced
        )
        told = events.answered(night, station.known_utc(), station.zone(), stored)
        store_events(station.db, [told], station.wall.utc(), announcing(station).expiry_s)
        said = f"discomfort {given.discomfort} at minute {given.minute}"
        return said if replaced is None else f"{said}, instead of {replaced}"

    def _begin(self, recorder: Recorder, upright: sits.Uprights | None) -> str:
        self.guide = None
        name = recorder.begin(reason=self._source, kind="sit", private=self._private)
        running, station = recorder.running, recorder.station
        assert running is not None  # noqa: S101 - begun a line above
        sit = sits.create_sit(station.db, running.night.id, TEST_TICKS, upright)
        self.run = SitRun(station, running, sit)
        running.announce(
            events.started(
                running.night, station.zone(), reason=self._source, planned_min=TEST_MIN,
                posture_checked=upright is not None,
            )
        )  # fmt: skip
        return f"test {name} has begun"

    def _answers(self, station: Station, night: Night) -> tuple[tuple[int, int], ...]:
        found = sits.load_answers(station.db, night.id)
        return tuple((a.minute, a.discomfort) for a in found)

    def _open_after(self, station: Station) -> tuple[Night, int, int] | None:
        """Return (test, minute, tick) of the question that is open after a test's end."""
        if self._last is None:
            return None
        night = nights.find_night(station.db, self._last)
        if night is None:
            self._last = None
            return None
        tick = (station.clock.monotonic_ns() - night.origin_monotonic_ns) // TICK_NS
        end_tick = min(night.end_tick or 0, TEST_TICKS)
        minute = questions.open_minute(tick, end_tick)
        if minute is None:
            self._last = None
            return None
        return night, minute, tick


def _closes_utc(begun_utc: float | None, minute: int | None) -> float | None:
    if begun_utc is None or minute is None:
        return None
    return begun_utc + questions.closes_at_tick(minute) / TICKS_PER_S
