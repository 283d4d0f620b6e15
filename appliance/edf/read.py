"""Read any EDF whose labels match as a stream of 100 Hz samples.

A file of our own (100 Hz, whole seconds) passes through untouched, count by count; other sample
rates are interpolated, other units scaled, missing channels filled with missing samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from appliance.edf.annotations import TEXT_END, Annotation, parse_lists
from appliance.edf.header import EdfError, Header, Signal, read_header
from drivers.channels import CHANNELS, MISSING, TICKS_PER_S, UNITS, NightScale

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

BLOCK_TICKS = 6000
"""A minute at a time: an 8-hour night never stands in memory as a whole."""

STAMP_ENDS = 2
"""Ends of text in a data record that holds its time stamp and no annotation."""

UNIT_FACTORS = {
    "g": {"g": 1.0, "mg": 1e-3, "m/s2": 1 / 9.80665, "m/s^2": 1 / 9.80665},
    "deg/s": {"deg/s": 1.0, "dps": 1.0, "mdps": 1e-3, "rad/s": 57.29577951308232},
    "mV": {"mV": 1.0, "uV": 1e-3, "nV": 1e-6, "V": 1e3},
}
"""What other makers write as the unit, in any case, in ours. An empty unit is taken as ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """An opened recording.

    Attributes
    ----------
    path : Path
        The file.
    header : Header
        Its header.
    gains, offsets : float64[13]
        Physical = count * gain + offset, in g, deg/s and mV.
    duration_ticks : int
        From the first to behind the last sample.
    annotations : tuple of Annotation
        All but the stamps of the data records, by onset.
    segments : tuple of (first record, tick of its start, number of records)
        Stretches without interruption; one, unless the file is EDF+D.
    """

    path: Path
    header: Header
    gains: NDArray[np.float64]
    offsets: NDArray[np.float64]
    duration_ticks: int
    annotations: tuple[Annotation, ...]
    segments: tuple[tuple[int, int, int], ...]

    def lights(self) -> tuple[int | None, int | None]:
        """Return the ticks of the first `Lights off` and the last `Lights on` after it."""
        off = on = None
        for annotation in self.annotations:
            word = " ".join(annotation.text.lower().split())
            tick = min(max(round(annotation.onset_s * TICKS_PER_S), 0), self.duration_ticks)
            if word == "lights off" and off is None:
                off = tick
            elif word == "lights on":
                on = tick
        return off, on


def _matching(header: Header) -> list[Signal | None]:
    known: dict[str, Signal] = {}
    for signal in header.signals:
        known.setdefault(" ".join(signal.label.upper().split()), signal)
    return [known.get(label) for label in CHANNELS]


def _unit_factor(path: Path, signal: Signal, ours: str) -> float:
    """Return what one of a signal's units is in `ours`."""
    unit = signal.unit or ours
    for name, factor in UNIT_FACTORS[ours].items():
        if name.lower() == unit.lower():
            return factor
    known = ", ".join(UNIT_FACTORS[ours])
    raise EdfError(f"{path}: {signal.label!r} is in {unit!r} (units read: {known})")


def _scales(path: Path, signals: list[Signal | None]) -> tuple[list[float], list[float]]:
    gains, offsets = list(NightScale().gains()), list(NightScale().offsets())
    for i, signal in enumerate(signals):
        if signal is None:
            continue
        if signal.digital_max == signal.digital_min:
            raise EdfError(f"{path}: {signal.label!r} has an empty digital range")
        factor = _unit_factor(path, signal, UNITS[i])
        gains[i], offsets[i] = signal.gain * factor, signal.offset * factor
    return gains, offsets


def _map(path: Path, header: Header) -> NDArray[np.uint8]:
    shape = (header.record_count, header.record_bytes)
    try:
        return np.memmap(path, np.uint8, "r", header.header_bytes, shape)
    except (OSError, ValueError) as error:
        raise EdfError(f"{path}: cannot be read: {error}") from error


def _record_lists(
    header: Header, records: NDArray[np.uint8]
) -> Iterator[tuple[int, list[Annotation]]]:
    """Yield (data record, its annotations), those that hold only their stamp left out.

    The stamps matter only where the file is discontinuous; there every record comes.
    """
    columns = [
        np.ascontiguousarray(records[:, s.first_byte : s.first_byte + 2 * s.samples_per_record])
        for s in header.annotations
    ]
    if not columns:
        return
    ends = sum(np.count_nonzero(column == TEXT_END[0], axis=1) for column in columns)
    wanted = np.arange(len(records)) if header.discontinuous else np.flatnonzero(ends > STAMP_ENDS)
    for record in wanted:
        yield int(record), [a for c in columns for a in parse_lists(c[record].tobytes())]


