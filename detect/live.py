"""Series as they happen: the batch scorer's answer, one confirmed movement at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detect.couple import WINDOW_TICKS
from detect.legs import combine_legs
from detect.movement import TICKS_PER_S
from detect.passes import likely, monolaterals
from detect.rules import WASM2016, RuleSet, in_ticks
from detect.series import Closed, Ended, SeriesBuilder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from detect.movement import Gap, Leg, Movement

GRACE_TICKS = 20 * TICKS_PER_S
"""A kick is confirmed after it ended, up to 15 s after it began: wait before a series is over, and
before a cut ends what came before it."""
_MEMORY_TICKS = 600 * TICKS_PER_S
"""Kicks, partner movements and gaps older than this cannot matter any more."""


@dataclass(frozen=True, slots=True)
class SeriesStarted:
    """The fourth kick in rhythm has been seen."""

    number: int
    """1 for the first of the night."""
    onset_ticks: tuple[int, ...]
    """Of all its kicks so far, the earlier ones too."""


@dataclass(frozen=True, slots=True)
class SeriesEnded:
    """A series is over."""

    number: int
    ended: Ended
    movements: int
    first_onset_tick: int
    last_onset_tick: int


@dataclass(frozen=True, slots=True)
class KickMovedPartner:
    """The partner moved within 5 s after a kick began."""

    kick_onset_tick: int
    partner_onset_tick: int

    @property
    def lag_s(self) -> float:
        """From the kick's onset to the partner's [s]."""
        return (self.partner_onset_tick - self.kick_onset_tick) / TICKS_PER_S


LiveEvent = SeriesStarted | SeriesEnded | KickMovedPartner


class LiveSeries:
    """Follows the night's series.

    Feed gaps before the movements that came after them, and movements of the patient's legs in
    order of onset, as the detector confirms them; the events then are those of the batch scorer
    over the same night. What an ankle does while the other one is away is followed all the same:
    whether the other one counts is known in the morning only.

    Parameters
    ----------
    rules : RuleSet
        Times in seconds.
    ankles : sequence of Leg
        The ankles that are worn: gaps of others end nothing.
    """

    def __init__(
        self, rules: RuleSet = WASM2016, ankles: Sequence[Leg] = ("left", "right")
    ) -> None:
        self._rules = in_ticks(rules, TICKS_PER_S)
        self._ankles = tuple(ankles)
        self._builder = SeriesBuilder(self._rules)
        self._started = 0
        self._running = False
        self._kicks: list[int] = []
        self._partner: list[int] = []
        self._moved: set[int] = set()
        self._lost: list[tuple[int, int]] = []
        self._cuts: list[tuple[int, int]] = []
        """Stretches of `_lost` before which a kick may still be confirmed."""

    @property
    def active(self) -> bool:
        """Is a series going on."""
        return self._running

    @property
    def kicks_in_series(self) -> int:
        """Kicks of the series that goes on; 0 when none does."""
        return len(self._builder.run) if self._running else 0

    def feed(self, movement: Movement) -> list[LiveEvent]:
        """Take a confirmed movement; return what it brought about."""
        if movement.owner == "partner":
            return self._feed_partner(movement.onset_tick)
        if movement.kind != "leg" or not likely(movement):
            return []
        events: list[LiveEvent] = []
        for leg_movement in combine_legs(
            monolaterals((movement,), self._ankles, likely), self._rules
        ):
            onset = int(leg_movement.onset)
            if any(start <= onset < end for start, end in self._lost):
                continue
            events += self._cut_until(onset)
            events += self._closed(self._builder.add(onset, leg_movement))
            run = self._builder.run
            if not self._running and len(run) >= self._rules.min_series:
                self._running = True
                self._started += 1
                events.append(SeriesStarted(self._started, tuple(run)))
            events += self._feed_kick(onset)
        return events

    def gap(self, gap: Gap) -> None:
        """Take a stretch without samples; the strip's ends nothing."""
        if gap.device in self._ankles:
            self.interruption(gap.start_tick, gap.end_tick)

    def interruption(self, start_tick: int, end_tick: int) -> None:
        """Take a stretch that no interval may be measured across (a gap, out of bed)."""
        self._lost.append((start_tick, end_tick))
        self._cuts.append((start_tick, end_tick))
        self._forget(end_tick)

    def advance(self, tick: int, open_gaps: Iterable[Gap] = ()) -> list[LiveEvent]:
        """Say how far the recording has come; a series ends when no kick followed in time.

        Parameters
        ----------
        tick : int
            The next one.
        open_gaps : iterable of Gap
            That go on: where an ankle went away before the time was up, this ended the series.
        """
        confirmed_tick = tick - GRACE_TICKS
        events = self._cut_until(confirmed_tick)
        last = self._builder.last_onset
        if last is None or not self._builder.too_late(confirmed_tick):
            return events
        starts = [gap.start_tick for gap in open_gaps if gap.device in self._ankles]
        since = min((start for start in starts if start >= last), default=confirmed_tick)
        return events + self._closed(self._builder.cut(since))

    def finish(self, tick: int) -> list[LiveEvent]:
        """End the night at `tick`."""
        return self._cut_until(tick) + self._closed(self._builder.finish(tick))

    def _cut_until(self, tick: int) -> list[LiveEvent]:
        """Stop measuring where a cut lies up to `tick`, before which every kick was fed."""
        events: list[LiveEvent] = []
        for start, end in sorted(self._cuts):
            last = self._builder.last_onset
            if start <= tick and last is not None and end > last:
                events += self._closed(self._builder.cut(max(start, last)))
        self._cuts = [cut for cut in self._cuts if cut[0] > tick]
        return events

    def _closed(self, closed: Closed | None) -> list[LiveEvent]:
        if closed is None:
            return []
        run, ended = closed
        self._running = False
        return [SeriesEnded(self._started, ended, len(run), run[0], run[-1])]

    def _feed_kick(self, onset: int) -> list[LiveEvent]:
        self._kicks.append(onset)
        self._forget(onset)
        after = [p for p in self._partner if onset < p <= onset + WINDOW_TICKS]
        if not after:
            return []
        self._moved.add(onset)
        return [KickMovedPartner(onset, min(after))]

    def _feed_partner(self, onset: int) -> list[LiveEvent]:
        if any(start <= onset < end for start, end in self._lost):
            return []
        self._partner.append(onset)
        moved = [
            kick
            for kick in self._kicks
            if kick < onset <= kick + WINDOW_TICKS and kick not in self._moved
        ]
        self._moved.update(moved)
        return [KickMovedPartner(kick, onset) for kick in moved]

    def _forget(self, tick: int) -> None:
        oldest = tick - _MEMORY_TICKS
        self._kicks = [k for k in self._kicks if k >= oldest]
        self._partner = [p for p in self._partner if p >= oldest]
        self._moved = {k for k in self._moved if k >= oldest}
        self._lost = [span for span in self._lost if span[1] >= oldest]

    def to_dict(self) -> dict[str, Any]:
        """Return the whole state as plain JSON values."""
        return {
            "run": list(self._builder.run),
            "last_onset": self._builder.last_onset,
            "started": self._started,
            "running": self._running,
            "kicks": list(self._kicks),
            "partner": list(self._partner),
            "moved": sorted(self._moved),
            "lost": [list(span) for span in self._lost],
            "cuts": [list(span) for span in self._cuts],
        }

    @classmethod
    def from_dict(
        cls,
        state: dict[str, Any],
        rules: RuleSet = WASM2016,
        ankles: Sequence[Leg] = ("left", "right"),
    ) -> LiveSeries:
        """Go on where `to_dict` left off."""
        live = cls(rules, ankles)
        live._builder.run = list(state["run"])
        live._builder.last_onset = state["last_onset"]
        live._started = state["started"]
        live._running = state["running"]
        live._kicks = list(state["kicks"])
        live._partner = list(state["partner"])
        live._moved = set(state["moved"])
        live._lost = [(start, end) for start, end in state["lost"]]
        live._cuts = [(start, end) for start, end in state["cuts"]]
        return live
