"""The compiled loop: 13 channels at 100 Hz in, events out, one tick after the other.

Sections, each with its heading below:

1. samples in: missing, stuck, back again, or plain; filters (`_take_leg`, `_take_strip`)
2. noise floors, gyro bias and thresholds, every two seconds (`_close_window`)
3. up, or in bed: posture, walking, what the strip feels (`_judge_posture`, `_step_walk`)
4. leg movements written down and measured (`_emit_leg`, `_measure`)
5. a leg at rest, moving, or held away from where it began (`_step_leg`)
6. the bed: what shakes strip and ankles while no leg moves (`_step_bed`)
7. one tick, and all of them (`_step`, `run`)

Read it from the bottom: `run` walks over the ticks; for each it takes in both legs and the strip,
closes a two-second window, moves each leg's state machine one tick on, then looks at the bed
`lag_ticks` later, when it is known whether a leg moved.

Rules that keep it exact: all memory between calls is ONE record (`STATE`); all numbers arrive as
arguments; nothing is computed per call, so the movements are the same however the stream is cut;
no fast mathematics and no transcendental function, so x86 and ARM agree; a call stops before a
tick whose events might not fit. All compiled code is in this one file, because numba's cache
does not see a change in another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias, TypeVar

    from numpy.typing import NDArray

    Records: TypeAlias = np.ndarray[Any, np.dtype[Any]]
    Function = TypeVar("Function", bound=Callable[..., Any])

MISSING = -32768
MG_S = 10.0
"""1 g in one tick [mg s]."""
HISTORY = 512
"""Ticks remembered, a power of two; more than RUN + backtrack_ticks + 2 lag_ticks + 2 MEAN."""
MASK = HISTORY - 1
MEAN = 32
"""Ticks of the running mean of acceleration: gravity to 0.1 degree within 10 mg of noise."""
WINDOW = 200
"""Ticks of a noise window: at least one heart beat."""
WINDOWS = 30
RUN = 50
"""Most ticks that are filtered at once; a window holds a whole number of them."""
EPOCH = 3000
LEVELS = 3
"""Positions in which a leg may pause on its way and back."""
INNER = 3
"""Movements out of such a pause and back to it that wait for how it ends."""
ROOM = 20
"""Most events that one tick can bring forth, and one: five a leg, three gaps, three that began,
the bed's, who is up, an epoch."""
SLOW = 25
"""Ticks over which a slow turn is seen: what shakes a leg to and fro cancels out."""
SLOW_RING = 32
"""Turns remembered, a power of two above SLOW."""
SLOW_STEPS = 6
"""Slow turns that are told apart: `slow_least_deg`, and five times twice as much."""
CHANNELS = 13
DEG = 57.29577951308232
TINY = 1e-30
LEAST_G = 0.1
"""Below this, in free fall, gravity has no direction [g]."""

# event codes
LEG, BED, GAP, EPOCH_END, PENDING, OUT = 1, 2, 3, 4, 5, 6


def _int64(value: int) -> int:
    """Return an integer that compiled functions take as int64.

    numba compiles a function anew for every Python constant that it is called with, which made a
    first start about twice as long.
    """
    return np.int64(value)  # type: ignore[return-value]


ZERO, ONE_ROW, STRIP = _int64(0), _int64(1), _int64(2)
# how a leg movement ended
RETURNED, POSTURE, CUT = _int64(0), _int64(1), _int64(2)
# state of a leg
REST, MOVING, HELD = 0, 1, 2

# features collected over a leg movement, column of STATE.f
F_RATE2, F_TURN2, F_TILT2, F_ACCEL2, F_STRIP2, F_COMMON, F_ALL, F_OTHER2 = range(8)
F_VOWN2, F_VOTHER2, F_ENERGY, F_LATE, F_WALK, F_S_COUNT, F_S_FIRST, F_S_LAST = range(8, 16)
F_LIVELY, F_TICKS, F_CORE, F_OWN2, F_BOTH, F_THEIRS2, F_PATH = range(16, 23)
F_EARLY2, F_OTHER_EARLY2, F_TURN_X, F_TURN_Y, F_TURN_Z, F_SLOW2 = range(23, 29)
# for each step of SLOW_STEPS: when a leg turned by so much, and what both ankles had shaken by then
FEATURES = 29 + 6 * SLOW_STEPS
F_FIRST, F_LAST, F_HEAD_COMMON, F_HEAD_ALL, F_BODY_COMMON, F_BODY_ALL = range(
    29, FEATURES, SLOW_STEPS
)
SUMS = (
    F_COMMON, F_ALL, F_ENERGY, F_LATE, F_WALK, F_S_COUNT, F_LIVELY, F_TICKS, F_OWN2, F_BOTH,
    F_THEIRS2, F_PATH,
)  # fmt: skip
"""Features that add up over a movement; of the others the largest counts. From `F_EARLY2` on: of
movements that are one, what came early is the first one's, the turn that of the farthest; from
`F_FIRST` on see `_merge_slow`."""

STATE = np.dtype(
    [
        ("tick", "i8"),
        # per device (left, right, strip)
        ("valid", "i8", 3), ("since", "i8", 3), ("miss", "i8", 3), ("same", "i8", 3),
        ("stuck", "i8", 3),
        ("gap_start", "i8", 3),
        ("last", "i8", 13),
        # history rings
        ("raw", "i4", (HISTORY, 12)), ("strip_raw", "i4", HISTORY),
        ("g2", "f8", (2, HISTORY)), ("v2", "f8", (2, HISTORY)), ("s2", "f8", HISTORY),
        # filters
        ("zg", "f8", (2, 6)), ("za", "f8", (2, 6)), ("zs", "f8", 4),
        ("pull", "f8", (2, 3)), ("gs", "f8", (2, 3)),
        # noise windows: rate left, right, vibration left, right, strip
        ("w_n", "i8", 3), ("w_max", "f8", 5), ("w_gsum", "i8", (2, 3)),
        ("w_fresh", "i8", 2), ("slow", "i8", 2),
        ("w_g0", "f8", (2, 3)), ("w_a0", "f8", (2, 3)), ("w_a1", "f8", (2, 3)),
        ("floor", "f8", 5), ("f_sorted", "f8", (5, WINDOWS)), ("f_order", "f8", (5, WINDOWS)),
        ("f_n", "i8", 5), ("f_at", "i8", 5),
        ("bias", "f8", (2, 3)), ("bias_n", "i8", 2),
        ("on2", "f8", 2), ("rest2", "f8", 2), ("vib2", "f8", 2), ("strip2", "f8"),
        # leg movements: the current one
        ("state", "i8", 2), ("quiet", "i8", 2), ("hot", "i8", 2), ("has_ref", "i8", 2),
        ("onset", "i8", 2), ("last_end", "i8", 2),
        ("turn", "f8", (2, 3)), ("turn_was", "f8", (2, SLOW_RING, 3)), ("f", "f8", (2, FEATURES)),
        # positions since it began, and the movements that led from each to the next
        ("depth", "i8", 2), ("at", "f8", (2, LEVELS + 1, 3)), ("at_turn", "f8", (2, LEVELS + 1, 3)),
        ("held_f", "f8", (2, LEVELS, FEATURES)), ("held_onset", "i8", (2, LEVELS)),
        ("held_end", "i8", (2, LEVELS)), ("held_weak", "i8", (2, LEVELS)),
        # movements out of the last of those positions and back to it
        ("inner", "i8", 2), ("inner_f", "f8", (2, INNER, FEATURES)),
        ("inner_onset", "i8", (2, INNER)), ("inner_end", "i8", (2, INNER)),
        ("pending", "i8", 3),
        # walking, and whether the sleeper is in bed
        ("rms2", "f8", 2), ("walking", "i8"), ("busy_from", "i8", 2), ("busy_to", "i8", 2),
        ("busy_loud", "i8"),
        ("w_asum", "i8", (2, 3)), ("gravity", "f8", (2, 3)), ("gravity_ok", "i8", 2),
        ("spread", "f8", 2),
        ("upright", "f8", (2, 3)), ("upright_n", "i8", 2), ("stands", "i8", 2), ("lies", "i8", 2),
        ("stood_from", "i8"),
        ("before", "f8", (2, 3)), ("before_n", "i8", 2),
        ("out", "i8"), ("out_told", "i8"), ("out_from", "i8"),
        ("lying", "i8"), ("rested", "i8"), ("walked", "i8"), ("felt", "i8"),
        ("feels", "i8"), ("unfelt", "i8"), ("unfelt_from", "i8"), ("unfelt_run", "i8"),
        ("felt_end", "i8"), ("feel_mv", "f8"),
        # the bed
        ("b_open", "i8"), ("b_start", "i8"), ("b_last", "i8"), ("b_count", "i8"),
        ("b_strip2", "f8"), ("b_v2", "f8", 2), ("b_g2", "f8", 2),
        ("b_common", "f8"), ("b_all", "f8"), ("dying2", "f8", 3), ("dying_at", "i8"),
        # epoch
        ("e_usable", "i8", 3), ("e_activity", "f8"), ("e_known", "i8"),
    ],
    align=True,
)  # fmt: skip
"""All memory between calls: a C struct. A snapshot is its bytes."""

EVENT = np.dtype(
    [
        ("code", "i8"), ("device", "i8"), ("onset", "i8"), ("end", "i8"), ("decided", "i8"),
        ("outcome", "i8"), ("walk", "i8"), ("edge", "i8"), ("strip_ok", "i8"), ("other_ok", "i8"),
        ("strip_first", "i8"), ("strip_last", "i8"), ("strip_count", "i8"),
        ("rate_dps", "f8"), ("turn_deg", "f8"), ("path_deg", "f8"), ("tilt_chord", "f8"),
        ("rest_chord", "f8"), ("accel_g", "f8"), ("strip_mv", "f8"), ("strip_early", "f8"),
        ("strip_floor", "f8"), ("strip_threshold", "f8"),
        ("own_vib_g", "f8"), ("other_vib_g", "f8"), ("own_floor_g", "f8"), ("other_floor_g", "f8"),
        ("other_early_g", "f8"), ("turned_deg", "f8", 3),
        ("other_rate_dps", "f8"), ("lively", "f8"), ("core", "i8"), ("out", "i8"),
        ("own_onset", "i8"), ("own_end", "i8"), ("slow_deg", "f8"), ("head_common", "f8"),
        ("tail_common", "f8"), ("tail_g", "f8"),
        ("common", "f8"), ("alike", "f8"), ("late", "f8"), ("activity", "f8"),
        ("usable", "i8", 3), ("known", "i8"),
    ],
    align=True,
)  # fmt: skip
"""One event; which fields are filled depends on its code."""

