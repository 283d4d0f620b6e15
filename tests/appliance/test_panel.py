"""The button and the LED on gpiozero's own mock pins, against a clock of our own."""

from __future__ import annotations

import sys

import msgspec
import pytest
from gpiozero import LED, Button
from gpiozero.pins.mock import MockFactory
from hypothesis import given
from hypothesis import strategies as st

from appliance.config import Config
from appliance.panel import (
    ANSWERS,
    BREATH,
    DARK,
    PAUSED,
    RESET_ARMED,
    STEADY,
    TROUBLE,
    Light,
    Panel,
    PanelError,
    open_panel,
    request_of,
)

BUTTON, LAMP = 17, 27
STEP_S = 0.05


class Box:
    """A panel on mock pins, a finger, and a recorder that obeys."""

    def __init__(self, *, press="night", in_dark=False, phase="idle"):
        self.factory = MockFactory()
        self.now_s = 100.0
        self.phase, self.trouble = phase, False
        self.asked = []
        self.panel = Panel(
            Button(BUTTON, pin_factory=self.factory),
            LED(LAMP, pin_factory=self.factory),
            press=press,
            in_dark=in_dark,
            now_s=lambda: self.now_s,
        )

    def finger(self, *, down):
        pin = self.factory.pin(BUTTON)
        pin.drive_low() if down else pin.drive_high()

    def wait(self, seconds):
        """Step ten times a second and more; return when the LED was lit, as (start, end)."""
        begin_s, lit = self.now_s, []
        for _ in range(round(seconds / STEP_S)):
            for request in self.panel.step(self.phase, trouble=self.trouble):
                self.asked.append(request)
                self.phase = {
                    "start_night": "recording",
                    "resume": "recording",
                    "pause": "paused",
                    "end_night": "idle",
                }.get(request, self.phase)
            if self.factory.pin(LAMP).state:
                lit.append(round(self.now_s - begin_s, 2))
            self.now_s += STEP_S
        return lit

    def hold(self, seconds):
        self.finger(down=True)
        lit = self.wait(seconds)
        self.finger(down=False)
        return lit


@pytest.mark.parametrize(
    ("held_s", "phase", "press", "expected"),
    [
        (0.2, "idle", "night", "start_night"),
        (0.2, "idle", "mark", "start_night"),
        (0.2, "recording", "night", "end_night"),
        (0.2, "recording", "mark", "mark"),
        (2.9, "paused", "night", "end_night"),
        (3.0, "recording", "night", "pause"),
        (9.9, "paused", "mark", "resume"),
        (5.0, "idle", "night", "sit_start"),
        (10.0, "idle", "night", "password_reset"),
        (600.0, "recording", "night", "password_reset"),
    ],
)
def test_what_letting_go_asks_for(held_s, phase, press, expected):
    assert request_of(held_s, phase, press) == expected


def test_press_starts_and_ends_the_night_and_is_answered():
    box = Box()
    assert box.wait(1) != []  # awake and well: lit
    box.hold(0.2)
    lit = box.wait(3)
    assert box.asked == ["start_night"]
    assert lit[-1] == pytest.approx(1.0, abs=2 * STEP_S)  # one long flash, then dark
    assert box.wait(600) == []  # nothing in the dark by default
    box.hold(0.2)
    box.wait(3)
    assert box.asked == ["start_night", "end_night"]


def test_hold_3_s_pauses_and_the_led_says_when():
    box = Box(phase="recording")
    box.wait(2)
    lit = box.hold(4)
    assert lit[0] == pytest.approx(3.0, abs=2 * STEP_S)
    box.wait(2)
    assert box.asked == ["pause"]
    box.hold(3.5)
    box.wait(1)
    assert box.asked == ["pause", "resume"]


def test_hold_10_s_resets_the_password_and_blinks_before():
    box = Box()
    box.wait(1)
    lit = box.hold(12)
    blinks = [when for when in lit if when >= 10.2]
    assert 0 < len(blinks) < 1.8 / STEP_S  # neither dark nor steady
    box.wait(1)
    assert box.asked == ["password_reset"]


