"""Every threshold of the detector: one frozen record, each field with its unit and its reason.

The values rest on physics (how a leg turns, how a mattress passes a jolt on) and on the noise of
the chips, never on a simulator. `VERSION` changes whenever a value or a rule changes, and a
recording stores the version that scored it. Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass

from detect.weights import WEIGHTS, Weights

VERSION = "2"
"""Version of the values below and of the rules that use them."""

GYRO_LOW_PASS = (0.09131490043583196, -0.9824057931083952, 0.34766539485172315)
"""b0 (b1 = 2 b0, b2 = b0), a1, a2 of a 2nd-order Butterworth low-pass at 12 Hz for 100 samples/s.

A leg turns with 1 to 6 Hz; above 12 Hz a gyroscope gives noise and strap rattle only."""

ACCEL_BAND_PASS = (0.3716218198161367, -1.0952257798096336, 0.25675636036772675)
"""b0 (b1 = 0, b2 = -b0), a1, a2 of a 1st-order Butterworth band-pass 3 to 20 Hz.

A jolt through a mattress rings at 4 to 20 Hz; gravity and slow turning stay out."""

STRIP_LOW_PASS = (0.17508764367210083, -0.47338545635197216, 0.2607010831459818)
"""b0 (b1 = 2 b0, b2 = b0), a1, a2 of the first section of a 2nd-order Butterworth band-pass 2 to
20 Hz for the strip (its low-pass)."""

STRIP_HIGH_PASS = (-1.8256698996865246, 0.8425510982273042)
"""a1, a2 of the second section (b0 = b2 = 1, b1 = -2): keeps breathing (0.1 to 0.5 Hz, up to
hundreds of mV) out."""

DRIFT_DB = 8.0
"""A bed whose ratio of ankle to strip moved by more than this [dB] is not the one calibrated: kicks
of one night differ by 3 to 6 dB."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Thresholds of the detector. Ticks are 10 ms. See the module's text for their origin."""

    # -- sensors, gaps -----------------------------------------------------------------------
    bridge_ticks: int = 5
    """Missing stretch carried by the last value [ticks]: nothing hides in 50 ms, and a late read
    of the strip's ADC must not cut a movement in two."""
    settle_ticks: int = 25
    """No onset is believed so soon after a gap [ticks]: the filters' start-up."""
    stuck_ticks: int = 500
    """All values of a device identical for so long [ticks] = a stuck device. Real noise changes
    the last bit far more often, and bus faults repeat for minutes."""

    # -- noise floors ------------------------------------------------------------------------
    envelope_alpha: float = 0.12
    """Smoothing of squared vibration per tick (time constant 80 ms: a few cycles at 8 Hz)."""
    floor_quantile: float = 0.4
    """Quantile of the last 30 two-second maxima taken as the noise floor: two seconds hold at
    least one heart beat on the strip; below one half, so that a restless minute does not
    raise it."""
    floor_growth: float = 2.0
    """A new two-second maximum counts at most so many times the present floor."""
    floor_gyro_default_dps: float = 0.5
    """Gyroscope floor before four seconds were seen [deg/s]: a noisy consumer chip."""
    floor_vibration_default_mg: float = 5.0
    """Vibration floor before four seconds were seen [mg]."""
    floor_gyro_most_dps: float = 4.0
    """A gyroscope's floor is never taken for more [deg/s]: that is movement, not noise."""
    floor_vibration_most_mg: float = 40.0
    """The same for vibration [mg]: four times the noisiest sensor."""
    still_ratio: float = 1.7
    """A two-second window below so many floors is still, and its mean is the gyro's bias."""
    still_tilt_g: float = 0.02
    """... if gravity moved less than this over the window too [g], about 1 degree."""
    still_first_dps: float = 2.5
    """Before six seconds were seen, a window that spreads by less than this is still [deg/s]."""
    bias_alpha: float = 0.3
    """Weight of a still window in the gyro bias: follows 1 deg/s per minute."""

    # -- leg movements -----------------------------------------------------------------------
    onset_floor_ratio: float = 3.5
    """A leg movement begins at so many gyro floors ..."""
    onset_min_dps: float = 5.0
    """... and never below this [deg/s]: a third of the softest kick (15 deg/s)."""
    onset_unbiased_dps: float = 25.0
    """... and not below this [deg/s] before the gyro's bias is known."""
    rest_floor_ratio: float = 1.8
    """A leg rests below so many gyro floors: onset and end are where this is crossed."""
    rest_min_dps: float = 1.2
    """... and always below this [deg/s]: breathing and heart turn a shank by less."""
    rest_unbiased_ratio: float = 0.5
    """Before the gyro's bias is known a leg rests below this share of the onset's threshold."""
    rest_peak_ratio: float = 0.03
    """... or below this share of the movement's own peak (ringing of a hard kick)."""
    quiet_ticks: int = 50
    """End of a movement: start of the first quiet stretch of 0.5 s (WASM 2016)."""
    delay_ticks: int = 2
    """Group delay of the gyro's low-pass [ticks], taken off onsets and ends."""
    backtrack_ticks: int = 120
    """How far back an onset is looked for [ticks]."""
    hold_deg: float = 1.0
    """A leg less than this from where it started [deg] has returned."""
    hold_ratio: float = 0.3
    """... or less than this share of its largest excursion: legs do not return exactly."""
    slid_ratio: float = 0.6
    """A held leg that slid back, with no movement seen, to within this share of that is back."""
    hold_round_ratio: float = 1.6
    """About the vertical, which gravity does not show, a leg is away at so many times that ..."""
    agree_deg: float = 0.8
    """... and only if gyroscope and gravity agree on the rest of the turn within this [deg] ..."""
    agree_ratio: float = 0.15
    """... and this share of the turn."""
    wake_ratio: float = 2.0
    """A held leg moves again at so many times its resting rate ..."""
    wake_ring_ratio: float = 2.0
    """... and so many times (in squares) the ringing of what led there ..."""
    wake_ticks: int = 2
    """... for so long [ticks]."""
    slow_least_deg: float = 0.5
    """A leg turns by itself where it turns by this within 0.25 s [deg] at least ..."""
    slow_share: float = 0.3
    """... and about so much of the most that it does; less is shaking, or a slow end."""
    late_ticks: int = 50
    """Vibration later than this after an onset [ticks] rings, or is a second movement."""
    core_ratio: float = 0.25
    """A movement's core lasts while its rate is above this share of its peak."""
    posture_deg: float = 2.5
    """A leg that stays away by less than this [deg] has made a movement all the same."""
    posture_ratio: float = 0.6
    """... and one that stays away by less than this share of its largest excursion too: kicks are
    many times as frequent as changes of posture."""
    round_deg: float = 8.0
    """A leg that stays turned about the vertical by this [deg] and that share changed it too ..."""
    round_ratio: float = 2.0
    """... and so many times as far as it was tilted: one that was lifted and let down beside its
    old place, where the mattress holds it, has kicked."""
    hold_ticks: int = 1000
    """A leg that has not returned after so long [ticks] has changed its posture."""
    slack_ticks: int = 300
    """A leg that rests for so long [ticks] ..."""
    slack_ratio: float = 0.5
    """... within this share of its largest excursion does not hold: it has come back, not quite."""
    twitch_ratio: float = 0.35
    """A second movement during a hold below this share of the first one's peak, and back to the
    held position, is part of the hold."""
    early_ticks: int = 30
    """What the strip felt up to so long after a leg's onset [ticks] came with it, or before."""
    longest_ticks: int = 6000
    """A movement without rest is cut here [ticks], so that memory and delay stay bounded."""

    # -- walking -----------------------------------------------------------------------------
    walk_on_dps: float = 80.0
    """RMS rate of both shanks over 5 s that only walking reaches [deg/s]."""
    walk_off_dps: float = 20.0
    """Walking ends below this [deg/s]."""
    walk_alpha: float = 0.002
    """Smoothing per tick of that RMS: 5 s."""
    walk_min_ticks: int = 500
    """Walking needs a leg busy for so long [ticks]: four strides ..."""
    walk_pause_ticks: int = 150
    """... with no longer rests than this [ticks]: a foot stands for under a second."""
    walk_slow_dps: float = 35.0
    """The same for a slow walk [deg/s], which needs more evidence: posture, or a silent strip."""
    walk_long_ticks: int = 1050
    """A silent strip tells walking from kicking after so long [ticks]: longer than any kick."""
    walk_silent_share: float = 0.35
    """The strip is silent when it moves for a smaller share of the time: sitting up and leaving
    the bed takes some 3 s."""
    walk_mute_share: float = 0.1
    """... or, where both shanks have stood up already, for a smaller share than this at once."""
    walk_loud_share: float = 0.8
    """Legs that the strip feels for more than this share of the time are in bed."""
    before_windows: int = 15
    """Windows (2 s) at rest after which it is known where a shank lay."""
    upright_windows: int = 3
    """Windows of walking after which it is known where a shank points upright."""
    lying_windows: int = 3
    """Windows in which both shanks must lie for the sleeper to be back."""
    felt_count: int = 2
    """So many movements in a row, felt by the strip, are of somebody who lies on it; twice as many
    where posture says otherwise. So many not felt are of somebody who does not, where posture or
    a walk says so too; twice as many of one ankle alone."""
    feels_surely_count: int = 5
    """More movements felt than not so far: the strip feels this sleeper's legs."""
    feels_most_count: int = 20
    """Most that this memory holds, so that a strip that moved away is noticed."""
    quartile_down_ratio: float = 0.85
    """How much the strip feels at least is a lower quartile, followed by steps of this ..."""
    quartile_up_ratio: float = 1.05
    """... and this: three up are one down."""
    felt_ratio: float = 2.0
    """A leg whose kick should reach so many strip thresholds, by what this bed has shown, and does
    not move the strip at all, is not on it."""
    lying_cosine: float = 0.8
    """Shanks 37 degrees (this is its cosine) and more from where they pointed in walking lie."""
    apart_cosine: float = 0.94
    """Where lying and walking pointed a shank less than 20 degrees (this is its cosine) apart, it
    cannot tell them apart; up to 37 degrees it gives a hint."""
    far_cosine: float = 0.7
    """A shank 45 degrees (this is its cosine) from where it lay may be standing."""
    same_cosine: float = 0.966
    """A shank within 15 degrees (this is its cosine) of where it lay still lies."""
    upright_cosine: float = 0.87
    """A shank within 30 degrees (this is its cosine) of where it pointed in walking stands."""
    stand_ticks: int = 6000
    """Both shanks pointing elsewhere for so long [ticks] without a walk: the sleeper turned."""
    posture_alpha: float = 0.05
    """Weight of a two-second window in where a shank lies: 40 s; in walking four times that."""
    out_ticks: int = 90000
    """Nobody stands by the bed for so long [ticks]: the posture of walking was misread."""
    out_untold_ticks: int = 30000
    """The same where posture cannot tell lying from walking [ticks]."""
    out_rest_ticks: int = 3000
    """Nobody on his feet keeps both legs still for so long [ticks]."""

    # -- jolts in the bed --------------------------------------------------------------------
    strip_least_counts: float = 3.0
    """Counts of its converter below which a strip shows nothing."""
    strip_floor_ratio: float = 2.5
    """The strip moves at so many floors (its floor contains the heart beats)."""
    vibration_floor_ratio: float = 2.2
    """An ankle vibrates at so many floors ..."""
    vibration_min_mg: float = 2.5
    """... and never below this [mg]."""
    lag_ticks: int = 30
    """The strip is looked at so much later [ticks], when it is known whether a leg moved."""
    lead_ticks: int = 15
    """The strip may lead the leg's onset so much [ticks] and still be explained by it."""
    ring_ticks: int = 50
    """A bed rings for so long after a leg's end [ticks], or as long as its calibration says ..."""
    ring_most_ticks: int = 200
    """... and no longer than this [ticks]."""
    bed_quiet_ticks: int = 80
    """A partner's movement ends when the bed is quiet for so long [ticks]."""
    swell_ratio: float = 2.0
    """What a leg left ringing is somebody else's movement once it has grown to so many times its
    least level again: the envelope of a ringing bed of 5 Hz ripples by less."""
    bed_min_ticks: int = 8
    """A shorter disturbance of the bed is not a movement [ticks]."""

    # -- putting movements together (rules, not signal) --------------------------------------
    leg_join_ticks: int = 50
    """Legs whose movements overlap or follow within this are one entry (WASM 2016, 0.5 s)."""
    decision_ticks: int = 10
    """An onset is known at most so much later [ticks]."""
    jerk_ticks: int = 50
    """Shorter isolated leg movements are jerks [ticks]."""
    partner_join_ticks: int = 80
    """Disturbances of the bed closer than this are one movement of the partner [ticks]."""
    ring_share_ticks: int = 45
    """A movement whose rate is above a quarter of its peak for less than this [ticks] is a jerk
    with ringing: in a stroke there and back that is nine tenths of its duration ..."""
    ring_path_ratio: float = 1.2
    """... and it turned there and back meanwhile, in sum by more than so many times its largest
    turn: after a flexion alone a slow return follows, no ringing ..."""
    ring_longest_ticks: int = 90
    """... unless it lasts longer than this [ticks] all in all."""
    lively_dps: float = 0.06
    """Bend between three neighbouring samples of a gyroscope that only fresh ones have [deg/s]: its
    noise, or a turning leg."""
    lively_counts: float = 2.0
    """... and no rounding makes [counts]."""
    fresh_share: float = 0.85
    """Share of ticks that bring a new value from a sensor read at 100 Hz, by its noise."""
    lively_share: float = 0.25
    """Share of ticks that must bring fresh samples; a sensor read slower cannot show a kick."""
    stride_dps: float = 250.0
    """Both shanks this fast [deg/s] ..."""
    stride_deg: float = 30.0
    """... and turned so far [deg] may have made the first stride of a walk ..."""
    stride_wait_ticks: int = 300
    """... and are decided on so much later [ticks]."""
    walk_join_ticks: int = 1000
    """Walking with shorter pauses is one walk [ticks]."""
    body_tilt_deg: float = 18.0
    """A lasting change of posture beyond this is a turn or gross movement [deg]."""
    body_rotation_deg: float = 55.0
    """A rotation of both legs beyond this, by gyroscope and gravity, is a turn, whether or not it
    comes back [deg] ..."""
    body_one_ratio: float = 1.6
    """... and of one leg beyond so many times this: a knee drawn up turns it by 80."""
    body_rest_deg: float = 5.0
    """Where both legs tilted as far as a turn tilts them, one that lies so far from its old place
    [deg] ..."""
    body_alike_share: float = 0.7
    """... says that it was one, if both ankles have this share of their vibration in common."""
    fault_ratio: float = 1.3
    """A gyroscope that reports a movement in which its own ankle vibrates by less than so many
    floors ..."""
    fault_deg: float = 0.7
    """... and tilts by less than this [deg] only jumped: its bias did."""
    follower_dps: float = 15.0
    """A leg no faster than the softest kick [deg/s] ..."""
    follower_far_deg: float = 4.0
    """... or faster, but turned no farther than this [deg], as a strong kick makes its neighbour
    do, was shaken along by the other one ..."""
    follower_rate_share: float = 0.25
    """... if it turned slower than this share of the other's rate ..."""
    follower_turn_share: float = 0.3
    """... and less far than this share of its angle. So was one no faster than a kick that turned
    ..."""
    follower_deg: float = 1.5
    """... by hardly anything [deg] ..."""
    follower_least_share: float = 0.35
    """... or by less than this share where the other turned little too."""
    shaken_share: float = 0.5
    """Both ankles vibrate alike where they share so much of it: the bed shakes them. A leg so
    shaken ..."""
    shaken_ticks: int = 30
    """... for longer than this before or after it turned by itself [ticks] has moved from there,
    or to there, only ..."""
    shaken_on_ratio: float = 0.1
    """... where afterwards it vibrates by more than this share of its peak: else it rings ..."""
    shaken_strip_db: float = 6.0
    """... and the strip moved so much more than with a kick [dB]: his own differ by less."""
    shaken_turn_share: float = 0.3
    """A leg shaken so that turns less than this share of the other within 0.25 s ..."""
    shaken_turn_deg: float = 1.5
    """... and less than this [deg], 6 deg/s, did not kick."""
    drawn_turn_share: float = 0.4
    """Nor did a leg no faster than the softest kick that turns less than this share of the other:
    legs lie on each other, and hang on one pelvis."""
    bed_touch_ticks: int = 30
    """A movement of the bed that ended no longer before a leg's onset [ticks] led to it."""
    walked_share: float = 0.2
    """An entry of which more than this share was spent walking is part of the walk ..."""
    walk_near_ticks: int = 300
    """... and so is one that begins so soon after it [ticks]: the last step, sitting down."""
    gross_near_ticks: int = 100
    """What the bed does so near a turn or a walk [ticks] is part of it."""
    asleep_ticks: int = 60000
    """Stillness for so long [ticks] is taken for sleep: a jerk before that is at its onset ..."""
    dozing_ticks: int = 6000
    """... where it breaks a minute of stillness [ticks] at least."""
    moved_partner_ticks: int = 300
    """A partner's movement that begins so soon after a kick's onset was perhaps caused by it."""

    # -- ownership ---------------------------------------------------------------------------
    weights: Weights = WEIGHTS
    """What each piece of evidence says of whose movement it was."""


PARAMETERS = Parameters()
"""The values in force."""