PARAMETER_FIELDS = (
    "bridge_ticks", "settle_ticks", "stuck_ticks", "envelope_alpha", "floor_quantile",
    "floor_growth", "floor_gyro_default_dps", "floor_vibration_default_mg", "floor_gyro_most_dps",
    "floor_vibration_most_mg", "still_ratio", "still_tilt_g", "bias_alpha", "onset_floor_ratio",
    "onset_min_dps", "onset_unbiased_dps", "rest_floor_ratio", "rest_min_dps", "rest_peak_ratio",
    "quiet_ticks", "delay_ticks", "backtrack_ticks", "hold_deg", "hold_ratio", "posture_deg",
    "posture_ratio", "round_deg", "round_ratio", "hold_ticks", "slack_ticks", "slack_ratio",
    "twitch_ratio", "body_tilt_deg", "early_ticks", "longest_ticks", "walk_on_dps", "walk_off_dps",
    "walk_alpha", "walk_min_ticks", "walk_pause_ticks", "walk_slow_dps", "walk_long_ticks",
    "walk_silent_share", "walk_mute_share", "walk_loud_share", "far_cosine", "apart_cosine",
    "same_cosine", "upright_cosine", "stand_ticks", "posture_alpha", "lively_dps", "felt_ratio",
    "strip_floor_ratio", "vibration_floor_ratio", "vibration_min_mg", "lag_ticks", "lead_ticks",
    "ring_ticks", "bed_quiet_ticks", "bed_min_ticks", "swell_ratio", "lying_cosine", "out_ticks",
    "out_untold_ticks", "out_rest_ticks", "slid_ratio", "core_ratio", "fresh_share",
    "lively_counts", "strip_least_counts", "before_windows", "lying_windows", "felt_count",
    "upright_windows", "feels_surely_count", "feels_most_count", "quartile_down_ratio",
    "quartile_up_ratio", "still_first_dps", "rest_unbiased_ratio", "hold_round_ratio", "agree_deg",
    "agree_ratio", "wake_ratio", "wake_ring_ratio", "wake_ticks", "late_ticks",
    "slow_least_deg", "slow_share",
)  # fmt: skip
"""The fields of `parameters.Parameters` that the loop itself uses."""

CONFIG = np.dtype(
    [
        (name, "i8" if name.endswith(("_ticks", "_windows", "_count")) else "f8")
        for name in PARAMETER_FIELDS
    ]
    + [("gyro_lp", "f8", 3), ("accel_bp", "f8", 3), ("strip_lp", "f8", 3), ("strip_hp", "f8", 2)]
    + [("gain", "f8", 13), ("offset", "f8", 13)],
    align=True,
)
"""Everything that the loop is told: thresholds, filters, scale."""


_compiled: Callable[[Function], Function] = njit(  # type: ignore[call-overload]
    error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True
)
"""For what only compiled functions call: without a door for Python it compiles a sixth faster."""


# ---------------------------------------------------------------------------------------------
# 1. samples in: missing, stuck, back again, or plain; filters


@_compiled
def _emit_gap(s: np.record, events: Records, count: int, device: int, end: int) -> int:
    """Write the gap that ends at `end` (exclusive)."""
    e = events[count]
    e.code = GAP
    e.device = device
    e.onset = s.gap_start[device]
    e.end = end
    e.decided = s.tick
    s.gap_start[device] = -1
    return count + 1


@_compiled
def _settle_leg(s: np.record, c: np.record, k: int) -> None:
    """Start a leg's filters from its last sample as if it had been there for ever."""
    b0, a2 = c.gyro_lp[0], c.gyro_lp[2]
    base = 6 * k
    for axis in range(3):
        u = s.last[base + axis] * (c.gain[base + axis] * c.accel_bp[0])
        s.za[k, 2 * axis] = -u
        s.za[k, 2 * axis + 1] = u
        g = s.last[base + 3 + axis] * c.gain[base + 3 + axis]
        s.zg[k, 2 * axis] = g * (1.0 - b0)
        s.zg[k, 2 * axis + 1] = g * (b0 - a2)
        s.gs[k, axis] = g
    for back in range(1, MEAN + 1):
        for j in range(6):
            s.raw[(s.tick - back) & MASK, base + j] = s.last[base + j]
    s.rms2[k] = 0.0


@_compiled
def _low_pass(u: float, z1: float, z2: float, a1: float, a2: float) -> tuple[float, float, float]:
    """One sample, times b0, through a section with b1 = 2 b0 and b2 = b0.

    Returns output and the two memories, as the next two functions do.
    """
    y = u + z1
    return y, (u + u + z2) - a1 * y, u - a2 * y


@_compiled
def _high_pass(u: float, z1: float, z2: float, a1: float, a2: float) -> tuple[float, float, float]:
    """One sample, times b0, through a section with b1 = -2 b0 and b2 = b0."""
    y = u + z1
    return y, (z2 - (u + u)) - a1 * y, u - a2 * y


@_compiled
def _band_pass(u: float, z1: float, z2: float, a1: float, a2: float) -> tuple[float, float, float]:
    """One sample, times b0, through a section with b1 = 0 and b2 = -b0; z2 with its sign turned."""
    y = u + z1
    return y, -a1 * y - z2, u + a2 * y


@_compiled
def _filter_leg(s: np.record, c: np.record, k: int, first: int, m: int) -> None:
    """Run `m` raw samples of a leg, in the history from tick `first` on, through its filters.

    Gain and b0 are one factor. An offset of the gyroscope is taken off with the bias; one of the
    accelerometer does not pass the filter.

    The memories of all six axes are kept in local numbers, so that the compiler keeps them in
    registers and the six chains run side by side.
    """
    j = 6 * k
    a1, a2 = c.gyro_lp[1], c.gyro_lp[2]
    q1, q2 = c.accel_bp[1], c.accel_bp[2]
    p0, b0 = c.accel_bp[0], c.gyro_lp[0]
    kax, kay, kaz = p0 * c.gain[j], p0 * c.gain[j + 1], p0 * c.gain[j + 2]
    kgx, kgy, kgz = b0 * c.gain[j + 3], b0 * c.gain[j + 4], b0 * c.gain[j + 5]
    gx1, gx2, gy1, gy2, gz1, gz2 = (
        s.zg[k, 0], s.zg[k, 1], s.zg[k, 2], s.zg[k, 3], s.zg[k, 4], s.zg[k, 5],
    )  # fmt: skip
    ax1, ax2, ay1, ay2, az1, az2 = (
        s.za[k, 0], s.za[k, 1], s.za[k, 2], s.za[k, 3], s.za[k, 4], s.za[k, 5],
    )  # fmt: skip
    bx = s.bias[k, 0] - c.offset[j + 3]
    by = s.bias[k, 1] - c.offset[j + 4]
    bz = s.bias[k, 2] - c.offset[j + 5]
    wx, wy, wz = s.w_g0[k, 0], s.w_g0[k, 1], s.w_g0[k, 2]
    alpha = c.envelope_alpha
    envelope = s.v2[k, (first - 1) & MASK]
    most_d, most_v = s.w_max[k], s.w_max[2 + k]
    gx, gy, gz = 0.0, 0.0, 0.0
    sum_ax, sum_ay, sum_az, sum_gx, sum_gy, sum_gz = 0, 0, 0, 0, 0, 0
    for t in range(first, first + m):
        h = t & MASK
        rax, ray, raz = s.raw[h, j], s.raw[h, j + 1], s.raw[h, j + 2]
        rgx, rgy, rgz = s.raw[h, j + 3], s.raw[h, j + 4], s.raw[h, j + 5]
        gx, gx1, gx2 = _low_pass(rgx * kgx, gx1, gx2, a1, a2)
        gy, gy1, gy2 = _low_pass(rgy * kgy, gy1, gy2, a1, a2)
        gz, gz1, gz2 = _low_pass(rgz * kgz, gz1, gz2, a1, a2)
        ax, ax1, ax2 = _band_pass(rax * kax, ax1, ax2, q1, q2)
        ay, ay1, ay2 = _band_pass(ray * kay, ay1, ay2, q1, q2)
        az, az1, az2 = _band_pass(raz * kaz, az1, az2, q1, q2)
        s.g2[k, h] = (gx - bx) * (gx - bx) + (gy - by) * (gy - by) + (gz - bz) * (gz - bz)
        d2 = (gx - wx) * (gx - wx) + (gy - wy) * (gy - wy) + (gz - wz) * (gz - wz)
        envelope += alpha * (ax * ax + ay * ay + az * az - envelope)
        s.v2[k, h] = envelope
        most_d = max(most_d, d2)
        most_v = max(most_v, envelope)
        sum_ax += rax
        sum_ay += ray
        sum_az += raz
        sum_gx += rgx
        sum_gy += rgy
        sum_gz += rgz
    s.zg[k, 0], s.zg[k, 1], s.zg[k, 2], s.zg[k, 3], s.zg[k, 4], s.zg[k, 5] = (
        gx1, gx2, gy1, gy2, gz1, gz2,
    )  # fmt: skip
    s.za[k, 0], s.za[k, 1], s.za[k, 2], s.za[k, 3], s.za[k, 4], s.za[k, 5] = (
        ax1, ax2, ay1, ay2, az1, az2,
    )  # fmt: skip
    s.gs[k, 0], s.gs[k, 1], s.gs[k, 2] = gx, gy, gz
    s.w_max[k], s.w_max[2 + k] = most_d, most_v
    s.w_asum[k, 0] += sum_ax
    s.w_asum[k, 1] += sum_ay
    s.w_asum[k, 2] += sum_az
    s.w_gsum[k, 0] += sum_gx
    s.w_gsum[k, 1] += sum_gy
    s.w_gsum[k, 2] += sum_gz


@_compiled
def _filter_strip(s: np.record, c: np.record, first: int, m: int) -> None:
    """Run `m` raw samples of the strip through its filter, as `_filter_leg` does a leg's."""
    a1, a2, p1, p2 = c.strip_lp[1], c.strip_lp[2], c.strip_hp[0], c.strip_hp[1]
    gain, alpha = c.strip_lp[0] * c.gain[12], c.envelope_alpha
    x1, x2, y1, y2 = s.zs[0], s.zs[1], s.zs[2], s.zs[3]
    envelope = s.s2[(first - 1) & MASK]
    most = s.w_max[4]
    for t in range(first, first + m):
        h = t & MASK
        v, x1, x2 = _low_pass(s.strip_raw[h] * gain, x1, x2, a1, a2)
        v, y1, y2 = _high_pass(v, y1, y2, p1, p2)
        envelope += alpha * (v * v - envelope)
        s.s2[h] = envelope
        most = max(most, envelope)
    s.zs[0], s.zs[1], s.zs[2], s.zs[3] = x1, x2, y1, y2
    s.w_max[4] = most


