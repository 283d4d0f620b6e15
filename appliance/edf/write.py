"""Write a night as EDF+C: 13 signals of 100 samples a second and the annotations, streamed.

Standard library only, so that the web process can export without loading numpy.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from appliance.edf.annotations import Annotation, list_bytes, pack, room_for
from appliance.edf.header import ANNOTATIONS_LABEL, CLIPPING_YEAR, FIXED_BYTES, MONTHS, SIGNAL_BYTES
from drivers.channels import CHANNELS, TICKS_PER_S, UNITS, NightScale

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

TRANSDUCERS = ("ankle accelerometer",) * 3 + ("ankle gyroscope",) * 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What the header says of a night.

    Attributes
    ----------
    start : datetime or None
        Local time of tick 0 with its offset to UTC; None when the clock was never set.
    record_count : int
        Seconds.
    scale : NightScale
        Physical ranges.
    equipment : str
        Name and version of the recorder.
    """

    start: datetime | None
    record_count: int
    scale: NightScale
    equipment: str


def _field(text: str, width: int) -> bytes:
    data = text.encode("ascii", "replace")
    if len(data) > width:
        raise ValueError(f"{text!r} does not fit {width} characters")
    return data.ljust(width)


def _fixed(about: Description, signal_count: int) -> bytes:
    date, time, long_date, zone = "01.01.85", "00.00.00", "X", ""
    if about.start is not None:
        start = about.start
        date, time = start.strftime("%d.%m.%y"), start.strftime("%H.%M.%S")
        if not CLIPPING_YEAR + 1900 <= start.year < CLIPPING_YEAR + 2000:
            raise ValueError(f"EDF cannot hold the year {start.year}")
        long_date = f"{start.day:02d}-{MONTHS[start.month - 1]}-{start.year}"
        zone = start.strftime("_UTC%z")
    equipment = about.equipment.replace(" ", "_") + zone
    return b"".join(
        (
            _field("0", 8),
            _field("X X X X", 80),
            _field(f"Startdate {long_date} X X {equipment}", 80),
            _field(date, 8),
            _field(time, 8),
            _field(str(FIXED_BYTES + SIGNAL_BYTES * signal_count), 8),
            _field("EDF+C", 44),
            _field(str(about.record_count), 8),
            _field("1", 8),
            _field(str(signal_count), 4),
        )
    )


def _number(value: float) -> str:
    return f"{value:.8f}".rstrip("0").rstrip(".")


def header_bytes(about: Description, annotation_bytes: int) -> bytes:
    """Return the header of an export.

    Parameters
    ----------
    about : Description
        The night.
    annotation_bytes : int
        Room for annotations in a data record, even.
    """
    ranges = about.scale.ranges()
    transducers = (*TRANSDUCERS, *TRANSDUCERS, "piezo strip under the mattress")
    columns: tuple[tuple[int, Iterable[str]], ...] = (
        (16, (*CHANNELS, ANNOTATIONS_LABEL)),
        (80, (*transducers, "")),
        (8, (*UNITS, "")),
        (8, (*(_number(r.minimum) for r in ranges), "-1")),
        (8, (*(_number(r.maximum) for r in ranges), "1")),
        (8, ("-32768",) * (len(CHANNELS) + 1)),
        (8, ("32767",) * (len(CHANNELS) + 1)),
        (80, ("",) * (len(CHANNELS) + 1)),
        (8, (*(str(TICKS_PER_S),) * len(CHANNELS), str(annotation_bytes // 2))),
        (32, ("",) * (len(CHANNELS) + 1)),
    )
    signals = b"".join(_field(text, width) for width, texts in columns for text in texts)
    return _fixed(about, len(CHANNELS) + 1) + signals


def _little_endian(column: array[int]) -> bytes:
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column.tobytes()


def edf_bytes(
    about: Description,
    windows: Iterable[Sequence[array[int]]],
    annotations: Sequence[Annotation],
) -> Iterator[bytes]:
    """Yield an EDF+C file piece by piece.

    Parameters
    ----------
    about : Description
        The night.
    windows : iterable of 13 array('h')
        All samples in order, whole seconds a window, `record_count` seconds in all.
    annotations : sequence of Annotation
        By onset.
    """
    lists = [list_bytes(annotation) for annotation in annotations]
    room = room_for(lists, about.record_count)
    yield header_bytes(about, room)
    texts = pack(lists, about.record_count, room)
    size = 2 * TICKS_PER_S
    for window in windows:
        columns = [_little_endian(column) for column in window]
        seconds = range(0, len(columns[0]), size)
        yield b"".join(
            chain.from_iterable(
                (*(column[at : at + size] for column in columns), next(texts)) for at in seconds
            )
        )
