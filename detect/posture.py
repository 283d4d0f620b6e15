"""Do the legs still lie outstretched: the evening test's posture, by both ankles' tilt.

Where the ankles were seen upright before (feet on the floor), a shank lies while its tilt is near
that at which it lay at first, however it rolled. Where they were not, only a change can be seen:
against the first attitude that was held still. All angles and times are ours; nothing is published
about them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from detect.attitude import Attitude, Direction, Second, angle_deg, mean_direction
from detect.movement import TICKS_PER_S
from detect.sit import Away

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

LEVEL_DEG = 35.0
"""A shank so near the horizontal lies outstretched at the start, and one so near to its tilt at the
start does later; a knee drawn up tilts it by 45 and more."""
STANDING_DEG = 30.0
"""Shanks so near to where they were with the feet on the floor stand."""
CHANGED_DEG = 45.0
"""Without that, a shank turned so far from the first attitude has left it ..."""
BACK_DEG = 10.0
"""... and is back when it is so much nearer than that limit."""
LEAVE_S = 15
"""A posture is left for at least so long: the longest movement that is counted takes 10 s."""
RETURN_S = 5
SETTLE_S = 10
"""The first attitude is one held for so long ..."""
SETTLE_DEG = 6.0
"""... within this."""
ADOPT_S = 300
"""A new attitude held for so long is the posture from then on, where upright is not known."""
ADOPT_DEG = 15.0

PostureState = Literal["unknown", "in", "out", "standing"]


class Upright(NamedTuple):
    """Gravity at the ankles while the feet stood on the floor; None: not seen."""

    left: Direction | None
    right: Direction | None


NOT_SEEN = Upright(None, None)


class _Held:
    """Notices an attitude that is held for a time, movements in between or not.

    Parameters
    ----------
    held_s : int
        Seconds in the attitude that it takes.
    within_deg : float
        How near to its first second they are.
    """

    def __init__(self, held_s: int, within_deg: float) -> None:
        self._held_s, self._within_deg = held_s, within_deg
        self._first: list[Direction | None] = [None, None]
        self._seen: tuple[list[Direction], list[Direction]] = ([], [])
        self._seconds = 0
        self.since_s = 0
        """When it began."""
        self._last_s = 0

    def forget(self) -> None:
        """Begin anew."""
        self._first, self._seen, self._seconds = [None, None], ([], []), 0

    def take(self, second: Second) -> tuple[Direction | None, Direction | None] | None:
        """Return the mean attitude once it was held long enough."""
        if second.known == (None, None):
            return None
        if self._moved(second):
            if second.at_s - self._last_s < LEAVE_S:
                return None  # a movement; the leg may come back
            self.forget()
        if self._seconds == 0:
            self.since_s = second.at_s
        self._last_s = second.at_s
        self._seconds += 1
        for leg, direction in enumerate(second.known):
            if direction is not None:
                self._first[leg] = self._first[leg] or direction
                self._seen[leg].append(direction)
        if self._seconds < self._held_s:
            return None
        return mean_direction(self._seen[0]), mean_direction(self._seen[1])

    def _moved(self, second: Second) -> bool:
        return any(
            first is not None and now is not None and angle_deg(first, now) > self._within_deg
            for first, now in zip(self._first, second.known, strict=True)
        )


class PostureWatch:
    """Follows the posture of one test; the spans do not depend on how the stream is cut.

    Parameters
    ----------
    gains, offsets : float64[13]
        Physical value = count * gain + offset.
    upright : Upright
        From the guided start.
    """

    def __init__(
        self, gains: Sequence[float], offsets: Sequence[float], upright: Upright = NOT_SEEN
    ) -> None:
        self.upright = upright
        self._attitude = Attitude(gains, offsets)
        self._reference: list[Direction | None] = [None, None]
        self._level_deg = [90.0, 90.0]
        self._first, self._new = _Held(SETTLE_S, SETTLE_DEG), _Held(ADOPT_S, ADOPT_DEG)
        self._bad_since: int | None = None
        self._good_since: int | None = None
        self._stood = 0
        self._out = False
        self._aways: list[Away] = []
        self._begun_s: int | None = None
        self._next_s = 0

    @property
    def state(self) -> PostureState:
        """What can be said this moment."""
        if self._out:
            return "standing" if self._is_standing() else "out"
        if not self._by_tilt and self._reference == [None, None]:
            return "unknown"
        return "in"

    @property
    def aways(self) -> tuple[Away, ...]:
        """Every stretch out of the posture so far; the last may still go on."""
        if not self._out or self._bad_since is None:
            return tuple(self._aways)
        return (*self._aways, self._away(self._bad_since, self._next_s))

    def feed(self, first_tick: int, samples: NDArray[np.int16]) -> None:
        """Take in a Block, int16[n, 13]; Blocks come in order."""
        for second in self._attitude.feed(first_tick, samples):
            self._take(second)

    def finish(self) -> tuple[Away, ...]:
        """Close the last second; return every stretch."""
        for second in self._attitude.flush():
            self._take(second)
        return self.aways

    # -- inside ------------------------------------------------------------------------------

    @property
    def _by_tilt(self) -> bool:
        return self.upright != NOT_SEEN

    def _is_standing(self) -> bool:
        return self._by_tilt and 2 * self._stood > self._next_s - (self._bad_since or 0)

    def _away(self, first_s: int, end_s: int) -> Away:
        reason: Literal["posture", "standing"] = "standing" if self._is_standing() else "posture"
        return Away(reason, first_s * TICKS_PER_S, end_s * TICKS_PER_S)

    def _take(self, second: Second) -> None:
        self._next_s = second.at_s + 1
        if self._begun_s is None:
            self._begun_s = second.at_s
        if self._by_tilt:
            self._learn_level(second)
        elif not self._settled(second):
            return
        far = self._far_deg(second)
        if far is None:
            return  # a sensor gap leaves the count by itself
        limit = LEVEL_DEG if self._by_tilt else CHANGED_DEG
        if self._out:
            self._wait_for_return(second, good=far < limit - BACK_DEG)
        elif far > limit:
            self._leave(second.at_s)
        else:
            self._bad_since, self._stood = None, 0
        if self._bad_since is not None and self._stands(second):
            self._stood += 1

    def _learn_level(self, second: Second) -> None:
        """Take the tilt at which a leg lay at first for level: beds and legs are not."""
        held = self._first.take(second) if None in self._reference else None
        if held is None:
            return
        for leg, (direction, upright) in enumerate(zip(held, self.upright, strict=True)):
            if self._reference[leg] is not None or direction is None or upright is None:
                continue
            self._reference[leg] = direction
            angle = angle_deg(direction, upright)
            if abs(90.0 - angle) <= LEVEL_DEG:
                self._level_deg[leg] = angle

    def _settled(self, second: Second) -> bool:
        """Find the first attitude; without one for a while, nothing counts until it is found."""
        held = self._first.take(second) if None in self._reference else None
        if self._reference != [None, None]:
            if held is not None:  # an ankle that was not there at first
                for leg in range(2):
                    self._reference[leg] = self._reference[leg] or held[leg]
            return True
        if held is None:
            self._leave(second.at_s, self._begun_s)
            return False
        self._reference = list(held)
        if self._out:
            self._return(self._first.since_s)
        self._bad_since = None
        return True

    def _far_deg(self, second: Second) -> float | None:
        """Return how far the worse ankle is from where it should be [deg]."""
        far: list[float] = []
        marks = self.upright if self._by_tilt else self._reference
        for leg, (direction, mark) in enumerate(zip(second.known, marks, strict=True)):
            if direction is not None and mark is not None:
                angle = angle_deg(direction, mark)
                far.append(abs(self._level_deg[leg] - angle) if self._by_tilt else angle)
        return max(far, default=None)

    def _stands(self, second: Second) -> bool:
        angles = [
            angle_deg(direction, mark)
            for direction, mark in zip(second.known, self.upright, strict=True)
            if direction is not None and mark is not None
        ]
        return bool(angles) and max(angles) < STANDING_DEG

    def _leave(self, now: int, since: int | None = None) -> None:
        if self._bad_since is None:
            self._bad_since, self._stood = now if since is None else since, 0
        if not self._out and now - self._bad_since + 1 >= LEAVE_S:
            self._out, self._good_since = True, None
            self._new.forget()

    def _wait_for_return(self, second: Second, *, good: bool) -> None:
        if not good:
            self._good_since = None
        elif self._good_since is None:
            self._good_since = second.at_s
        if self._good_since is not None and second.at_s - self._good_since + 1 >= RETURN_S:
            self._return(self._good_since)
            return
        held = None if self._by_tilt else self._new.take(second)
        if held is not None:
            self._reference = [new or old for new, old in zip(held, self._reference, strict=True)]
            self._return(second.at_s + 1)

    def _return(self, at_s: int) -> None:
        if self._bad_since is not None and at_s > self._bad_since:
            self._aways.append(self._away(self._bad_since, at_s))
        self._out, self._bad_since, self._good_since, self._stood = False, None, None, 0
