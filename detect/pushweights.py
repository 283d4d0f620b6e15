"""What speaks for a leg that the partner pushed: one frozen record, part of `Weights`.

Log-odds are for a push here. Each piece is measured against tonight's kicks of this leg, in steps
of their own spread, and never finer than the least step. Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PushWeights:
    """Evidence of a push. Ticks are 10 ms; odds are natural log-odds."""

    rare_odds: float = 3.0
    """Against a push before anything is known, at first and at most: one leg movement of 20 ..."""
    first_count: float = 25.0
    """... which counts as so many movements beside those of tonight ..."""
    kept_share: float = 0.98
    """... each of which counts by so much less with the next: the last 50 do ..."""
    doubt_odds: float = 2.2
    """... for a push only as far as it is surer than this ..."""
    least_rare_odds: float = 0.6
    """... and never less than this: three leg movements of ten are somebody else's nowhere."""
    stranger_odds: float = 2.0
    """Against it where hardly anybody else was felt in this bed tonight or in its calibration."""
    most_deg: float = 15.0
    """A leg that turns farther [deg] was not pushed but moved by its owner."""
    least_deg: float = 2.0
    """Kicks that turned farther than this [deg] are remembered ..."""
    learn_odds: float = 1.5
    """... where so much stands against a push."""

    strip_step_ratio: float = 1.2
    """One for each step of so many spreads by which the strip moves early, more than usual ..."""
    strip_least_step_db: float = 5.5
    """... the step being this at least [dB] ..."""
    strip_most_odds: float = 3.5
    """... up to this: the partner's own leg lies on the mattress too ..."""
    strip_least_odds: float = 0.6
    """... and this against it."""

    other_step_ratio: float = 1.4
    """One for each step of so many spreads by which the other ankle shakes early, and more than it
    should: what moves the mattress reaches both legs ..."""
    other_least_step_db: float = 2.2
    """... the step being this at least [dB] ..."""
    other_most_odds: float = 2.5
    """... up to this ..."""
    other_least_odds: float = 0.6
    """... and this against it."""
    other_quiet_odds: float = 0.7
    """So much more against it where the other ankle felt less than its noise floor."""

    lead_offset_ticks: float = -0.5
    """A strip that moves so much earlier than usual [ticks] says nothing ..."""
    lead_step_ratio: float = 1.3
    """... and one for each step of so many spreads beyond it: who pushes moves first ..."""
    lead_least_step_ticks: float = 3.0
    """... the step being this at least [ticks] ..."""
    lead_most_odds: float = 1.8
    """... up to this ..."""
    lead_least_odds: float = 1.5
    """... and this against it ..."""
    lead_longest_ticks: int = 29
    """... but not where it began so long before the leg [ticks]: an arm's length is covered in
    0.3 s."""

    hinge_even_share: float = 0.33
    """Agreement with the axis of the leg's kicks that says nothing: that of any axis ..."""
    hinge_odds: float = 2.9
    """... for a push with each halving of it, where all kicks turn about one axis, less as they
    differ ..."""
    hinge_most_odds: float = 2.2
    """... up to this: a kick of another kind than usual is no push yet ..."""
    hinge_least_odds: float = 5.0
    """... and this against it."""
    axis_even_odds: float = 1.0
    """The axis of a kick counts by half where so much of the rest stands against a push ..."""
    axis_odds: float = 2.0
    """... and by log-odds of so much for each unit more or less: pushes that were taken for kicks
    would blur it."""

    size_even_db: float = 14.0
    """A movement by so much weaker than the kicks of its leg [dB] may be either: what lies beside
    and between two legs takes most of a push ..."""
    size_step_ratio: float = 0.9
    """... one for each step of so many spreads by which it is weaker still ..."""
    size_least_step_db: float = 4.0
    """... the step being this at least [dB] ..."""
    size_most_odds: float = 1.0
    """... up to this: legs kick softly too ..."""
    size_least_odds: float = 3.5
    """... and this against a push, where it is stronger."""


PUSH_WEIGHTS = PushWeights()
"""The values in force."""