@_compiled
def _is_plain(s: np.record, c: np.record, x: NDArray[np.int16], i: int, m: int) -> bool:
    """Whether nothing is missing, stuck, or just back in `m` rows: they can be taken at once."""
    for device in range(3):
        if s.valid[device] == 0 or s.miss[device] > 0 or s.stuck[device] == 1:
            return False
        if s.same[device] + m >= c.stuck_ticks:
            return False
    least = x[i, 0]
    for value in x[i : i + m].flat:
        least = min(least, value)
    plain: bool = least > MISSING
    return plain


@_compiled
def _differs(a: Records, b: Records, j: int) -> bool:
    """Whether a leg's six counts from column `j` on differ; noise nearly always shows at once."""
    differs: bool = (
        a[j] != b[j]
        or a[j + 1] != b[j + 1]
        or a[j + 2] != b[j + 2]
        or a[j + 3] != b[j + 3]
        or a[j + 4] != b[j + 4]
        or a[j + 5] != b[j + 5]
    )
    return differs


@_compiled
def _take_plain(s: np.record, c: np.record, x: NDArray[np.int16], i: int, m: int) -> None:
    """Take in `m` rows in which no sensor fails: the same as `_take_leg` and `_take_strip`."""
    first = s.tick
    for row in range(m):
        now, before = s.raw[(first + row) & MASK], s.raw[(first + row - 1) & MASK]
        new = x[i + row]
        for j in range(12):
            now[j] = new[j]
        for k in range(2):
            if _differs(now, before, 6 * k):
                s.same[k] = 0
                s.w_fresh[k] += 1
            else:
                s.same[k] += 1
        felt = new[12]
        s.same[2] = s.same[2] + 1 if felt == s.strip_raw[(first + row - 1) & MASK] else 0
        s.strip_raw[(first + row) & MASK] = felt
    for j in range(CHANNELS):
        s.last[j] = x[i + m - 1, j]
    for device in range(3):
        s.w_n[device] += m
        s.e_usable[device] += m
    for k in range(2):
        _filter_leg(s, c, k, first, m)
    _filter_strip(s, c, first, m)


@_compiled
def _take_hard(
    s: np.record, c: np.record, x: NDArray[np.int16], i: int, events: Records, count: int
) -> int:
    """Take in one row in which something may be missing, stuck or just back."""
    for k in range(2):
        count = _take_leg(s, c, x, i, k, events, count)
    return _take_strip(s, c, x, i, events, count)


@_compiled
def _take_leg(
    s: np.record, c: np.record, x: NDArray[np.int16], i: int, k: int, events: Records, count: int
) -> int:
    """Take in one row of one leg: missing, stuck, back again, or a sample like any other."""
    base = 6 * k
    missing = False
    same = True
    for j in range(base, base + 6):
        if x[i, j] == MISSING:
            missing = True
        if x[i, j] != s.last[j]:
            same = False
    t = s.tick
    if not missing:
        if same:
            s.same[k] += 1
            if s.same[k] >= c.stuck_ticks:
                s.stuck[k] = 1
        else:
            s.same[k] = 0
            s.stuck[k] = 0
            s.w_fresh[k] += 1
            for j in range(base, base + 6):
                s.last[j] = x[i, j]
    if missing or s.stuck[k] == 1:
        s.miss[k] += 1
        if missing and s.miss[k] <= c.bridge_ticks and s.valid[k] > 0:
            for j in range(base, base + 6):
                s.raw[t & MASK, j] = s.last[j]
            _filter_leg(s, c, k, t, ONE_ROW)
            return count
        if s.valid[k] > 0:
            last = t - s.miss[k] if missing else t - c.stuck_ticks
            s.gap_start[k] = last + 1
            count = _cut_leg(s, c, k, last + 1, events, count)
            s.valid[k] = 0
        elif s.gap_start[k] < 0:
            s.gap_start[k] = t
        h = t & MASK
        s.g2[k, h] = 0.0
        s.v2[k, h] = 0.0
        for j in range(base, base + 6):
            s.raw[h, j] = s.last[j]
        s.w_n[k] = -WINDOW
        return count
    s.miss[k] = 0
    if s.valid[k] == 0:
        if s.gap_start[k] >= 0:
            count = _emit_gap(s, events, count, k, t)
        _settle_leg(s, c, k)
        s.valid[k] = 1
        s.since[k] = t
    s.w_n[k] += 1
    s.e_usable[k] += 1
    for j in range(base, base + 6):
        s.raw[t & MASK, j] = s.last[j]
    _filter_leg(s, c, k, t, ONE_ROW)
    return count


@_compiled
def _take_strip(
    s: np.record, c: np.record, x: NDArray[np.int16], i: int, events: Records, count: int
) -> int:
    """Take in one sample of the strip."""
    t = s.tick
    h = t & MASK
    value = x[i, 12]
    missing = value == MISSING
    if not missing:
        if value == s.last[12]:
            s.same[2] += 1
            if s.same[2] >= c.stuck_ticks:
                s.stuck[2] = 1
        else:
            s.same[2] = 0
            s.stuck[2] = 0
            s.last[12] = value
    if missing or s.stuck[2] == 1:
        s.miss[2] += 1
        if not missing or s.miss[2] > c.bridge_ticks or s.valid[2] == 0:
            if s.valid[2] > 0:
                s.gap_start[2] = t - s.miss[2] + 1 if missing else t - c.stuck_ticks + 1
                s.valid[2] = 0
            elif s.gap_start[2] < 0:
                s.gap_start[2] = t
            s.s2[h] = 0.0
            s.w_n[2] = -WINDOW
            return count
    else:
        s.miss[2] = 0
        if s.valid[2] == 0:
            if s.gap_start[2] >= 0:
                count = _emit_gap(s, events, count, STRIP, t)
            u = value * (c.strip_lp[0] * c.gain[12])
            v = 4.0 * u / (1.0 + c.strip_lp[1] + c.strip_lp[2])
            s.zs[0] = v - u
            s.zs[1] = u - c.strip_lp[2] * v
            s.zs[2] = -v
            s.zs[3] = v
            s.valid[2] = 1
            s.since[2] = t
        s.w_n[2] += 1
        s.e_usable[2] += 1
    s.strip_raw[h] = s.last[12]
    _filter_strip(s, c, t, ONE_ROW)
    return count


# ---------------------------------------------------------------------------------------------
# 2. noise floors, gyro bias and thresholds, every two seconds


@_compiled
def _push_floor(s: np.record, c: np.record, which: int, value: float) -> None:
    """Put a two-second maximum into a floor's sorted list; take the quantile."""
    n = s.f_n[which]
    if (n >= 5 or which < 4) and value > c.floor_growth * s.floor[which]:
        value = c.floor_growth * s.floor[which]
    at = s.f_at[which]
    if n == WINDOWS:
        leaving = s.f_order[which, at]
        place = 0
        while s.f_sorted[which, place] != leaving:
            place += 1
        while place < n - 1:
            s.f_sorted[which, place] = s.f_sorted[which, place + 1]
            place += 1
        n -= 1
    s.f_order[which, at] = value
    s.f_at[which] = (at + 1) % WINDOWS
    place = n
    while place > 0 and s.f_sorted[which, place - 1] > value:
        s.f_sorted[which, place] = s.f_sorted[which, place - 1]
        place -= 1
    s.f_sorted[which, place] = value
    n += 1
    s.f_n[which] = n
    floor = s.f_sorted[which, int(c.floor_quantile * n)]
    most = 1e300
    if which < 2:
        most = c.floor_gyro_most_dps
    elif which < 4:
        most = 1e-3 * c.floor_vibration_most_mg
    s.floor[which] = min(max(1e-06, floor), most)


@_compiled
def _mean_accel(s: np.record, c: np.record, k: int, last: int, into: Records) -> None:
    """Put a leg's mean acceleration [g] of the `MEAN` ticks up to `last` into `into`."""
    j = 6 * k
    x, y, z = ZERO, ZERO, ZERO
    for back in range(MEAN):
        row = s.raw[(last - back) & MASK]
        x += row[j]
        y += row[j + 1]
        z += row[j + 2]
    into[0] = x * c.gain[j] / MEAN + c.offset[j]
    into[1] = y * c.gain[j + 1] / MEAN + c.offset[j + 1]
    into[2] = z * c.gain[j + 2] / MEAN + c.offset[j + 2]


@_compiled
def _learn_bias(s: np.record, c: np.record, k: int, spread: float) -> None:
    """Take the mean rate of a still window for the gyro's bias."""
    limit = c.still_ratio * s.floor[k]
    if s.f_n[k] < 3:
        limit = c.still_first_dps
    moved2 = 0.0
    for axis in range(3):
        d = s.w_a1[k, axis] - s.w_a0[k, axis]
        moved2 += d * d
    if spread > limit or moved2 > c.still_tilt_g * c.still_tilt_g:
        return
    for axis in range(3):
        j = 6 * k + 3 + axis
        mean = s.w_gsum[k, axis] * c.gain[j] / WINDOW + c.offset[j]
        if s.bias_n[k] == 0:
            s.bias[k, axis] = mean
        else:
            s.bias[k, axis] += c.bias_alpha * (mean - s.bias[k, axis])
    s.bias_n[k] += 1


@_compiled
def _set_thresholds(s: np.record, c: np.record) -> None:
    """Derive the squared thresholds from the floors."""
    for k in range(2):
        on = c.onset_floor_ratio * s.floor[k]
        least = c.onset_min_dps if s.bias_n[k] > 0 else c.onset_unbiased_dps
        if on < least:
            on = least
        rest = c.rest_floor_ratio * s.floor[k]
        if rest < c.rest_min_dps:
            rest = c.rest_min_dps
        if s.bias_n[k] == 0:
            rest = c.rest_unbiased_ratio * on
        vib = c.vibration_floor_ratio * s.floor[2 + k]
        if vib < 1e-3 * c.vibration_min_mg:
            vib = 1e-3 * c.vibration_min_mg
        s.on2[k] = on * on
        s.rest2[k] = rest * rest
        s.vib2[k] = vib * vib
    strip = max(c.strip_floor_ratio * s.floor[4], c.strip_least_counts * abs(c.gain[12]))
    s.strip2 = strip * strip if s.f_n[4] > 1 else 1e300


@_compiled
def _flush(s: np.record) -> None:
    """Set filter memories that decay towards denormal numbers (slow on x86) to zero."""
    for k in range(2):
        for j in range(6):
            if abs(s.zg[k, j]) < TINY:
                s.zg[k, j] = 0.0
            if abs(s.za[k, j]) < TINY:
                s.za[k, j] = 0.0
        h = s.tick & MASK
        if s.v2[k, h] < TINY:
            s.v2[k, h] = 0.0
        if s.rms2[k] < TINY:
            s.rms2[k] = 0.0
    for j in range(4):
        if abs(s.zs[j]) < TINY:
            s.zs[j] = 0.0
    if s.s2[s.tick & MASK] < TINY:
        s.s2[s.tick & MASK] = 0.0


