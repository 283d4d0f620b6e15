"""The header of an EDF or EDF+ file. Field widths: https://www.edfplus.info/specs/edf.html."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ANNOTATIONS_LABEL = "EDF Annotations"
FIXED_BYTES = 256
SIGNAL_BYTES = 256
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
CLIPPING_YEAR = 85
"""EDF's two-digit years: 85-99 are 1985-1999, 00-84 are 2000-2084."""


class EdfError(Exception):
    """A file that cannot be read; the text names it and what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One signal's header."""

    label: str
    unit: str
    physical_min: float
    physical_max: float
    digital_min: int
    digital_max: int
    samples_per_record: int
    first_byte: int
    """Where its samples begin in a data record [bytes]."""

    @property
    def gain(self) -> float:
        """Physical units per count; the same division as `drivers.channels.PhysicalRange`."""
        return (self.physical_max - self.physical_min) / float(self.digital_max - self.digital_min)

    @property
    def offset(self) -> float:
        """Physical value of count 0."""
        return self.physical_min - self.digital_min * self.gain


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The whole header."""

    start: datetime | None
    """Local time of the first record, or None when the file does not say."""
    header_bytes: int
    record_bytes: int
    record_count: int
    record_s: float
    discontinuous: bool
    signals: tuple[Signal, ...]

    @property
    def annotations(self) -> tuple[Signal, ...]:
        """The signals that hold annotations."""
        return tuple(s for s in self.signals if s.label == ANNOTATIONS_LABEL)


def _number(path: Path, name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise EdfError(f"{path}: not a readable EDF file: {name} is {text!r}") from None
    if not math.isfinite(value):
        raise EdfError(f"{path}: not a readable EDF file: {name} is {text!r}")
    return value


def _integer(path: Path, name: str, text: str) -> int:
    value = _number(path, name, text)
    if value != int(value):
        raise EdfError(f"{path}: not a readable EDF file: {name} is {text!r}")
    return int(value)


def _start(recording: str, date: str, time: str) -> datetime | None:
    try:
        day, month, year = (int(part) for part in date.split("."))
        hour, minute, second = (int(part) for part in time.split("."))
        words = recording.split()
        if words[:1] == ["Startdate"] and len(words) > 1:  # EDF+: the full date, or X for unknown
            if words[1] == "X":
                return None
            day_text, month_text, year_text = words[1].split("-")
            day, month, year = int(day_text), MONTHS.index(month_text.upper()) + 1, int(year_text)
        else:
            year += 1900 if year >= CLIPPING_YEAR else 2000
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - EDF has no zone
    except ValueError:
        return None


def _signals(path: Path, text: str, count: int) -> tuple[Signal, ...]:
    def field(first: int, width: int, i: int) -> str:
        begin = first * count + i * width
        return text[begin : begin + width].strip()

    signals, first_byte = [], 0
    for i in range(count):
        label = field(0, 16, i)
        signal = Signal(
            label=label,
            unit=field(96, 8, i),
            physical_min=_number(path, f"physical minimum of {label!r}", field(104, 8, i)),
            physical_max=_number(path, f"physical maximum of {label!r}", field(112, 8, i)),
            digital_min=_integer(path, f"digital minimum of {label!r}", field(120, 8, i)),
            digital_max=_integer(path, f"digital maximum of {label!r}", field(128, 8, i)),
            samples_per_record=_integer(path, f"samples of {label!r}", field(216, 8, i)),
            first_byte=first_byte,
        )
        if signal.samples_per_record < 0:
            raise EdfError(f"{path}: {label!r} has a negative number of samples")
        first_byte += 2 * signal.samples_per_record
        signals.append(signal)
    return tuple(signals)


def _record_count(path: Path, promised: int, data_bytes: int, record_bytes: int) -> int:
    held = data_bytes // record_bytes if record_bytes else 0
    if promised == -1:  # the recorder never closed the file
        return held
    if held < promised:
        raise EdfError(f"{path}: truncated: it promises {promised} data records and holds {held}")
    return promised


def read_header(path: Path) -> Header:
    """Read and check the header of an EDF or EDF+ file.

    Raises
    ------
    EdfError
        Naming the file: not readable, not EDF, truncated or with a damaged header.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            fixed = file.read(FIXED_BYTES)
            if len(fixed) < FIXED_BYTES or fixed[:8] != b"0       ":
                kind = "BDF files are not read" if fixed[:1] == b"\xff" else "not an EDF file"
                raise EdfError(f"{path}: {kind}")
            text = fixed.decode("latin-1")
            count = _integer(path, "number of signals", text[252:256])
            rest = file.read(SIGNAL_BYTES * max(count, 0))
    except OSError as error:
        raise EdfError(f"{path}: cannot be read: {error.strerror}") from error
    header_bytes = FIXED_BYTES + SIGNAL_BYTES * count
    if count < 1 or len(rest) < SIGNAL_BYTES * count:
        raise EdfError(f"{path}: truncated: the header is not complete")
    signals = _signals(path, rest.decode("latin-1"), count)
    record_bytes = sum(2 * signal.samples_per_record for signal in signals)
    promised = _integer(path, "number of data records", text[236:244])
    return Header(
        start=_start(text[88:168], text[168:176], text[176:184]),
        header_bytes=header_bytes,
        record_bytes=record_bytes,
        record_count=_record_count(path, promised, size - header_bytes, record_bytes),
        record_s=_number(path, "duration of a data record", text[244:252]),
        discontinuous=text[192:197] == "EDF+D",
        signals=signals,
    )
