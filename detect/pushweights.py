"""What speaks for a leg that the partner pushed: one frozen record, part of `Weights`.

Log-odds are for a push here. Slopes are over what one bed and one sleeper show by themselves: how
much strip and other ankle usually move with a kick of this leg, when the strip begins to, about
which axis the leg turns. Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PushWeights:
    """Evidence of a push. Ticks are 10 ms; odds are natural log-odds."""

    rare_odds: float = 3.9
    """Against it, before anything is known: one leg movement of fifty."""
    stranger_odds: float = 2.0
    """Against it where hardly anybody else was felt in this bed tonight or in its calibration."""
    most_deg: float = 16.0
    """A leg that turns farther [deg] was not pushed but moved by its owner."""
    apart_ticks: int = 9
    """Legs that begin so far apart [ticks] are moved by their owner: a push reaches both within
    tens of milliseconds."""

    strip_step_db: float = 5.0
    """One for each step of this [dB] by which the strip moves early, and more than usual ..."""
    strip_most_odds: float = 4.0
    """... up to this: the partner's own leg lies on the mattress too ..."""
    strip_least_odds: float = 1.0
    """... and this against it."""

    other_step_db: float = 1.5
    """One for each step of this [dB] by which the other ankle shakes early, and more than usual:
    what moves the mattress reaches both legs; kicks differ less in this than in the strip ..."""
    other_most_odds: float = 3.0
    """... up to this ..."""
    other_least_odds: float = 1.0
    """... and this against it."""
    other_quiet_ratio: float = 1.17
    """Below so many noise floors the other ankle felt nothing ..."""
    other_quiet_odds: float = 1.0
    """... which is so much more against it."""
    noise_ratio: float = 1.5
    """The other ankle's vibration is never taken for less than so many of its floors."""

    lead_offset_ticks: float = -0.5
    """A strip that moves so much earlier than usual [ticks] says nothing ..."""
    lead_step_ticks: float = 2.5
    """... and one for each step of this [ticks] beyond it: who pushes moves first ..."""
    lead_most_odds: float = 2.25
    """... up to this ..."""
    lead_least_odds: float = 1.5
    """... and this against it ..."""
    lead_longest_ticks: int = 30
    """... but not where it began so long before [ticks]: an arm's length is covered in 0.3 s."""

    hinge_even_share: float = 0.33
    """Agreement with the axis of the leg's kicks that says nothing: that of any axis ..."""
    hinge_odds: float = 2.5
    """... for a push with each halving of it, where all kicks turn about one axis, less as they
    differ ..."""
    hinge_most_odds: float = 4.0
    """... up to this: hardly enough alone ..."""
    hinge_least_odds: float = 2.0
    """... and this against it."""
    hinge_deg: float = 2.0
    """The axis of a kick that turned farther than this [deg] is remembered."""

    size_even_deg: float = 6.0
    """A push turns a leg by about this [deg] ..."""
    size_odds: float = 0.5
    """... which speaks against one with each doubling of the turn ..."""
    size_most_odds: float = 0.5
    """... up to this for a push ..."""
    size_least_odds: float = 0.75
    """... and this against it ..."""
    fast_dps: float = 60.0
    """... and where the leg turns faster than this [deg/s] ..."""
    fast_odds: float = 0.7
    """... with each doubling of that."""


PUSH_WEIGHTS = PushWeights()
"""The values in force."""
