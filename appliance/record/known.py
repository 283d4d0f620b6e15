"""What was stored before a crash, so that looking again at the raw signals stores it once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detect.movement import Gap

if TYPE_CHECKING:
    from detect.movement import Movement


@dataclass(frozen=True, slots=True)
class Known:
    """What was stored before a crash."""

    movements: tuple[Movement, ...] = ()
    until_tick: int = 0
    """End of what the detector has seen again, or of what is stored, whichever is later."""
    replayed_tick: int = 0
    """End of what the detector has seen again."""

    def has(self, movement: Movement) -> bool:
        """Say whether a movement is stored already.

        One near the end of the replay may be cut short there, or be judged on less evidence than
        before the crash; the stored one, seen with all that followed, then stands for it.
        """
        return movement.onset_tick < self.replayed_tick and any(
            known.onset_tick < movement.end_tick and movement.onset_tick < known.end_tick
            for known in self.movements
        )

    def rest_of(self, gap: Gap) -> Gap | None:
        """Return what of a gap is not known already, or None."""
        start_tick = max(gap.start_tick, min(self.until_tick, gap.end_tick))
        if gap.start_tick < self.replayed_tick:
            start_tick = gap.start_tick  # it began before the crash, and was seen to
        return Gap(gap.device, start_tick, gap.end_tick) if start_tick < gap.end_tick else None
