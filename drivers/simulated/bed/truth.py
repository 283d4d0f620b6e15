"""What really happened in the simulated bed: the record no detector ever sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

VISIBLE_MG = 30.0
"""Smallest peak change of the accelerometer's reading that counts as visible [mg]."""
VISIBLE_DPS = 15.0
"""Smallest peak angular rate that counts as visible [deg/s]."""

Sleeper = Literal["patient", "partner"]
TrueKind = Literal["kick", "jerk", "turn", "arm", "walk", "posture", "push"]
TrueSide = Literal["left", "right", "both"]


@dataclass(frozen=True, slots=True)
class TruePart:
    """The movement of one leg: from the first motion to the last, holds included."""

    side: Literal["left", "right"]
    onset_s: float
    duration_s: float
    peak_mg: float
    peak_dps: float

    @property
    def visible(self) -> bool:
        """Whether this ankle's sensor saw at least `VISIBLE_MG` and `VISIBLE_DPS`."""
        return self.peak_mg >= VISIBLE_MG and self.peak_dps >= VISIBLE_DPS


@dataclass(frozen=True, slots=True)
class TrueMovement:
    """One movement of one sleeper.

    The onset is the instant the limb starts to move, the end the instant it last comes to rest; a
    perfectly still hold between flexion and return belongs to the movement. Ringing of the bed
    afterwards does not.

    Attributes
    ----------
    onset_s, duration_s : float
        Seconds since the simulation began, and seconds.
    who : {"patient", "partner"}
        Who moved.
    kind : str
        kick (leg movement of 0.5 s or more that returns), jerk (shorter), turn (both legs and
        trunk), arm (strip only), walk (out of bed), posture (a leg that moves and stays), push (the
        partner's leg moved the patient's leg by contact).
    side : {"left", "right", "both"} or None
        The patient's leg or legs that moved; for the partner only where a leg was pushed.
    visible : bool
        Whether a patient's ankle sensor saw at least `VISIBLE_MG` and `VISIBLE_DPS`.
    peak_mg, peak_dps : float
        Largest change of the specific force against the moment before the onset (tilt of gravity
        included) and largest angular rate, at the patient's ankle that moved more; no sensor noise.
    caused_by : int or None
        Index in the truth of the other sleeper's movement that this one answers.
    parts : tuple of TruePart
        The patient's legs one by one.
    note : str or None
        "hypnic", "short_interval", "cough", or None.
    """

    onset_s: float
    duration_s: float
    who: Sleeper
    kind: TrueKind
    side: TrueSide | None
    visible: bool
    peak_mg: float
    peak_dps: float
    caused_by: int | None
    parts: tuple[TruePart, ...]
    note: str | None = None

    @property
    def end_s(self) -> float:
        """Seconds since the simulation began when the limb came to rest."""
        return self.onset_s + self.duration_s
