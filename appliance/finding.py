"""One thing that `plms doctor` looked at, and what it found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "note", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report.

    Attributes
    ----------
    topic : str
        What was looked at: "left ankle", "clock", "disk", ...
    state : {"ok", "note", "bad"}
        ok; worth knowing; or something that is needed does not work.
    text : str
        What was found, in plain words.
    remedy : str
        What to do about it; empty where nothing needs doing.
    """

    topic: str
    state: State
    text: str
    remedy: str = ""


def ok(topic: str, text: str) -> Finding:
    """Return a finding that needs nothing."""
    return Finding(topic, "ok", text)


def note(topic: str, text: str, remedy: str = "") -> Finding:
    """Return a finding that is worth knowing."""
    return Finding(topic, "note", text, remedy)


def bad(topic: str, text: str, remedy: str) -> Finding:
    """Return a finding that stops the device from doing its work."""
    return Finding(topic, "bad", text, remedy)
