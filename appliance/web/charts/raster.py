"""The night as a page of lines: one line an hour, one stroke a kick."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from appliance.web.charts import svg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markupsafe import Markup

WIDTH = 360.0
LABEL = 40.0
ROW = 29.0
LEG = 10.0
"""Height of one leg's lane; a stroke through both lanes is a kick of both legs."""
HOUR_S = 3600.0
TOP = 16.0

Lane = Literal["left", "right", "both", "unsure"]


@dataclass(frozen=True, slots=True)
class Stroke:
    """One kick of the sleeper."""

    at_s: float
    """Seconds since the first line's beginning (a full hour of the wall clock)."""
    lane: Lane
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Night:
    """All that the drawing shows; times as in `Stroke.at_s`."""

    hours: tuple[str, ...]
    """Label of each line: "23:00"."""
    kicks: tuple[Stroke, ...]
    partner_s: tuple[float, ...]
    series: tuple[Stretch, ...]
    gaps: tuple[Stretch, ...]
    in_bed: tuple[Stretch, ...]
    recorded: Stretch


def draw(night: Night, title: str, description: str, minutes: str) -> Markup:
    """Draw the night.

    Parameters
    ----------
    minutes : str
        The word for minutes, under the last line.
    """
    height = TOP + ROW * len(night.hours) + 14.0
    return svg.chart(
        "raster",
        title,
        description,
        WIDTH,
        height,
        [
            svg.hatch("raster-gap"),
            _frame(night.hours, minutes),
            svg.group("series", _bands(night.series, 0.0, 2 * LEG, "band")),
            svg.group("gaps", _bands(night.gaps, 0.0, 2 * LEG, "gap")),
            svg.group("bed", _bands(night.in_bed, 2 * LEG + 2.0, 2.5, "in-bed")),
            _kicks(night.kicks),
            _partner(night.partner_s),
        ],
    )


def _x(seconds_in_hour: float) -> float:
    return LABEL + (WIDTH - LABEL) * seconds_in_hour / HOUR_S


def _y(row: int) -> float:
    return TOP + ROW * row


def _place(at_s: float) -> tuple[float, float]:
    row = int(at_s // HOUR_S)
    return _x(at_s - row * HOUR_S), _y(row)


def _frame(hours: tuple[str, ...], minutes: str) -> Markup:
    parts = []
    for row, label in enumerate(hours):
        parts.append(svg.words(label, 0.0, _y(row) + LEG + 4.0, "label"))
    bottom = _y(len(hours)) - 4.0
    parts.append(
        svg.path(
            "grid",
            (
                svg.vertical(_x(minute * 60.0), TOP - 3.0, bottom - TOP + 3.0)
                for minute in (0, 15, 30, 45, 60)
            ),
        )
    )
    parts.append(
        svg.path(
            "midline",
            (
                f"M{svg.number(LABEL)} {svg.number(_y(row) + LEG)}h{svg.number(WIDTH - LABEL)}"
                for row in range(len(hours))
            ),
        )
    )
    for minute, anchor in (
        (0, "start"),
        (15, "middle"),
        (30, "middle"),
        (45, "middle"),
        (60, "end"),
    ):
        text = f"{minute}" if minute < 60 else f"60 {minutes}"
        parts.append(svg.words(text, _x(minute * 60.0), TOP - 6.0, "tick", anchor))
    return svg.group("frame", parts)


def split(stretch: Stretch) -> Iterator[tuple[int, float, float]]:
    """Cut a stretch at the full hours: (line, first second, last second) of each piece."""
    start_s = stretch.start_s
    while start_s < stretch.end_s:
        row = int(start_s // HOUR_S)
        end_s = min(stretch.end_s, (row + 1) * HOUR_S)
        yield row, start_s - row * HOUR_S, end_s - row * HOUR_S
        start_s = end_s


def _bands(
    stretches: Iterable[Stretch], top: float, height: float, class_: str
) -> Iterator[Markup]:
    for stretch in stretches:
        for row, start_s, end_s in split(stretch):
            yield svg.tag(
                "rect",
                class_=class_,
                x=_x(start_s),
                y=_y(row) + top,
                width=max(1.0, _x(end_s) - _x(start_s)),
                height=height,
            )


def _kicks(kicks: Iterable[Stroke]) -> Markup:
    lanes: dict[str, list[str]] = {}
    for kick in kicks:
        x, y = _place(kick.at_s)
        top, height = _lane_box(kick.lane)
        class_ = f"kick {kick.lane}" if kick.sure else "kick unsure"
        lanes.setdefault(class_, []).append(svg.vertical(x, y + top, height))
    return svg.group("kicks", (svg.path(class_, lanes[class_]) for class_ in sorted(lanes)))


def _lane_box(lane: Lane) -> tuple[float, float]:
    if lane == "left":
        return 1.0, LEG - 2.0
    if lane == "right":
        return LEG + 1.0, LEG - 2.0
    return 1.0, 2 * LEG - 2.0


def _partner(times_s: Iterable[float]) -> Markup:
    dots = []
    for at_s in times_s:
        x, y = _place(at_s)
        dots.append(svg.tag("circle", cx=x, cy=y + 2 * LEG + 3.2, r=2.0))
    return svg.group("partner", dots)