def test_mark_is_answered_by_one_blip():
    box = Box(phase="recording", press="mark")
    box.wait(1)
    box.hold(0.2)
    lit = box.wait(3)
    assert box.asked == ["mark"]
    assert 0 < len(lit) * STEP_S <= 0.3


def test_press_between_two_steps_is_not_lost():
    box = Box()
    box.wait(0.1)
    box.finger(down=True)
    box.now_s += 0.06
    box.finger(down=False)
    box.wait(0.1)
    assert box.asked == ["start_night"]


def test_refused_request_gives_no_answer_flash():
    box = Box(phase="recording")
    box.wait(1)
    box.finger(down=True)
    box.panel.step("recording", trouble=False)
    box.finger(down=False)
    assert box.panel.step("recording", trouble=False) == ["end_night"]  # and nobody obeys
    assert box.wait(4) == []


@pytest.mark.parametrize(
    ("phase", "trouble", "in_dark", "light"),
    [
        ("idle", False, False, STEADY),
        ("idle", True, False, TROUBLE),
        ("recording", False, False, DARK),
        ("recording", True, False, DARK),
        ("paused", False, False, DARK),
        ("recording", False, True, BREATH),
        ("paused", False, True, PAUSED),
        ("recording", True, True, TROUBLE),
    ],
)
def test_led_at_rest(phase, trouble, in_dark, light):
    box = Box(in_dark=in_dark, phase=phase)
    box.trouble = trouble
    box.wait(30)
    lit_s = len(box.wait(40)) * STEP_S
    share = sum(light.steps_s[::2]) / sum(light.steps_s)
    assert lit_s == pytest.approx(40 * share, abs=1.6)


def test_lights_that_people_tell_apart_differ():
    rhythms = [DARK, STEADY, TROUBLE, BREATH, PAUSED, RESET_ARMED, *ANSWERS.values()]
    seen = {tuple(light.lit(tick * STEP_S) for tick in range(200)) for light in rhythms}
    assert len(seen) == len(rhythms)


@given(
    steps=st.lists(st.floats(0.05, 5.0), min_size=1, max_size=8),
    elapsed_s=st.floats(0.0, 1e6),
    once=st.booleans(),
)
def test_rhythm_played_once_ends_dark(steps, elapsed_s, once):
    light = Light(tuple(steps), once=once)
    if light.over(elapsed_s):
        assert once
        assert not light.lit(elapsed_s)
    assert light.lit(0.0)


def panel_config(**values):
    return msgspec.structs.replace(Config().panel, **values)


def test_no_panel_by_default():
    assert open_panel(Config().panel) is None


def test_opens_the_configured_pins_and_gives_them_back():
    factory = MockFactory()
    panel = open_panel(panel_config(enabled=True, button_pin=5, led_pin=6), factory)
    panel.step("idle", trouble=False)
    assert factory.pin(6).function == "output"
    assert factory.pin(5).pull == "up"
    panel.close()
    assert factory.pin(6).function == "input"


def test_mock_factory_by_configuration():
    panel = open_panel(panel_config(enabled=True, pin_factory="mock"))
    assert panel.step("idle", trouble=False) == []
    panel.close()


def test_used_pin_and_missing_library_are_named(monkeypatch):
    factory = MockFactory()
    other = LED(LAMP, pin_factory=factory)
    with pytest.raises(PanelError, match=r"GPIO27 \(LED\).*in use"):
        open_panel(panel_config(enabled=True), factory)
    with pytest.raises(PanelError, match=r"GPIO27 \(LED\)"):  # the button was given back
        open_panel(panel_config(enabled=True), factory)
    other.close()
    monkeypatch.setitem(sys.modules, "gpiozero.pins.lgpio", None)
    with pytest.raises(PanelError, match=r"panel: GPIO17 \(button\) through lgpio: "):
        open_panel(panel_config(enabled=True))
