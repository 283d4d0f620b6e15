"""Sentences: what they say, and what they never say."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

import appliance.web
from appliance.store.anchors import Anchor
from appliance.web.words import evidence
from appliance.web.words.neutral import NEUTRAL
from appliance.web.words.night import between, headline, partner, rounded
from appliance.web.words.times import WallClock, duration, evening_of, long_date, zone
from detect.movement import Evidence, Movement
from detect.score import NightInput, score_night

WEB = Path(appliance.web.__file__).parent
BANNED = re.compile(
    r"\b(improv\w*|cure[sd]?|heal(s|ed|ing)?|treat(s|ed|ment|ing)?|diagnos(e|es|ed|ing)|better|worse|"
    r"normal|abnormal|healthy|unhealthy|disease|severe|mild|moderate|guarantee\w*|proven?|success\w*|"
    r"congratulations|score|bad|good night|failed|failure|error|invalid|illegal|fatal)\b",
    re.IGNORECASE,
)
JARGON = re.compile(r"\b(CLM|PLM\w*|IMI|TIB|WASM|AASM|EMG|index|epoch|series|kernel|gyro\w*)\b")


@pytest.fixture(autouse=True)
def speaking(app):
    with app.app_context():
        yield


def leg(**more):
    fields = {
        "onset_tick": 0, "end_tick": 200, "kind": "leg", "side": "right", "owner": "patient",
        "p_patient": 0.9, "peak_mg": 1.0, "peak_dps": 1.0,
    }  # fmt: skip
    return Movement(**{**fields, **more})


@pytest.mark.parametrize(
    ("movement", "said"),
    [
        (leg(evidence=Evidence(tilt_deg=9.1, lag_ms=30)),
         "Right ankle turned 9 degrees, mattress answered 30 ms later: yours"),
        (leg(side="both", owner="partner",
             evidence=Evidence(tilt_deg=0.4, common_mode=0.93, lag_ms=-40)),
         "Both ankles shook without turning, both ankles felt the same jolt, "
         "mattress moved 40 ms earlier: your partner's"),
        (leg(side="left", evidence=Evidence(tilt_deg=5.0, ankle_strip_db=12.0), owner="unsure"),
         "Left ankle turned 5 degrees, stronger at the ankle than in the mattress: cannot tell"),
        (leg(kind="bed", side=None, owner="partner"), "Felt in the mattress only: your partner's"),
        (leg(kind="bed", side=None, owner="unsure", evidence=Evidence(ankle_strip_db=-9.0)),
         "An ankle was not measured then: cannot tell"),
        (leg(kind="bed", side=None, owner="partner", evidence=Evidence(ankle_strip_db=-9.0)),
         "Stronger in the mattress than at the ankle: your partner's"),
        (leg(evidence=Evidence()), "Little to go by: yours"),
    ],
)  # fmt: skip
def test_evidence_in_words(movement, said):
    assert evidence.in_words(movement) == said


@pytest.mark.parametrize(
    ("fitted", "said"),
    [
        (("left", "right"), "Without the mattress strip we cannot tell how your partner moved."),
        (("left",), "With one ankle only we cannot tell your partner from your other leg."),
        ((), "Without an ankle sensor we cannot tell your partner from you."),
    ],
)
def test_why_nothing_is_said_of_the_partner(fitted, said):
    score = SimpleNamespace(couple=None, fitted=fitted)
    assert partner(SimpleNamespace(night=SimpleNamespace(private=False), score=score)) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (40, "40 s"), (89.4, "89 s"), (90, "2 min"), (3570, "1 h"), (3599, "1 h"),
     (27360, "7 h 36 min"), (720, "12 min")],
)  # fmt: skip
def test_durations(seconds, said):
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0"), (0.04, "0.0"), (2.1, "2.1"), (9.94, "9.9"), (9.96, "10"), (32.4, "32")],
)
def test_indices_are_written_with_as_many_digits_as_they_bear(value, said):
    assert rounded(value) == said


def test_a_range_of_one_number_is_one_number():
    assert between(20.1, 20.4) == "20"
    assert between(20.1, 22.4) == "20 to 22"


def test_days_and_evenings():
    assert long_date(date(2026, 1, 5)) == "Monday, 5 January"
    assert evening_of("2026-01-05-2") == date(2026, 1, 5)
    assert evening_of("strange") is None


def clock_from(start, zone_name="Europe/Berlin"):
    return WallClock(
        [Anchor(0, "b", 0, start.timestamp(), True)], start.timestamp(), zone(zone_name)
    )


def test_a_night_across_the_end_of_summer_time_shows_the_wall_clock():
    berlin = ZoneInfo("Europe/Berlin")
    clock = clock_from(datetime(2026, 10, 25, 0, 30, tzinfo=berlin))
    hours = [clock.hour(hour * 360_000) for hour in range(5)]
    assert hours == ["00:30", "01:30", "02:30", "02:30", "03:30"]
    assert clock.iso(360_000 * 3) == "2026-10-25T02:30:00.000+01:00"


def test_without_a_clock_times_count_from_the_start():
    clock = WallClock([], None, zone("UTC"))
    assert clock.hour(360_000 + 30_000) == "+1:05"
    assert clock.second(100) == "+0:00:01"
    assert clock.iso(0) is None
    assert clock.first_full_hour_s() == 0.0


def test_the_first_line_of_the_raster_begins_at_a_full_hour():
    clock = clock_from(datetime(2026, 1, 5, 22, 12, 30, tzinfo=UTC))
    assert clock.first_full_hour_s() == 12 * 60 + 30


def test_an_unknown_time_zone_is_utc():
    assert zone("Mars/Olympus").key == "UTC"
    assert zone("").key == "UTC"


def sentences():
    """Every sentence that people may see, with the place it stands in."""
    for path in sorted(WEB.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        for match in re.finditer(r'_\((["\'])(.*?)\1', text, re.DOTALL):
            yield path.name, match[2]
    for path in sorted(WEB.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for match in re.finditer(
            r'(?:say|many)\(\s*((?:(?:"[^"]*"|[0-9a-z_.()]+,)\s*,?\s*)+)', text
        ):
            for piece in re.findall(r'"([^"]*)"', match[1]):
                yield path.name, piece


HONEST = ("diagnosing PLMD", "to diagnose periodic limb movements")


def test_no_sentence_promises_health_or_scares():
    found = list(sentences())
    assert len(found) > 300
    for place, text in found:
        for honest in HONEST:
            text = text.replace(honest, "")
        assert not BANNED.search(text), (place, text)


def test_no_text_stands_in_a_template_outside_the_translation():
    for path in sorted(WEB.rglob("*.html")):
        text = re.sub(
            r"(?s)\{[%#].*?[%#]\}|\{\{.*?\}\}|<[^>]*>", " ", path.read_text(encoding="utf-8")
        )
        words = [word for word in re.findall(r"[A-Za-z]{2,}", text) if word != "plms"]
        assert words in ([], ["wasm"], ["scoring", "wasm"]), (path.name, words)


def test_every_sentence_turned_for_a_share_is_one_that_is_said():
    said = ""
    for path in [*WEB.rglob("*.py"), *WEB.rglob("*.html")]:
        if path.name != "neutral.py":
            said += re.sub(r'"\s*\n\s*"', "", path.read_text(encoding="utf-8"))
    assert [message for message in NEUTRAL if f'"{message}"' not in said] == []
    fields = {message: set(re.findall(r"\{\w+\}", message)) for message in NEUTRAL}
    assert {m: set(re.findall(r"\{\w+\}", NEUTRAL[m])) for m in NEUTRAL} == fields


def test_the_first_screen_is_free_of_jargon(guest):
    page = guest.text("/")
    first = page[page.index("<main") : page.index('id="hours"')]
    plain = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", first, flags=re.DOTALL)
    assert not JARGON.search(plain.replace("series", "", 1)), plain
    assert plain.count("rhythmic kicks") == 1


@pytest.mark.parametrize(
    ("ticks", "number", "words"),
    [
        (0, None, "No ankle sensor measured long enough"),
        (719_999, None, "too little for a number to go by"),
        (720_000, "0", "not above 15"),
    ],
)
def test_a_number_needs_two_counted_hours(ticks, number, words):
    found = headline(score_night(NightInput(ticks, (), (), ())))
    assert found.number == number
    assert words in found.meaning
