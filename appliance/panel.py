"""The box's one button and one LED. The only module that touches pins.

The button: a press starts or ends the night (or sets a mark, `panel.press`), held 3 s it pauses or
resumes (while nothing runs it starts the evening test, and ends it again), held 10 s it resets the
page's password. The action happens on release, and the LED says what a release would do now: lit
after 3 s, blinking fast after 10 s.

The LED: lit - awake and well; blinking slowly - awake, and something is wrong (the page says what);
dark - a night runs, or there is no power. While a night runs it shines by itself only where
`panel.led_in_dark` asks for it; an answer to a press is one short flash sequence.

gpiozero runs handlers in a thread of its own, so they only note the time and the level; everything
else happens in `Panel.step`, called by the recorder ten times a second.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gpiozero import LED, Button, GPIOZeroError

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.config import Panel as PanelConfig

PAUSE_HOLD_S = 3.0
RESET_HOLD_S = 10.0
BOUNCE_S = 0.03
"""A change of the contact shorter than this is not a finger."""
ANSWER_S = 5.0
"""A change of phase this soon after a press is taken as its result, and answered."""

Phase = Literal["idle", "recording", "paused"]
Request = Literal[
    "start_night", "end_night", "mark", "pause", "resume", "sit_start", "password_reset"
]
Press = Literal["night", "mark"]


class PanelError(Exception):
    """A panel that cannot be used; the text says which pin and why."""


@dataclass(frozen=True, slots=True)
class Light:
    """A rhythm of the LED: seconds lit, dark, lit, ..., then from the start or `once`."""

    steps_s: tuple[float, ...]
    once: bool = False

    def lit(self, elapsed_s: float) -> bool:
        """Return whether the LED is lit `elapsed_s` after the rhythm began."""
        if self.over(elapsed_s):
            return False
        total_s = sum(self.steps_s)
        place_s = elapsed_s % total_s if total_s else 0.0
        for index, step_s in enumerate(self.steps_s):
            if place_s < step_s:
                return index % 2 == 0
            place_s -= step_s
        return False

    def over(self, elapsed_s: float) -> bool:
        """Return whether a rhythm that plays once has been played."""
        return self.once and elapsed_s >= sum(self.steps_s)


DARK = Light((0.0, 1.0))
STEADY = Light((1.0,))
TROUBLE = Light((1.0, 1.0))
BREATH = Light((0.1, 4.9))
PAUSED = Light((0.1, 0.3, 0.1, 4.5))
RESET_ARMED = Light((0.1, 0.1))
ANSWERS: dict[str, Light] = {
    "recording": Light((1.0,), once=True),
    "idle": Light((0.2, 0.3, 0.2), once=True),
    "paused": Light((0.2, 0.3, 0.2, 0.3, 0.2), once=True),
    "mark": Light((0.2,), once=True),
    "password_reset": Light((0.1, 0.1) * 10, once=True),
}


def request_of(held_s: float, phase: Phase, press: Press) -> Request | None:
    """Return what letting go of the button after `held_s` seconds asks for.

    Parameters
    ----------
    held_s : float
        How long the button was down [s].
    phase : {"idle", "recording", "paused"}
        What the recorder does.
    press : {"night", "mark"}
        What a short press means while a night runs; it starts one in any case.
    """
    if held_s >= RESET_HOLD_S:
        return "password_reset"
    if held_s >= PAUSE_HOLD_S:
        held: dict[Phase, Request]
        held = {"recording": "pause", "paused": "resume", "idle": "sit_start"}
        return held[phase]
    if phase == "idle":
        return "start_night"
    return "mark" if press == "mark" else "end_night"


def resting_light(phase: Phase, *, trouble: bool, in_dark: bool) -> Light:
    """Return the LED's rhythm while nobody touches the button."""
    if phase == "idle":
        return TROUBLE if trouble else STEADY
    if not in_dark:
        return DARK
    if trouble:
        return TROUBLE
    return BREATH if phase == "recording" else PAUSED


