"""The guided start: are both sensors there, where is upright, do the legs lie outstretched.

Two steps. `edge`: the person sits on the edge of the bed with the feet on the floor and says so;
gravity at the ankles is then upright. `stretch`: the legs lie on the bed; once both shanks are
level and still the test begins by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from detect.attitude import Attitude, Direction, Second, angle_deg, mean_direction
from detect.posture import LEVEL_DEG, Upright

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.block import Block

Step = Literal["edge", "stretch"]

UPRIGHT_S = 3
"""Upright is taken from so many still seconds."""
STRETCHED_S = 5
"""The test begins after so many still seconds with legs outstretched: restless legs rest for
little longer."""
STILL_DEG = 4.0
"""An ankle that turns by less from one second to the next is still."""
STEP_DEG = 5
"""Tilt is said in such steps: nobody reads finer, and the status is not written at each breath."""
DIGITS = 6
LONGEST_S = 600
"""A start that takes longer is given up."""


def _kept(direction: Direction | None) -> Direction | None:
    """Round as it is exported, so that a recording scores the same everywhere."""
    if direction is None:
        return None
    x, y, z = (round(value, DIGITS) for value in direction)
    return x, y, z


class Guide:
    """Leads from the wish to the first second of the test.

    Parameters
    ----------
    gains, offsets : float64[13]
        Physical value = count * gain + offset.
    ankles : sequence of str
        The ankles that have a sensor: "left", "right".
    """

    def __init__(
        self, gains: Sequence[float], offsets: Sequence[float], ankles: Sequence[str]
    ) -> None:
        self.step: Step = "edge"
        self.reason = ""
        """What it waits for, in a plain sentence."""
        self.upright: Upright | None = None
        self.ready = False
        """The test can begin."""
        self._attitude = Attitude(gains, offsets)
        self._ankles = tuple(ankles)
        self._asked = False
        self._still: list[Second] = []
        self._latest: Second | None = None
        self._explain(None)

    def feed(self, block: Block) -> None:
        """Take in a block."""
        for second in self._attitude.feed(block.first_tick, block.samples):
            self._take(second)

    def next(self) -> str:
        """Take the person's word: the feet stand on the floor; or: begin all the same.

        What was learnt of upright is kept if the legs lie now, be they still or not.

        Returns
        -------
        str
            What happens now, a plain sentence.
        """
        if self.step == "edge":
            self._asked = True
            self._still.clear()
            return "hold your feet still for a moment"
        if self._latest is None or self._not_level(self._latest):
            self.upright = None
        self.ready = True
        return "the test begins"

    # -- inside ------------------------------------------------------------------------------

    def _take(self, second: Second) -> None:
        self._latest = second
        known = [getattr(second, ankle) for ankle in self._ankles]
        if any(direction is None for direction in known):
            self._still.clear()
            self._explain(second)
            return
        if self._still and self._turned(self._still[-1], second):
            self._still.clear()
        self._still.append(second)
        if self.step == "edge":
            self._edge()
        else:
            self._stretch(second)
        self._explain(second)

    def _turned(self, before: Second, now: Second) -> bool:
        return any(
            angle_deg(getattr(before, ankle), getattr(now, ankle)) > STILL_DEG
            for ankle in self._ankles
        )

    def _edge(self) -> None:
        if not self._asked or len(self._still) < UPRIGHT_S:
            return
        seen = self._still[-UPRIGHT_S:]
        self.upright = Upright(
            _kept(mean_direction([s.left for s in seen if s.left is not None])),
            _kept(mean_direction([s.right for s in seen if s.right is not None])),
        )
        self.step = "stretch"
        self._still.clear()

    def _stretch(self, now: Second) -> None:
        if self._not_level(now):
            self._still.clear()
        elif len(self._still) >= STRETCHED_S:
            self.ready = True

    def _not_level(self, second: Second) -> dict[str, float]:
        """Return the ankles that do not lie, with their tilt from the horizontal [deg]."""
        found: dict[str, float] = {}
        for ankle in self._ankles:
            now: Direction | None = getattr(second, ankle)
            mark: Direction | None = getattr(self.upright, ankle)
            if now is not None and mark is not None:
                tilt = abs(90.0 - angle_deg(now, mark))
                if tilt > LEVEL_DEG:
                    found[ankle] = tilt
        return found

    def _explain(self, second: Second | None) -> None:
        """Say what it waits for."""
        missing = [a for a in self._ankles if second is not None and getattr(second, a) is None]
        if second is not None and missing:
            self.reason = f"The {' and '.join(missing)} ankle gives no samples: check its plug."
        elif self.step == "edge" and not self._asked:
            self.reason = "Sit on the edge of the bed with both feet on the floor, then say so."
        elif self.step == "edge":
            self.reason = "Hold both feet still on the floor for a moment."
        elif second is not None and (tilted := self._not_level(second)):
            words = " and ".join(
                f"the {ankle} shin is {STEP_DEG * round(tilt / STEP_DEG)} degrees"
                for ankle, tilt in tilted.items()
            )
            self.reason = f"Stretch both legs out on the bed: {words} from lying flat."
        else:
            self.reason = "Both legs lie outstretched. Keep still: it begins in a moment."
