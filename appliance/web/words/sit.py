"""The sentences of the evening test. No verdict: what was counted, over which time, how sure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.web.language import many, say
from appliance.web.words.night import rounded
from appliance.web.words.times import duration
from detect.sit import CUT_OFF_PER_HOUR, CUT_OFF_RIGHT, QUESTIONS_MIN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from detect.sit import SitScore

DISCOMFORT_SOURCE = "Michaud 2002, Eur Neurol 48:108-113 (doi 10.1159/000062996)"
LEAST_TOLD_S = 30.0
"""Less left-out time than this is not worth a line."""


@dataclass(frozen=True, slots=True)
class SitHeadline:
    """The first fact of a test's page."""

    number: str | None
    """None: no number can be given."""
    unit: str
    range: str
    counted: str
    """The denominator."""


def sit_headline(score: SitScore) -> SitHeadline:
    """Say how often, how sure that is, and over which time it was counted."""
    unit = say("rhythmic leg movements an hour, awake")
    value = score.movements_per_counted_hour
    if value is None:
        return SitHeadline(None, unit, "", _too_little(score))
    return SitHeadline(rounded(value), unit, _range(score, value), denominator(score))


def _too_little(score: SitScore) -> str:
    if not score.fitted:
        return say("No ankle sensor measured, so there is no number.")
    return say(
        "Only {time} could be counted: too little for a number.", time=duration(score.counted_s)
    )


def bounds(score: SitScore) -> tuple[float, float]:
    """Return what the number may lie between."""
    value = score.movements_per_counted_hour or 0.0
    low, high = score.movements_per_counted_hour_low, score.movements_per_counted_hour_high
    return (value if low is None else low, value if high is None else high)


def _range(score: SitScore, value: float) -> str:
    low, high = (rounded(bound) for bound in bounds(score))
    if low == high == rounded(value):
        return say("All movements counted are clearly yours.")
    return many(
        score.unsure,
        "Between {low} and {high}: for one movement we cannot tell whose it was.",
        "Between {low} and {high}: for {n} movements we cannot tell whose they were.",
        low=low,
        high=high,
    )


def denominator(score: SitScore) -> str:
    """Say over which time it was counted."""
    values = {"n": round(score.counted_s / 60), "m": round(score.planned_s / 60)}
    if not score.posture_watched:
        return say("Counted over {n} of {m} minutes, wherever your legs were.", **values)
    return say("Counted over {n} of {m} minutes: awake, legs outstretched.", **values)


def published_line() -> tuple[str, ...]:
    """Say what the line is and how often it is wrong, and why ours may differ."""
    right = round(100 * CUT_OFF_RIGHT)
    return (
        say(
            "The line at {line}: in a study of 1998 with an hour like this one, {right} of 100"
            " people with restless legs were above it and {right} of 100 without were not. So it"
            " puts about {wrong} of 100 on the wrong side, either way.",
            line=round(CUT_OFF_PER_HOUR),
            right=right,
            wrong=100 - right,
        ),
        say(
            "A larger study, of 2002, found that the count alone tells the two apart poorly; the"
            " mean discomfort was right in 82 of 100 with restless legs and in 84 of 100 without."
        ),
        say(
            "Those studies recorded the muscle’s own signal (EMG). This test feels motion at the"
            " ankles, so its number need not agree. It is no verdict, on either side of the line."
        ),
    )


def left_out(score: SitScore) -> list[tuple[str, str]]:
    """Say which of the hour was not counted: (reason, time)."""
    names = {
        "posture": say("legs not outstretched"),
        "standing": say("standing, or out of bed"),
        "sensor_gap": say("an ankle sensor missing"),
        "ended_early": say("ended early"),
    }
    return [
        (names.get(reason, reason), duration(seconds))
        for reason, seconds in score.excluded_s.items()
        if seconds >= LEAST_TOLD_S
    ]


def rhythm(score: SitScore) -> str:
    """Say how much came in rhythm, and how fast that was."""
    if score.leg_movements == 0:
        return say("No leg movement was found.")
    share = many(
        score.leg_movements,
        "The one leg movement did not come in rhythm."
        if score.movements == 0
        else "The one leg movement came in rhythm.",
        "{k} of {n} leg movements came in rhythm ({share} %).",
        k=score.movements,
        share=round(100 * (score.periodic_share or 0.0)),
    )
    if score.imi_median_s is None:
        return share
    typical = say("Half of the intervals are shorter than {s} s.", s=rounded(score.imi_median_s))
    if score.imi_mode_s is None:
        return f"{share} {typical}"
    common = say("Most often it is about {s} s.", s=round(score.imi_mode_s))
    return f"{share} {typical} {common}"


def felt(score: SitScore) -> str:
    """Say how the legs felt."""
    if score.discomfort_mean is None:
        return say("No question was answered.")
    return say(
        "Discomfort {mean} of 10 on average, {most} at most; {n} of {m} questions answered.",
        mean=rounded(score.discomfort_mean),
        most=score.discomfort_max,
        n=len(score.answers),
        m=len(QUESTIONS_MIN),
    )


def caveats(score: SitScore, evening: Mapping[str, Any], *, with_diary: bool) -> list[str]:
    """Say what else stands between this number and a published one.

    Parameters
    ----------
    score : SitScore
        The test's.
    evening : mapping
        What the diary holds of its evening.
    with_diary : bool
        The reader may know it; others learn only that there is something.
    """
    said = []
    if score.partial:
        said.append(
            say(
                "A part of a test: it ended after {n} of {m} minutes. The published tests lasted"
                " the whole hour.",
                n=round(score.duration_s / 60),
                m=round(score.planned_s / 60),
            )
        )
    if score.one_leg:
        said.append(say("One ankle only, so it may be too low."))
    if not score.posture_watched:
        said.append(say("Whether the legs stayed outstretched was not watched."))
    about = about_the_person(evening)
    if about and not with_diary:
        about = [say("The diary holds a reason not to read this number by the line.")]
    return [*said, *about]


def about_the_person(evening: Mapping[str, Any]) -> list[str]:
    """Say where the diary makes the line useless."""
    said = []
    week = evening.get("pregnancy_week")
    if week is not None:
        said.append(
            say(
                "Your diary notes week {n} of pregnancy. We know of no study that tried the line in"
                " pregnancy: do not read this number by it.",
                n=week,
            )
        )
    age = evening.get("child_age")
    if age is not None:
        said.append(
            say(
                "Your diary notes a child of {n}. The line comes from adults: do not read this"
                " number by it.",
                n=age,
            )
        )
    return said
