"""What speaks for a leg that the partner pushed: one frozen record, part of `Weights`.

Log-odds are for a push here. Each piece is measured against tonight's kicks of this leg, in steps
of their own spread, and never finer than the least step. Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PushWeights:
    """Evidence of a push. Ticks are 10 ms; odds are natural log-odds."""

    even_share: float = 0.5
    """Where the partner was felt so many times to each kick of the patient tonight ..."""
    rare_odds: float = 4.2
    """... this stands against a push before anything is known: one leg movement of 67 ..."""
    busy_odds: float = 0.9
    """... less with each doubling of that share, more with each halving: who pushes moves ..."""
    least_rare_odds: float = 1.8
    """... and never less than this ..."""
    most_rare_odds: float = 4.5
    """... nor more."""
    stranger_odds: float = 2.0
    """Against it where hardly anybody else was felt in this bed tonight or in its calibration."""
    most_deg: float = 13.0
    """A leg that turns farther [deg] was not pushed but moved by its owner."""
    least_deg: float = 2.0
    """Kicks that turned farther than this [deg] are remembered."""

    strip_step_ratio: float = 1.5
    """One for each step of so many spreads by which the strip moves early, more than usual ..."""
    strip_least_step_db: float = 6.0
    """... the step being this at least [dB] ..."""
    strip_most_odds: float = 4.5
    """... up to this: the partner's own leg lies on the mattress too ..."""
    strip_least_odds: float = 0.5
    """... and this against it."""

    other_step_ratio: float = 2.2
    """One for each step of so many spreads by which the other ankle shakes early, and more than it
    should: what moves the mattress reaches both legs ..."""
    other_least_step_db: float = 2.5
    """... the step being this at least [dB] ..."""
    other_most_odds: float = 3.0
    """... up to this ..."""
    other_least_odds: float = 0.5
    """... and this against it."""
    other_quiet_odds: float = 0.7
    """So much more against it where the other ankle felt less than its noise floor."""

    lead_offset_ticks: float = -0.5
    """A strip that moves so much earlier than usual [ticks] says nothing ..."""
    lead_step_ratio: float = 0.5
    """... and one for each step of so many spreads beyond it: who pushes moves first ..."""
    lead_least_step_ticks: float = 4.0
    """... the step being this at least [ticks] ..."""
    lead_most_odds: float = 1.7
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
    hinge_most_odds: float = 2.5
    """... up to this: a kick of another kind than usual is no push yet ..."""
    hinge_least_odds: float = 4.0
    """... and this against it."""

    size_even_deg: float = 6.0
    """A push turns a leg by about this [deg] ..."""
    size_odds: float = 0.4
    """... which speaks against one with each doubling of the turn ..."""
    size_most_odds: float = 0.4
    """... up to this for a push ..."""
    size_least_odds: float = 1.0
    """... and this against it."""


PUSH_WEIGHTS = PushWeights()
"""The values in force."""