def _segments(header: Header, onsets_s: list[float]) -> list[tuple[int, int, int]]:
    record_ticks = header.record_s * TICKS_PER_S
    found: list[tuple[int, int, int]] = []
    origin_s = onsets_s[0]
    for record, onset_s in enumerate(onsets_s):
        tick = round((onset_s - origin_s) * TICKS_PER_S)
        if found:
            first, start, count = found[-1]
            if abs(start + count * record_ticks - tick) < 1:
                found[-1] = (first, start, count + 1)
                continue
            if tick < start + count * record_ticks:
                raise EdfError(f"data record {record} begins before the one before it ends")
        found.append((record, tick, 1))
    return found


def open_recording(path: Path) -> Recording:
    """Open an EDF or EDF+ file.

    Raises
    ------
    EdfError
        Naming the file: unreadable, not EDF, truncated, without any of our labels, or one of them
        in a unit that is not known.
    """
    header = read_header(path)
    signals = _matching(header)
    if not any(signals):
        raise EdfError(f"{path}: no signal is named like ours ({CHANNELS[0]}, ... {CHANNELS[-1]})")
    if header.record_count == 0 or header.record_s <= 0:
        raise EdfError(f"{path}: holds no samples")
    gains, offsets = _scales(path, signals)
    annotations: list[Annotation] = []
    onsets_s = [record * header.record_s for record in range(header.record_count)]
    for record, lists in _record_lists(header, _map(path, header)):
        if lists and lists[0].text == "":
            onsets_s[record] = lists[0].onset_s
        annotations += [a for a in lists if a.text]
    segments = [(0, 0, header.record_count)]
    if header.discontinuous:
        try:
            segments = _segments(header, onsets_s)
        except EdfError as error:
            raise EdfError(f"{path}: {error}") from error
    last = segments[-1]
    return Recording(
        path=path,
        header=header,
        gains=np.array(gains),
        offsets=np.array(offsets),
        duration_ticks=last[1] + int(last[2] * header.record_s * TICKS_PER_S + 1e-6),
        annotations=tuple(sorted(annotations, key=lambda a: a.onset_s)),
        segments=tuple(segments),
    )


def _counts(records: NDArray[np.uint8], signal: Signal, first: int, last: int) -> NDArray[np.int16]:
    """Return the counts `first` to before `last` of a signal within a stretch of records."""
    n = signal.samples_per_record
    rows = records[first // n : -(-last // n), signal.first_byte : signal.first_byte + 2 * n]
    counts = np.frombuffer(np.ascontiguousarray(rows).tobytes(), np.int16)  # EDF is little-endian
    return counts[first % n : first % n + last - first]


def _resampled(
    records: NDArray[np.uint8], signal: Signal, rate_hz: float, ticks: NDArray[np.int64]
) -> NDArray[np.int16]:
    """Interpolate a signal of another rate at ticks; next to a missing sample it is missing."""
    total = len(records) * signal.samples_per_record
    at = ticks * (rate_hz / TICKS_PER_S)
    before = np.minimum(at.astype(np.int64), total - 1)
    first = int(before[0])
    counts = _counts(records, signal, first, min(int(before[-1]) + 2, total)).astype(np.float64)
    left = before - first
    right = np.minimum(left + 1, len(counts) - 1)
    share = np.clip(at - before, 0.0, 1.0)
    mixed = np.rint(counts[left] * (1 - share) + counts[right] * share)
    values: NDArray[np.int16] = mixed.astype(np.int16)
    values[(counts[left] == MISSING) | ((counts[right] == MISSING) & (share > 0))] = MISSING
    return values


def stream(
    recording: Recording, block_ticks: int = BLOCK_TICKS
) -> Iterator[tuple[int, NDArray[np.int16]]]:
    """Yield (first tick, int16[n, 13]) through a recording; -32768 is a missing sample.

    Parameters
    ----------
    recording : Recording
        From `open_recording`.
    block_ticks : int
        Largest n.
    """
    header = recording.header
    signals = _matching(header)
    records = _map(recording.path, header)
    for first_record, start_tick, count in recording.segments:
        part = records[first_record : first_record + count]
        length = int(count * header.record_s * TICKS_PER_S + 1e-6)
        for begin in range(0, length, block_ticks):
            end = min(begin + block_ticks, length)
            samples = np.full((end - begin, len(CHANNELS)), MISSING, np.int16)
            for i, signal in enumerate(signals):
                if signal is None or signal.samples_per_record == 0:
                    continue
                rate_hz = signal.samples_per_record / header.record_s
                if rate_hz == TICKS_PER_S:
                    samples[:, i] = _counts(part, signal, begin, end)
                else:
                    ticks = np.arange(begin, end, dtype=np.int64)
                    samples[:, i] = _resampled(part, signal, rate_hz, ticks)
            yield start_tick + begin, samples
