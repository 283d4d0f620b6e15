"""A night's score as plain JSON values: the `indices` object, flat, null where not measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from detect.sleep import BIAS

if TYPE_CHECKING:
    from detect.couple import Followed
    from detect.nightscore import NightScore

_SECONDS_PER_MINUTE = 60.0
_COPIED = (
    "rules",
    "rules_version",
    "scoring_version",
    "plmi_tib",
    "plmi_tib_low",
    "plmi_tib_high",
    "plmi_tib_sure",
    "plmi_tib_possible",
    "plmi_est_sleep",
    "plm",
    "plm_sure",
    "plm_possible",
    "plm_est_sleep",
    "clm",
    "clm_per_hour_tib",
    "leg_movements",
    "not_clm",
    "unsure",
    "isolated",
    "short_interval",
    "periodicity_index_intervals",
    "periodicity_index_movements",
    "imi_log_mean",
    "imi_log_sd",
    "imi_geometric_mean_s",
    "imi_count",
    "clm_duration_mean_s",
    "clm_duration_median_s",
    "plm_duration_mean_s",
    "plm_without_respiratory",
    "plmi_tib_without_respiratory",
    "clm_respiratory",
    "plm_arousal",
)


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / _SECONDS_PER_MINUTE


def _followed(prefix: str, figures: Followed | None) -> dict[str, Any]:
    return {
        f"{prefix}_movements": None if figures is None else figures.movements,
        f"{prefix}_followed": None if figures is None else figures.followed,
        f"{prefix}_expected": None if figures is None else figures.expected,
        f"{prefix}_p_value": None if figures is None else figures.p_value,
    }


def score_to_json(score: NightScore) -> dict[str, Any]:
    """Return the `indices` object of `plms.night/1`."""
    couple, states, sides = score.couple, score.states, score.sides
    return {
        **{name: getattr(score, name) for name in _COPIED},
        "plms_tst": None if states is None else states.per_hour["PLM"]["TST"],
        "plmw_wake": None if states is None else states.per_hour["PLM"]["Wake"],
        "usable_min": _minutes(score.counted_s),
        "in_bed_min": _minutes(score.in_bed_s),
        "estimated_sleep_min": _minutes(score.estimated_sleep_s),
        "estimated_sleep_note": None if score.estimated_sleep_s is None else BIAS,
        "in_bed_unknown_min": _minutes(score.in_bed_unknown_s),
        **{f"excluded_{why}_min": _minutes(s) for why, s in score.excluded_s.items()},
        "ankles": list(score.fitted),
        "one_leg": score.one_leg,
        "plm_left": sides.left,
        "plm_right": sides.right,
        "plm_bilateral": sides.bilateral,
        "plm_alternating": sides.alternating,
        "plm_one_leg_pairs": sides.pairs,
        "series": [
            {
                "series": s.number,
                "first_onset_s": s.first_onset_s,
                "last_onset_s": s.last_onset_s,
                "movements": s.movements,
                "ended": s.ended,
            }
            for s in score.series
        ],
        "per_hour": [
            {
                "hour": h.hour,
                "plm": h.plm,
                "usable_min": _minutes(h.counted_s),
                "plm_per_hour": h.plm_per_hour,
            }
            for h in score.hours
        ],
        "rule_variants": [
            {
                "name": v.name,
                "question": v.question,
                "answer": v.answer,
                "plm": v.plm,
                "plmi_tib": v.plmi_tib,
                "change_per_hour": v.change_per_hour,
            }
            for v in score.variants
        ],
        **_followed("kicks_then_partner", None if couple is None else couple.kicks_then_partner),
        **_followed("partner_then_kick", None if couple is None else couple.partner_then_kick),
        "epochs_with_movement": None if couple is None else couple.epochs_with_movement,
        "epochs_both_moved": None if couple is None else couple.epochs_both_moved,
        "both_moved_share": None if couple is None else couple.both_moved_share,
    }


def flags_to_json(score: NightScore) -> list[dict[str, Any]]:
    """Return clm, plm and series of each of the night's movements, in their order."""
    return [{"clm": f.clm, "plm": f.plm, "series": f.series} for f in score.flags]
