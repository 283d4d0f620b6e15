"""Why a movement was given to its owner, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.web.language import say

if TYPE_CHECKING:
    from detect.movement import Movement

SMALL_TILT_DEG = 2.0
SAME_JOLT = 0.6
STRONG_DB = 6.0


OWNERS = {
    "patient": "yours",
    "partner": "your partner's",
    "both": "both of you",
    "unsure": "cannot tell",
    "nobody": "nobody's",
}
LEGS = {"left": "left leg", "right": "right leg", "both": "both legs"}
KINDS = {
    "leg": "a leg",
    "jerk": "a short jerk",
    "body": "a turn of the body",
    "bed": "felt in the mattress only",
    "walk": "walking",
}
ANKLES = {"left": "left ankle", "right": "right ankle", "both": "both ankles"}


def owner_name(owner: str) -> str:
    """Name whose movement it was, from the sleeper's point of view."""
    return say(OWNERS.get(owner, owner))


def kind_name(movement: Movement) -> str:
    """Name what kind of movement it was."""
    if movement.kind == "leg" and movement.side is not None:
        return say(LEGS[movement.side])
    return say(KINDS[movement.kind])


def in_words(movement: Movement) -> str:
    """Say why: "Right ankle turned 9 degrees, mattress answered 30 ms later: yours"."""
    clauses = [
        clause for clause in (_turned(movement), _jolt(movement), _answer(movement)) if clause
    ]
    if movement.kind == "bed" and movement.owner == "unsure":
        clauses = [say("an ankle was not measured then")]  # the one reason (ADR 0090)
    if not clauses:
        clauses = [
            say("felt in the mattress only") if movement.kind == "bed" else say("little to go by")
        ]
    reason = ", ".join(clauses)
    return say(
        "{reason}: {owner}", reason=reason[0].upper() + reason[1:], owner=owner_name(movement.owner)
    )


def _turned(movement: Movement) -> str | None:
    tilt_deg = movement.evidence.tilt_deg
    if tilt_deg is None:
        return None
    ankle = say(ANKLES.get(movement.side or "", "the ankles"))
    if tilt_deg < SMALL_TILT_DEG:
        return say("{ankle} shook without turning", ankle=ankle)
    return say("{ankle} turned {n} degrees", ankle=ankle, n=round(tilt_deg))


def _jolt(movement: Movement) -> str | None:
    common = movement.evidence.common_mode
    if common is None or common < SAME_JOLT:
        return None
    return say("both ankles felt the same jolt")


def _answer(movement: Movement) -> str | None:
    lag_ms = movement.evidence.lag_ms
    if lag_ms is not None:
        if lag_ms > 0:
            return say("mattress answered {n} ms later", n=round(lag_ms))
        if lag_ms < 0:
            return say("mattress moved {n} ms earlier", n=round(-lag_ms))
        return say("mattress moved at the same moment")
    ratio_db = movement.evidence.ankle_strip_db
    if ratio_db is None:
        return None
    if ratio_db >= STRONG_DB:
        return say("stronger at the ankle than in the mattress")
    if ratio_db <= -STRONG_DB:
        return say("stronger in the mattress than at the ankle")
    return None
