"""Raw signals around one movement: smallest and largest value of every pixel, never an average."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.web.charts import svg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

WIDTH = 360.0
PANEL = 64.0
HEAD = 24.0
FOOT = 26.0


@dataclass(frozen=True, slots=True)
class Panel:
    """One signal."""

    label: str
    unit: str
    values: Sequence[float | None]
    """Evenly spaced; None: no sample."""
    smallest_range: float
    """The scale never shows less than this, so that noise does not look like a kick."""


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch drawn, in seconds around the movement's onset."""

    start_s: float
    end_s: float
    shaded: tuple[tuple[float, float], ...]
    """The movement itself (and its parts)."""


def envelope(values: Sequence[float | None], pixels: int) -> list[tuple[float, float] | None]:
    """Return (smallest, largest) of each pixel; None where no sample lies in it."""
    columns: list[tuple[float, float] | None] = []
    for pixel in range(pixels):
        first = len(values) * pixel // pixels
        last = max(first + 1, len(values) * (pixel + 1) // pixels)
        held = [value for value in values[first:last] if value is not None]
        columns.append((min(held), max(held)) if held else None)
    return columns


def draw(
    panels: Sequence[Panel], window: Window, title: str, description: str, seconds: str
) -> Markup:
    """Draw the panels one above the other on one time axis.

    Parameters
    ----------
    seconds : str
        Unit of the time axis.
    """
    parts = [svg.hatch("signals-gap")]
    height = (HEAD + PANEL) * len(panels) + FOOT
    for start_s, end_s in window.shaded:
        left, right = _x(window, start_s), _x(window, end_s)
        parts.append(
            svg.tag(
                "rect",
                class_="band",
                x=left,
                y=0.0,
                width=max(1.5, right - left),
                height=height - FOOT,
            )
        )
    for row, panel in enumerate(panels):
        parts.append(_panel(panel, (HEAD + PANEL) * row))
    parts.append(_axis(window, height, seconds))
    return svg.chart("signals", title, description, WIDTH, height, parts)


def _x(window: Window, at_s: float) -> float:
    share = (at_s - window.start_s) / (window.end_s - window.start_s)
    return WIDTH * min(1.0, max(0.0, share))


def _panel(panel: Panel, top: float) -> Markup:
    columns = envelope(panel.values, int(WIDTH))
    held = [column for column in columns if column is not None]
    low = min((column[0] for column in held), default=0.0)
    high = max((column[1] for column in held), default=0.0)
    reach = max(high - low, panel.smallest_range)
    base = (high + low) / 2 - reach / 2

    def y(value: float) -> float:
        return top + HEAD + PANEL * (1.0 - (value - base) / reach)

    strokes = []
    before: tuple[float, float] | None = None
    for pixel, column in enumerate(columns):
        if column is not None:
            # Reaching to the column before, so that a steep flank is one line and not two dots.
            least = column[0] if before is None else min(column[0], before[1])
            most = column[1] if before is None else max(column[1], before[0])
            strokes.append(svg.vertical(pixel + 0.5, y(most) - 0.5, y(least) - y(most) + 1.0))
        before = column
    peak = svg.number(high - low) if held else "–"
    return svg.group(
        "panel",
        [
            svg.words(panel.label, 0.0, top + 18.0, "label"),
            svg.words(f"{peak} {panel.unit}", WIDTH, top + 18.0, "value", "end"),
            *_gaps(columns, top),
            svg.path("trace", strokes),
        ],
    )


def _gaps(columns: Sequence[object], top: float) -> list[Markup]:
    merged = []
    start: int | None = None
    for pixel in range(len(columns) + 1):
        missing = pixel < len(columns) and columns[pixel] is None
        if missing and start is None:
            start = pixel
        elif not missing and start is not None:
            merged.append(
                svg.tag(
                    "rect",
                    class_="gap",
                    x=float(start),
                    y=top + HEAD,
                    width=float(pixel - start),
                    height=PANEL,
                )
            )
            start = None
    return merged


def _axis(window: Window, height: float, seconds: str) -> Markup:
    marks = [mark for mark in range(-60, 61, 5) if window.start_s <= mark <= window.end_s]
    parts = [
        svg.path("grid", (svg.vertical(_x(window, mark), 0.0, height - FOOT) for mark in marks))
    ]
    for mark in marks:
        x = _x(window, mark)
        anchor = "start" if x < 8 else "end" if x > WIDTH - 8 else "middle"
        text = f"{mark:+d}" if mark else f"0 {seconds}"
        parts.append(svg.words(text, x, height - 8.0, "tick", anchor))
    return svg.group("axis-x", parts)