@_compiled
def _close_window(s: np.record, c: np.record) -> None:
    """End a two-second window: floors, bias, thresholds; start the next."""
    for k in range(2):
        s.gravity_ok[k] = 1 if s.w_n[k] == WINDOW else 0
        _mean_accel(s, c, k, s.tick, s.w_a1[k])
        if s.w_n[k] == WINDOW:
            for axis in range(3):
                j = 6 * k + axis
                s.gravity[k, axis] = s.w_asum[k, axis] * c.gain[j] / WINDOW + c.offset[j]
            spread = np.sqrt(s.w_max[k])
            s.spread[k] = spread
            _learn_bias(s, c, k, spread)
            if s.out == 0:
                _push_floor(s, c, k, spread)
                _push_floor(s, c, 2 + k, np.sqrt(s.w_max[2 + k]))
            s.slow[k] = 1 if s.w_fresh[k] < c.fresh_share * WINDOW else 0
        s.w_n[k] = 0
        s.w_fresh[k] = 0
        s.w_max[k] = 0.0
        s.w_max[2 + k] = 0.0
        for axis in range(3):
            s.w_g0[k, axis] = s.gs[k, axis]
            s.w_a0[k, axis] = s.w_a1[k, axis]
            s.w_gsum[k, axis] = 0
            s.w_asum[k, axis] = 0
    if s.w_n[2] == WINDOW and s.out == 0:
        _push_floor(s, c, 4, np.sqrt(s.w_max[4]))
    s.w_n[2] = 0
    s.w_max[4] = 0.0
    _set_thresholds(s, c)
    _flush(s)
    _judge_posture(s, c)


# ---------------------------------------------------------------------------------------------
# 3. up, or in bed: posture, walking, and a strip that feels the legs or does not


@_compiled
def _cosine(a: Records, b: Records) -> float:
    """Cosine of the angle between two directions of gravity [g]; 1 where one is not known."""
    dot, m, n = 0.0, 0.0, 0.0
    for axis in range(3):
        dot += a[axis] * b[axis]
        m += a[axis] * a[axis]
        n += b[axis] * b[axis]
    cosine: float = dot / np.sqrt(m * n) if m * n > 1e-4 else 1.0
    return cosine


@_compiled
def _learn_posture(s: np.record, c: np.record, k: int) -> None:
    """Learn where a shank points while walking, and where it lay before."""
    if s.walking == 1:
        weight = 1.0 if s.upright_n[k] == 0 else 4.0 * c.posture_alpha
        for axis in range(3):
            s.upright[k, axis] += weight * (s.gravity[k, axis] - s.upright[k, axis])
        s.upright_n[k] += 1
        return
    cosine = _cosine(s.gravity[k], s.before[k])
    s.stands[k] = 1 if s.before_n[k] >= c.before_windows and cosine < c.far_cosine else 0
    s.lies[k] = 1 if s.before_n[k] >= c.before_windows and cosine > c.same_cosine else 0
    settled = s.stood_from >= 0 and s.tick - s.stood_from > c.stand_ticks
    if s.out == 0 and s.state[k] == REST and (settled or s.stood_from < 0):
        weight = 1.0 if s.before_n[k] == 0 or settled else c.posture_alpha
        for axis in range(3):
            s.before[k, axis] += weight * (s.gravity[k, axis] - s.before[k, axis])
        s.before_n[k] += 1


@_compiled
def _look_at_shanks(s: np.record, c: np.record) -> tuple[int, int, int]:
    """Count how long both shanks lie, stand and rest.

    Returns
    -------
    tuple of int
        Shanks that were measured, that point as they did in walking, and that could tell lying
        from walking for sure.
    """
    known, upright, telling = 0, 0, 0
    standing, resting, hinting, lying = 0, 0, 0, 0
    for k in range(2):
        if s.gravity_ok[k] == 0:
            continue
        known += 1
        now = _cosine(s.gravity[k], s.upright[k])
        if s.upright_n[k] >= c.upright_windows and now > c.upright_cosine:
            upright += 1
        standing += s.stands[k]
        _learn_posture(s, c, k)
        if s.spread[k] < c.onset_min_dps and s.state[k] == REST:
            resting += 1
        apart, near = 0.0, False
        if s.before_n[k] >= c.before_windows:
            apart = _cosine(s.before[k], s.upright[k])
            near = _cosine(s.gravity[k], s.before[k]) > now
        if apart < c.lying_cosine:
            telling += 1
        if apart < c.apart_cosine:
            hinting += 1
        if apart >= c.apart_cosine or s.upright_n[k] == 0 or now < c.lying_cosine or near:
            lying += 1
    s.lying = s.lying + 1 if hinting > 0 and lying == known else 0
    s.rested = s.rested + WINDOW if known > 0 and resting == known else 0
    if known == 0 or standing < known:
        s.stood_from = -1
    elif s.stood_from < 0:
        s.stood_from = s.tick - 2 * WINDOW
    return known, upright, telling


@_compiled
def _judge_posture(s: np.record, c: np.record) -> None:
    """Judge every two seconds whether the sleeper is up, or back in bed.

    He is up where both shanks point as they did when he walked. He is back where both lie again.
    Where lying and walking do not point the shanks apart, two movements in a row that the strip
    feels, or a rest of both legs that nobody keeps on his feet, say so.
    """
    known, upright, telling = _look_at_shanks(s, c)
    if known > 0:
        s.e_known += WINDOW
    if s.out == 0:
        if s.stood_from >= 0 and upright == known:
            s.walked = s.tick
            _get_up(s, s.stood_from)
        return
    if s.walking == 1:
        s.rested = 0
        return
    vague = telling == 0 or s.upright_n[0] + s.upright_n[1] < c.upright_windows
    if s.lying >= c.lying_windows or (
        vague and (s.felt >= c.felt_count or s.rested >= c.out_rest_ticks)
    ):
        s.out = 0
        return
    longest = c.out_untold_ticks if telling == 0 else c.out_ticks
    if (
        s.felt >= 2 * c.felt_count
        or s.rested >= 2 * c.out_rest_ticks
        or s.tick - s.walked > longest
    ):
        s.out = 0
        s.upright_n[0] = 0
        s.upright_n[1] = 0


@_compiled
def _get_up(s: np.record, since: int) -> None:
    """Note that the sleeper is out of bed; if he stood up before he was seen to, since then."""
    if s.out == 0:
        s.out = 1
        s.out_from = min(since, s.stood_from) if s.stood_from >= 0 else since
        s.lying = 0
        s.rested = 0


@_compiled
def _note_unfelt(s: np.record, c: np.record, onset: int) -> None:
    """Judge by a strong movement that the strip does not feel whether the sleeper is up.

    Two in a row where both shanks point elsewhere; or, within a minute, two soon after a walk, or
    four of the only ankle that is measured, which cannot show a walk as well as two. A strip that
    slid away says so too, but not for long: each time its word counts for less.
    """
    s.unfelt += 1
    if s.unfelt == 1 or onset > s.unfelt_from + c.stand_ticks:
        s.unfelt_from = onset
        s.unfelt_run = 0
    s.unfelt_run += 1
    if s.out == 1:
        return
    if s.feels > c.feels_surely_count:
        walked = s.walked > 0 and s.tick - s.walked < c.out_untold_ticks
        one_ankle = s.valid[0] == 0 or s.valid[1] == 0
        if s.stood_from >= 0 and s.unfelt >= c.felt_count:
            _get_up(s, s.stood_from)
            s.walked = s.tick
            return
        if s.unfelt_run >= (c.felt_count if walked else 2 * c.felt_count) and (walked or one_ankle):
            _get_up(s, s.unfelt_from)
            s.walked = s.tick
    s.feels = max(0, s.feels - 1)


@_compiled
def _note_felt(
    s: np.record,
    c: np.record,
    loud_ticks: int,
    accel_g: float,
    strip_mv: float,
    onset: int,
    end: int,
) -> None:
    """Remember whether the strip feels this sleeper's legs: nobody moves it beside the bed.

    How much it usually feels at least is kept as a lower quartile that follows by steps.
    """
    if loud_ticks >= c.bed_min_ticks:
        ratio = strip_mv / max(accel_g, 0.001)
        if s.feels == 0:
            s.feel_mv = ratio
        s.feel_mv *= c.quartile_down_ratio if ratio < s.feel_mv else c.quartile_up_ratio
        if onset > s.felt_end + c.quiet_ticks:
            s.felt += 1
        s.felt_end = end
        s.unfelt = 0
        s.feels = min(c.feels_most_count, s.feels + 1)
        return
    expected_mv: float = accel_g * s.feel_mv
    if loud_ticks == 0 and expected_mv > c.felt_ratio * np.sqrt(s.strip2):
        s.felt = 0
        _note_unfelt(s, c, onset)


@_compiled
def _stands_up(s: np.record, c: np.record) -> bool:
    """Whether both shanks point this moment as they did in walking, and not as they lay."""
    known, upright = 0, 0
    for k in range(2):
        if s.valid[k] == 0:
            continue
        known += 1
        _find_gravity(s, c, k)
        if (
            s.upright_n[k] >= c.upright_windows
            and s.before_n[k] >= c.before_windows
            and _cosine(s.pull[k], s.upright[k]) > c.upright_cosine
            and _cosine(s.pull[k], s.before[k]) < c.far_cosine
        ):
            upright += 1
    return known > 0 and upright == known