class Panel:
    """The button's presses in, the LED's light out.

    Parameters
    ----------
    button, led : gpiozero.Button, gpiozero.LED
        Opened devices; owned from now on.
    press : {"night", "mark"}
        See `request_of`.
    in_dark : bool
        Whether the LED may shine by itself while a night runs.
    now_s : callable
        Monotonic seconds; read in gpiozero's thread too.
    """

    def __init__(
        self,
        button: Button,
        led: LED,
        *,
        press: Press,
        in_dark: bool,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._button = button
        self._led = led
        self._press = press
        self._in_dark = in_dark
        self._now_s = now_s
        self._changes: deque[tuple[float, bool]] = deque()
        self._down_s: float | None = None
        self._light = DARK
        self._light_from_s = 0.0
        self._phase: Phase = "idle"
        self._asked_s = -ANSWER_S
        button.when_pressed = self._pressed
        button.when_released = self._released

    def _pressed(self) -> None:
        self._changes.append((self._now_s(), True))

    def _released(self) -> None:
        self._changes.append((self._now_s(), False))

    def step(self, phase: Phase, *, trouble: bool) -> list[Request]:
        """Take the button's changes since the last call and set the LED.

        Parameters
        ----------
        phase : {"idle", "recording", "paused"}
            What the recorder does.
        trouble : bool
            Whether a fault is open.

        Returns
        -------
        list of str
            What the person asked for, in order.
        """
        now_s = self._now_s()
        asked: list[Request] = []
        while self._changes:
            at_s, down = self._changes.popleft()
            request = self._take(at_s, phase, down)
            if request is not None:
                asked.append(request)
        if asked:
            self._asked_s = now_s
        self._set_light(now_s, phase, asked, trouble=trouble)
        self._phase = phase
        return asked

    def _take(self, at_s: float, phase: Phase, down: bool) -> Request | None:
        if down:
            self._down_s = at_s if self._down_s is None else self._down_s
            return None
        down_s, self._down_s = self._down_s, None
        return None if down_s is None else request_of(at_s - down_s, phase, self._press)

    def _set_light(
        self, now_s: float, phase: Phase, asked: list[Request], *, trouble: bool
    ) -> None:
        answer = next((ANSWERS[request] for request in asked if request in ANSWERS), None)
        if answer is None and phase != self._phase and now_s - self._asked_s <= ANSWER_S:
            answer = ANSWERS[phase]
        if answer is None and self._light.once and not self._light.over(now_s - self._light_from_s):
            answer = self._light
        light = answer or resting_light(phase, trouble=trouble, in_dark=self._in_dark)
        if self._down_s is not None and now_s - self._down_s >= PAUSE_HOLD_S:
            light = RESET_ARMED if now_s - self._down_s >= RESET_HOLD_S else STEADY
        if light is not self._light:
            self._light, self._light_from_s = light, now_s
        lit = light.lit(now_s - self._light_from_s)
        if lit != bool(self._led.value):
            self._led.value = lit

    def close(self) -> None:
        """Give the pins back; the LED goes dark."""
        self._button.close()
        self._led.close()


def _pin_factory(name: Literal["lgpio", "mock"]) -> Any:  # noqa: ANN401 - gpiozero is untyped
    """Return the pin factory asked for and no other (gpiozero's own search only warns)."""
    if name == "mock":
        from gpiozero.pins.mock import MockFactory

        return MockFactory()
    from gpiozero.pins.lgpio import LGPIOFactory

    return LGPIOFactory()


def open_panel(config: PanelConfig, pin_factory: Any = None) -> Panel | None:  # noqa: ANN401
    """Open the panel that the configuration names; None where none is wired.

    Parameters
    ----------
    config : appliance.config.Panel
        Pins and wishes.
    pin_factory : gpiozero.Factory, optional
        Instead of the one that the configuration names.

    Raises
    ------
    PanelError
        When the GPIO library or a pin cannot be used.
    """
    if not config.enabled:
        return None
    try:
        factory = pin_factory or _pin_factory(config.pin_factory)
        button = Button(config.button_pin, pull_up=True, bounce_time=BOUNCE_S, pin_factory=factory)
    except (GPIOZeroError, ImportError, AttributeError, OSError) as error:
        # AttributeError: lgpio 0.0.0.2 is an empty shell of the library (a known trap)
        raise PanelError(
            f"panel: GPIO{config.button_pin} (button) through {config.pin_factory}: {error}"
        ) from error
    try:
        led = LED(config.led_pin, pin_factory=factory)
    except (GPIOZeroError, OSError) as error:
        button.close()
        raise PanelError(
            f"panel: GPIO{config.led_pin} (LED) through {config.pin_factory}: {error}"
        ) from error
    return Panel(button, led, press=config.press, in_dark=config.led_in_dark)
