"""What each piece of evidence weighs in giving a movement to its owner: one frozen record.

Log-odds are for the patient where positive words name him, and named for the sleeper they speak for
otherwise. They rest on physics and on how sure each sensor can be, never on a simulator. Part of
`detect.parameters.Parameters`, and of its version. Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass

from detect.pushweights import PUSH_WEIGHTS, PushWeights


@dataclass(frozen=True, slots=True)
class Weights:
    """Evidence of ownership. Ticks are 10 ms; odds are natural log-odds."""

    # -- how the ankle moved -----------------------------------------------------------------
    rotation_even_deg: float = 1.0
    """Rotation at which patient and partner are equally likely [deg]: transmitted jolts turn an
    ankle by less, the softest kick by about 3."""
    rotation_odds: float = 2.0
    """For the patient with each doubling of it: the angle is what a mattress cannot pass on ..."""
    rotation_most_odds: float = 5.0
    """... and never more, either way: one kind of evidence is not certainty."""
    rate_even_dps: float = 8.0
    """Peak rate at which they are equally likely [deg/s]."""
    rate_odds: float = 1.0
    """For the patient with each doubling of it: half of the angle's, jolts are fast too ..."""
    rate_most_odds: float = 2.0
    """... and never more, either way."""
    tilt_even_deg: float = 1.5
    """Change against gravity that speaks for neither [deg]: three times its noise."""
    tilt_most_odds: float = 1.5
    """The most that it says for the patient ..."""
    tilt_least_odds: float = 0.5
    """... and against him: a leg may turn about the vertical, which gravity does not show."""

    # -- what the other ankle did ------------------------------------------------------------
    rest_dps: float = 0.1
    """A rate is never taken for less [deg/s]: the noise of a good gyroscope."""
    still_share: float = 0.3
    """The other ankle that turns slower than this share of the moving one is still ..."""
    still_odds: float = 1.5
    """... which a mattress, shaking both, hardly leaves it: for the patient."""
    shaken_mg: float = 80.0
    """An ankle accelerated by more than this per degree that it turned [mg/deg] was shaken: 18 are
    gravity, the rest a stroke of 0.2 s about a hinge 0.3 m away ..."""
    stroke_ratio: float = 2.2
    """... unless it only went there and back: turned by no more than so many times its largest
    angle, all added up. A strong short kick does."""
    struck_ratio: float = 3.5
    """An ankle shaken so that turned little, and by less than so many times that in all ..."""
    struck_odds: float = 5.0
    """... was struck: for the partner, or an animal."""
    to_and_fro_ratio: float = 5.0
    """An ankle that turned by so many times its largest angle swung to and fro, as on a mattress
    that rings or rolls: nineteen of twenty kicks turn by less than four times theirs."""
    shock_cosine: float = 0.98
    """Both ankles' vibration more alike in time than this is one shock in both ..."""
    shock_odds: float = 14.0
    """... for the partner, more than all that the ankle itself can say for the patient (10)."""
    near_shock_cosine: float = 0.95
    """Nearly as alike, and begun together, is perhaps one shock ..."""
    near_shock_odds: float = 3.0
    """... for the partner."""
    swung_cosine: float = 0.9
    """Both ankles that swing to and fro as alike as this ..."""
    swung_share: float = 0.5
    """... with so much of their vibration in common ..."""
    swung_db: float = 6.0
    """... and so much more strip than with a kick [dB] ..."""
    rocked_deg: float = 4.5
    """... and turn no farther than this [deg] swing with the mattress ..."""
    swung_odds: float = 4.0
    """... for the partner. So do ..."""
    rocked_ticks: int = 10
    """... ankles that begin so long after the bed did [ticks], and both as fast ..."""
    rocked_odds: float = 5.0
    """... for the partner: kicks turn a leg farther, or the other one less."""
    legs_apart_ticks: int = 9
    """Legs that begin so far apart [ticks] are moved by their owner: a jolt or a push reaches both
    within tens of milliseconds ..."""
    legs_apart_odds: float = 1.0
    """... for the patient, where both swing."""
    swing_share: float = 0.6
    """Both ankles swing where the slower has more than this share of the other's rate ..."""
    swing_common_share: float = 0.4
    """... and more than this share of their vibration in common ..."""
    swing_deg: float = 4.0
    """... and neither turned farther [deg]: beyond that a stroke is a stroke."""
    swing_odds: float = 1.0
    """For the partner then ..."""
    swing_alike_share: float = 0.7
    """... and from this share of common vibration on ..."""
    swing_alike_odds: float = 2.0
    """... so much."""

    # -- what the strip felt -----------------------------------------------------------------
    clear_odds: float = 3.0
    """Ankles that say more than this, either way, are clear without the strip (20 to 1)."""
    unmoved_count: int = 5
    """More clear kicks felt by the strip than not so far: it feels this sleeper ..."""
    unmoved_odds: float = 1.0
    """... and a movement that it did not feel is rather his: the partner would have moved it."""
    seen_most_count: int = 20
    """Most that this memory holds, so that a strip that moved away is noticed."""
    excess_db: float = 14.0
    """So much more strip [dB] than the patient's usual kick of that size: the partner moved too.
    His own kicks differ by 3 to 6 dB."""
    heave_db: float = 8.0
    """So much more of it [dB], while both legs turn ..."""
    heave_deg: float = 10.0
    """... at least so far [deg] ..."""
    heave_rest_deg: float = 0.5
    """... and one of them comes to rest so far [deg] from where it lay, is the patient's own trunk:
    he turns, or settles himself. After every other kick a leg lies within a quarter of that."""
    apart_db: float = 4.0
    """Sleepers whose usual ratios are closer than this [dB] are not told apart by them."""
    alone_db: float = 12.0
    """Where the partner's ratio is unknown, one so far below the patient's [dB] says nothing ..."""
    alone_step_db: float = 4.0
    """... and beside that with one unit of log-odds for each step of this [dB] ..."""
    alone_most_odds: float = 0.5
    """... up to this for the patient ..."""
    alone_least_odds: float = 2.5
    """... and this for the partner."""
    between_odds: float = 8.0
    """From the partner's usual ratio to the patient's, by straight line ..."""
    between_most_odds: float = 3.0
    """... up to this for the patient ..."""
    near_db: float = 10.0
    """... and where the two are closer than this [dB] ..."""
    between_near_odds: float = 2.5
    """... up to this for the partner ..."""
    between_far_odds: float = 4.0
    """... and where they are not, to this."""

    # -- who moved first ---------------------------------------------------------------------
    led_ticks: int = 20
    """A bed that had been moving for longer than this [ticks] when the leg began led it ..."""
    led_odds: float = 1.5
    """... for the partner: beds also move for other reasons ..."""
    led_unheard_odds: float = 1.0
    """... and where only the ankles felt the bed, so much."""
    early_ticks: int = 5
    """A strip that moved so much earlier than with a usual kick [ticks] led too, less surely ..."""
    early_odds: float = 1.0
    """... for the partner."""
    push: PushWeights = PUSH_WEIGHTS
    """What speaks for a leg that the partner pushed."""

    # -- the answer --------------------------------------------------------------------------
    patient_sure: float = 0.8
    """From this probability on a movement is the patient's."""
    partner_sure: float = 0.2
    """Up to this probability a movement is the partner's."""
    bed_by_strip_sure: float = 0.05
    """Probability that what the strip felt, and no leg made, is the patient's after all: his arms,
    a cough."""
    bed_by_ankles_sure: float = 0.15
    """The same where both ankles alone felt it."""
    unmeasured_sure: float = 0.4
    """The same where an ankle was not measured: his or hers, and some of his show
    at the other leg."""
    walk_sure: float = 0.999
    """Probability that who walks with these ankles is the patient."""


WEIGHTS = Weights()
"""The values in force."""
