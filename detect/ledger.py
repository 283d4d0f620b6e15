"""When each of two sleepers moved tonight, as far as later decisions need it. Standard library."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from detect.epochs import epoch_of
from detect.movement import EPOCH_TICKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from detect.bouts import RawEpoch
    from detect.epochs import Stretch
    from detect.movement import Epoch, Kind
    from detect.parameters import Parameters

FAR = 1 << 60
"""A tick that never comes."""
GROSS_KEPT, KICKS_KEPT = 8, 4
"""Turns and kicks looked back at: a movement of the bed is decided on within seconds of them."""


@dataclass(slots=True)
class Ledger:
    """Stretches of ticks; all of it is plain and can be saved."""

    patient: list[Stretch] = field(default_factory=list)
    partner: list[Stretch] = field(default_factory=list)
    gross: list[Stretch] = field(default_factory=list)
    """The patient's turns, gross movements and walks."""
    kicks: list[Stretch] = field(default_factory=list)
    out: list[Stretch] = field(default_factory=list)
    """When the patient was up; until `FAR` while he is."""
    asleep: bool = False
    still_since: int = 0
    """End of the patient's last movement."""

    @classmethod
    def load(cls, memory: Mapping[str, Any]) -> Ledger:
        """Return a ledger out of what `dump` returned."""
        kept: dict[str, Any] = {
            name: [(a, b) for a, b in value] if isinstance(value, list) else value
            for name, value in memory.items()
        }
        return cls(**kept)

    def dump(self) -> dict[str, Any]:
        """Return it as plain lists and numbers."""
        return asdict(self)

    # -- what happened ------------------------------------------------------------------------

    def set_out(self, since: int, now: int, *, is_out: bool) -> None:
        """Note that the patient has been up since a tick, or is back now."""
        if is_out:
            self.out.append((since, FAR))
        elif self.out:
            self.out[-1] = (self.out[-1][0], now)

    def moved(self, onset: int, end: int, kind: Kind, p: Parameters) -> None:
        """Note a movement of the patient. Long stillness is taken for sleep."""
        if kind == "body":
            self.gross.append((onset, end))
        elif kind == "leg":
            self.kicks.append((onset, end))
        self.patient.append((onset, end))
        if onset - self.still_since > p.asleep_ticks:
            self.asleep = True
        self.still_since = max(end, self.still_since)

    def walked(self, onset: int, end: int) -> None:
        """Note a walk: who walks is awake."""
        self.patient.append((onset, end))
        self.gross.append((onset, end))
        self.asleep = False
        self.still_since = end

    # -- what follows from it -----------------------------------------------------------------

    def is_sleep_onset(self, onset: int, p: Parameters) -> bool:
        """Whether the patient lay still, and did not sleep yet: a jerk now is a hypnic one."""
        return not self.asleep and onset - self.still_since > p.dozing_ticks

    def near_gross(self, onset: int, end: int, p: Parameters) -> bool:
        """Whether a stretch touches a turn or a walk of the patient, which shakes the whole bed."""
        near = p.gross_near_ticks
        return any(onset < b + near and end > a - near for a, b in self.gross[-GROSS_KEPT:])

    def after_kick(self, onset: int, p: Parameters) -> bool:
        """Whether something began during a kick or soon after its onset."""
        return any(
            a < onset <= max(b, a + p.moved_partner_ticks) for a, b in self.kicks[-KICKS_KEPT:]
        )

    def was_out(self, onset: int, end: int) -> bool:
        """Whether the patient was up all the time."""
        return any(since <= onset and end <= until for since, until in self.out)

    # -- epochs -------------------------------------------------------------------------------

    def close_epoch(self, raw: RawEpoch, walking: list[Stretch]) -> Epoch:
        """Return an epoch, and forget what ended in it.

        Parameters
        ----------
        raw : RawEpoch
            What the loop counted.
        walking : list of Stretch
            The walk that goes on, if any.
        """
        end = raw.start + EPOCH_TICKS
        epoch = epoch_of(raw, self.patient + walking, self.partner, self.out)
        self.patient = [s for s in self.patient if s[1] > end]
        self.partner = [s for s in self.partner if s[1] > end]
        self.out = [s for s in self.out if s[1] > end]
        del self.gross[:-GROSS_KEPT], self.kicks[:-KICKS_KEPT]
        return epoch
