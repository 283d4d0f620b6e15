"""The sentences of the morning page."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.web.language import many, say
from appliance.web.words.times import duration
from detect.nights import has_index_to_go_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.web.views.facts import Facts
    from detect.couple import Couple
    from detect.nightscore import NightScore

LINE_PER_HOUR = 15.0
"""ICSD-3: more than 15 an hour in adults."""
P_CHANCE = 0.05


@dataclass(frozen=True, slots=True)
class Headline:
    """The first fact of the page."""

    number: str | None
    """None: no number can be given."""
    unit: str
    range: str
    meaning: str


def rounded(value: float) -> str:
    """Write an index: one decimal below 10, whole above; 0 is 0."""
    if value == 0:
        return "0"
    return f"{value:.1f}" if value < 9.95 else str(round(value))


def between(low: float, high: float) -> str:
    """Write a range, as few digits as tell its ends apart."""
    if rounded(low) == rounded(high):
        return rounded(low)
    return say("{low} to {high}", low=rounded(low), high=rounded(high))


def headline(score: NightScore) -> Headline:
    """Say how often, with its interval, and what that means."""
    unit = say("rhythmic kicks an hour in bed")
    index = score.plmi_tib
    if index is None:
        return Headline(None, unit, "", say("No ankle sensor measured long enough for a number."))
    low = index if score.plmi_tib_low is None else score.plmi_tib_low
    high = index if score.plmi_tib_high is None else score.plmi_tib_high
    if not has_index_to_go_by(score):
        short = say(
            "Only {time} could be counted: too little for a number to go by.",
            time=duration(score.counted_s),
        )
        return Headline(None, unit, "", short)
    return Headline(rounded(index), unit, _range(score, low, high), _meaning(low, high))


def _range(score: NightScore, low: float, high: float) -> str:
    legs = "" if len(score.fitted) > 1 else " " + say("One ankle only, so it may be too low.")
    if rounded(low) == rounded(high):
        return say("All kicks counted are clearly yours.") + legs
    told = many(
        score.unsure,
        "Between {low} and {high}: for one kick we cannot tell whose it was.",
        "Between {low} and {high}: for {n} kicks we cannot tell whose they were.",
        low=rounded(low),
        high=rounded(high),
    )
    return told + legs


def _meaning(low: float, high: float) -> str:
    if high <= LINE_PER_HOUR:
        return say("That is not above 15, the line that sleep clinics use for adults.")
    if low > LINE_PER_HOUR:
        return say(
            "That is above 15, the line that sleep clinics use for adults; one night says little."
        )
    return say("Sleep clinics look at 15 in adults: tonight’s number may lie on either side.")


def partner(facts: Facts) -> str:
    """Say what the night did to the partner."""
    if facts.night.private:
        return say("A private night: nothing of your partner was kept.")
    couple = facts.score.couple
    if couple is None:
        ankles = len(facts.score.fitted)
        if ankles == 0:
            return say("Without an ankle sensor we cannot tell your partner from you.")
        if ankles == 1:
            return say("With one ankle only we cannot tell your partner from your other leg.")
        return say("Without the mattress strip we cannot tell how your partner moved.")
    theirs = couple.partner_then_kick.movements
    if theirs == 0:
        return say("We felt no movement of anybody beside you.")
    moved = many(theirs, "Your partner moved once.", "Your partner moved {n} times.")
    return f"{moved} {_after_kicks(couple)}"


def _after_kicks(couple: Couple) -> str:
    follow = couple.kicks_then_partner
    if follow.followed == 0:
        return say("Never within 5 seconds of a kick of yours.")
    said = many(
        follow.followed,
        "Once within 5 seconds after a kick of yours",
        "{n} times within 5 seconds after a kick of yours",
    )
    if follow.expected is None or follow.p_value is None:
        return f"{said}."
    expected = max(1, math.ceil(follow.expected))
    if follow.p_value > P_CHANCE:
        return said + say(", about as often as chance alone brings.")
    return said + say("; chance alone would bring about {n}.", n=expected)


def quality(usable_s: Mapping[str, float], whole_s: float, whole: str) -> list[tuple[str, str]]:
    """Say how well each sensor measured: (sensor, words).

    Parameters
    ----------
    usable_s : mapping
        Per device [s].
    whole_s : float
        Of the recording [s].
    whole : str
        What is said of a sensor that missed nothing.
    """
    names = {
        "left": say("Left ankle"),
        "right": say("Right ankle"),
        "strip": say("Mattress strip"),
    }
    rows = []
    for device, name in names.items():
        held_s = usable_s.get(device, 0.0)
        if held_s <= 0:
            rows.append((name, say("measured nothing")))
        elif whole_s - held_s < 60.0:
            rows.append((name, whole))
        else:
            lost = duration(whole_s - held_s)
            rows.append((name, say("{time} missing, not counted", time=lost)))
    return rows


def left_out(score: NightScore, paused_s: float) -> list[tuple[str, str]]:
    """Say which time was not counted: (reason, duration).

    Parameters
    ----------
    score : NightScore
        Of the night.
    paused_s : float
        How much of its time in bed it was paused [s]: to the score, that is a missing sensor.
    """
    names = {
        "before_lights_off": say("before lights off"),
        "after_lights_on": say("after lights on"),
        "out_of_bed": say("out of bed"),
        "paused": say("paused"),
        "sensor_unusable": say("an ankle sensor missing"),
    }
    missing_s = score.excluded_s["sensor_unusable"]
    paused_s = min(paused_s, missing_s)
    lost_s = score.excluded_s | {"paused": paused_s, "sensor_unusable": missing_s - paused_s}
    return [
        (names.get(reason, reason), duration(seconds))
        for reason, seconds in lost_s.items()
        if seconds >= 30.0
    ]
