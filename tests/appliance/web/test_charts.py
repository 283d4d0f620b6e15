"""Charts: pure functions from numbers to SVG."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.web.charts import (
    bars,
    intervals,
    nightpoints,
    raster,
    signals,
    sitintervals,
    sitline,
    sitslots,
    svg,
)

NS = "{http://www.w3.org/2000/svg}"


def parse(markup):
    return ET.fromstring(markup)


def test_text_is_escaped_everywhere():
    drawn = svg.chart("x", "<b>", '"&', 10, 10, [svg.words("</text><script>", 1, 2, 'a"b')])
    tree = parse(drawn)
    assert tree.find("title").text == "<b>"
    assert tree.find("desc").text == '"&'
    assert tree.find("text").text == "</text><script>"
    assert "<script" not in drawn


@pytest.mark.parametrize(("value", "said"), [(3.0, "3"), (3.14, "3.1"), (-0.04, "0"), (10.0, "10")])
def test_numbers_are_short(value, said):
    assert svg.number(value) == said


def test_a_chart_says_its_content_and_holds_no_style():
    drawn = bars.draw([bars.Bar("23:00", 12.0, 0.0, "12")], "Title", "What it shows")
    tree = parse(drawn)
    assert tree.get("role") == "img"
    ids = {element.get("id") for element in tree.iter() if element.get("id")}
    assert set(tree.get("aria-labelledby").split()) <= ids
    assert "style=" not in drawn
    assert "#" not in drawn.replace("url(#", "")


@given(st.floats(0, 1e5), st.floats(0, 1e5))
def test_a_stretch_is_cut_at_full_hours_and_loses_nothing(start_s, length_s):
    pieces = list(raster.split(raster.Stretch(start_s, start_s + length_s)))
    assert sum(end - begin for _, begin, end in pieces) == pytest.approx(length_s, abs=1e-6)
    for _, begin, end in pieces:
        assert 0 <= begin <= end <= 3600


def test_the_raster_draws_left_above_right_below_and_both_through():
    night = raster.Night(
        ("23:00", "00:00"),
        (raster.Stroke(1800, "left"), raster.Stroke(1800, "right"), raster.Stroke(5400, "both"),
         raster.Stroke(60, "left", sure=False)),
        (100.0,), (raster.Stretch(1000, 4000),), (raster.Stretch(3500, 3700),),
        (raster.Stretch(0, 7000),), raster.Stretch(0, 7000),
    )  # fmt: skip
    tree = parse(raster.draw(night, "t", "d", "min"))
    kicks = {path.get("class"): path.get("d") for path in tree.iter("path")}
    middle = raster.LABEL + (raster.WIDTH - raster.LABEL) / 2
    top = raster.TOP + 1
    assert kicks["kick left"] == f"M{middle:g} {top:g}v{raster.LEG - 2:g}"
    assert kicks["kick right"] == f"M{middle:g} {top + raster.LEG:g}v{raster.LEG - 2:g}"
    assert kicks["kick both"] == f"M{middle:g} {top + raster.ROW:g}v{2 * raster.LEG - 2:g}"
    assert "kick unsure" in kicks
    classes = [rect.get("class") for rect in tree.iter("rect")]
    assert classes.count("band") == 2
    assert classes.count("gap") == 2
    assert len(list(tree.iter("circle"))) == 1


@given(st.lists(st.floats(0.01, 50_000), max_size=200))
def test_every_interval_falls_into_one_bin(found):
    bins = intervals.count(found)
    assert sum(number for *_, number in bins) == len(found)


@pytest.mark.parametrize(
    ("seconds", "start_s"),
    [(10.0, 10.0), (9.99, 7.943), (12.58, 10.0), (89.9, 79.43), (100.0, 100.0)],
)
def test_ten_seconds_is_an_edge(seconds, start_s):
    filled = [start for start, _, number in intervals.count([seconds]) if number]
    assert filled == [pytest.approx(start_s, rel=1e-3)]


def test_bars_that_are_not_measured_are_hatched_not_zero():
    tree = parse(bars.draw([bars.Bar("23:00", None, 0.0, "not enough")], "t", "d"))
    classes = [rect.get("class") for rect in tree.iter("rect")]
    assert classes == ["gap"]


def test_nights_are_points_and_never_joined():
    points = [nightpoints.Point(day, 10.0 + day, 9.0, 14.0 + day, day != 3) for day in (0, 3, 9)]
    tree = parse(
        nightpoints.draw(
            points, [nightpoints.Span(0, 9, 13.0, 10.0, 19.0)], [(0, "a")], 10, "t", "d"
        )
    )
    circles = [circle.get("class") for circle in tree.iter("circle")]
    assert circles == ["night", "night hollow", "night"]
    assert not list(tree.iter("polyline"))
    for path in tree.iter("path"):
        assert "L" not in path.get("d"), "a slanted line would join nights"


@given(
    st.lists(st.one_of(st.none(), st.floats(-5, 5)), min_size=1, max_size=3000), st.integers(1, 400)
)
def test_the_envelope_keeps_the_extremes(values, pixels):
    columns = signals.envelope(values, pixels)
    assert len(columns) == pixels
    held = [value for value in values if value is not None]
    shown = [column for column in columns if column is not None]
    if held and pixels <= len(values):
        assert min(low for low, _ in shown) == min(held)
        assert max(high for _, high in shown) == max(held)


def test_missing_samples_are_hatched():
    panel = signals.Panel("Left", "mg", [1.0] * 100 + [None] * 100 + [2.0] * 100, 1.0)
    tree = parse(signals.draw([panel], signals.Window(-6, 14, ((0, 1),)), "t", "d", "s"))
    gaps = [rect for rect in tree.iter("rect") if rect.get("class") == "gap"]
    assert len(gaps) == 1
    assert float(gaps[0].get("width")) == pytest.approx(120, abs=2)


SLOT_WORDS = sitslots.Words("t", "d", "moves", "felt", "min")


def test_each_ten_minutes_has_its_number_and_unmeasured_ones_are_hatched():
    slots = [
        sitslots.Slot(0, 10, 0, 0, 0, counted=True),
        sitslots.Slot(10, 20, 8, 6, 9, counted=True),
        sitslots.Slot(20, 25, 0, 0, 0, counted=False),
    ]
    drawn = parse(sitslots.draw(slots, [], SLOT_WORDS))
    assert [e.text for e in drawn.iter("text") if e.get("class") == "value"] == ["0", "8"]
    kinds = [e.get("class") for e in drawn.iter("rect")]
    assert (kinds.count("bar"), kinds.count("gap")) == (1, 1)
    whiskers = [e for e in drawn.iter("path") if e.get("class") == "whisker"]
    assert whiskers[0].get("d").count("M") == 1
    short = next(e for e in drawn.iter("rect") if e.get("class") == "gap")
    whole = next(e for e in drawn.iter("rect") if e.get("class") == "bar")
    assert float(short.get("width")) < float(whole.get("width")) / 2 + 1


def test_discomfort_is_drawn_to_scale_and_joined_only_without_a_hole():
    answers = [sitslots.Felt(0, 0), sitslots.Felt(10, 10), sitslots.Felt(30, 5)]
    drawn = parse(sitslots.draw([], answers, SLOT_WORDS))
    dots = [e for e in drawn.iter("circle") if e.get("class") == "felt"]
    low, high, middle = (float(dot.get("cy")) for dot in dots)
    assert low - high == pytest.approx(sitslots.FELT)
    assert middle == pytest.approx((low + high) / 2)
    assert float(dots[2].get("cx")) - float(dots[0].get("cx")) == pytest.approx(
        3 * (float(dots[1].get("cx")) - float(dots[0].get("cx"))), abs=0.3
    )
    (line,) = [e for e in drawn.iter("path") if e.get("class") == "feltline"]
    assert line.get("d").count("M") == 1


def test_intervals_of_eleven_to_twelve_seconds_are_marked():
    counts = [0] * 90
    counts[11], counts[3], counts[89] = 7, 1, 2
    drawn = parse(sitintervals.draw(counts, "t", "d", "s", (4.0, 90.0), (11.0, 12.0), "11–12 s"))
    rects = list(drawn.iter("rect"))
    (common,) = [e for e in rects if e.get("class") == "common"]
    bars = {e.get("class"): e for e in rects if e.get("class").startswith("bar")}
    tall = max((e for e in rects if e.get("class") == "bar"), key=lambda e: float(e.get("height")))
    assert float(tall.get("x")) == pytest.approx(float(common.get("x")), abs=0.5)
    assert bars["bar rest"] is not None, "3 s do not count"
    assert "11–12 s" in [e.text for e in drawn.iter("text")]
    edges = [float(e.get("x")) + float(e.get("width")) for e in rects]
    assert max(edges) <= sitintervals.WIDTH


@pytest.mark.parametrize(
    ("value", "bounds"), [(0.0, (0.0, 0.0)), (55.0, (40.0, 70.0)), (260.0, (250.0, 300.0))]
)
def test_the_number_and_the_line_stand_on_one_scale(value, bounds):
    drawn = parse(sitline.draw(value, bounds, 40.0, ("t", "d", "line of 1998: 40")))
    dot = next(iter(drawn.iter("circle")))
    (cut,) = [e for e in drawn.iter("path") if e.get("class") == "cutoff"]
    line_x = float(cut.get("d")[1:].split(" ")[0])
    assert (float(dot.get("cx")) < line_x) == (value < 40.0)
    reach = next(e for e in drawn.iter("rect") if e.get("class") == "reach")
    left = float(reach.get("x"))
    assert left - 0.1 <= float(dot.get("cx")) <= left + float(reach.get("width")) + 0.1
    assert left + float(reach.get("width")) <= sitline.WIDTH
    assert all(0 <= float(e.get("x")) <= sitline.WIDTH for e in drawn.iter("text"))
