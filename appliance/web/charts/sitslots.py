"""The evening test in slots of ten minutes: leg movements above, what the person felt below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.web.charts import svg
from detect.sit import MOST, SLOT_MIN, TEST_MIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

WIDTH = 360.0
LEFT = 34.0
RIGHT = 12.0
TOP = 26.0
BARS = 104.0
BETWEEN = 44.0
FELT = 84.0
FOOT = 22.0
LEAST_TALL = 5


@dataclass(frozen=True, slots=True)
class Slot:
    """Ten minutes; the last of a test that was ended early may be shorter."""

    start_min: float
    end_min: float
    movements: int
    low: int
    high: int
    counted: bool
    """False: nothing of it could be counted."""


@dataclass(frozen=True, slots=True)
class Felt:
    """One answer."""

    minute: int
    discomfort: int


@dataclass(frozen=True, slots=True)
class Words:
    """What the drawing says."""

    title: str
    description: str
    movements: str
    felt: str
    minutes: str


def draw(slots: Sequence[Slot], answers: Sequence[Felt], words: Words) -> Markup:
    """Draw both panels on one axis of minutes; answers stand where they were asked."""
    floor, base = TOP + BARS, TOP + BARS + BETWEEN + FELT
    height = base + FOOT
    parts = [
        svg.hatch("sitslots-gap"),
        svg.words(words.movements, 0.0, 14.0, "label"),
        *_bars(slots, floor),
        svg.path("axis", [f"M{svg.number(LEFT)} {svg.number(floor)}H{svg.number(WIDTH - RIGHT)}"]),
        svg.words(words.felt, 0.0, floor + BETWEEN - 14.0, "label"),
        *_scale(base),
        *_answers(answers, base),
        *_minutes(height, words.minutes),
    ]
    return svg.chart("sitslots", words.title, words.description, WIDTH, height, parts)


def _x(minute: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * minute / TEST_MIN


def _bars(slots: Sequence[Slot], floor: float) -> list[Markup]:
    tallest = max([LEAST_TALL, *(slot.high for slot in slots)])

    def y(count: float) -> float:
        return floor - (BARS - 16.0) * count / tallest

    parts = []
    whiskers = []
    for slot in slots:
        left, right = _x(slot.start_min) + 4.0, _x(slot.end_min) - 4.0
        middle, width = (left + right) / 2, max(2.0, right - left)
        if not slot.counted:
            parts.append(
                svg.tag("rect", class_="gap", x=left, y=floor - 30.0, width=width, height=30.0)
            )
            continue
        top = y(slot.movements)
        if slot.movements:
            parts.append(
                svg.tag("rect", class_="bar", x=left, y=top, width=width, height=floor - top)
            )
        if slot.high > slot.low:
            whiskers.append(svg.vertical(right + 2.0, y(slot.high), y(slot.low) - y(slot.high)))
        parts.append(svg.words(str(slot.movements), middle, top - 4.0, "value", "middle"))
    return [*parts, svg.path("whisker", whiskers)]


def _felt_y(discomfort: float, base: float) -> float:
    return base - FELT * discomfort / MOST


def _scale(base: float) -> list[Markup]:
    parts = []
    for value in (0, 5, MOST):
        y = _felt_y(value, base)
        line = f"M{svg.number(LEFT)} {svg.number(y)}H{svg.number(WIDTH - RIGHT)}"
        parts.append(svg.path("grid", [line]))
        parts.append(svg.words(str(value), LEFT - 6.0, y + 4.0, "tick", "end"))
    return parts


def _answers(answers: Sequence[Felt], base: float) -> list[Markup]:
    """Draw the answers; a line joins only those that follow one another without a hole."""
    strokes = []
    dots = []
    before: Felt | None = None
    for felt in answers:
        x, y = _x(felt.minute), _felt_y(felt.discomfort, base)
        if before is not None and felt.minute - before.minute == SLOT_MIN:
            from_y = _felt_y(before.discomfort, base)
            strokes.append(
                f"M{svg.number(_x(before.minute))} {svg.number(from_y)}"
                f"L{svg.number(x)} {svg.number(y)}"
            )
        dots.append(svg.tag("circle", class_="felt", cx=x, cy=y, r=4.2))
        above = felt.discomfort < MOST - 1
        dots.append(
            svg.words(str(felt.discomfort), x, y - 8.0 if above else y + 17.0, "value", "middle")
        )
        before = felt
    return [svg.path("feltline", strokes), *dots]


def _minutes(height: float, minutes: str) -> list[Markup]:
    parts = []
    for minute in range(0, TEST_MIN + 1, SLOT_MIN):
        last = minute == TEST_MIN
        text = f"{minute} {minutes}" if last else str(minute)
        at = WIDTH if last else _x(minute)
        parts.append(svg.words(text, at, height - 4.0, "tick", "end" if last else "middle"))
    return parts
