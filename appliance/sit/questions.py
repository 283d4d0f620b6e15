"""Which question is open, and what is an answer. Pure: ticks in, minutes out."""

from __future__ import annotations

from detect.movement import TICKS_PER_S
from detect.rules import RuleError
from detect.sit import LEAST, MOST, QUESTIONS_MIN, SLOT_MIN, SLOT_TICKS, check_answer

REMIND_AFTER_TICKS = 180 * TICKS_PER_S
"""A question that was not answered for so long is asked once more."""
OUT_OF_RANGE = f"discomfort: a whole number from {LEAST} (none) to {MOST} (the worst)"


def open_minute(now_tick: int, end_tick: int | None = None) -> int | None:
    """Return the minute of the question that is open; each for ten minutes, one at a time.

    Parameters
    ----------
    now_tick : int
        Since the test began.
    end_tick : int, optional
        When it ended; the question that was open then stays so for the rest of its ten minutes,
        and that of minute 60 opens as the hour ends.
    """
    minute = now_tick // SLOT_TICKS * SLOT_MIN
    last = QUESTIONS_MIN[-1] if end_tick is None else end_tick // SLOT_TICKS * SLOT_MIN
    return minute if 0 <= minute <= min(last, QUESTIONS_MIN[-1]) else None


def closes_at_tick(minute: int) -> int:
    """Return when the question of a minute closes."""
    return (minute // SLOT_MIN + 1) * SLOT_TICKS


def whole_number(value: object) -> int | None:
    """Return a value of JSON as a whole number ("4", 4 and 4.0 are 4); None: it is none."""
    if isinstance(value, str):
        text = value.strip()
        digits = text.removeprefix("-")
        return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 20 else None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        return None
    return int(value)


def read_discomfort(value: object) -> int:
    """Return an answer.

    Raises
    ------
    ValueError
        With the range that is allowed.
    """
    number = whole_number(value)
    if number is None:
        raise ValueError(OUT_OF_RANGE)
    try:
        return check_answer(QUESTIONS_MIN[0], number).discomfort
    except RuleError:
        raise ValueError(OUT_OF_RANGE) from None