@_compiled
def _step_walk(s: np.record, c: np.record) -> None:
    """Decide whether the sleeper walks: both shanks turn fast, for seconds, without rest.

    Fast alone is enough unless the strip felt nearly all of it; where both shanks still point to
    where they lay, only for longer than any kick. Slow strides are believed where both shanks stand
    up from where they lay, or where a strip that feels this sleeper's kicks is silent for longer
    than any kick.
    """
    t = s.tick
    seen, fast, slow, far, paused = False, True, True, True, True
    stopped, still = False, True
    since = t
    for k in range(2):
        if s.valid[k] == 0:
            continue
        seen = True
        fast = fast and s.rms2[k] >= c.walk_on_dps * c.walk_on_dps
        slow = slow and s.rms2[k] >= c.walk_slow_dps * c.walk_slow_dps
        stopped = stopped or s.rms2[k] < c.walk_off_dps * c.walk_off_dps
        if s.state[k] == MOVING and s.g2[k, t & MASK] > s.rest2[k]:
            if t - s.busy_to[k] > c.walk_pause_ticks:
                s.busy_from[k] = t
                if t - s.busy_to[1 - k] > c.walk_pause_ticks:
                    s.busy_loud = 0
            s.busy_to[k] = t
        if t - s.busy_to[k] <= c.walk_pause_ticks:
            paused = False
            since = min(since, s.busy_from[k])
        far = far and s.stands[k] == 1
        still = still and s.lies[k] == 1
    if s.s2[t & MASK] > s.strip2:
        s.busy_loud += 1
    if s.walking == 1:
        s.walked = t
        if stopped or paused or not seen:
            s.walking = 0
        return
    length = t - since
    if not (seen and slow) or length < c.walk_min_ticks:
        return
    heard = s.valid[2] > 0 and s.f_n[4] > 4
    loud = s.busy_loud
    feels = heard and s.feels > c.feels_surely_count
    silent = feels and loud < c.walk_silent_share * length
    mute = feels and loud < c.walk_mute_share * length
    felt = heard and loud > c.walk_loud_share * length
    long = length >= c.walk_long_ticks
    if (fast and not felt and (long or not still)) or (far and (long or mute)) or (long and silent):
        s.walking = 1
        s.walked = t
        s.felt = 0
        _get_up(s, since)


# ---------------------------------------------------------------------------------------------
# 4. leg movements written down and measured


@_compiled
def _find_gravity(s: np.record, c: np.record, k: int) -> None:
    """Put the mean acceleration of the last 0.32 s [g] where `_chord2` reads it."""
    _mean_accel(s, c, k, s.tick, s.pull[k])


@_compiled
def _apart2(a: Records, b: Records) -> float:
    """Squared distance [about rad^2] of two directions of gravity; 0 in free fall."""
    m = np.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2])
    n = np.sqrt(b[0] * b[0] + b[1] * b[1] + b[2] * b[2])
    if m < LEAST_G or n < LEAST_G:
        return 0.0
    x, y, z = a[0] / m - b[0] / n, a[1] / m - b[1] / n, a[2] / m - b[2] / n
    apart2: float = x * x + y * y + z * z
    return apart2


@_compiled
def _chord2(s: np.record, k: int, at: Records) -> float:
    """Squared distance [about rad^2] of the direction of gravity found last from another."""
    return _apart2(s.pull[k], at)


@_compiled
def _emit_leg(
    s: np.record,
    c: np.record,
    k: int,
    f: Records,
    rest2: float,
    onset: int,
    end: int,
    outcome: int,
    events: Records,
    count: int,
) -> int:
    """Write one monolateral movement with features `f` that ended `rest2` from where it began."""
    e = events[count]
    other = 1 - k
    e.code = LEG
    e.device = k
    e.onset = onset
    e.end = end if end > onset else onset + 1
    e.decided = s.tick
    e.outcome = outcome
    e.walk = int(f[F_WALK])
    e.edge = 0 if s.has_ref[k] == 1 else 1
    e.strip_ok = 1 if s.valid[2] > 0 and s.f_n[4] > 4 else 0
    e.other_ok = 1 if s.valid[other] > 0 else 0
    e.strip_first = int(f[F_S_FIRST])
    e.strip_last = int(f[F_S_LAST])
    e.strip_count = int(f[F_S_COUNT])
    e.rate_dps = np.sqrt(f[F_RATE2])
    e.turn_deg = np.sqrt(f[F_TURN2])
    e.path_deg = f[F_PATH]
    e.tilt_chord = np.sqrt(f[F_TILT2])
    e.rest_chord = np.sqrt(rest2)
    e.accel_g = np.sqrt(f[F_ACCEL2])
    e.strip_mv = np.sqrt(f[F_STRIP2])
    e.strip_early = np.sqrt(f[F_EARLY2])
    e.strip_floor = s.floor[4]
    e.strip_threshold = np.sqrt(s.strip2)
    e.own_vib_g = np.sqrt(f[F_VOWN2])
    e.other_vib_g = np.sqrt(f[F_VOTHER2])
    e.other_early_g = np.sqrt(f[F_OTHER_EARLY2])
    for axis in range(3):
        e.turned_deg[axis] = f[F_TURN_X + axis]
    e.own_floor_g = s.floor[2 + k]
    e.other_floor_g = s.floor[2 + other]
    e.other_rate_dps = np.sqrt(f[F_OTHER2])
    e.lively = f[F_LIVELY] / f[F_TICKS] if f[F_TICKS] > 0.0 else 1.0
    e.core = int(f[F_CORE]) + 1 - onset
    e.common = f[F_COMMON] / f[F_ALL] if f[F_ALL] > 0.0 else -1.0
    both2 = f[F_OWN2] * f[F_THEIRS2]
    e.alike = f[F_BOTH] / np.sqrt(both2) if both2 > 0.0 else 0.0
    e.late = f[F_LATE] / f[F_ENERGY] if f[F_ENERGY] > 0.0 else 0.0
    _tell_own(c, f, e)
    if s.out == 0 and _stands_up(s, c):
        s.walked = s.tick
        _get_up(s, s.tick)
    if e.strip_ok == 1 and e.walk == 0 and onset > s.walked:
        _note_felt(s, c, e.strip_count, e.accel_g, e.strip_mv, e.onset, e.end)
    e.out = s.out
    return count + 1


