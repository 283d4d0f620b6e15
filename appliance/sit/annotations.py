"""An evening test in an EDF+: what it was and what the person answered, written and read back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.edf.annotations import Annotation
from detect.movement import TICKS_PER_S
from detect.rules import RuleError
from detect.sit import SitAnswer, check_answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from appliance.store.sits import Sit, StoredAnswer, Uprights
    from detect.attitude import Direction
    from detect.sit import Away

TITLE = "Suggested immobilisation test"
AWAY = {"posture": "Legs not outstretched", "standing": "Standing"}
_ANSWER = re.compile(r"discomfort (\d+) \(minute (\d+)\)")
_UPRIGHT = re.compile(r"upright (left|right) (-?[\d.]+) (-?[\d.]+) (-?[\d.]+)")


@dataclass(frozen=True, slots=True)
class RecordedSit:
    """What a recording says of the test in it."""

    upright: Uprights | None
    answers: tuple[SitAnswer, ...]


def sit_annotations(
    sit: Sit | None, answers: Iterable[StoredAnswer], aways: Iterable[Away], duration_s: float
) -> list[Annotation]:
    """Return a test's annotations, in no order."""
    found = [Annotation(0.0, duration_s, TITLE)]
    if sit is not None and sit.upright is not None:
        found += [
            Annotation(0.0, None, f"Upright {side} {x:.6f} {y:.6f} {z:.6f}")
            for side, direction in zip(("left", "right"), sit.upright, strict=True)
            if direction is not None
            for x, y, z in (direction,)
        ]
    found += [
        Annotation(a.tick / TICKS_PER_S, None, f"Discomfort {a.discomfort} (minute {a.minute})")
        for a in answers
    ]
    found += [
        Annotation(
            a.start_tick / TICKS_PER_S, (a.end_tick - a.start_tick) / TICKS_PER_S, AWAY[a.reason]
        )
        for a in aways
    ]
    return found


def read_sit(annotations: Sequence[Annotation]) -> RecordedSit | None:
    """Return the test that annotations tell of; None: they tell of none.

    What cannot be an answer is passed over; of two answers to one question the later counts.
    """
    texts = [" ".join(a.text.lower().split()) for a in annotations]
    if TITLE.lower() not in texts:
        return None
    answers: dict[int, SitAnswer] = {}
    upright: dict[str, Direction] = {}
    for text in texts:
        if (match := _ANSWER.fullmatch(text)) is not None:
            try:
                answer = check_answer(int(match[2]), int(match[1]))
            except RuleError:
                continue
            answers[answer.minute] = answer
        elif (match := _UPRIGHT.fullmatch(text)) is not None:
            upright[match[1]] = (float(match[2]), float(match[3]), float(match[4]))
    seen = (upright.get("left"), upright.get("right"))
    return RecordedSit(seen if upright else None, tuple(answers[m] for m in sorted(answers)))
