r"""Annotations of EDF+, lists of onset, duration and text.

A time-stamped annotation list is `+onset[\x15duration]\x14text\x14[text\x14...]\x00`; the first one
of a data record has an empty text and tells when the record begins. Source:
https://www.edfplus.info/specs/edfplus.html#tal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TEXT_END = b"\x14"
DURATION_MARK = b"\x15"
LIST_END = b"\x00"


@dataclass(frozen=True, slots=True)
class Annotation:
    """A text at a moment of the recording."""

    onset_s: float
    duration_s: float | None
    text: str


def _number(text: bytes) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def parse_lists(data: bytes) -> list[Annotation]:
    """Read all lists of one data record; what is not a list is passed over."""
    found = []
    for piece in data.split(LIST_END):
        stamp, mark, texts = piece.partition(TEXT_END)
        if not mark:
            continue
        onset_text, _, duration_text = stamp.partition(DURATION_MARK)
        onset_s = _number(onset_text)
        if onset_s is None:
            continue
        duration_s = _number(duration_text)
        found += [
            Annotation(onset_s, duration_s, text.decode("utf-8", "replace"))
            for text in texts.split(TEXT_END)[:-1] or [b""]
        ]
    return found


def _seconds(value: float) -> bytes:
    return f"{value:.2f}".rstrip("0").rstrip(".").encode()


def list_bytes(annotation: Annotation) -> bytes:
    """Write one annotation as a list; times to 10 ms."""
    duration = b""
    if annotation.duration_s is not None:
        duration = DURATION_MARK + _seconds(annotation.duration_s)
    text = annotation.text.encode("utf-8")
    return b"+" + _seconds(annotation.onset_s) + duration + TEXT_END + text + TEXT_END + LIST_END


def record_stamp(record: int) -> bytes:
    """Return the list that says when a data record of 1 s begins."""
    return b"+%d" % record + TEXT_END + TEXT_END + LIST_END


def pack(lists: Sequence[bytes], record_count: int, room: int) -> Iterator[bytes]:
    """Spread annotation lists over data records of 1 s, each `room` bytes, as early as they fit.

    Raises
    ------
    ValueError
        At the end, when not all lists found a place.
    """
    waiting = list(reversed(lists))
    for record in range(record_count):
        body = record_stamp(record)
        while waiting and len(body) + len(waiting[-1]) <= room:
            body += waiting.pop()
        yield body.ljust(room, LIST_END)
    if waiting:
        raise ValueError(f"{len(waiting)} annotations found no room")


def room_for(lists: Sequence[bytes], record_count: int) -> int:
    """Return the bytes a data record needs for its annotations, so that all find a place."""
    room = 64
    while True:
        try:
            for _ in pack(lists, record_count, room):
                pass
        except ValueError:
            room *= 2
        else:
            return room