@_compiled
def _tell_own(c: np.record, f: Records, e: np.record) -> None:
    """Write when a leg turned by itself, and how alike both ankles shook before and after.

    From the first slow turn to the last that is at least `slow_share` of the largest one.
    """
    e.slow_deg = np.sqrt(f[F_SLOW2])
    e.own_onset, e.own_end = e.onset, e.end
    e.head_common, e.tail_common = -1.0, -1.0
    e.tail_g = 0.0
    j = 0
    step_deg = 2.0 * c.slow_least_deg
    while j + 1 < SLOW_STEPS and step_deg <= c.slow_share * e.slow_deg:
        j += 1
        step_deg *= 2.0
    onset = max(e.onset, int(f[F_FIRST + j]) - SLOW + SLOW // 4)
    end = min(e.end, int(f[F_LAST + j]) - SLOW // 4)
    if f[F_FIRST + j] < 0.0 or onset >= end:
        return
    e.own_onset, e.own_end = onset, end
    head, tail = f[F_HEAD_ALL + j], f[F_ALL] - f[F_BODY_ALL + j]
    if head > 0.0:
        e.head_common = f[F_HEAD_COMMON + j] / head
    if tail > 0.0:
        e.tail_common = (f[F_COMMON] - f[F_BODY_COMMON + j]) / tail
    e.tail_g = tail / max(1, e.end - end)


@_compiled
def _clear_features(s: np.record, k: int) -> None:
    """Start a movement's features."""
    for j in range(FEATURES):
        s.f[k, j] = 0.0
    s.f[k, F_S_FIRST] = -1.0
    s.f[k, F_S_LAST] = -1.0
    for j in range(SLOW_STEPS):
        s.f[k, F_FIRST + j] = -1.0
        s.f[k, F_LAST + j] = -1.0
    for i in range(SLOW_RING):
        for axis in range(3):
            s.turn_was[k, i, axis] = s.turn[k, axis]


@_compiled
def _merge_slow(into: Records, f: Records) -> None:
    """Put a movement's slow turns after those of the one before it."""
    if f[F_SLOW2] > into[F_SLOW2]:
        into[F_SLOW2] = f[F_SLOW2]
    for j in range(SLOW_STEPS):
        if f[F_LAST + j] < 0.0:
            return
        if into[F_FIRST + j] < 0.0:
            into[F_FIRST + j] = f[F_FIRST + j]
            into[F_HEAD_COMMON + j] = into[F_COMMON] + f[F_HEAD_COMMON + j]
            into[F_HEAD_ALL + j] = into[F_ALL] + f[F_HEAD_ALL + j]
        into[F_LAST + j] = f[F_LAST + j]
        into[F_BODY_COMMON + j] = into[F_COMMON] + f[F_BODY_COMMON + j]
        into[F_BODY_ALL + j] = into[F_ALL] + f[F_BODY_ALL + j]


@_compiled
def _merge_features(into: Records, f: Records) -> None:
    """Put a movement's features into those of the one before it: they are one movement."""
    _merge_slow(into, f)
    if f[F_TURN2] > into[F_TURN2]:
        for j in range(F_TURN_X, F_SLOW2):
            into[j] = f[j]
    for j in range(F_EARLY2):
        a, b = into[j], f[j]
        if j in SUMS:
            into[j] = a + b
        elif j == F_S_FIRST:
            if a < 0.0:
                into[j] = b
        elif b > a:
            into[j] = b


@_compiled
def _merge_levels(s: np.record, k: int, first: int) -> Records:
    """Put what led through all held positions from `first` on together; return it."""
    whole: Records = s.held_f[k, first]
    for later in range(first + 1, s.depth[k]):
        _merge_features(whole, s.held_f[k, later])
    return whole


@_compiled
def _emit_held(s: np.record, c: np.record, k: int, events: Records, count: int) -> int:
    """Write what led a leg away as one movement that stayed, and each that it made from there."""
    levels = s.depth[k]
    f = _merge_levels(s, k, ZERO)
    outcome = _left_there(s, c, k, levels)
    rest2 = _apart2(s.at[k, 0], s.at[k, levels])
    onset, end = s.held_onset[k, 0], s.held_end[k, levels - 1]
    count = _emit_leg(s, c, k, f, rest2, onset, end, outcome, events, count)
    for i in range(s.inner[k]):
        onset, end = s.inner_onset[k, i], s.inner_end[k, i]
        count = _emit_leg(s, c, k, s.inner_f[k, i], 0.0, onset, end, RETURNED, events, count)
    s.inner[k] = 0
    s.depth[k] = 0
    s.state[k] = REST
    return count


@_compiled
def _emit_whole(
    s: np.record, c: np.record, k: int, end: int, outcome: int, events: Records, count: int
) -> int:
    """Write what led a leg away, what it did there, and what led it back as one movement."""
    f = _merge_levels(s, k, ZERO)
    for i in range(s.inner[k]):
        _merge_features(f, s.inner_f[k, i])
    rest2 = _chord2(s, k, s.at[k, 0])
    s.inner[k] = 0
    s.depth[k] = 0
    s.state[k] = REST
    return _emit_leg(s, c, k, f, rest2, s.held_onset[k, 0], end, outcome, events, count)


@_compiled
def _cut_leg(s: np.record, c: np.record, k: int, end: int, events: Records, count: int) -> int:
    """End what is open on a leg at a gap's edge: nothing is known of what follows."""
    depth = s.depth[k]
    if s.state[k] == HELD:
        last = s.held_end[k, depth - 1]
        if s.inner[k] > 0:
            last = s.inner_end[k, s.inner[k] - 1]
        return _emit_whole(s, c, k, last, CUT, events, count)
    if s.state[k] == MOVING:
        s.last_end[k] = end
        if depth > 0:
            _merge_features(s.held_f[k, depth - 1], s.f[k])
            return _emit_whole(s, c, k, end, CUT, events, count)
        s.state[k] = REST
        rest2 = _chord2(s, k, s.at[k, 0])
        return _emit_leg(s, c, k, s.f[k], rest2, s.onset[k], end, CUT, events, count)
    return count


@_compiled
def _is_lively(s: np.record, c: np.record, k: int, u: int) -> bool:
    """Whether tick `u` brings more than a straight line through the last two: a fresh sample.

    A gyroscope read slower than 100 Hz and held or interpolated gives straight lines, whatever
    noise its accelerometer has.
    """
    a, b, d = u & MASK, (u - 1) & MASK, (u - 2) & MASK
    for j in range(6 * k + 3, 6 * k + 6):
        bend = abs(s.raw[a, j] - 2 * s.raw[b, j] + s.raw[d, j])
        if bend > c.lively_counts and bend * abs(c.gain[j]) > c.lively_dps:
            return True
    return False


@_compiled
def _turn_leg(s: np.record, c: np.record, k: int, u: int, ticks: float) -> None:
    """Turn a leg by what its gyroscope says of tick `u`, so many times; backwards if negative."""
    for axis in range(3):
        j = 6 * k + 3 + axis
        rate = s.raw[u & MASK, j] * c.gain[j] + c.offset[j] - s.bias[k, axis]
        s.turn[k, axis] += 0.01 * ticks * rate


@_compiled
def _measure(s: np.record, c: np.record, k: int, u: int) -> None:
    """Take tick `u` of a moving leg into its features: rate, vibration, the other leg."""
    h = u & MASK
    other = 1 - k
    if s.g2[k, h] > s.f[k, F_RATE2]:
        s.f[k, F_RATE2] = s.g2[k, h]
    if s.g2[other, h] > s.f[k, F_OTHER2]:
        s.f[k, F_OTHER2] = s.g2[other, h]
    if s.v2[k, h] > s.f[k, F_VOWN2]:
        s.f[k, F_VOWN2] = s.v2[k, h]
    if s.v2[other, h] > s.f[k, F_VOTHER2]:
        s.f[k, F_VOTHER2] = s.v2[other, h]
    _turn_leg(s, c, k, u, 1.0)
    turn2 = 0.0
    accel2 = 0.0
    for axis in range(3):
        j = 6 * k + axis
        d = s.turn[k, axis] - s.at_turn[k, s.depth[k], axis]
        turn2 += d * d
        d = s.raw[h, j] * c.gain[j] + c.offset[j] - s.pull[k, axis]
        accel2 += d * d
    if turn2 > s.f[k, F_TURN2]:
        s.f[k, F_TURN2] = turn2
        for axis in range(3):
            s.f[k, F_TURN_X + axis] = s.turn[k, axis] - s.at_turn[k, s.depth[k], axis]
    if accel2 > s.f[k, F_ACCEL2]:
        s.f[k, F_ACCEL2] = accel2
    _measure_slow(s, c, k, u)
    s.f[k, F_ENERGY] += s.v2[k, h]
    if u - s.onset[k] >= c.late_ticks:
        s.f[k, F_LATE] += s.v2[k, h]
    if s.walking == 1:
        s.f[k, F_WALK] += 1.0
    if s.g2[k, h] > c.core_ratio * c.core_ratio * s.f[k, F_RATE2]:
        s.f[k, F_CORE] = u
        s.f[k, F_PATH] += 0.01 * np.sqrt(s.g2[k, h])
    s.f[k, F_TICKS] += 1.0
    if _is_lively(s, c, k, u):
        s.f[k, F_LIVELY] += 1.0


@_compiled
def _measure_slow(s: np.record, c: np.record, k: int, u: int) -> None:
    """Take into a leg's features how far it has turned in the last `SLOW` ticks, up to tick `u`.

    A bed that shakes a leg turns it to and fro several times a second; its muscles turn it one way
    and back. What both ankles had shaken `lag_ticks` ago is what they shook before it turned.
    """
    slow2 = 0.0
    for axis in range(3):
        d = s.turn[k, axis] - s.turn_was[k, (u - SLOW) & (SLOW_RING - 1), axis]
        s.turn_was[k, u & (SLOW_RING - 1), axis] = s.turn[k, axis]
        slow2 += d * d
    if slow2 > s.f[k, F_SLOW2]:
        s.f[k, F_SLOW2] = slow2
    step2 = c.slow_least_deg * c.slow_least_deg
    for j in range(SLOW_STEPS):
        if slow2 < step2:
            return
        if s.f[k, F_FIRST + j] < 0.0:
            s.f[k, F_FIRST + j] = u
            s.f[k, F_HEAD_COMMON + j] = s.f[k, F_COMMON]
            s.f[k, F_HEAD_ALL + j] = s.f[k, F_ALL]
        s.f[k, F_LAST + j] = u
        step2 *= 4.0


@_compiled
def _measure_bed(s: np.record, c: np.record, k: int, u: int) -> None:
    """Take tick `u` of strip and both ankles' vibration into a moving leg's features."""
    h = u & MASK
    early = u - s.onset[k] < c.early_ticks
    if early and s.v2[1 - k, h] > s.f[k, F_OTHER_EARLY2]:
        s.f[k, F_OTHER_EARLY2] = s.v2[1 - k, h]
    if s.valid[2] > 0:
        if s.s2[h] > s.f[k, F_STRIP2]:
            s.f[k, F_STRIP2] = s.s2[h]
            if early:
                s.f[k, F_EARLY2] = s.s2[h]
        if s.s2[h] > s.strip2:
            s.f[k, F_S_COUNT] += 1.0
            s.f[k, F_S_LAST] = u
            if s.f[k, F_S_FIRST] < 0.0:
                s.f[k, F_S_FIRST] = u
    if s.valid[0] > 0 and s.valid[1] > 0:
        a = np.sqrt(s.v2[0, h]) - s.floor[2]
        b = np.sqrt(s.v2[1, h]) - s.floor[3]
        a = max(0.0, a)
        b = max(0.0, b)
        s.f[k, F_COMMON] += min(b, a)
        s.f[k, F_ALL] += max(a, b)
        s.f[k, F_OWN2] += a * a
        s.f[k, F_BOTH] += a * b
        s.f[k, F_THEIRS2] += b * b
    for j in range(SLOW_STEPS):
        if u > s.f[k, F_LAST + j]:
            return
        s.f[k, F_BODY_COMMON + j] = s.f[k, F_COMMON]
        s.f[k, F_BODY_ALL + j] = s.f[k, F_ALL]


# ---------------------------------------------------------------------------------------------
# 5. a leg at rest, moving, or held away from where it began


@_compiled
def _open_leg(s: np.record, c: np.record, k: int) -> None:
    """Begin a movement: look back for its onset, remember where the leg was before."""
    t = s.tick
    first = s.since[k] + 1
    depth = s.depth[k]
    if depth > 0:
        first = max(first, s.held_end[k, depth - 1] + c.delay_ticks + 1)
    u = t
    while u - 3 > first and u > t - c.backtrack_ticks:
        if (
            s.g2[k, (u - 1) & MASK] < s.rest2[k]
            and s.g2[k, (u - 2) & MASK] < s.rest2[k]
            and s.g2[k, (u - 3) & MASK] < s.rest2[k]
        ):
            break
        u -= 1
    onset = u - c.delay_ticks
    if onset < first - 1:
        onset = first - 1
    before = onset - 4
    if depth == 0:
        s.has_ref[k] = 1 if before - MEAN >= first - 1 and u > t - c.backtrack_ticks else 0
        _mean_accel(s, c, k, before, s.at[k, 0])
        for axis in range(3):
            s.turn[k, axis] = 0.0
            s.at_turn[k, 0, axis] = 0.0
    else:  # a held leg's turn was followed all along
        for v in range(onset, t + 1):
            _turn_leg(s, c, k, v, -1.0)
    _find_gravity(s, c, k)
    _clear_features(s, k)
    s.onset[k] = onset
    s.state[k] = MOVING
    s.quiet[k] = 0
    s.hot[k] = 0
    for v in range(onset, t):
        _measure(s, c, k, v)
    start = onset - c.lag_ticks
    if start < 0:
        start = 0
    for v in range(start, t - c.lag_ticks):
        _measure_bed(s, c, k, v)


@_compiled
def _away(c: np.record, chord2: float, peak2: float, factor: float) -> bool:
    """Whether the leg is still away from where it began, by gravity."""
    limit2 = c.hold_deg * c.hold_deg / (DEG * DEG)
    share2 = c.hold_ratio * c.hold_ratio * peak2
    if share2 > limit2:
        limit2 = share2
    away: bool = chord2 > factor * limit2
    return away


@_compiled
def _turned_round(c: np.record, ref: Records, turn: Records, base: Records, chord2: float) -> float:
    """Return how far a leg is turned about the vertical [deg], which gravity does not show.

    Believed only where the gyroscope's turn about the horizontal agrees with gravity, as it does
    in a rotation and does not in a rattle: 0 otherwise. `turn` counts from `base`, `ref` is gravity
    there, `chord2` says how far gravity has moved since.
    """
    n2, all2, up = 0.0, 0.0, 0.0
    for axis in range(3):
        d = turn[axis] - base[axis]
        n2 += ref[axis] * ref[axis]
        all2 += d * d
        up += d * ref[axis]
    if n2 < 0.01:
        return 0.0
    up = abs(up) / np.sqrt(n2)
    flat2 = all2 - up * up
    flat = np.sqrt(flat2) if flat2 > 0.0 else 0.0
    agrees = abs(flat - DEG * np.sqrt(chord2)) < c.agree_deg + c.agree_ratio * up
    return up if agrees else 0.0


@_compiled
def _away_upright(
    c: np.record, ref: Records, turn: Records, base: Records, chord2: float, peak2: float
) -> bool:
    """Whether a leg is turned away about the vertical; arguments as of `_turned_round`."""
    limit = max(c.hold_ratio * np.sqrt(peak2), c.hold_round_ratio * c.hold_deg)
    away: bool = _turned_round(c, ref, turn, base, chord2) > limit
    return away


@_compiled
def _left_there(s: np.record, c: np.record, k: int, levels: int) -> int:
    """Return whether a leg that never came back changed its posture, or only ended a little off."""
    tilt_deg = DEG * np.sqrt(s.held_f[k, 0, F_TILT2])
    rest2 = _apart2(s.at[k, 0], s.at[k, levels])
    if DEG * np.sqrt(rest2) > max(c.posture_deg, c.posture_ratio * tilt_deg):
        return POSTURE
    turned_deg = np.sqrt(s.held_f[k, 0, F_TURN2])
    limit = max(c.round_deg, c.posture_ratio * turned_deg, c.round_ratio * tilt_deg)
    up = _turned_round(c, s.at[k, 0], s.at_turn[k, levels], s.at_turn[k, 0], rest2)
    return POSTURE if up > limit else RETURNED


@_compiled
def _hold(s: np.record, k: int, end: int, weak: int) -> None:
    """Keep the movement open: the leg rests, but not where it began."""
    depth = s.depth[k]
    for j in range(FEATURES):
        s.held_f[k, depth, j] = s.f[k, j]
    for axis in range(3):
        s.at[k, depth + 1, axis] = s.pull[k, axis]
        s.at_turn[k, depth + 1, axis] = s.turn[k, axis]
    s.held_onset[k, depth] = s.onset[k]
    s.held_end[k, depth] = end
    s.held_weak[k, depth] = weak
    s.depth[k] = depth + 1
    s.state[k] = HELD
    s.hot[k] = 0


@_compiled
def _find_level(s: np.record, c: np.record, k: int) -> tuple[int, bool]:
    """Return which of the positions since it began a leg is back in, and whether by turn only.

    The outermost counts; one more than there are: it is in none of them.
    """
    depth = s.depth[k]
    tilt2, turn2 = s.f[k, F_TILT2], s.f[k, F_TURN2]
    found, weak = depth + 1, False
    for level in range(depth, -1, -1):
        if level < depth:
            tilt2, turn2 = s.held_f[k, level, F_TILT2], s.held_f[k, level, F_TURN2]
            for later in range(level + 1, depth):
                tilt2 = max(tilt2, s.held_f[k, later, F_TILT2])
                turn2 = max(turn2, s.held_f[k, later, F_TURN2])
        at = s.at[k, level]
        chord2 = _chord2(s, k, at)
        away = _away(c, chord2, tilt2, 1.0)
        if not away and (level == depth or s.held_weak[k, depth - 1] == 1):
            away = _away_upright(c, at, s.turn[k], s.at_turn[k, level], chord2, turn2)
            weak = weak or (away and level == depth)
        if not away:
            found = level
    return found, weak


@_compiled
def _is_twitch(s: np.record, c: np.record, k: int) -> bool:
    """Whether a held leg only twitched: a flexed leg trembles."""
    depth = s.depth[k]
    if depth == 0 or _apart2(s.at[k, 0], s.at[k, depth]) >= (c.body_tilt_deg / DEG) ** 2:
        return False
    limit2 = c.twitch_ratio * c.twitch_ratio * s.held_f[k, depth - 1, F_RATE2]
    twitch: bool = s.f[k, F_RATE2] < limit2
    return twitch


@_compiled
def _gather(s: np.record, k: int, level: int) -> None:
    """Put all that led from a held position away and back to it into the current movement."""
    if level == s.depth[k]:
        return
    whole = _merge_levels(s, k, level)
    _merge_features(whole, s.f[k])
    for j in range(FEATURES):
        s.f[k, j] = whole[j]
    s.onset[k] = s.held_onset[k, level]
    s.depth[k] = level


@_compiled
def _back_in_pause(
    s: np.record, c: np.record, k: int, level: int, end: int, events: Records, count: int
) -> int:
    """End a movement back in a position in which the leg had paused: it waits for what follows.

    One kick, if the leg comes back from there; else a movement of its own after a change of
    posture. A shank that went as far as to stand is not held: who gets up is told at once.
    """
    _gather(s, k, level)
    s.hot[k] = 0
    i = s.inner[k]
    near = _cosine(s.at[k, 0], s.at[k, level]) > c.far_cosine
    if near and i < INNER and end - s.held_onset[k, 0] <= c.hold_ticks:
        for j in range(FEATURES):
            s.inner_f[k, i, j] = s.f[k, j]
        s.inner_onset[k, i] = s.onset[k]
        s.inner_end[k, i] = end
        s.inner[k] = i + 1
        s.state[k] = HELD
        return count
    rest2 = _chord2(s, k, s.at[k, level])
    count = _emit_held(s, c, k, events, count)
    return _emit_leg(s, c, k, s.f[k], rest2, s.onset[k], end, RETURNED, events, count)


@_compiled
def _rest_leg(s: np.record, c: np.record, k: int, events: Records, count: int) -> int:
    """Decide on a movement after 0.5 s of quiet: over, or held.

    A leg may go and come back by steps: it rests in several positions before it is back in the
    first, and kicks once more out of one of them. Once it stays away, what led there was a change
    of posture, and what came after a movement of its own.
    """
    end = s.tick - c.quiet_ticks + 1 - c.delay_ticks
    s.last_end[k] = end
    _find_gravity(s, c, k)
    depth = s.depth[k]
    level, weak = _find_level(s, c, k)
    if level == 0 and depth > 0:
        _merge_features(s.held_f[k, depth - 1], s.f[k])
        return _emit_whole(s, c, k, end, RETURNED, events, count)
    if level == depth and _is_twitch(s, c, k):
        _merge_features(s.held_f[k, depth - 1], s.f[k])
        s.state[k] = HELD
        s.hot[k] = 0
        return count
    if depth > 0 and level <= depth:
        return _back_in_pause(s, c, k, level, end, events, count)
    if level == depth or s.has_ref[k] == 0:
        rest2 = _chord2(s, k, s.at[k, 0])
        s.state[k] = REST
        return _emit_leg(s, c, k, s.f[k], rest2, s.onset[k], end, RETURNED, events, count)
    if depth == LEVELS or (depth > 0 and end - s.held_onset[k, 0] > c.hold_ticks):
        count = _emit_held(s, c, k, events, count)
        for axis in range(3):
            s.at[k, 0, axis] = s.at[k, depth, axis]
            s.turn[k, axis] -= s.at_turn[k, depth, axis]
            s.at_turn[k, 0, axis] = 0.0
    _hold(s, k, end, 1 if weak else 0)
    return count


@_compiled
def _hold_leg(s: np.record, c: np.record, k: int, events: Records, count: int) -> int:
    """One tick of a held leg: moves again, slid back, or stays for good."""
    t = s.tick
    _turn_leg(s, c, k, t, 1.0)
    g2 = s.g2[k, t & MASK]
    hot2 = c.wake_ratio * c.wake_ratio * s.rest2[k]
    last = s.depth[k] - 1
    ring2 = c.wake_ring_ratio * c.rest_peak_ratio * c.rest_peak_ratio * s.held_f[k, last, F_RATE2]
    s.hot[k] = s.hot[k] + 1 if g2 > hot2 and g2 > ring2 else 0
    if s.hot[k] >= c.wake_ticks:
        _open_leg(s, c, k)
        _measure(s, c, k, t)
        return count
    if s.held_weak[k, last] == 0 and (t & 7) == 0:
        _find_gravity(s, c, k)
        tilt2 = s.held_f[k, 0, F_TILT2]
        if not _away(c, _chord2(s, k, s.at[k, 0]), tilt2, c.slid_ratio * c.slid_ratio):
            s.last_end[k] = t - MEAN // 2
            return _emit_whole(s, c, k, t - MEAN // 2, RETURNED, events, count)
    held = t - s.held_end[k, last]
    if held >= c.hold_ticks or (held == c.slack_ticks and _is_slack(s, c, k)):
        count = _emit_held(s, c, k, events, count)
    return count


@_compiled
def _is_slack(s: np.record, c: np.record, k: int) -> bool:
    """Whether a held leg has come back most of the way: what is left of its excursion is no hold.

    By gravity and by the gyroscope.
    """
    _find_gravity(s, c, k)
    near = c.slack_ratio / c.hold_ratio
    chord2 = _chord2(s, k, s.at[k, 0])
    turn2 = 0.0
    for axis in range(3):
        d = s.turn[k, axis] - s.at_turn[k, 0, axis]
        turn2 += d * d
    away = _away(c, chord2, s.held_f[k, 0, F_TILT2], near * near)
    slack: bool = not away and turn2 < c.slack_ratio * c.slack_ratio * s.held_f[k, 0, F_TURN2]
    return slack


@_compiled
def _step_leg(s: np.record, c: np.record, k: int, events: Records, count: int) -> int:
    """Move one leg's state machine one tick on."""
    if s.valid[k] == 0:
        return count
    t = s.tick
    g2 = s.g2[k, t & MASK]
    if s.state[k] == REST:
        if g2 > s.on2[k] and t - s.since[k] >= c.settle_ticks:
            _open_leg(s, c, k)
            _measure(s, c, k, t)
        return count
    if s.state[k] == HELD:
        return _hold_leg(s, c, k, events, count)
    _measure(s, c, k, t)
    if (t & 3) == 0:
        _find_gravity(s, c, k)
    if s.has_ref[k] == 1 and (t & 3) == 0:
        tilt2 = _chord2(s, k, s.at[k, s.depth[k]])
        s.f[k, F_TILT2] = max(s.f[k, F_TILT2], tilt2)
    rest2 = c.rest_peak_ratio * c.rest_peak_ratio * s.f[k, F_RATE2]
    if s.rest2[k] > rest2:
        rest2 = s.rest2[k]
    s.quiet[k] = s.quiet[k] + 1 if g2 < rest2 else 0
    if s.quiet[k] >= c.quiet_ticks:
        return _rest_leg(s, c, k, events, count)
    if t - s.onset[k] >= c.longest_ticks:
        return _cut_leg(s, c, k, t, events, count)
    return count


# ---------------------------------------------------------------------------------------------
# 6. the bed: what shakes strip and ankles while no leg moves


@_compiled
def _emit_bed(s: np.record, events: Records, count: int) -> int:
    """Write a disturbance of the bed that no leg explains."""
    e = events[count]
    e.code = BED
    e.device = 2
    e.onset = s.b_start
    e.end = s.b_last + 1
    e.decided = s.tick
    e.strip_ok = 1 if s.valid[2] > 0 and s.f_n[4] > 4 else 0
    e.other_ok = 1 if s.valid[0] > 0 and s.valid[1] > 0 else 0
    e.strip_count = s.b_count
    e.strip_mv = np.sqrt(s.b_strip2)
    e.strip_floor = s.floor[4]
    e.strip_threshold = np.sqrt(s.strip2)
    e.own_vib_g = np.sqrt(s.b_v2[0])
    e.other_vib_g = np.sqrt(s.b_v2[1])
    e.own_floor_g = s.floor[2]
    e.other_floor_g = s.floor[3]
    e.rate_dps = np.sqrt(max(s.b_g2[1], s.b_g2[0]))
    e.common = s.b_common / s.b_all if s.b_all > 0.0 else -1.0
    s.b_open = 0
    return count + 1


@_compiled
def _step_dying(s: np.record, c: np.record, u: int, explained: bool) -> None:
    """Follow how the shaking that a leg left behind dies away, at both ankles and the strip.

    Bed and straps ring on after the leg has stopped. However long that takes, it only gets less;
    whoever moves on top of it makes it grow again.
    """
    h = u & MASK
    if u - s.dying_at > c.bed_quiet_ticks:
        for j in range(3):
            s.dying2[j] = 0.0
    s.dying_at = u
    for j in range(3):
        level2 = s.s2[h] if j == 2 else s.v2[j, h]
        if explained or level2 < s.dying2[j]:
            s.dying2[j] = level2


@_compiled
def _step_bed(s: np.record, c: np.record, events: Records, count: int) -> int:
    """Look at the bed `lag_ticks` ago, when legs that began to move by now are known."""
    u = s.tick - c.lag_ticks
    if u < 0:
        return count
    h = u & MASK
    explained = False
    for k in range(2):
        if s.state[k] == MOVING:
            if u >= s.onset[k] - c.lag_ticks:
                _measure_bed(s, c, k, u)
            if u >= s.onset[k] - c.lead_ticks:
                explained = True
        if u <= s.last_end[k] + c.ring_ticks:
            explained = True
    _step_dying(s, c, u, explained)
    active = False
    if not explained:
        swell2 = c.swell_ratio * c.swell_ratio if s.b_open == 0 else 0.0
        strip = (
            s.valid[2] > 0
            and s.tick - s.since[2] >= c.settle_ticks
            and s.s2[h] > s.strip2
            and s.s2[h] > swell2 * s.dying2[2]
        )
        both = (
            s.valid[0] > 0
            and s.tick - s.since[0] >= c.settle_ticks
            and s.valid[1] > 0
            and s.tick - s.since[1] >= c.settle_ticks
            and s.slow[0] == 0
            and s.slow[1] == 0
            and s.v2[0, h] > s.vib2[0]
            and s.v2[1, h] > s.vib2[1]
            and s.v2[0, h] > swell2 * s.dying2[0]
            and s.v2[1, h] > swell2 * s.dying2[1]
        )
        active = strip or both
    if active:
        if s.b_open == 0:
            s.b_open = 1
            s.b_start = u
            s.b_count = 0
            s.b_strip2 = 0.0
            s.b_common = 0.0
            s.b_all = 0.0
            for k in range(2):
                s.b_v2[k] = 0.0
                s.b_g2[k] = 0.0
        s.b_last = u
        s.b_count += 1
        if s.s2[h] > s.b_strip2:
            s.b_strip2 = s.s2[h]
        for k in range(2):
            if s.v2[k, h] > s.b_v2[k]:
                s.b_v2[k] = s.v2[k, h]
            if s.g2[k, h] > s.b_g2[k]:
                s.b_g2[k] = s.g2[k, h]
        a, b = np.sqrt(s.v2[0, h]), np.sqrt(s.v2[1, h])
        s.b_common += min(b, a)
        s.b_all += max(a, b)
    elif s.b_open == 1 and u - s.b_last >= c.bed_quiet_ticks:
        return _emit_bed(s, events, count)
    if s.b_open == 1 and u - s.b_start >= c.longest_ticks:
        return _emit_bed(s, events, count)
    return count


# ---------------------------------------------------------------------------------------------
# 7. one tick, and all of them


@_compiled
def _step_pending(s: np.record, events: Records, count: int) -> int:
    """Say which movements are begun and not decided: whoever combines them has to wait."""
    for device in range(3):
        onset = -1
        if device == 2:
            if s.b_open == 1:
                onset = s.b_start
        elif s.state[device] != REST and s.depth[device] > 0:
            onset = s.held_onset[device, 0]
        elif s.state[device] == MOVING:
            onset = s.onset[device]
        if onset != s.pending[device]:
            s.pending[device] = onset
            e = events[count]
            e.code = PENDING
            e.device = device
            e.onset = onset
            e.decided = s.tick
            count += 1
    return count


@_compiled
def _emit_out(s: np.record, events: Records, count: int) -> int:
    """Say since when the sleeper is up, or that he is back."""
    e = events[count]
    e.code = OUT
    e.onset = s.out_from
    e.end = s.tick
    e.decided = s.tick
    e.out = s.out
    s.out_told = s.out
    return count + 1


@_compiled
def _close_epoch(s: np.record, events: Records, count: int) -> int:
    """Write the epoch that ends with the last tick: usable ticks, activity, time in bed."""
    e = events[count]
    e.code = EPOCH_END
    e.onset = s.tick - EPOCH
    e.end = s.tick
    e.decided = s.tick - 1
    e.activity = s.e_activity
    e.known = s.e_known
    s.e_known = 0
    for device in range(3):
        e.usable[device] = s.e_usable[device]
        s.e_usable[device] = 0
    s.e_activity = 0.0
    return count + 1


@_compiled
def _step(s: np.record, c: np.record, closing: bool, events: Records, count: int) -> int:
    """Decide on one tick whose samples are in the history."""
    t = s.tick
    h, late = t & MASK, (t - c.lag_ticks) & MASK
    for k in range(2):
        if s.valid[k] > 0:
            s.rms2[k] += c.walk_alpha * (s.g2[k, h] - s.rms2[k])
    if closing:
        _close_window(s, c)
    if s.walking == 1 or s.state[0] == MOVING or s.state[1] == MOVING:
        _step_walk(s, c)
    for k in range(2):
        if s.state[k] != REST or (s.g2[k, h] > s.on2[k] and s.valid[k] > 0):
            count = _step_leg(s, c, k, events, count)
    if (
        s.b_open == 1
        or s.state[0] == MOVING
        or s.state[1] == MOVING
        or s.s2[late] > s.strip2
        or (s.v2[0, late] > s.vib2[0] and s.v2[1, late] > s.vib2[1])
    ):
        count = _step_bed(s, c, events, count)
    if (
        s.state[0] + s.state[1] + s.b_open > 0
        or s.pending[0] >= 0
        or s.pending[1] >= 0
        or s.pending[2] >= 0
    ):
        count = _step_pending(s, events, count)
    if s.out != s.out_told:
        count = _emit_out(s, events, count)
    v2 = max(s.v2[0, h], s.v2[1, h])
    if v2 > s.vib2[0] and v2 > s.vib2[1]:
        s.e_activity += MG_S * np.sqrt(v2)
    s.tick += 1
    return count


@_compiled
def _skip_quiet(s: np.record, c: np.record, m: int) -> int:
    """Pass at once over the first of `m` ticks in which `_step` would find nothing; never the last.

    Returns
    -------
    int
        Ticks passed, 0 to m - 1.
    """
    if s.walking + s.state[0] + s.state[1] + s.b_open > 0 or s.out != s.out_told:
        return ZERO
    if s.pending[0] >= 0 or s.pending[1] >= 0 or s.pending[2] >= 0:
        return ZERO
    first, last = s.tick, s.tick + m - 1
    on0, on1, strip2 = s.on2[0], s.on2[1], s.strip2
    vib0, vib1 = s.vib2[0], s.vib2[1]
    both = max(vib0, vib1)
    a, b = s.rms2[0], s.rms2[1]
    t = first
    while t < last:
        h, late = t & MASK, (t - c.lag_ticks) & MASK
        x, y = s.g2[0, h], s.g2[1, h]
        if x > on0 or y > on1 or s.s2[late] > strip2 or max(s.v2[0, h], s.v2[1, h]) > both:
            break
        if s.v2[0, late] > vib0 and s.v2[1, late] > vib1:
            break
        a += c.walk_alpha * (x - a)
        b += c.walk_alpha * (y - b)
        t += 1
    s.rms2[0], s.rms2[1] = a, b
    s.tick = t
    passed: int = t - first
    return passed


@njit(error_model="numpy", cache=True, nogil=True)
def run(
    state: Records, config: Records, x: NDArray[np.int16], n: int, events: Records
) -> tuple[int, int]:
    """Feed rows of samples to the detector.

    Parameters
    ----------
    state : STATE[1]
        Memory, changed in place; see `fresh_state`.
    config : CONFIG[1]
        Thresholds, filters and scale.
    x : int16[n, 13]
        One row a tick, contiguous ticks; -32768 is missing.
    n : int
        Rows to take.
    events : EVENT[m]
        Filled from its start; m at least `ROOM`.

    Returns
    -------
    tuple of int
        Rows consumed (fewer than n when `events` might overflow) and events written.
    """
    s, c = state[0], config[0]
    i = ZERO
    count = ZERO
    if s.tick == 0:
        _set_thresholds(s, c)
    hard = 0
    while i < n and count + ROOM <= len(events):
        m = min(n - i, RUN - s.tick % RUN)
        if count > 0 and count + ROOM * m > len(events) >= ROOM * RUN:
            break
        if hard == 0 and ROOM * m <= len(events) and _is_plain(s, c, x, i, m):
            _take_plain(s, c, x, i, m)
        else:
            hard = m if hard == 0 else hard
            hard -= 1
            m = 1
            count = _take_hard(s, c, x, i, events, count)
        left = m
        while left > 0:
            left -= _skip_quiet(s, c, left) + 1
            closing = left == 0 and (s.tick + 1) % WINDOW == 0
            count = _step(s, c, closing, events, count)
        if s.tick % EPOCH == 0:
            count = _close_epoch(s, events, count)
        i += m
    return i, count


@njit(error_model="numpy", cache=True)
def finish(state: Records, config: Records, events: Records) -> int:
    """Close what is open at the night's end; return the number of events written."""
    s, c = state[0], config[0]
    count = ZERO
    for k in range(2):
        count = _cut_leg(s, c, k, s.tick, events, count)
    if s.b_open == 1:
        count = _emit_bed(s, events, count)
    for device in range(3):
        if s.gap_start[device] >= 0:
            count = _emit_gap(s, events, count, device, s.tick)
    return count


def fresh_state(config: NDArray[np.void]) -> NDArray[np.void]:
    """Return the memory of a night that has not begun: STATE[1]."""
    state = np.zeros(1, STATE)
    s = state[0]
    s["gap_start"][:] = -1
    s["stood_from"] = -1
    s["last_end"][:] = -(10**6)
    s["floor"][:2] = config[0]["floor_gyro_default_dps"]
    s["floor"][2:4] = 1e-3 * config[0]["floor_vibration_default_mg"]
    s["floor"][4] = 1e-6
    s["last"][:] = MISSING
    s["pending"][:] = -1
    return state
