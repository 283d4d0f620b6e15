"""One number of the evening test with its range, beside the published line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.web.charts import svg

if TYPE_CHECKING:
    from markupsafe import Markup

WIDTH = 360.0
HEIGHT = 92.0
SIDE = 14.0
AXIS_Y = 62.0
STEPS = (20.0, 50.0, 100.0, 200.0)


def draw(
    value: float, bounds: tuple[float, float], line: float, words: tuple[str, str, str]
) -> Markup:
    """Draw a scale from 0 with the number, what it may lie between, and the line.

    Parameters
    ----------
    value : float
        Movements an hour.
    bounds : (float, float)
        Its lower and upper bound.
    line : float
        The published number.
    words : (str, str, str)
        Title, description, what stands at the line.
    """
    title, description, at_line = words
    longest = _longest(max(bounds[1], value, 1.5 * line))

    def x(number: float) -> float:
        return SIDE + (WIDTH - 2 * SIDE) * number / longest

    left, right = x(bounds[0]), x(bounds[1])
    parts = [
        svg.path("axis", [f"M{svg.number(SIDE)} {AXIS_Y}H{svg.number(WIDTH - SIDE)}"]),
        svg.tag(
            "rect",
            class_="reach",
            x=left,
            y=AXIS_Y - 9.0,
            width=max(3.0, right - left),
            height=18.0,
        ),
        svg.path("cutoff", [svg.vertical(x(line), 24.0, AXIS_Y - 24.0 + 12.0)]),
        svg.words(at_line, x(line), 16.0, "label", "middle"),
        svg.tag("circle", class_="night", cx=x(value), cy=AXIS_Y, r=6.0),
    ]
    step = next((step for step in STEPS if longest / step <= 5), STEPS[-1])
    marks = [step * number for number in range(int(longest / step) + 1)]
    for mark in marks:
        anchor = "start" if mark == 0 else "end" if mark == longest else "middle"
        at = 0.0 if mark == 0 else WIDTH if mark == longest else x(mark)
        parts.append(svg.words(svg.number(mark), at, HEIGHT - 2.0, "tick", anchor))
    return svg.chart("sitline", title, description, WIDTH, HEIGHT, parts)


def _longest(value: float) -> float:
    step = 20.0 if value <= 100 else 100.0
    return step * -(-value // step)
